/*
 * The memory protection unit as a pure model: registers in, verdict and reason out.
 *
 * PMSAv6 (Cortex-M0+), PMSAv7 (M3, M4, M7) and PMSAv8 (M33). No Unicorn, no allocation, no I/O.
 * cpu/ asks; nobody else decides. mpu.c holds what the three share, pmsav7.c (v6 too) and pmsav8.c
 * their registers and regions.
 *
 *     struct mpu m;
 *     mpu_reset(&m, MPU_PMSAV7, 8);
 *     mpu_write(&m, MPU_RBAR, 0x20000010);            // VALID, region 0
 *     mpu_write(&m, MPU_RASR, 0x1300003f & ~0u);      // 4 GiB, full access, XN
 *     mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
 *     struct mpu_why why;
 *     if (mpu_check(&m, addr, MPU_WRITE, (struct mpu_ctx){.priv = false}, &why) != MPU_ALLOW)
 *         puts(mpu_rule_text(why.rule));
 */
#ifndef MOAT_MPU_H
#define MOAT_MPU_H

#include <stdbool.h>
#include <stdint.h>

#define MPU_REGIONS_MAX 16u
#define MPU_PAGE_BYTES  1024u /* the engine's page: what mpu_page() answers for */
#define MPU_GRANULE     32u   /* the smallest region; verdicts change only at its multiples */

/* Register offsets from MPU_TYPE at 0xE000ED90. Source: DDI 0403E B3.5.4, table B3-10; DDI 0553
 * D1.2 (MPU_RLAR, MPU_MAIR0, MPU_MAIR1). */
#define MPU_TYPE    0x00u
#define MPU_CTRL    0x04u
#define MPU_RNR     0x08u
#define MPU_RBAR    0x0Cu
#define MPU_RASR    0x10u
#define MPU_RLAR    0x10u /* PMSAv8, in the place of RASR */
#define MPU_RASR_A3 0x28u /* last of the three RBAR/RASR aliases */
#define MPU_MAIR0   0x30u /* PMSAv8 */
#define MPU_MAIR1   0x34u
#define MPU_LAST    0x37u /* last byte of the MPU's registers */

/* Source: DDI 0403E B3.5.6 to B3.5.9. */
#define MPU_CTRL_ENABLE      (1u << 0)
#define MPU_CTRL_HFNMIENA    (1u << 1)
#define MPU_CTRL_PRIVDEFENA  (1u << 2)
#define MPU_RBAR_REGION_MASK 0xFu
#define MPU_RBAR_VALID       (1u << 4)
#define MPU_RASR_ENABLE      (1u << 0)
#define MPU_RASR_SIZE_POS    1
#define MPU_RASR_SRD_POS     8
#define MPU_RASR_B           (1u << 16)
#define MPU_RASR_C           (1u << 17)
#define MPU_RASR_S           (1u << 18)
#define MPU_RASR_TEX_POS     19
#define MPU_RASR_AP_POS      24
#define MPU_RASR_XN          (1u << 28)

/* PMSAv8. Source: DDI 0553 D1.2, MPU_RBAR and MPU_RLAR. */
#define MPU_RBAR_XN     (1u << 0)
#define MPU_RBAR_AP_POS 1
#define MPU_RLAR_ENABLE (1u << 0)
#define MPU_RLAR_LIMIT  0xFFFFFFE0u

/** The architecture of the unit. ORDER mpu_arch: pms in mpu.c. */
enum mpu_arch {
    MPU_PMSAV6,
    MPU_PMSAV7,
    MPU_PMSAV8
};

/** The registers. Plain data: copied, compared and recorded as it is. */
struct mpu {
    enum mpu_arch arch;
    uint32_t regions; /* implemented, 0 to 16; 0 is a core without an MPU */
    uint32_t ctrl;
    uint32_t rnr;
    uint32_t rbar[MPU_REGIONS_MAX]; /* PMSAv7: ADDR only, bits [31:5]; PMSAv8: the register */
    uint32_t rasr[MPU_REGIONS_MAX]; /* PMSAv8: RLAR */
    uint32_t mair[2];               /* PMSAv8; attributes decide no permission */
};

enum mpu_access {
    MPU_READ,
    MPU_WRITE,
    MPU_EXEC
};

enum mpu_verdict {
    MPU_ALLOW,
    MPU_MEMFAULT
};

/** Who asks: the privilege of the access, and whether the core runs at a priority below 0. */
struct mpu_ctx {
    bool priv;
    bool negative; /* HardFault, NMI, or FAULTMASK set: HFNMIENA decides (B3.5.6) */
};

/** The rule that decided. ORDER mpu_rule: rule_texts in mpu.c. */
enum mpu_rule {
    MPU_RULE_OFF,         /* MPU disabled: the default map */
    MPU_RULE_BYPASS,      /* negative priority with HFNMIENA clear: the default map */
    MPU_RULE_PPB,         /* Private Peripheral Bus: the MPU is not asked */
    MPU_RULE_BACKGROUND,  /* no region, privileged, PRIVDEFENA: the default map */
    MPU_RULE_NO_REGION,   /* no enabled region covers the address */
    MPU_RULE_REGION_AP,   /* the winning region's access permissions */
    MPU_RULE_REGION_XN,   /* the winning region is execute-never */
    MPU_RULE_DEFAULT_XN,  /* the default map is execute-never here */
    MPU_RULE_SYSTEM_XN,   /* 0xE0000000 and up never executes, whatever a region says */
    MPU_RULE_RESERVED_AP, /* AP 0b100, UNPREDICTABLE: refused */
    MPU_RULE_OVERLAP,     /* PMSAv8: more than one enabled region covers the address */
    MPU_RULE_COUNT
};

/** The reason behind one verdict. */
struct mpu_why {
    enum mpu_rule rule;
    int region;        /* the winning region's number, -1 when none decided */
    uint16_t covering; /* bit n: enabled region n spans the address (subregions not counted) */
    uint16_t holes;    /* bit n: region n spans it, but its subregion there is disabled */
};

/** Reset values: disabled, all regions zero. @regions is 0 to 16. */
void mpu_reset(struct mpu *m, enum mpu_arch arch, uint32_t regions);

/**
 * Read a register by its offset; reserved offsets read as zero.
 *
 * Source: DDI 0403E B3.5.4 to B3.5.9.
 */
uint32_t mpu_read(const struct mpu *m, uint32_t offset);

/**
 * Write a register by its offset; read-only and reserved ones ignore it.
 *
 * Returns true when a verdict may have changed, so that cached verdicts must go.
 *
 * Source: DDI 0403E B3.5.4 to B3.5.9.
 * Deviation: MPU_RNR and RBAR.REGION beyond the implemented regions, UNPREDICTABLE, are ignored.
 */
bool mpu_write(struct mpu *m, uint32_t offset, uint32_t value);

/**
 * Decide one byte. An access of several bytes asks for each byte (or for each granule it touches).
 *
 * @why  out, may be NULL: the region and rule that decided
 *
 * No side effects.
 *
 * Source: DDI 0403E B3.5.1 to B3.5.3 and the pseudocode ValidateAddress(), CheckPermission(),
 * B3.5.10 and D6.7.
 * Deviation: sizes below 32 bytes and AP 0b100, both UNPREDICTABLE, are an absent region and a
 * refusal; SRD is ignored in regions below 256 bytes, where the manual wants zero. PMSAv6 likewise,
 * with 256 bytes as the smallest region (DDI 0419 B3.5). PMSAv8: DDI 0553 B9, pseudocode
 * MPUCheck().
 */
enum mpu_verdict mpu_check(const struct mpu *m, uint32_t addr, enum mpu_access access,
                           struct mpu_ctx ctx, struct mpu_why *why);

/**
 * Decide an aligned 1 KiB page at once: bit n of what is returned says that the access is allowed
 * to granule n. No verdict changes inside a granule.
 *
 * @page  address, a multiple of MPU_PAGE_BYTES
 *
 * No side effects. Same source as mpu_check().
 */
uint32_t mpu_page(const struct mpu *m, uint32_t page, enum mpu_access access, struct mpu_ctx ctx);

/** Region @n's size in bytes, 32 to 2^32, or 0 when it can cover nothing. Source: B3.5.9. */
uint64_t mpu_region_bytes(const struct mpu *m, uint32_t n);

/** Region @n's first address: RBAR.ADDR with the bits below its size cleared. Source: B3.5.8. */
uint32_t mpu_region_base(const struct mpu *m, uint32_t n);

/** Is region @n enabled? */
bool mpu_region_enabled(const struct mpu *m, uint32_t n);

/** Region @n's access permissions as bits read 1, write 2, for privileged code or not. */
uint32_t mpu_region_rights(const struct mpu *m, uint32_t n, bool priv);

/** Is region @n execute-never? */
bool mpu_region_xn(const struct mpu *m, uint32_t n);

/** The rule as a clause for a person: "no MPU region covers the address". */
const char *mpu_rule_text(enum mpu_rule rule);

#endif
