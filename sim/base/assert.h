/*
 * MOAT_ASSERT: what must be true if our own code is right. On in every build, never for input.
 *
 * A failed assertion prints where it stands, what the simulated time was (when a machine runs) and
 * where the partial recording lies, then aborts.
 */
#ifndef MOAT_ASSERT_H
#define MOAT_ASSERT_H

#include <stdint.h>

#include "sim/base/error.h"

#define MOAT_ASSERT(cond, ...)                                          \
    do {                                                                \
        if (__builtin_expect(!(cond), 0))                               \
            moat_assert_failed(__FILE__, __LINE__, #cond, __VA_ARGS__); \
    } while (0)

_Noreturn void moat_assert_failed(const char *file, int line, const char *cond, const char *fmt,
                                  ...) MOAT_PRINTF(4, 5);

/**
 * What a failed assertion tells and does besides its own text. One machine a process.
 *
 * @now     the machine's cycle counter, read when an assertion fails; NULL for none
 * @rescue  called once before abort() to save what can be saved; NULL for none. Must not assert.
 */
void moat_assert_context(const uint64_t *now, void (*rescue)(void *ctx), void *ctx);

#endif
