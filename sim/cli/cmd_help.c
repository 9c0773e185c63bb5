#include <stdio.h>
#include <string.h>

#include "devices/device.h"
#include "sim/cli/cli.h"

static const char exit_text[] =
    "Exit statuses:\n"
    "  0    fine: the guest ended itself well, or --until was reached\n"
    "  1    the answer is bad: the guest failed, locked up or sleeps for good;\n"
    "       `explain` found a fault\n"
    "  64   the command line is wrong\n"
    "  65   bad input data: firmware, board file, recording\n"
    "  66   an input cannot be opened\n"
    "  69   no display or port to be had\n"
    "  70   an error of our own that we survived\n"
    "  73   an output cannot be created\n"
    "  74   an output cannot be written to its end (a full disk)\n"
    "  130  interrupted (128 and the signal's number); what was recorded can be read\n"
    "With --guest-status a guest that exits passes its own status on. An assertion of ours that\n"
    "fails aborts with 134.\n";

static const char time_text[] = "T, a point of a run:\n"
                                "  12345    cycles since the start\n"
                                "  e42      the 42nd event of the trace\n"
                                "  1.5ms    simulated time: s, ms, us, ns\n"
                                "  main     the first arrival at a symbol\n"
                                "  main#3   the third arrival\n";

static const char input_text[] =
    "Input with its times, a line each, for `moat run --input FILE`:\n"
    "  1.5ms console \"text\\n\"   bytes for the console (\\n \\r \\t \\0 \\\\ \\\" \\xHH), at "
    "most 64\n"
    "  12345 uart1 \"x\"          for a device of that name that takes bytes\n"
    "  3s gpio 17 0              or numbers: of a port a pin and its level (2: let go of it)\n"
    "  2s irq 5 on               an interrupt line is driven from outside; later: irq 5 off\n"
    "  # a comment\n"
    "Times do not go back. At a terminal, all keys go to the guest as they are\n"
    "typed, Ctrl-C too (but with --script or --gdb); a guest that reads by semihosting sees them, "
    "with\n"
    "Enter as a line's end and Ctrl-D as the end. Ctrl-A begins "
    "a\n"
    "command: x ends the run, a is Ctrl-A itself, b and a digit presses or releases that button,\n"
    "i, a number and Enter drives that interrupt line high, o, a number and Enter low again.\n";

static const char script_text[] =
    "What a person does at the board and expects, a step a line, for `moat run --script FILE`:\n"
    "  test \"name\"                  the steps from here on are one case of --junit\n"
    "  wait \"text\" [within 5s]      until the guest prints it (within 60 s of its time)\n"
    "  refuse \"text\"                it has not printed this since the last wait\n"
    "  type \"text\\r\"               on the console, as fast as 9600 bit/s allow\n"
    "  press a, release a, tap a [for 100ms]    a button of the board\n"
    "  set DEVICE VALUE             an input, as in `moat help input`: set gpio 3 1, set irq 5 on\n"
    "  sleep 1.5ms, at 2s           let time pass; until a time\n"
    "  shot \"file.png\"              a picture of the board\n"
    "  # a comment\n"
    "The run ends when all steps are done, with status 0, or when something did not come, with "
    "1.\n";

static const char changes_text[] =
    "CHANGE, for `moat replay --with`:\n"
    "  mem:ADDRESS|SYMBOL=VALUE[@T]     a word of memory (an object of 1 or 2 bytes: as many)\n"
    "  reg:NAME=VALUE[@T]               r0 to r12, sp, lr, pc, xpsr, msp, psp, control, s0 to "
    "s31...\n"
    "  region:N=RBAR,RASR|off[@T]       an MPU region (RBAR,RLAR on ARMv8-M)\n"
    "  mpu=off[@T]                      the MPU stays off, whatever the guest writes\n"
    "  input:DEVICE=\"TEXT\"[@T]          more input\n"
    "  input:eN=\"TEXT\"|none             other input in the place of event eN\n"
    "  board:PATH=VALUE                 a key of the board: cpu/mpu_regions, memory/ssram1/size\n"
    "T is cycles or a time; without it the change is made at the beginning.\n";

static void devices_text(struct buf *out)
{
    buf_addf(out, "Kinds of device for board files, with their keys besides name, kind, base:\n");
    for (const struct device_ops *const *k = device_kinds(); *k; k++) {
        buf_addf(out, "  %-14s %s\n", (*k)->kind, (*k)->summary);
        for (const struct field *f = (*k)->config; f->name; f++)
            buf_addf(out, "    %-14s %s\n", f->name, f->help);
    }
}

/* Text as roff: backslashes and leading dots are special there. */
static void man_text(struct buf *out, const char *text)
{
    bool start = true;
    for (; *text; text++) {
        if (start && (*text == '.' || *text == '\''))
            buf_addf(out, "\\&");
        buf_addf(out, *text == '\\' ? "\\e" : *text == '-' ? "\\-" : "%c", *text);
        start = *text == '\n';
    }
}

static void man_page(struct buf *out)
{
    buf_addf(out, ".TH MOAT 1\n.SH NAME\nmoat \\- run Cortex\\-M firmware, record and explain its "
                  "faults\n.SH SYNOPSIS\n");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        man_text(out, c->usage);
        buf_addf(out, "\n.br\n");
    }
    buf_addf(out, ".SH COMMANDS\n");
    for (const struct cli_command *c = cli_commands; c->name; c++) {
        buf_addf(out, ".SS %s\n", c->name);
        man_text(out, c->description);
        buf_addf(out, "\n");
        for (const struct cli_option *o = c->options; o->name; o++) {
            buf_addf(out, ".TP\n\\fB\\-\\-%s\\fR%s%s\n", o->name, o->arg ? " " : "",
                     o->arg ? o->arg : "");
            man_text(out, o->help);
            buf_addf(out, "\n");
        }
        buf_addf(out, ".PP\nExamples:\n.nf\n");
        man_text(out, c->examples);
        buf_addf(out, "\n.fi\n");
    }
    buf_addf(out, ".SH TIME\n.nf\n");
    man_text(out, time_text);
    buf_addf(out, ".fi\n.SH EXIT STATUS\n.nf\n");
    man_text(out, exit_text);
    buf_addf(out, ".fi\n");
}

bool cli_topic(const char *name, struct buf *out)
{
    if (strcmp(name, "exit") == 0)
        buf_addf(out, "%s", exit_text);
    else if (strcmp(name, "time") == 0)
        buf_addf(out, "%s", time_text);
    else if (strcmp(name, "script") == 0)
        buf_addf(out, "%s", script_text);
    else if (strcmp(name, "input") == 0)
        buf_addf(out, "%s", input_text);
    else if (strcmp(name, "changes") == 0)
        buf_addf(out, "%s", changes_text);
    else if (strcmp(name, "devices") == 0)
        devices_text(out);
    else if (strcmp(name, "man") == 0)
        man_page(out);
    else
        return false;
    return true;
}

void help_overview(void)
{
    puts("moat runs Cortex-M firmware on a simulated board, records every fault and change of\n"
         "privilege, and says why an access was refused.\n");
    for (const struct cli_command *c = cli_commands; c->name; c++)
        printf("  %-9s %s\n", c->name, c->summary);
    puts("\nExamples:\n"
         "  moat run firmware.elf        run it and record to moat.rec\n"
         "  moat trace transitions       every change of privilege in moat.rec\n"
         "  moat explain                 why each access was refused");
}

void help_command(const struct cli_command *c)
{
    printf("moat %s: %s\n\nUsage: %s\n\n%s\n", c->name, c->summary, c->usage, c->description);
    if (c->options->name)
        puts("\nOptions:");
    for (const struct cli_option *o = c->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "%c%c%s--%s%s%s", o->letter ? '-' : ' ',
                 o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name, o->arg ? " " : "",
                 o->arg ? o->arg : "");
        printf("  %-26s %s\n", left, o->help);
    }
    puts("\nExamples:");
    for (const char *line = c->examples; *line;) {
        size_t n = strcspn(line, "\n");
        printf("  %.*s\n", (int)n, line);
        line += n + (line[n] == '\n');
    }
}

int cmd_help(const struct cli *cli)
{
    struct buf text = {0};
    int rc = EXIT_FINE;
    if (cli->arg_count > 1)
        return cli_usage(cli, "one command or topic at a time");
    if (cli->arg_count == 0)
        help_overview();
    else if (cli_command_named(cli->args[0]))
        help_command(cli_command_named(cli->args[0]));
    else if (cli_topic(cli->args[0], &text))
        fputs(buf_text(&text), stdout);
    else
        rc = cli_usage(cli, "no command or topic '%s'", cli->args[0]);
    buf_fini(&text);
    return rc;
}
