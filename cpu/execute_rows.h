/*
 * What the tables of executors share: operands, results, flags. Inside execute*.c only.
 *
 * Source: DDI 0403E A2.2.1, A7.4.2 (AddWithCarry(), Shift_C()), A5.3.2 (ThumbExpandImm_C()).
 */
#ifndef MOAT_EXECUTE_ROWS_H
#define MOAT_EXECUTE_ROWS_H

#include <stddef.h>

#include "cpu/core.h"

#define BITS(v, hi, lo) (((uint32_t)(v) >> (lo)) & ((1u << ((hi) - (lo) + 1)) - 1))
#define BIT(v, n)       (((uint32_t)(v) >> (n)) & 1u)
#define FLAG_N          (1u << 31)
#define FLAG_Z          (1u << 30)
#define FLAG_C          (1u << 29)
#define FLAG_V          (1u << 28)

/** An instruction word with @mask bits equal to @match is executed by @execute. The first row that
 * matches counts. What is not @sound, if that is set, is UNDEFINED or UNPREDICTABLE: the engine's.
 */
struct execute_row {
    uint32_t mask, match;
    execute_fn execute;
    bool (*sound)(uint32_t w);
};

/** A value, and the carry out of what made it: FLAG_C or 0. */
struct shifted {
    uint32_t value, carry;
};

enum shift_type {
    SHIFT_LSL,
    SHIFT_LSR,
    SHIFT_ASR,
    SHIFT_ROR
};

static inline uint32_t reg(const struct cpu *c, uint32_t n)
{
    return c->regs.r[n];
}

static inline uint32_t carry_in(const struct cpu *c)
{
    return c->regs.apsr & FLAG_C;
}

static inline void set_flags(struct cpu *c, uint32_t mask, uint32_t flags)
{
    c->regs.apsr = (c->regs.apsr & ~mask) | flags;
}

static inline uint32_t flags_of(uint32_t result)
{
    return (result & FLAG_N) | (result == 0 ? FLAG_Z : 0);
}

static inline void set_nz(struct cpu *c, uint32_t result)
{
    set_flags(c, FLAG_N | FLAG_Z, flags_of(result));
}

static inline void set_nzc(struct cpu *c, uint32_t result, uint32_t carry)
{
    set_flags(c, FLAG_N | FLAG_Z | FLAG_C, flags_of(result) | carry);
}

/** x + y + carry, with the flags of it when @flags. */
static inline uint32_t add(struct cpu *c, uint32_t x, uint32_t y, bool carry, bool flags)
{
    uint64_t wide = (uint64_t)x + y + carry;
    uint32_t sum = (uint32_t)wide;
    if (flags)
        set_flags(c, FLAG_N | FLAG_Z | FLAG_C | FLAG_V,
                  flags_of(sum) | (wide >> 32 ? FLAG_C : 0) |
                      ((~(x ^ y) & (x ^ sum)) >> 31 ? FLAG_V : 0));
    return sum;
}

/** The low @bits of @x, 1 to 32, as a signed number. */
static inline uint32_t sign_extend(uint32_t x, uint32_t bits)
{
    return (uint32_t)((int32_t)(x << (32 - bits)) >> (32 - bits));
}

static inline uint32_t rotate_right(uint32_t x, uint32_t n)
{
    return x >> (n & 31u) | x << (-n & 31u);
}

/** Shift by @n, 0 to 255; by 0 nothing is shifted and the carry stays. */
struct shifted execute_shift(uint32_t x, enum shift_type type, uint32_t n, uint32_t carry);

extern const struct execute_row execute_rows16[], execute_rows32[];
extern const size_t execute_count16, execute_count32;

#endif
