#include "sim/base/error.h"

#include <stdio.h>

int moat_fail(struct moat_error *err, enum moat_err kind, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, args);
        va_end(args);
        err->hint[0] = '\0';
    }
    return -(int)kind;
}

void moat_hint(struct moat_error *err, const char *fmt, ...)
{
    if (!err)
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
}
