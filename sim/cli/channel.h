/*
 * Where the guest's console goes and comes from: standard input and output, a pseudo-terminal, or a
 * TCP port of this machine.
 */
#ifndef MOAT_CHANNEL_H
#define MOAT_CHANNEL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <termios.h>

#include "sim/base/error.h"

struct channel {
    int in, out;      /* -1: nobody is there */
    int listener;     /* of a TCP port; -1: none */
    bool is_terminal; /* a person at standard input: keys as they are typed */
    bool open;        /* more can come in */
    struct termios saved;
};

/**
 * @where:   NULL or "stdio", "pty", "tcp:PORT" (0: any). What to connect to is said on stderr.
 * @signals: Ctrl-C and kin on a terminal interrupt moat; else they are keys for the guest
 *
 * Returns 0, -MOAT_EUSAGE: no such channel, or -MOAT_EDISPLAY: it cannot be had.
 */
MOAT_CHECKED int channel_open(struct channel *c, const char *where, bool signals,
                              struct moat_error *err);
/** The terminal is as it was. */
void channel_close(struct channel *c);

/** Bytes that have come, at most @cap; @wait: until some have, or @stop (may be NULL) is not 0. */
size_t channel_read(struct channel *c, uint8_t *out, size_t cap, bool wait,
                    const volatile sig_atomic_t *stop);

/** What nobody takes is lost. */
void channel_write(struct channel *c, const void *bytes, size_t n);

#endif
