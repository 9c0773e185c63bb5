/*
 * A core under a debugger: its declared state, exact positions, breakpoints and watchpoints.
 *
 * None of it shows in the guest or in a trace: what is looked at closely is executed here instead
 * of by the engine, and both take the same time (tests/unit/test_boundaries.c).
 *
 *     cpu_state_collect(c);                                  at a boundary
 *     for (f = cpu_state_fields(); f->name; f++)
 *         save((char *)cpu_state_base(c) + f->offset, f->bytes);
 */
#ifndef MOAT_CPU_DEBUG_H
#define MOAT_CPU_DEBUG_H

#include "cpu/cpu.h"
#include "sim/base/field.h"

#define CPU_WATCHPOINTS_MAX 16u

/* ---- Declared state: all of the core that decides what it does next. ---- */

/** The rows, ended by one without a name; offsets from cpu_state_base(). */
const struct state_field *cpu_state_fields(void);
void *cpu_state_base(struct cpu *c);

/** Bring what the engine holds to the declared state. Only while stopped at a boundary. */
void cpu_state_collect(struct cpu *c);

/** Declared state and memory were written from outside: all that follows from them is made anew.
 */
void cpu_state_restored(struct cpu *c);

/** One memory of the board, aliases left out. */
struct cpu_memory {
    uint32_t base, bytes;
    uint8_t *mem;
    uint8_t *dirty; /* a byte for each MPU_PAGE_BYTES: not 0 when it may have been written */
};

/** The memories, in the order they were mapped. Returns how many; @out has room for @cap. */
uint32_t cpu_memories(const struct cpu *c, struct cpu_memory *out, uint32_t cap);

/** From now on no page counts as written. */
void cpu_clean(struct cpu *c);

/* ---- Positions: between any two instructions. ---- */

/**
 * A point between two steps. Along a run positions grow: by instructions, then by cycles (an
 * exception entry executes no instruction).
 */
struct cpu_position {
    uint64_t insns; /* executed before it; CPU_ANY_INSNS: the cycle alone counts */
    uint64_t cycle; /* the core's time there */
};

#define CPU_ANY_INSNS UINT64_MAX

struct cpu_position cpu_position(struct cpu *c);

static inline int cpu_position_compare(struct cpu_position a, struct cpu_position b)
{
    bool any = a.insns == CPU_ANY_INSNS || b.insns == CPU_ANY_INSNS;
    if (a.insns != b.insns && !any)
        return a.insns < b.insns ? -1 : 1;
    return (a.cycle > b.cycle) - (a.cycle < b.cycle);
}

/** Stop with CPU_STOP_STEP before the next instruction, or the first of a handler that is entered.
 * For one cpu_run(). */
void cpu_step(struct cpu *c);

/** Stop with CPU_STOP_STEP at the first position that is not before @at. Slow: go near it first. */
void cpu_seek(struct cpu *c, struct cpu_position at);

/** Neither steps nor seeks any more. */
void cpu_go(struct cpu *c);

/* ---- Breakpoints and watchpoints. ---- */

/**
 * Stop with CPU_STOP_BREAK before an instruction at one of @pcs. The first instruction of a
 * cpu_run() is let through. Replaces the breakpoints there were; copied.
 */
void cpu_set_breaks(struct cpu *c, const uint32_t *pcs, size_t n);

struct cpu_watchpoint {
    uint32_t addr, bytes;
    bool read, write;
};

/** Stop with CPU_STOP_ACCESS after an instruction that touched one of them. Replaces; at most
 * CPU_WATCHPOINTS_MAX. */
void cpu_set_watchpoints(struct cpu *c, const struct cpu_watchpoint *w, size_t n);

/** Stop with CPU_STOP_ACCESS after an instruction that wrote a register of the MPU. */
void cpu_watch_mpu(struct cpu *c, bool on);

/** The first access of the last CPU_STOP_ACCESS. */
struct cpu_hit {
    uint32_t pc; /* of the instruction; of an exception's frame: where it was taken */
    uint32_t addr, bytes;
    bool write;
    uint32_t before, after; /* the value of these bytes */
    uint64_t cycle;
};
const struct cpu_hit *cpu_hit(const struct cpu *c);

/* ---- Registers by name, as a debugger has them. ---- */

enum cpu_special {
    CPU_MSP,
    CPU_PSP,
    CPU_PRIMASK,
    CPU_BASEPRI,
    CPU_FAULTMASK,
    CPU_CONTROL,
    CPU_MSPLIM,
    CPU_PSPLIM,
    CPU_XPSR,
    CPU_FPSCR,
    CPU_SPECIAL_COUNT
};
uint32_t cpu_special(const struct cpu *c, enum cpu_special which);

/** Write one as a debugger; masks as MSR by privileged code does. xPSR: flags and IT state only. */
void cpu_set_special(struct cpu *c, enum cpu_special which, uint32_t value);
/** Write region @n of the MPU, and leave MPU_RNR as it is. */
void cpu_set_region(struct cpu *c, uint32_t n, uint32_t rbar, uint32_t rasr);
/** MPU_CTRL.ENABLE is 0, and stays so whatever the guest writes; or no longer. */
void cpu_hold_mpu_off(struct cpu *c, bool hold);
void cpu_set_fp_reg(struct cpu *c, uint32_t n, uint32_t value);

/** Before a debugger writes registers or memory: the rest of the block was not executed. */
void cpu_disown(struct cpu *c);

/** A word of the system control space, @addr a multiple of 4, read without its side effects. False:
 * it is elsewhere. */
bool cpu_peek_system(struct cpu *c, uint32_t addr, uint32_t *out);

/** An exception's state bits, for people. */
struct cpu_exception_state {
    bool pending, active, enabled, line;
    int priority;
};
struct cpu_exception_state cpu_exception_state(const struct cpu *c, uint32_t exception);

/** The traits of this core. */
const struct cpu_config *cpu_config(const struct cpu *c);

#endif
