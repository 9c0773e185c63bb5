/*
 * What went wrong outside: one sentence for a person, one kind for the exit status.
 *
 * Only for what the user or the outside did wrong. What the guest does wrong is data (struct
 * cpu_stop, trace events); what we do wrong is MOAT_ASSERT. A fallible function returns 0 or a
 * negative enum moat_err and fills its last parameter:
 *
 *     if (file == NULL)
 *         return moat_fail(err, MOAT_ENOINPUT, "cannot open '%s': %s", path, strerror(errno));
 */
#ifndef MOAT_ERROR_H
#define MOAT_ERROR_H

#include <stdarg.h>

/** Kinds of outside error; each has one exit status (sim/cli/main.c, `moat help exit`). */
enum moat_err {
    MOAT_EUSAGE = 1, /* the command line */
    MOAT_EINPUT,     /* bad input data: firmware, board, recording */
    MOAT_ENOINPUT,   /* an input cannot be opened */
    MOAT_ECREATE,    /* an output cannot be created */
    MOAT_EIO,        /* writing failed half-way: a full disk */
    MOAT_ENOMEM,     /* the host has no memory left */
    MOAT_EDISPLAY,   /* no display or port */
};

/** The sentence, without capital, full stop or program name; @hint is "" or a command to type. */
struct moat_error {
    char text[4096];
    char hint[256];
};

#define MOAT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MOAT_CHECKED           __attribute__((warn_unused_result))

/** Fill @err (may be NULL) and return -@kind, so that a caller can `return moat_fail(...)`. */
int moat_fail(struct moat_error *err, enum moat_err kind, const char *fmt, ...) MOAT_PRINTF(3, 4);

/** Add the one line that helps: what to type or change. @err may be NULL. */
void moat_hint(struct moat_error *err, const char *fmt, ...) MOAT_PRINTF(2, 3);

#endif
