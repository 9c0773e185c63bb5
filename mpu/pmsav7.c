/*
 * PMSAv7: regions of a power of two with eight subregions; the highest number wins. PMSAv6 is the
 * same with 256 bytes as the smallest region, no TEX and no aliases.
 *
 * Source: DDI 0403E B3.5; DDI 0419 B3.5.
 */
#include "mpu/pms.h"

#define RASR_SIZE(rasr)   (((rasr) >> MPU_RASR_SIZE_POS) & 0x1Fu)
#define RASR_SRD(rasr)    (((rasr) >> MPU_RASR_SRD_POS) & 0xFFu)
#define RASR_AP(rasr)     (((rasr) >> MPU_RASR_AP_POS) & 0x7u)
#define SIZE_FIELD_SRD    7u /* 2^(7+1) = 256 bytes: subregions from here on */
#define RASR_WRITABLE_V7  0x173FFF3Fu
#define RASR_WRITABLE_V6  0x1707FF3Fu
#define RBAR_WRITABLE_V7  0xFFFFFFE0u
#define RBAR_WRITABLE_V6  0xFFFFFF00u
#define SIZE_FIELD_MIN_V7 4u /* 32 bytes */
#define SIZE_FIELD_MIN_V6 7u /* 256 bytes */

/* Access permissions, DDI 0403E table B3-15: what AP allows, as bits read 1, write 2. */
static const struct {
    uint8_t priv, unpriv;
} ap_table[8] = {
    {0, 0}, {3, 0}, {3, 1}, {3, 3}, {0, 0}, {1, 0}, {1, 1}, {1, 1},
};

static bool v6(const struct mpu *m)
{
    return m->arch == MPU_PMSAV6;
}

static uint64_t region_bytes(const struct mpu *m, uint32_t n)
{
    uint32_t size = RASR_SIZE(m->rasr[n]);
    return size < (v6(m) ? SIZE_FIELD_MIN_V6 : SIZE_FIELD_MIN_V7) ? 0 : 2ull << size;
}

static uint32_t region_base(const struct mpu *m, uint32_t n)
{
    uint64_t bytes = region_bytes(m, n);
    return bytes ? m->rbar[n] & (uint32_t) ~(bytes - 1) : m->rbar[n];
}

static uint32_t region_rights(const struct mpu *m, uint32_t n, bool priv)
{
    uint32_t ap = RASR_AP(m->rasr[n]);
    return priv ? ap_table[ap].priv : ap_table[ap].unpriv;
}

/* RBAR at 0xC, 0x14, 0x1C, 0x24; RASR four bytes after each. PMSAv6 has the first pair alone. */
static bool is_region_register(const struct mpu *m, uint32_t offset)
{
    return offset >= MPU_RBAR && offset <= (v6(m) ? MPU_RASR : MPU_RASR_A3);
}

static uint32_t read_register(const struct mpu *m, uint32_t offset)
{
    if (!is_region_register(m, offset))
        return 0;
    return (offset & 4u) ? m->rbar[m->rnr] | m->rnr : m->rasr[m->rnr];
}

static bool set(uint32_t *reg, uint32_t value)
{
    bool changed = *reg != value;
    *reg = value;
    return changed;
}

static bool write_rbar(struct mpu *m, uint32_t value)
{
    if (value & MPU_RBAR_VALID) {
        if ((value & MPU_RBAR_REGION_MASK) >= m->regions)
            return false;
        m->rnr = value & MPU_RBAR_REGION_MASK;
    }
    return set(&m->rbar[m->rnr], value & (v6(m) ? RBAR_WRITABLE_V6 : RBAR_WRITABLE_V7));
}

static bool write_register(struct mpu *m, uint32_t offset, uint32_t value)
{
    if (!is_region_register(m, offset))
        return false;
    if (offset & 4u)
        return write_rbar(m, value);
    return set(&m->rasr[m->rnr], value & (v6(m) ? RASR_WRITABLE_V6 : RASR_WRITABLE_V7));
}

static bool region_hits(const struct mpu *m, uint32_t n, uint32_t addr, struct mpu_why *why)
{
    uint32_t rasr = m->rasr[n], size = RASR_SIZE(rasr);
    if (region_bytes(m, n) == 0)
        return false;
    if (size < 31 && ((addr ^ m->rbar[n]) >> (size + 1)) != 0)
        return false;
    why->covering |= (uint16_t)(1u << n);
    if (size >= SIZE_FIELD_SRD && (RASR_SRD(rasr) >> ((addr >> (size - 2)) & 7u) & 1u)) {
        why->holes |= (uint16_t)(1u << n);
        return false;
    }
    return true;
}

static uint32_t region_piece(const struct mpu *m, uint32_t n, uint32_t page)
{
    uint64_t bytes = region_bytes(m, n), base = region_base(m, n);
    uint64_t smallest = RASR_SRD(m->rasr[n]) && bytes >= 256 ? bytes / 8 : bytes;
    bool touches = bytes && base < (uint64_t)page + MPU_PAGE_BYTES && page < base + bytes;
    return touches && smallest < MPU_PAGE_BYTES ? (uint32_t)smallest : MPU_PAGE_BYTES;
}

#define PMSAV7                                                                                  \
    .read = read_register, .write = write_register, .hits = region_hits, .piece = region_piece, \
    .bytes = region_bytes, .base = region_base, .rights = region_rights,                        \
    .enable_in_rasr = MPU_RASR_ENABLE, .xn_in_rasr = MPU_RASR_XN

const struct pms pmsav6 = {PMSAV7};
const struct pms pmsav7 = {PMSAV7};
