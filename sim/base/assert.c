#include "sim/base/assert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const uint64_t *assert_now;
static void (*assert_rescue)(void *ctx);
static void *assert_ctx;

void moat_assert_context(const uint64_t *now, void (*rescue)(void *ctx), void *ctx)
{
    assert_now = now;
    assert_rescue = rescue;
    assert_ctx = ctx;
}

void moat_assert_failed(const char *file, int line, const char *cond, const char *fmt, ...)
{
    fprintf(stderr, "moat: %s:%d: assertion failed: %s: ", file, line, cond);
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    if (assert_now)
        fprintf(stderr, "moat: at cycle %" PRIu64 "\n", *assert_now);
    if (assert_rescue)
        assert_rescue(assert_ctx);
    abort();
}
