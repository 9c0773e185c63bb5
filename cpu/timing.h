/*
 * What instructions and exceptions cost in cycles, zero wait states, for each core.
 *
 * A core's rules are a pipeline walked over the instructions of a block in order: each call charges
 * one instruction in the light of those before it. What depends on the path is kept apart: the
 * refill when a branch is taken, and what operands decide (timing_dynamic).
 */
#ifndef MOAT_TIMING_H
#define MOAT_TIMING_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/decode.h"

/** The pipeline while a block is walked. Zeroed at its start. */
struct timing_pipe {
    struct insn prev; /* the instruction before; bytes 0: none */
    uint32_t at;      /* address of the next instruction */
    uint32_t run;     /* wide instructions at 4n+2, one after another */
    /* Cores that issue two instructions at once: */
    uint32_t clock;                   /* cycle in which the next instruction may issue */
    bool paired;                      /* the cycle before has its second instruction */
    uint32_t ready[16], fp_ready[32]; /* cycle in which a register can be used */
    uint32_t late;                    /* registers whose value came from the late ALU */
    uint32_t fp_free;                 /* cycle in which the FPU takes the next operation */
};

struct timing {
    uint8_t entry;      /* exception entry, stacking included */
    uint8_t exit;       /* return, unstacking included */
    uint8_t tail_chain; /* from one handler to the next */
    uint8_t lazy_save;  /* of an FP context, when it is due */
    uint8_t fp_frame;   /* stacking or unstacking one at once */
    uint8_t mispredict; /* a branch that went another way than foreseen; 0: no prediction */
    /** Cycles of @i, a branch taken as not taken. */
    uint32_t (*cost)(struct timing_pipe *p, const struct insn *i);
    /** Cycles more when control goes elsewhere after @i. */
    uint32_t (*refill)(const struct timing_pipe *p, const struct insn *i);
    /** Cycles more when a taken branch arrives at @addr, whose instruction is @bytes long. */
    uint32_t (*arrive)(uint32_t addr, uint32_t bytes);
    /** Must timing_dynamic() be asked at each execution of @i? */
    bool (*is_dynamic)(const struct insn *i);
    /** Cycles of @i with the operands @n and @m; as cost() if they do not matter. */
    uint32_t (*operands)(const struct insn *i, uint32_t w, uint32_t n, uint32_t m);
};

/** The rules of core @model (enum cpu_model). */
const struct timing *timing_of(int model);

/* timing_issue.c: cores that issue in order with latencies, one or two at a time. */
uint32_t timing_m7_cost(struct timing_pipe *p, const struct insn *i);
uint32_t timing_m33_cost(struct timing_pipe *p, const struct insn *i);

/** 2 to 12 cycles of UDIV and SDIV of ARMv7-M cores. */
uint32_t timing_divide(bool is_signed, uint32_t n, uint32_t m);

#endif
