/*
 * What comes from outside during a live run: standard input, and a script of inputs with their
 * times.
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
#include "sim/machine/machine.h"

struct scripted {
    uint64_t cycle;
    struct machine_input in;
};

struct console {
    const struct machine *machine;
    uint64_t poll_cycles; /* how often to look at standard input */
    bool is_terminal, open;
    struct scripted *script;
    size_t script_n, script_at;
    int state;                        /* of a command after Ctrl-A */
    uint32_t number;                  /* being typed */
    bool level;                       /* that it will get */
    uint8_t buttons;                  /* held down */
    uint8_t typed[MACHINE_INPUT_MAX]; /* read, not given to the guest yet */
    size_t typed_n;
    bool quit;                         /* Ctrl-A x */
    const volatile sig_atomic_t *stop; /* not 0: wait no longer; NULL: there is none */
};

/** @script: a file of `moat help input`, or NULL. -MOAT_EINPUT names its line. */
MOAT_CHECKED int console_open(struct console *c, const struct machine *m, uint32_t clock_hz,
                              const char *script, struct moat_error *err);
/** The terminal is as it was. */
void console_close(struct console *c);

/** As struct machine_host's. @now: the machine's cycle. */
bool console_input(struct console *c, struct machine_input *in, bool wait, uint64_t now,
                   uint64_t *again);
bool console_read(struct console *c, uint8_t *byte);

/** What goes to the person: the board's console, and semihosting, which is no device. Other
 * devices' output is in the recording. */
void console_output(const struct board *b, const char *name, const void *bytes, size_t n);

/** One line of a script, or of `--with input`: "1.5ms console \"text\"". @where is for messages. */
MOAT_CHECKED int console_parse_line(const char *where, const char *line, const struct machine *m,
                                    uint32_t clock_hz, struct scripted *out,
                                    struct moat_error *err);

#endif
