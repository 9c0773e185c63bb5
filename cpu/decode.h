/*
 * What one Thumb instruction is: its size, its class for time, and all about its memory access.
 *
 * Loads and stores are described completely, so that loadstore.c can execute them. Of the rest
 * what costs time or ends a block is told apart, with the registers it reads and writes.
 */
#ifndef MOAT_DECODE_H
#define MOAT_DECODE_H

#include <stdbool.h>
#include <stdint.h>

/** Classes of instruction. ORDER insn_class: costs in timing.c, executors in loadstore.c. */
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
    INSN_FP_LOAD,  /* VLDR, VLDM, VPOP */
    INSN_FP_STORE, /* VSTR, VSTM, VPUSH */
    INSN_BRANCH,   /* direct, conditional or not */
    INSN_CALL,     /* BL */
    INSN_BRANCH_REG,
    INSN_MULTIPLY,     /* MUL */
    INSN_MULTIPLY_ACC, /* MLA, MLS */
    INSN_MULTIPLY_LONG,
    INSN_MULTIPLY_LONG_ACC,
    INSN_DSP_MULTIPLY, /* the halfword and dual multiplies of the DSP extension */
    INSN_DIVIDE,
    INSN_MSR, /* may change privilege or masks */
    INSN_CPS,
    INSN_MRS,
    INSN_BARRIER, /* DSB, DMB */
    INSN_ISB,
    INSN_SVC,
    INSN_BKPT,
    INSN_WFI,
    INSN_WFE,
    INSN_SEV,
    INSN_CLREX,
    INSN_NOP, /* and other hints */
    INSN_IT,
    INSN_FP_MOVE, /* between core and FP registers, VMRS, VMSR */
    INSN_FP_ALU,
    INSN_FP_MAC, /* VMLA, VFMA and kin */
    INSN_FP_DIVIDE,
    INSN_FP_ROOT,
    INSN_COPROCESSOR, /* any other coprocessor: none of these cores has it */
    INSN_MISSING, /* UNDEFINED, though it looks like an access; or UNPREDICTABLE: taken for that */
    INSN_SECURE,  /* SG, BXNS, BLXNS, TT, VLSTM: of a Security Extension that is not there */
    INSN_CLASS_COUNT
};

struct insn {
    enum insn_class cls;
    uint8_t bytes;    /* 2 or 4 */
    bool ends_block;  /* execution never simply runs on into the next instruction's block */
    bool conditional; /* may be left out: B<c>, or inside an IT block (blocks.c sets that) */
    bool v6m;         /* ARMv6-M has it */
    bool v8m;         /* only ARMv8-M has it */
    bool exchanges;   /* a branch that EXC_RETURN means something to: BX, a load of PC */
    bool shifted;     /* an operand goes through the shifter */
    uint16_t reads,
        writes;          /* core registers, a bit each; the base register's write-back included */
    uint16_t addr_reads; /* of these, the ones that make the address of a memory access */
    uint8_t it;          /* INSN_IT: condition and mask; MSR, MRS: SYSm; CPS: the low byte */
    uint32_t fp_reads, fp_writes; /* S registers, a bit each */
    /* For loads and stores: */
    uint8_t size; /* bytes of one access */
    bool sign;    /* sign-extend */
    bool unpriv;  /* LDRT, STRT and their kin */
    bool index;   /* the offset is added before the access */
    bool wback;   /* the base register is updated */
    bool reg_offset;
    bool aligned;                   /* an unaligned address faults whatever CCR.UNALIGN_TRP says */
    uint8_t rt, rt2, rn, rm, shift; /* rt2: second of LDRD, or the status of STREX */
    uint16_t list;                  /* of LDM, STM */
    uint8_t fp_first, fp_words;     /* FP loads and stores: first S register, how many words */
    int32_t offset;                 /* signed; for LDM, STM from the base to the lowest address */
    int32_t wback_offset;           /* added to the base when wback */
};

/**
 * Decode the instruction @hw1 (and @hw2 when it is 32 bits wide; else ignored).
 *
 * @priv  whether CPS and MSR act; unprivileged CPS is a NOP and ends nothing
 *
 * Source: DDI 0403E A5 (encodings), A6 (FP), A7.7 (instructions); DDI 0553 C2 for ARMv8-M's.
 */
struct insn insn_decode(uint16_t hw1, uint16_t hw2, bool priv);

/** Is @hw1 the first half of a 32-bit instruction? Source: DDI 0403E A5.1. */
static inline bool insn_is_wide(uint16_t hw1)
{
    return hw1 >= 0xE800u;
}

/** ITSTATE after one more instruction. Source: DDI 0403E A7.3.3, ITAdvance(). */
static inline uint8_t insn_it_advance(uint8_t it)
{
    return (uint8_t)(it & 7u ? (it & 0xE0u) | (it << 1 & 0x1Fu) : 0);
}

/** Does the class access memory? */
static inline bool insn_is_memory(enum insn_class cls)
{
    return cls >= INSN_LOAD && cls <= INSN_FP_STORE;
}

/** Does the class need the FPU? */
static inline bool insn_is_fp(enum insn_class cls)
{
    return cls == INSN_FP_LOAD || cls == INSN_FP_STORE ||
           (cls >= INSN_FP_MOVE && cls <= INSN_FP_ROOT);
}

/** Does control go elsewhere after it, or may it? */
static inline bool insn_is_branch(const struct insn *i)
{
    return i->cls == INSN_BRANCH || i->cls == INSN_CALL || i->cls == INSN_BRANCH_REG ||
           i->cls == INSN_TABLE_BRANCH || (i->writes >> 15 & 1u);
}

#endif
