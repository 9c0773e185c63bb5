/*
 * One thing changed in a run, in words: what `moat replay --with` takes.
 *
 *     mem:ADDRESS|SYMBOL=VALUE[@T]     a word of memory (an object of 1 or 2 bytes: as many)
 *     reg:NAME=VALUE[@T]               r0 to r12, sp, lr, pc, xpsr, msp, psp, control, ..., s0
 *     region:N=RBAR,RASR|off[@T]       an MPU region (RBAR,RLAR on ARMv8-M)
 *     mpu=off[@T]                      the MPU stays off, whatever the guest writes
 *     input:DEVICE="TEXT"[@T]          more input
 *     input:eN="TEXT"|none             other input in the place of event eN
 *     board:PATH=VALUE                 a key of the board: cpu/mpu_regions, memory/ssram1/size
 */
#ifndef MOAT_CHANGE_H
#define MOAT_CHANGE_H

#include "sim/record/recording.h"

#define CHANGE_POKES_MAX 1u

enum change_kind {
    CHANGE_POKES, /* at cycle */
    CHANGE_INPUT, /* more of it, at cycle */
    CHANGE_EVENT, /* input event number is this instead; n 0: nothing */
    CHANGE_BOARD
};

struct change {
    enum change_kind kind;
    uint64_t cycle;
    struct trace_poke poke[CHANGE_POKES_MAX];
    uint8_t word[CHANGE_POKES_MAX][8]; /* what they write */
    uint32_t pokes;
    uint64_t number;
    char device[64];
    uint8_t bytes[MACHINE_INPUT_MAX];
    uint32_t n;
    char path[128], value[128]; /* of the board */
};

/** -MOAT_EUSAGE with what was expected. @rec: the recording it is to be made in. */
MOAT_CHECKED int change_parse(const char *text, const struct recording *rec, struct change *out,
                              struct moat_error *err);

/** A text in double quotes with escapes (\n \r \t \0 \\ \" \xHH); false: it is none, or too long.
 */
bool change_parse_text(const char *text, uint8_t *out, uint32_t cap, uint32_t *n);

#endif
