/*
 * What comes from outside during a live run: the console's channel, a file of inputs with their
 * times, a script; and the pace of the run.
 *
 * A terminal is read key by key; Ctrl-A begins a command (`moat help input`).
 */
#ifndef MOAT_CONSOLE_H
#define MOAT_CONSOLE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/error.h"
#include "sim/cli/channel.h"
#include "sim/cli/script.h"
#include "sim/machine/machine.h"

struct scripted {
    uint64_t cycle;
    struct machine_input in;
};

/** What the command line says. */
struct console_options {
    const char *where;     /* NULL: standard input and output */
    const char *input;     /* a file of `moat help input`, or NULL */
    struct script *script; /* or NULL; the caller's */
    bool realtime;         /* the guest's time goes no faster than the clock */
    bool signals;          /* Ctrl-C is for moat, not for the guest */
    uint64_t limit;        /* bytes that the guest may print; 0: any number */
    /** Called at each look for input; true: @in is one. NULL: none. */
    bool (*also)(void *ctx, struct machine_input *in);
    void *ctx;
};

struct console {
    const struct machine *machine;
    const struct board *board;
    struct console_options options;
    uint64_t poll_cycles;     /* how often to look for input */
    uint64_t drawn_ns, drawn; /* console_frame(): the clock and the cycle of the last one */
    uint64_t began_ns, began; /* --realtime: the clock, and the cycle, that the pace counts from */
    struct channel channel;
    struct scripted *script;
    size_t script_n, script_at;
    int state;                        /* of a command after Ctrl-A */
    uint32_t number;                  /* being typed */
    bool level;                       /* that it will get */
    uint32_t buttons;                 /* held down, a bit each */
    uint8_t typed[MACHINE_INPUT_MAX]; /* read, not given to the guest yet */
    size_t typed_n;
    struct machine_input later;        /* to be given next; n is 0: nothing */
    bool quit;                         /* Ctrl-A x */
    uint64_t printed;                  /* bytes */
    const volatile sig_atomic_t *stop; /* not 0: wait no longer; NULL: there is none */
};

/** @m, @b outlive it. -MOAT_EINPUT names the line of the input file; else as channel_open(). */
MOAT_CHECKED int console_open(struct console *c, const struct machine *m, const struct board *b,
                              const struct console_options *options, struct moat_error *err);
/** The terminal is as it was. */
void console_close(struct console *c);

/** As struct machine_host's. @now: the machine's cycle. */
bool console_input(struct console *c, struct machine_input *in, bool wait, uint64_t now,
                   uint64_t *again);
bool console_read(struct console *c, uint8_t *byte);

/** Is it the person's what comes from @name: the board's console, or semihosting? */
bool console_shows(const struct console *c, const char *name);

/**
 * What goes to the person: the board's console, and semihosting, which is no device. Other devices'
 * output is in the recording, and counts for the limit. False when that is reached.
 */
bool console_output(struct console *c, const char *name, const void *bytes, size_t n);

/** Is it time to draw a window anew? Then @speed is that of the guest against the clock. */
bool console_frame(struct console *c, uint64_t now, double *speed);

/** One line of an input file, or of `--with input`: "1.5ms console \"text\"". @where is for
 * messages. */
MOAT_CHECKED int console_parse_line(const char *where, const char *line, const struct machine *m,
                                    uint32_t clock_hz, struct scripted *out,
                                    struct moat_error *err);

#endif
