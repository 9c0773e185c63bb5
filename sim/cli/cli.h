/*
 * What the subcommands share: the command table, parsed options, ways to fail.
 *
 * To add a subcommand: a function in its own cmd_*.c, its declaration here, its row in commands.c.
 * Help, usage and the man page come from the row.
 */
#ifndef MOAT_CLI_H
#define MOAT_CLI_H

#include <stdbool.h>

#include "loaders/board.h"
#include "loaders/image.h"
#include "sim/base/buf.h"
#include "sim/base/error.h"
#include "sim/record/session.h"

#define CLI_OPTIONS_MAX 48
#define CLI_GIVEN_MAX   64

/* Exit statuses; `moat help exit` explains them. Numbers from 64 up are those of sysexits.h. */
enum {
    EXIT_FINE = 0,
    EXIT_BAD_ANSWER = 1,
    EXIT_USAGE = 64,
    EXIT_BAD_INPUT = 65,
    EXIT_NO_INPUT = 66,
    EXIT_NO_DISPLAY = 69,
    EXIT_OUR_ERROR = 70,
    EXIT_CANNOT_CREATE = 73,
    EXIT_IO_ERROR = 74,
    EXIT_SIGNAL = 128, /* and the signal's number */
};

struct cli_option {
    const char *name; /* long form; NULL ends a table */
    char letter;      /* short form, 0 for none */
    const char *arg;  /* name of its argument, NULL for a flag; "[N]": a number, or none */
    const char *help;
};

/** A parsed command line. */
struct cli {
    const struct cli_command *command;
    const char *values[CLI_OPTIONS_MAX]; /* by the option table's order: argument, "" for a flag */
    struct {
        int option;
        const char *value;
    } given[CLI_GIVEN_MAX]; /* all, also those that were given again */
    int given_count;
    char **args; /* what is not an option */
    int arg_count;
};

struct cli_command {
    const char *name, *summary, *usage, *description, *examples;
    const struct cli_option *options;
    int (*run)(const struct cli *cli);
};

/** All commands, ended by a row without a name. */
extern const struct cli_command cli_commands[];

const struct cli_command *cli_command_named(const char *name);

/** The value of option @name of this command line: NULL when it was not given. */
const char *cli_value(const struct cli *cli, const char *name);

/** All values of option @name, in order; returns how many, at most @cap. */
uint32_t cli_values(const struct cli *cli, const char *name, const char **out, uint32_t cap);

/** An option that means something only with another, or not beside another; NULL: no such. */
struct cli_rule {
    const char *option, *needs, *excludes;
};
/** EXIT_USAGE with a message when a rule is broken; rules end with a row without an option. */
int cli_check(const struct cli *cli, const struct cli_rule *rules);

/** Do both names exist, and are they the same file or folder? */
bool cli_same_place(const char *a, const char *b);

/** Print "moat: ..." and its hint to stderr; returns the exit status for @rc (negative). */
int cli_fail(int rc, const struct moat_error *err);

/** A mistake on the command line: one line, a hint, EXIT_USAGE. */
int cli_usage(const struct cli *cli, const char *fmt, ...) MOAT_PRINTF(2, 3);

/** Find and parse a board: a built-in name, or a file when @name has a slash or ends in .json. */
MOAT_CHECKED int cli_load_board(const char *name, struct board *out, struct moat_error *err);

/** Could this firmware be for @b? */
bool cli_board_fits(const struct board *b, const struct image *image);

/**
 * The board that @image is for when none was named: the default when it fits, else the only one
 * that does, which is said on stderr. -MOAT_EUSAGE when several do.
 */
MOAT_CHECKED int cli_guess_board(const struct image *image, struct board *out,
                                 struct moat_error *err);

/** "64K", "16M", "1G" or bytes; -MOAT_EUSAGE also below @least. */
MOAT_CHECKED int cli_size(const char *text, uint64_t least, uint64_t *out, struct moat_error *err);

/** Load "FILE", or "FILE@ADDRESS" for a raw binary, into @image. */
MOAT_CHECKED int cli_load_file(struct image *image, const char *text, struct moat_error *err);

/** An address, 0x..., or a symbol. */
MOAT_CHECKED int cli_address(const struct image *image, const char *text, uint32_t *out,
                             struct moat_error *err);

/** The symbol of that name, or -MOAT_EUSAGE. */
MOAT_CHECKED int cli_symbol(const struct image *image, const char *name,
                            const struct image_symbol **out, struct moat_error *err);

/** One line on stderr: why the run ended, and when. */
void cli_tell_stop(const struct session *s, const struct machine_stop *stop);

/** Listen for GDB where option --gdb says, and print on stderr what to type. */
struct gdb_server;
MOAT_CHECKED int cli_gdb(const struct cli *cli, const char *firmware, struct gdb_server **out,
                         struct moat_error *err);

/** Our version. */
const char *cli_version(void);

/** Boards that are part of the program, ended by a row without a name. Made by the build. */
struct cli_board {
    const char *name;
    const char *text;
    unsigned len;
};
extern const struct cli_board cli_boards[];

#define CLI_BOARD_DEFAULT "mps2-an386"

/** Text of `moat help exit` and its kin by topic; NULL for none. Appended to @out. */
bool cli_topic(const char *name, struct buf *out);

int cmd_run(const struct cli *cli);
/** Questions of `moat trace` about one point of time, which are answered by replay: query.c. */
bool query_named(const char *verb);
int query_run(const struct cli *cli);

int cmd_replay(const struct cli *cli);
int cmd_recording(const struct cli *cli);
int cmd_trace(const struct cli *cli);
int cmd_explain(const struct cli *cli);
int cmd_board(const struct cli *cli);
int cmd_help(const struct cli *cli);

/** Print a command's help, or its man page, to stdout. */
void help_command(const struct cli_command *c);
void help_overview(void);

#endif
