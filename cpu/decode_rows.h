/*
 * What the tables of encodings share. Inside decode*.c only.
 */
#ifndef MOAT_DECODE_ROWS_H
#define MOAT_DECODE_ROWS_H

#include <stddef.h>

#include "cpu/decode.h"

#define BITS(v, hi, lo) (((uint32_t)(v) >> (lo)) & ((1u << ((hi) - (lo) + 1)) - 1))
#define BIT(v, n)       (((uint32_t)(v) >> (n)) & 1u)
#define PC              15u
#define LR              14u
#define SP              13u
#define REG(n)          ((uint16_t)(1u << (n)))
#define PC_BIT          0x8000u

typedef void (*fill_fn)(struct insn *i, uint32_t w);

/* What a row says of its instruction beyond the class. */
enum row_flags {
    ENDS = 1, /* ends a block */
    V6 = 2,   /* ARMv6-M has it */
    COND = 4, /* conditional by itself */
    V8 = 8    /* only ARMv8-M has it */
};

/* One row of a table: an instruction word with @mask bits equal to @match is of class @cls, and
 * @fill, if any, sets its operands. The first row that matches counts. */
struct row {
    uint32_t mask, match;
    enum insn_class cls;
    uint8_t flags;
    fill_fn fill;
};

/* ---- Operands. A field of 15 stands for no register where these are used. ---- */

static inline void reads(struct insn *i, uint32_t n)
{
    i->reads = (uint16_t)(i->reads | (n == PC ? 0 : REG(n)));
}

static inline void writes(struct insn *i, uint32_t n)
{
    i->writes = (uint16_t)(i->writes | (n == PC ? 0 : REG(n)));
}

static inline uint8_t popcount16(uint32_t v)
{
    return (uint8_t)__builtin_popcount(v & 0xFFFFu);
}

static inline void set_multiple(struct insn *i, uint32_t rn, uint32_t list, bool wback, bool before)
{
    int32_t bytes = 4 * popcount16(list);
    i->size = 4;
    i->rn = (uint8_t)rn;
    i->list = (uint16_t)list;
    i->wback = wback;
    i->aligned = true;
    i->offset = before ? -bytes : 0;
    i->wback_offset = before ? -bytes : bytes;
}

static inline void set_offset(struct insn *i, uint32_t size, uint32_t rt, uint32_t rn,
                              int32_t offset)
{
    i->size = (uint8_t)size;
    i->rt = (uint8_t)rt;
    i->rn = (uint8_t)rn;
    i->offset = offset;
    i->index = true;
}

static inline void branch_direct(struct insn *i, uint32_t w)
{
    (void)w;
    i->writes |= PC_BIT;
}

/* Encodings of 16 and of 32 bits. */
extern const struct row decode_rows16[], decode_rows32[];
extern const size_t decode_count16, decode_count32;

#endif
