/*
 * Names of registers from a CMSIS-SVD file, as vendors publish them.
 *
 * Source: CMSIS-SVD 1.3, "SVD File Schema Levels": peripheral, cluster, register, dim, derivedFrom.
 */
#ifndef MOAT_SVD_H
#define MOAT_SVD_H

#include <stdint.h>

#include "sim/base/error.h"

struct svd;

/** -MOAT_ENOINPUT, or -MOAT_EINPUT with the line. */
MOAT_CHECKED int svd_open(const char *path, struct svd **out, struct moat_error *err);
void svd_close(struct svd *s);

/** "PERIPHERAL.REGISTER" of the register at @addr, or NULL. @s may be NULL. */
const char *svd_name(const struct svd *s, uint32_t addr);

#endif
