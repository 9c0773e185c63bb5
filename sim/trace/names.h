/*
 * Names of the numbers in a trace. The numbers are cpu/'s, mpu/'s and sim/machine's enums, which a
 * trace may not include; sim/record/recorder.c asserts that they agree.
 */
#ifndef MOAT_NAMES_H
#define MOAT_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum {
    TRACE_STATE_PRIV = 1,
    TRACE_STATE_HANDLER = 2,
    TRACE_STATE_PSP = 4
};

/* ORDER cpu_access, mpu_rule, machine_stop_kind */
#define TRACE_ACCESS_COUNT 7
#define TRACE_RULE_COUNT   11
#define TRACE_STOP_COUNT   10
extern const char *const trace_access_names[TRACE_ACCESS_COUNT];
extern const char *const trace_rule_names[TRACE_RULE_COUNT];
extern const char *const trace_stop_names[TRACE_STOP_COUNT];

#define TRACE_REGION_NONE 255u

/** What a poke wrote. ORDER trace_poke: trace_poke_names. */
enum trace_poke_kind {
    TRACE_POKE_MEMORY,   /* bytes at addr */
    TRACE_POKE_REGISTER, /* R0 to R15: addr is its number */
    TRACE_POKE_SPECIAL,  /* enum cpu_special */
    TRACE_POKE_FP,       /* S0 to S31 */
    TRACE_POKE_REGION,   /* an MPU region: addr is its number; RBAR, then RASR or RLAR */
    TRACE_POKE_MPU_HELD, /* 1: MPU_CTRL.ENABLE stays 0 whatever is written; 0: no more */
    TRACE_POKE_COUNT
};
extern const char *const trace_poke_names[TRACE_POKE_COUNT];

/** A unit of state in a digest event: its number, and a hash of it. */
#define TRACE_UNIT_BYTES 6u

/** "MemManage", "IRQ3"; the text lives in @out. Source: DDI 0403E table B1-4. */
const char *trace_exception_name(uint32_t exception, char *out, size_t cap);

/** "handler", "privileged thread" or "user thread". */
const char *trace_state_name(uint8_t state);

#endif
