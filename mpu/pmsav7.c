#include "mpu/mpu.h"

#include <stddef.h>

#define RASR_WRITABLE   0x173FFF3Fu
#define RASR_SIZE(rasr) (((rasr) >> MPU_RASR_SIZE_POS) & 0x1Fu)
#define RASR_SRD(rasr)  (((rasr) >> MPU_RASR_SRD_POS) & 0xFFu)
#define RASR_AP(rasr)   (((rasr) >> MPU_RASR_AP_POS) & 0x7u)
#define SIZE_FIELD_MIN  4u /* 2^(4+1) = 32 bytes */
#define SIZE_FIELD_SRD  7u /* 2^(7+1) = 256 bytes: subregions from here on */
#define PPB_BASE        0xE0000000u
#define PPB_MASK        0xFFF00000u
#define SYSTEM_SPACE    0xE0000000u

/* ORDER mpu_rule */
static const char *const rule_texts[] = {
    "the MPU is disabled and the default memory map decides",
    "the MPU does not apply below priority 0 (HFNMIENA is 0) and the default memory map decides",
    "the Private Peripheral Bus is outside the MPU",
    "no region covers the address and the privileged background map decides",
    "no enabled region covers the address",
    "the region's access permissions decide",
    "the region is execute-never",
    "the default memory map is execute-never here",
    "the system space is always execute-never",
    "the region's access permissions are reserved",
};
_Static_assert(sizeof rule_texts / sizeof rule_texts[0] == MPU_RULE_COUNT, "ORDER mpu_rule");

/* Access permissions, DDI 0403E table B3-15: what AP allows, as bits read 1, write 2. */
static const struct {
    uint8_t priv, unpriv;
} ap_table[8] = {
    {0, 0}, {3, 0}, {3, 1}, {3, 3}, {0, 0}, {1, 0}, {1, 1}, {1, 1},
};
#define AP_RESERVED 4u

void mpu_reset(struct mpu *m, uint32_t regions)
{
    *m = (struct mpu){.regions = regions};
}

const char *mpu_rule_text(enum mpu_rule rule)
{
    return rule < MPU_RULE_COUNT ? rule_texts[rule] : "unknown rule";
}

uint64_t mpu_region_bytes(const struct mpu *m, uint32_t n)
{
    uint32_t size = RASR_SIZE(m->rasr[n]);
    return size < SIZE_FIELD_MIN ? 0 : 2ull << size;
}

uint32_t mpu_region_base(const struct mpu *m, uint32_t n)
{
    uint64_t bytes = mpu_region_bytes(m, n);
    return bytes ? m->rbar[n] & (uint32_t) ~(bytes - 1) : m->rbar[n];
}

uint32_t mpu_read(const struct mpu *m, uint32_t offset)
{
    if (m->regions == 0)
        return 0;
    switch (offset) {
    case MPU_TYPE:
        return m->regions << 8;
    case MPU_CTRL:
        return m->ctrl;
    case MPU_RNR:
        return m->rnr;
    }
    if (offset < MPU_RBAR || offset > MPU_RASR_A3)
        return 0;
    /* RBAR at 0xC, 0x14, 0x1C, 0x24; RASR four bytes after each. */
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
    return set(&m->rbar[m->rnr], value & ~(MPU_GRANULE - 1));
}

bool mpu_write(struct mpu *m, uint32_t offset, uint32_t value)
{
    if (m->regions == 0)
        return false;
    if (offset == MPU_CTRL)
        return set(&m->ctrl, value & (MPU_CTRL_ENABLE | MPU_CTRL_HFNMIENA | MPU_CTRL_PRIVDEFENA));
    if (offset == MPU_RNR) {
        if ((value & 0xFFu) < m->regions)
            m->rnr = value & 0xFFu;
        return false;
    }
    if (offset < MPU_RBAR || offset > MPU_RASR_A3)
        return false;
    return (offset & 4u) ? write_rbar(m, value) : set(&m->rasr[m->rnr], value & RASR_WRITABLE);
}

/* The default memory map's XN, by 512 MiB block. Source: DDI 0403E B3.1, table B3-1. */
static bool default_xn(uint32_t addr)
{
    static const uint8_t xn_blocks = 0xE4; /* peripheral, device, device, system */
    return (xn_blocks >> (addr >> 29)) & 1u;
}

static enum mpu_verdict default_map(uint32_t addr, enum mpu_access access, enum mpu_rule rule,
                                    struct mpu_why *why)
{
    bool xn = access == MPU_EXEC && default_xn(addr);
    why->rule = !xn ? rule : addr >= SYSTEM_SPACE ? MPU_RULE_SYSTEM_XN : MPU_RULE_DEFAULT_XN;
    return xn ? MPU_MEMFAULT : MPU_ALLOW;
}

/* Is the address in region n, and is its subregion there enabled? */
static bool region_hits(const struct mpu *m, uint32_t n, uint32_t addr, struct mpu_why *why)
{
    uint32_t rasr = m->rasr[n], size = RASR_SIZE(rasr);
    if (!(rasr & MPU_RASR_ENABLE) || size < SIZE_FIELD_MIN)
        return false;
    if (size < 31 && ((addr ^ m->rbar[n]) >> (size + 1)) != 0)
        return false;
    why->covering |= (uint8_t)(1u << n);
    if (size >= SIZE_FIELD_SRD && (RASR_SRD(rasr) >> ((addr >> (size - 2)) & 7u) & 1u)) {
        why->holes |= (uint8_t)(1u << n);
        return false;
    }
    return true;
}

static enum mpu_verdict region_verdict(uint32_t rasr, uint32_t addr, enum mpu_access access,
                                       bool priv, struct mpu_why *why)
{
    uint32_t ap = RASR_AP(rasr);
    uint32_t allowed = priv ? ap_table[ap].priv : ap_table[ap].unpriv;
    uint32_t needed = access == MPU_WRITE ? 2u : 1u;
    why->rule = ap == AP_RESERVED ? MPU_RULE_RESERVED_AP : MPU_RULE_REGION_AP;
    if (!(allowed & needed))
        return MPU_MEMFAULT;
    if (access != MPU_EXEC)
        return MPU_ALLOW;
    if (rasr & MPU_RASR_XN)
        why->rule = MPU_RULE_REGION_XN;
    else if (addr >= SYSTEM_SPACE)
        why->rule = MPU_RULE_SYSTEM_XN;
    else
        return MPU_ALLOW;
    return MPU_MEMFAULT;
}

enum mpu_verdict mpu_check(const struct mpu *m, uint32_t addr, enum mpu_access access,
                           struct mpu_ctx ctx, struct mpu_why *why)
{
    struct mpu_why unused;
    why = why ? why : &unused;
    *why = (struct mpu_why){.region = -1};
    if ((addr & PPB_MASK) == PPB_BASE)
        return default_map(addr, access, MPU_RULE_PPB, why);
    if (!(m->ctrl & MPU_CTRL_ENABLE))
        return default_map(addr, access, MPU_RULE_OFF, why);
    if (ctx.negative && !(m->ctrl & MPU_CTRL_HFNMIENA))
        return default_map(addr, access, MPU_RULE_BYPASS, why);

    for (uint32_t n = 0; n < m->regions; n++)
        if (region_hits(m, n, addr, why))
            why->region = (int)n; /* the highest number wins */
    if (why->region >= 0)
        return region_verdict(m->rasr[why->region], addr, access, ctx.priv, why);
    if (ctx.priv && (m->ctrl & MPU_CTRL_PRIVDEFENA))
        return default_map(addr, access, MPU_RULE_BACKGROUND, why);
    why->rule = MPU_RULE_NO_REGION;
    return MPU_MEMFAULT;
}

/* Can a region's or a subregion's edge lie inside the page? */
static bool region_splits_page(const struct mpu *m, uint32_t n, uint32_t page)
{
    uint64_t bytes = mpu_region_bytes(m, n);
    if (!(m->rasr[n] & MPU_RASR_ENABLE) || bytes == 0)
        return false;
    uint64_t smallest = RASR_SRD(m->rasr[n]) && bytes >= 256 ? bytes / 8 : bytes;
    if (smallest >= MPU_PAGE_BYTES)
        return false;
    uint64_t base = mpu_region_base(m, n);
    return base < (uint64_t)page + MPU_PAGE_BYTES && page < base + bytes;
}

enum mpu_page_verdict mpu_page(const struct mpu *m, uint32_t page, enum mpu_access access,
                               struct mpu_ctx ctx)
{
    bool split = false;
    if (m->ctrl & MPU_CTRL_ENABLE)
        for (uint32_t n = 0; n < m->regions; n++)
            split |= region_splits_page(m, n, page);
    enum mpu_verdict first = mpu_check(m, page, access, ctx, NULL);
    for (uint32_t at = MPU_GRANULE; split && at < MPU_PAGE_BYTES; at += MPU_GRANULE)
        if (mpu_check(m, page + at, access, ctx, NULL) != first)
            return MPU_PAGE_MIXED;
    return first == MPU_ALLOW ? MPU_PAGE_ALL : MPU_PAGE_NONE;
}
