#include "sim/cli/cli.h"

#include <stddef.h>
#include <string.h>

// clang-format off
static const struct cli_option run_options[] = {
    {"board", 'b', "NAME|FILE", "the board: a name of `moat board list` or a board file "
                                "(default " CLI_BOARD_DEFAULT ", or the one that the firmware fits)"},
    {"output", 'o', "RECORDING", "folder of the recording, or one file: NAME.moat (default moat.rec)"},
    {"no-record", 0, NULL, "keep no recording"},
    {"record-limit", 0, "SIZE", "keep the last SIZE bytes of events (64K, 16M), and the state before them"},
    {"input", 0, "FILE", "input with its times; see `moat help input`"},
    {"script", 0, "FILE", "what a person does and expects; exit status 1 when it does not come; see `moat help script`"},
    {"junit", 0, "FILE", "write the script's result as JUnit XML"},
    {"console", 0, "WHERE", "the guest's console: stdio (default), pty, or tcp:PORT"},
    {"panel", 0, NULL, "a window with the board: LEDs, buttons (Alt and their key), console; mostly with --realtime"},
    {"shot", 0, "FILE.png", "a picture of the board at the end of the run"},
    {"realtime", 0, NULL, "the guest's time goes no faster than the clock"},
    {"load", 0, "FILE[@ADDRESS]", "load one more file; with an address a raw binary"},
    {"fit", 0, NULL, "memories as the ELF file has them, not the board's; for generic boards"},
    {"entry", 0, "ADDRESS|SYMBOL", "start there, not at the reset vector"},
    {"flash", 0, "FILE", "keep what the guest writes to flash in FILE, from run to run"},
    {"files", 0, "DIR", "semihosting may open files in DIR, and nowhere else"},
    {"file-limit", 0, "SIZE", "and write so many bytes in all (default 64M)"},
    {"args", 0, "TEXT", "the guest's command line"},
    {"svd", 0, "FILE", "names of registers, from a CMSIS-SVD file"},
    {"output-limit", 0, "SIZE", "end the run when the guest has printed more"},
    {"until", 0, "T", "stop at T: cycles, e42, 1.5ms or a symbol; see `moat help time`"},
    {"gdb", 0, "[PORT]", "let GDB connect first; no port: any that is free"},
    {"guest-status", 0, NULL, "exit with the status that the guest exits with"},
    {"stat", 0, NULL, "print cycles, instructions and where the cycles went, on stderr"},
    {"quiet", 'q', NULL, "print the guest's console only"},
    {NULL, 0, NULL, NULL},
};

static const struct cli_option replay_options[] = {
    {"until", 0, "T", "stop at T; see `moat help time`"},
    {"print", 0, NULL, "print the events as they come again"},
    {"with", 0, "CHANGE", "change one thing and print what comes of it; see `moat help changes`"},
    {"output", 'o', "RECORDING", "of the changed run (default what-if.rec)"},
    {"json", 0, NULL, "the difference as one JSON object"},
    {"gdb", 0, "[PORT]", "let GDB connect, to go forwards and backwards in it"},
    {"from", 0, "T", "with --print: from T on, cycles, a time or an event"},
    {"check-every", 0, "T", "compare digests of the state at most so often (default: all there are)"},
    {NULL, 0, NULL, NULL},
};

static const struct cli_option trace_options[] = {
    {"json", 0, NULL, "one JSON object a line"},
    {"task", 0, "NAME", "only events of this thread"},
    {"before", 0, "T", "of a question: the last one before T (default: the end)"},
    {"svd", 0, "FILE", "names of registers that are not modelled, from a CMSIS-SVD file"},
    {NULL, 0, NULL, NULL},
};

static const struct cli_option recording_options[] = {
    {"output", 'o', "RECORDING", "what trim and copy write: a folder, or one file NAME.moat"},
    {"from", 0, "T", "of trim: leave out what was before"},
    {"to", 0, "T", "of trim: and what comes after"},
    {NULL, 0, NULL, NULL},
};

static const struct cli_option explain_options[] = {
    {"event", 0, "N", "only the fault with this event number (42 or e42)"},
    {"svd", 0, "FILE", "names of registers, from a CMSIS-SVD file"},
    {NULL, 0, NULL, NULL},
};

static const struct cli_option no_options[] = {{NULL, 0, NULL, NULL}};

/* Every command, in the order of the overview. */
const struct cli_command cli_commands[] = {
    {"run", "run firmware on a simulated board and record it",
     "moat run [--board NAME|FILE] [-o RECORDING|--no-record] [--record-limit SIZE] [--input FILE]\n"
     "                [--script FILE [--junit FILE]] [--until T] [--stat] FIRMWARE...",
     "Loads ELF, Intel HEX, S-record or UF2 files, runs it until it ends itself by semihosting, locks up or sleeps for good,\n"
     "and explains the faults it met. The guest's console goes to stdout and comes from stdin;\n"
     "everything else goes to stderr.",
     "moat run firmware.elf\n"
     "moat run --board microbit --script test.moat --junit result.xml firmware.hex\n"
     "moat run --board netduino2 --load boot.bin@0x08000000 --load app.bin@0x08010000\n"
     "moat run --board mps2-an385 -o bad.rec --until 20ms firmware.elf",
     run_options, cmd_run},
    {"replay", "run a recording again and compare",
     "moat replay [--until T] [--print [--from T]] [--check-every T] [RECORDING]\n"
     "       moat replay --gdb [PORT] [RECORDING]\n"
     "       moat replay --with CHANGE... [-o RECORDING] [--until T] [--json] [RECORDING]",
     "Executes the recorded firmware again with the recorded input, and compares every event and\n"
     "every digest of the state. Prints one line and exits with 0 when all is the same; else the\n"
     "first difference, what of the state differs, and exits with 1.\n"
     "With --with the same input meets something else, and the two histories are compared from the\n"
     "first event that differs.",
     "moat replay\n"
     "moat replay --print --from e190 --until e200 bug.moat\n"
     "moat replay --gdb\n"
     "moat replay --with mpu=off\n"
     "moat replay --with mem:counter=5@1ms --with 'input:console=\"x\"@2ms'",
     replay_options, cmd_replay},
    {"trace", "list the events of a recording",
     "moat trace [list|faults|transitions|digests|stat] [--json] [--task NAME] [--svd FILE]\n"
     "                  [RECORDING]\n"
     "       moat trace last-write ADDRESS|SYMBOL [--before T] [RECORDING]\n"
     "       moat trace last-change region:N|right:ADDRESS [--before T] [RECORDING]\n"
     "       moat trace previous-fault|previous-transition [--before T] [RECORDING]",
     "Columns: event, cycle, thread, kind, state after it, details. `transitions` are all changes\n"
     "of privilege or mode; `stat` counts events by kind.\n"
     "Questions: `last-write` is who wrote to an address or object last; `last-change` is who\n"
     "changed an MPU region, or what the MPU lets user code do at an address. They are answered by\n"
     "running the recording again with a watch.",
     "moat trace\n"
     "moat trace faults --json moat.rec\n"
     "moat trace last-write counter --before 20ms\n"
     "moat trace last-change right:0x20005c1c",
     trace_options, cmd_trace},
    {"explain", "explain the faults of a recording",
     "moat explain [--event N] [--svd FILE] [RECORDING]",
     "Says for each refused access who did it and where, whose memory it was, which MPU regions\n"
     "covered it, and the rule that refused. Exits with 1 when there is a fault.",
     "moat explain\n"
     "moat explain --event 42 moat.rec",
     explain_options, cmd_explain},
    {"recording", "tell, check, trim and pack a recording",
     "moat recording [info|check] [RECORDING]\n"
     "       moat recording trim -o RECORDING [--from T] [--to T] [RECORDING]\n"
     "       moat recording copy -o RECORDING [RECORDING]",
     "`info` says what a recording is of; `check` reads all of it and says whether it is whole;\n"
     "`trim` makes one of a part, which replays like the whole; `copy` packs a folder into one file\n"
     "when the name ends in .moat, and unpacks it again. All commands take either form.",
     "moat recording info\n"
     "moat recording trim --from 1.5s --to 1.6s -o bug.moat\n"
     "moat recording copy -o bug.rec bug.moat",
     recording_options, cmd_recording},
    {"board", "list, show and check boards",
     "moat board [list|show NAME|FILE|check FILE]",
     "`show` prints a board normalised, as a recording keeps it. `check` prints nothing when the\n"
     "file is right, else every error as file:line:col.",
     "moat board list\n"
     "moat board show mps2-an386 > mine.json\n"
     "moat board check mine.json",
     no_options, cmd_board},
    {"help", "help on a command or a topic",
     "moat help [COMMAND|exit|time|input|script|changes|devices|man]",
     "Topics: exit (the exit statuses), time (how to write T), input (files for `run --input`),\n"
     "script (files for `run --script`), "
     "changes (for `replay --with`), devices (kinds for board files), man (the manual page).",
     "moat help run\n"
     "moat help time",
     no_options, cmd_help},
    {NULL, NULL, NULL, NULL, NULL, NULL, NULL},
};
// clang-format on

const struct cli_command *cli_command_named(const char *name)
{
    for (const struct cli_command *c = cli_commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}
