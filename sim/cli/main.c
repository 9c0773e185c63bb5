#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"
#include "sim/base/assert.h"
#include "sim/base/nearest.h"
#include "sim/cli/cli.h"

#define LONG_FIRST 256 /* getopt values of long options: 256 + index */

static int unknown_option(const struct cli *cli, const char *text)
{
    size_t dashes = strspn(text, "-");
    for (const struct cli_option *o = cli->command->options; o->name; o++)
        if (dashes == 2 && nearest_is_near(text + dashes, o->name))
            return cli_usage(cli, "unknown option '%s', did you mean '--%s'?", text, o->name);
    return cli_usage(cli, "unknown option '%s'", text);
}

/* What may stand behind an option whose argument can be left out. */
static bool is_number(const char *text)
{
    return text && *text && text[strspn(text, "0123456789")] == '\0';
}

/* Options anywhere on the line, by getopt_long(), from the command's table. */
static int parse_options(struct cli *cli, int argc, char **argv)
{
    struct option longs[CLI_OPTIONS_MAX + 2] = {{0}};
    char shorts[2 * CLI_OPTIONS_MAX + 4] = ":h";
    const struct cli_option *o = cli->command->options;
    size_t at = strlen(shorts);
    int n = 0;
    for (; o[n].name; n++) {
        longs[n] = (struct option){o[n].name,
                                   !o[n].arg            ? no_argument
                                   : o[n].arg[0] == '[' ? optional_argument
                                                        : required_argument,
                                   NULL, LONG_FIRST + n};
        if (o[n].letter)
            shorts[at++] = o[n].letter;
        if (o[n].letter && o[n].arg)
            shorts[at++] = ':';
    }
    MOAT_ASSERT(n <= CLI_OPTIONS_MAX, "%d options", n);
    longs[n] = (struct option){"help", no_argument, NULL, 'h'};
    opterr = 0;
    optind = 0;
    for (;;) {
        int c = getopt_long(argc, argv, shorts, longs, NULL);
        if (c == -1)
            break;
        if (c == 'h') {
            help_command(cli->command);
            return -1;
        }
        char letter[3] = {'-', (char)optopt, '\0'};
        if (c == '?')
            return unknown_option(cli, optopt && optopt < LONG_FIRST ? letter : argv[optind - 1]);
        if (c == ':')
            return cli_usage(cli, "option '%s' needs an argument", argv[optind - 1]);
        for (int i = 0; i < n; i++)
            if (c == LONG_FIRST + i || c == o[i].letter) {
                bool next = o[i].arg && o[i].arg[0] == '[' && !optarg && is_number(argv[optind]);
                cli->values[i] = next ? argv[optind++] : optarg ? optarg : "";
                if (cli->given_count == CLI_GIVEN_MAX)
                    return cli_usage(cli, "too many options");
                cli->given[cli->given_count].option = i;
                cli->given[cli->given_count++].value = cli->values[i];
            }
    }
    cli->args = argv + optind;
    cli->arg_count = argc - optind;
    return 0;
}

static int unknown_command(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (nearest_is_near(name, c->name))
            return cli_usage(NULL, "unknown command '%s', did you mean '%s'?", name, c->name);
    return cli_usage(NULL, "unknown command '%s'", name);
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        help_overview();
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("moat %s, Unicorn %s\n", cli_version(), cpu_engine_version());
        return EXIT_FINE;
    }
    struct cli cli = {.command = cli_command_named(argv[1])};
    if (!cli.command)
        return argv[1][0] == '-' ? cli_usage(NULL, "unknown option '%s'", argv[1])
                                 : unknown_command(argv[1]);
    int rc = parse_options(&cli, argc - 1, argv + 1);
    if (rc)
        return rc < 0 ? EXIT_FINE : rc;
    return cli.command->run(&cli);
}

int main(int argc, char **argv)
{
    signal(SIGXFSZ, SIG_IGN); /* a file limit is a full disk: an error of write() */
    int rc = dispatch(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "moat: cannot write to stdout\n");
        return EXIT_IO_ERROR;
    }
    return rc;
}
