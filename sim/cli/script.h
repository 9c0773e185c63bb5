/*
 * A script: what a person would do at the board, and what must come of it (`moat help script`).
 *
 * Steps are done one after another at points of the guest's time, so a run under a script is the
 * same each time, and its recording replays without the script.
 */
#ifndef MOAT_SCRIPT_H
#define MOAT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loaders/board.h"
#include "sim/base/error.h"
#include "sim/machine/machine.h"

struct script;

/** What a step may ask of the run. */
struct script_host {
    void *ctx;
    /** Draw the panel into a file; -MOAT_EIO and its kin. */
    int (*shot)(void *ctx, const char *path, struct moat_error *err);
};

/** Read @path; -MOAT_ENOINPUT, or -MOAT_EINPUT with the line. @m and @b outlive it. */
MOAT_CHECKED int script_open(const char *path, const struct machine *m, const struct board *b,
                             const struct script_host *host, struct script **out,
                             struct moat_error *err);
void script_close(struct script *s);

/** The guest printed something on the console. */
void script_output(struct script *s, const void *bytes, size_t n);

/**
 * Do what is due at cycle @now. True: @in is an input to give. @again: when to ask next.
 */
bool script_next(struct script *s, uint64_t now, struct machine_input *in, uint64_t *again);

/** All is done, or something that was expected did not come: end the run. */
bool script_over(const struct script *s);

/** The run ended at @now. True when all that was expected came; says on stderr what did not. */
bool script_passed(struct script *s, uint64_t now, bool quiet);

/** The result as JUnit XML; -MOAT_ECREATE. */
MOAT_CHECKED int script_junit(const struct script *s, const char *path, struct moat_error *err);

/** One word of *at, which moves behind it; false: none, or too long for @cap. */
bool script_word(const char **at, char *out, size_t cap);
/** Nothing but blanks? */
bool script_at_end(const char *at);

/**
 * "DEVICE VALUE": an input as scripts and `--input` give it: text in double quotes, or the numbers
 * of the device's input, or of `irq` a line and on or off. NULL, or what was expected.
 */
const char *script_input(const char *text, const struct machine *m, struct machine_input *out);

#endif
