/*
 * T, the one syntax for a point of a run: cycles `12345`, event `e42`, time `1.5ms`, or the n-th
 * arrival at a symbol `main#3` (`main` is `main#1`).
 */
#ifndef MOAT_WHEN_H
#define MOAT_WHEN_H

#include <stdint.h>

#include "sim/base/error.h"

enum when_kind {
    WHEN_NEVER, /* no point given */
    WHEN_CYCLE,
    WHEN_EVENT,
    WHEN_SYMBOL,
};

struct when {
    enum when_kind kind;
    uint64_t n;       /* cycle, event number, or the count of arrivals (1 is the first) */
    char symbol[128]; /* for WHEN_SYMBOL */
};

/**
 * Parse T. @clock_hz turns times into cycles, rounded down; units are s, ms, us, ns.
 *
 * Returns 0, or -MOAT_EUSAGE with the forms that are understood.
 */
MOAT_CHECKED int when_parse(const char *text, uint64_t clock_hz, struct when *out,
                            struct moat_error *err);

#endif
