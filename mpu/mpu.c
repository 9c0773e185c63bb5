#include "mpu/mpu.h"

#include <stddef.h>

#include "mpu/pms.h"

#define PPB_BASE     0xE0000000u
#define PPB_MASK     0xFFF00000u
#define SYSTEM_SPACE 0xE0000000u

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
    "more than one enabled region covers the address",
};
_Static_assert(sizeof rule_texts / sizeof rule_texts[0] == MPU_RULE_COUNT, "ORDER mpu_rule");

static const struct pms *pms(const struct mpu *m)
{
    static const struct pms *const all[] = {&pmsav6, &pmsav7, &pmsav8}; /* ORDER mpu_arch */
    return all[m->arch];
}

void mpu_reset(struct mpu *m, enum mpu_arch arch, uint32_t regions)
{
    *m = (struct mpu){.arch = arch, .regions = regions};
}

const char *mpu_rule_text(enum mpu_rule rule)
{
    return rule < MPU_RULE_COUNT ? rule_texts[rule] : "unknown rule";
}

uint64_t mpu_region_bytes(const struct mpu *m, uint32_t n)
{
    return pms(m)->bytes(m, n);
}

uint32_t mpu_region_base(const struct mpu *m, uint32_t n)
{
    return pms(m)->base(m, n);
}

bool mpu_region_enabled(const struct mpu *m, uint32_t n)
{
    return m->rasr[n] & pms(m)->enable_in_rasr;
}

uint32_t mpu_region_rights(const struct mpu *m, uint32_t n, bool priv)
{
    return pms(m)->rights(m, n, priv);
}

bool mpu_region_xn(const struct mpu *m, uint32_t n)
{
    return (m->rasr[n] & pms(m)->xn_in_rasr) || (m->rbar[n] & pms(m)->xn_in_rbar);
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
    return pms(m)->read(m, offset);
}

bool mpu_write(struct mpu *m, uint32_t offset, uint32_t value)
{
    if (m->regions == 0)
        return false;
    if (offset == MPU_CTRL) {
        uint32_t old = m->ctrl;
        m->ctrl = value & (MPU_CTRL_ENABLE | MPU_CTRL_HFNMIENA | MPU_CTRL_PRIVDEFENA);
        return m->ctrl != old;
    }
    if (offset == MPU_RNR) {
        if ((value & 0xFFu) < m->regions)
            m->rnr = value & 0xFFu;
        return false;
    }
    return pms(m)->write(m, offset, value);
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

static enum mpu_verdict region_verdict(const struct mpu *m, uint32_t addr, enum mpu_access access,
                                       bool priv, struct mpu_why *why)
{
    uint32_t n = (uint32_t)why->region, allowed = pms(m)->rights(m, n, priv);
    uint32_t needed = access == MPU_WRITE ? 2u : 1u;
    bool reserved = m->arch != MPU_PMSAV8 && (m->rasr[n] >> MPU_RASR_AP_POS & 7u) == 4u;
    why->rule = reserved ? MPU_RULE_RESERVED_AP : MPU_RULE_REGION_AP;
    if (!(allowed & needed))
        return MPU_MEMFAULT;
    if (access != MPU_EXEC)
        return MPU_ALLOW;
    if (mpu_region_xn(m, n))
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

    const struct pms *p = pms(m);
    uint32_t hits = 0;
    for (uint32_t n = 0; n < m->regions; n++)
        if ((m->rasr[n] & p->enable_in_rasr) && p->hits(m, n, addr, why)) {
            why->region = (int)n; /* the highest number wins */
            hits++;
        }
    if (hits > 1 && p->overlap_faults) {
        why->rule = MPU_RULE_OVERLAP;
        return MPU_MEMFAULT;
    }
    if (hits)
        return region_verdict(m, addr, access, ctx.priv, why);
    if (ctx.priv && (m->ctrl & MPU_CTRL_PRIVDEFENA))
        return default_map(addr, access, MPU_RULE_BACKGROUND, why);
    why->rule = MPU_RULE_NO_REGION;
    return MPU_MEMFAULT;
}

static uint32_t smallest_piece(const struct mpu *m, uint32_t page)
{
    uint32_t smallest = MPU_PAGE_BYTES;
    if (!(m->ctrl & MPU_CTRL_ENABLE))
        return smallest;
    for (uint32_t n = 0; n < m->regions; n++) {
        uint32_t piece = mpu_region_enabled(m, n) ? pms(m)->piece(m, n, page) : MPU_PAGE_BYTES;
        smallest = piece < smallest ? piece : smallest;
    }
    return smallest;
}

uint32_t mpu_page(const struct mpu *m, uint32_t page, enum mpu_access access, struct mpu_ctx ctx)
{
    uint32_t piece = smallest_piece(m, page), granules = piece / MPU_GRANULE, allowed = 0;
    uint32_t all = UINT32_MAX >> (MPU_PAGE_BYTES / MPU_GRANULE - granules);
    for (uint32_t at = 0; at < MPU_PAGE_BYTES; at += piece)
        if (mpu_check(m, page + at, access, ctx, NULL) == MPU_ALLOW)
            allowed |= all << at / MPU_GRANULE;
    return allowed;
}
