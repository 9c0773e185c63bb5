/*
 * PMSAv8: regions from a base to a limit, both multiples of 32 bytes; overlap is a fault.
 *
 * Source: DDI 0553 B9 (the MPU), D1.2 (MPU_RBAR, MPU_RLAR and their aliases, MPU_MAIR0/1).
 */
#include "mpu/pms.h"

#define RBAR_BASE     0xFFFFFFE0u
#define RLAR_WRITABLE 0xFFFFFFEFu /* no PXN before ARMv8.1-M */

/* AP[2:1], as bits read 1, write 2. */
static const struct {
    uint8_t priv, unpriv;
} ap_table[4] = {{3, 0}, {3, 3}, {1, 0}, {1, 1}};

static uint32_t first(const struct mpu *m, uint32_t n)
{
    return m->rbar[n] & RBAR_BASE;
}

/* The limit covers its low five bits. */
static uint32_t last(const struct mpu *m, uint32_t n)
{
    return m->rasr[n] | ~MPU_RLAR_LIMIT;
}

static uint64_t region_bytes(const struct mpu *m, uint32_t n)
{
    return last(m, n) < first(m, n) ? 0 : (uint64_t)last(m, n) - first(m, n) + 1;
}

static uint32_t region_rights(const struct mpu *m, uint32_t n, bool priv)
{
    uint32_t ap = m->rbar[n] >> MPU_RBAR_AP_POS & 3u;
    return priv ? ap_table[ap].priv : ap_table[ap].unpriv;
}

/* Alias n of a register stands for region n of the four that RNR[7:2] names. */
static uint32_t aliased_region(const struct mpu *m, uint32_t offset)
{
    uint32_t alias = (offset - MPU_RBAR) / 8;
    return alias ? (m->rnr & ~3u) | alias : m->rnr;
}

static uint32_t read_register(const struct mpu *m, uint32_t offset)
{
    if (offset == MPU_MAIR0 || offset == MPU_MAIR1)
        return m->mair[offset == MPU_MAIR1];
    if (offset < MPU_RBAR || offset > MPU_RASR_A3)
        return 0;
    uint32_t n = aliased_region(m, offset);
    if (n >= m->regions)
        return 0;
    return (offset & 4u) ? m->rbar[n] : m->rasr[n];
}

static bool write_register(struct mpu *m, uint32_t offset, uint32_t value)
{
    if (offset == MPU_MAIR0 || offset == MPU_MAIR1)
        m->mair[offset == MPU_MAIR1] = value;
    if (offset < MPU_RBAR || offset > MPU_RASR_A3)
        return false;
    uint32_t n = aliased_region(m, offset);
    if (n >= m->regions)
        return false;
    uint32_t *reg = (offset & 4u) ? &m->rbar[n] : &m->rasr[n], old = *reg;
    *reg = (offset & 4u) ? value : value & RLAR_WRITABLE;
    return *reg != old;
}

static bool region_hits(const struct mpu *m, uint32_t n, uint32_t addr, struct mpu_why *why)
{
    if (addr < first(m, n) || addr > last(m, n))
        return false;
    why->covering |= (uint16_t)(1u << n);
    return true;
}

static uint32_t region_piece(const struct mpu *m, uint32_t n, uint32_t page)
{
    uint32_t end = page + (MPU_PAGE_BYTES - 1);
    bool starts_inside = first(m, n) > page && first(m, n) <= end;
    bool ends_inside = last(m, n) >= page && last(m, n) < end;
    return region_bytes(m, n) && (starts_inside || ends_inside) ? MPU_GRANULE : MPU_PAGE_BYTES;
}

const struct pms pmsav8 = {
    .read = read_register,
    .write = write_register,
    .hits = region_hits,
    .piece = region_piece,
    .bytes = region_bytes,
    .base = first,
    .rights = region_rights,
    .enable_in_rasr = MPU_RLAR_ENABLE,
    .xn_in_rbar = MPU_RBAR_XN,
    .overlap_faults = true,
};
