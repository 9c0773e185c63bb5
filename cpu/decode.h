/*
 * What one Thumb instruction is: its size, its class for time, and all about its memory access.
 *
 * Loads and stores are described completely, so that loadstore.c can execute them. Of the rest
 * only what costs time or ends a block is told apart.
 */
#ifndef MOAT_DECODE_H
#define MOAT_DECODE_H

#include <stdbool.h>
#include <stdint.h>

/** Classes of instruction. ORDER insn_class: costs in timing.c. */
enum insn_class {
    INSN_ALU,   /* anything not listed */
    INSN_LOAD,  /* one register */
    INSN_STORE, /* one register */
    INSN_LOAD_MULTIPLE,
    INSN_STORE_MULTIPLE,
    INSN_LOAD_DUAL,
    INSN_STORE_DUAL,
    INSN_LOAD_EXCLUSIVE,
    INSN_STORE_EXCLUSIVE,
    INSN_TABLE_BRANCH,
    INSN_BRANCH, /* direct, conditional or not */
    INSN_BRANCH_REG,
    INSN_DIVIDE,
    INSN_MULTIPLY_ACC, /* MLA, MLS */
    INSN_MULTIPLY_LONG,
    INSN_MULTIPLY_LONG_ACC,
    INSN_SPECIAL, /* MSR, CPS: may change privilege or masks */
    INSN_MRS,
    INSN_BARRIER, /* DSB, DMB */
    INSN_ISB,
    INSN_SVC,
    INSN_BKPT,
    INSN_WAIT, /* WFI, WFE */
    INSN_IT,
    INSN_FP, /* coprocessors 10 and 11 */
    INSN_CLASS_COUNT
};

struct insn {
    enum insn_class cls;
    uint8_t bytes;   /* 2 or 4 */
    bool ends_block; /* execution never simply runs on into the next instruction's block */
    /* For loads and stores: */
    uint8_t size; /* bytes of one access */
    bool sign;    /* sign-extend */
    bool unpriv;  /* LDRT, STRT and their kin */
    bool index;   /* the offset is added before the access */
    bool wback;   /* the base register is updated */
    bool reg_offset;
    uint8_t rt, rt2, rn, rm, shift; /* rt2: second of LDRD, or the status of STREX */
    uint16_t list;                  /* of LDM, STM */
    int32_t offset;                 /* signed; for LDM, STM from the base to the lowest address */
    int32_t wback_offset;           /* added to the base when wback */
};

/**
 * Decode the instruction @hw1 (and @hw2 when it is 32 bits wide; else ignored).
 *
 * @priv  whether CPS and MSR act; unprivileged CPS is a NOP and ends nothing
 *
 * Source: DDI 0403E A5 (encodings), A7.7 (instructions).
 */
struct insn insn_decode(uint16_t hw1, uint16_t hw2, bool priv);

/** Is @hw1 the first half of a 32-bit instruction? Source: DDI 0403E A5.1. */
static inline bool insn_is_wide(uint16_t hw1)
{
    return hw1 >= 0xE800u;
}

/** Does the class access memory? */
static inline bool insn_is_memory(enum insn_class cls)
{
    return cls >= INSN_LOAD && cls <= INSN_TABLE_BRANCH;
}

#endif
