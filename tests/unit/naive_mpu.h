/*
 * A second evaluator of PMSAv7, written from the manual's pseudocode line by line and sharing
 * nothing with mpu/: slow, plain, and there to disagree.
 */
#ifndef NAIVE_MPU_H
#define NAIVE_MPU_H

#include <stdbool.h>
#include <stdint.h>

struct naive_mpu {
    uint32_t type, ctrl, rbar[8], rasr[8];
};

/** 'r', 'w' or 'x' by @kind; true when allowed. Source: DDI 0403E B3.5.10, D6.7. */
bool naive_mpu_allows(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                      bool negative);

/** PMSAv6: the same with 256 bytes as the least region. Source: DDI 0419 B3.5. */
bool naive_mpu6_allows(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                       bool negative);

/** PMSAv8; rasr holds RLAR. Source: DDI 0553, pseudocode MPUCheck(). */
bool naive_mpu8_allows(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                       bool negative);

#endif
