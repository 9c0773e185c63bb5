/*
 * What an architecture of memory protection adds to mpu.c. Inside mpu/ only.
 */
#ifndef MOAT_PMS_H
#define MOAT_PMS_H

#include "mpu/mpu.h"

struct pms {
    uint32_t (*read)(const struct mpu *m, uint32_t offset);        /* beyond TYPE, CTRL, RNR */
    bool (*write)(struct mpu *m, uint32_t offset, uint32_t value); /* true: a verdict may change */
    /** Is @addr in enabled region @n? Notes in @why that it spans it, or has a hole there. */
    bool (*hits)(const struct mpu *m, uint32_t n, uint32_t addr, struct mpu_why *why);
    /** Bytes after which a verdict of enabled region @n may change inside the page, which divide
     * it; MPU_PAGE_BYTES when it cannot. */
    uint32_t (*piece)(const struct mpu *m, uint32_t n, uint32_t page);
    uint64_t (*bytes)(const struct mpu *m, uint32_t n);
    uint32_t (*base)(const struct mpu *m, uint32_t n);
    uint32_t (*rights)(const struct mpu *m, uint32_t n, bool priv);
    uint32_t enable_in_rasr; /* bit of RASR or RLAR */
    uint32_t xn_in_rasr, xn_in_rbar;
    bool overlap_faults;
};

extern const struct pms pmsav6, pmsav7, pmsav8;

#endif
