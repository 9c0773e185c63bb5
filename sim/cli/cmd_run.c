#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"
#include "sim/base/when.h"
#include "sim/cli/cli.h"
#include "sim/cli/console.h"
#include "sim/cli/files.h"
#include "sim/cli/flash.h"
#include "sim/cli/registers.h"
#include "sim/explain/explain.h"
#include "sim/gdb/gdb.h"
#include "sim/record/checkpoint.h"
#include "sim/record/firmware.h"
#include "sim/record/recording.h"
#include "sim/record/session.h"
#include "sim/record/stat.h"
#include "sim/view/panel.h"

#define EXPLAINED_MAX  10
#define UNMODELLED_MAX 20u

/* One run from the command line. */
struct run {
    const char *path; /* of the recording, NULL for none */
    struct board board;
    struct image *image;
    struct recording_info info;
    struct recording_out *out; /* NULL: none, or it has ended */
    struct session session;
    struct console console;
    struct files files;
    struct registers registers;
    uint32_t told[UNMODELLED_MAX]; /* addresses of registers that were said to be missing */
    uint32_t told_n;
    bool quiet;
    struct script *script; /* NULL: none */
    struct panel *panel;   /* NULL: nobody looks */
    struct when until;
    struct stat stat;
    struct debuggee debuggee;
    bool passed;                  /* the script */
    bool flooded;                 /* the guest printed too much */
    struct moat_error turn_error; /* of a segment that could not be begun */
    int turn_status;
};

static struct session *volatile running;
static volatile sig_atomic_t interrupted; /* the signal, 0 for none */

static void on_signal(int sig)
{
    interrupted = sig;
    if (running)
        session_stop(running);
}

/* ---- The session's host. ---- */

static void host_cpu_event(void *ctx, const struct cpu_event *e)
{
    struct run *r = ctx;
    stat_event(&r->stat, machine_cpu(r->session.machine), e);
    if (r->debuggee.live)
        debuggee_cpu_event(&r->debuggee, e);
}

static void host_output(void *ctx, const char *name, const void *bytes, size_t n)
{
    struct run *r = ctx;
    if (r->panel && console_shows(&r->console, name))
        panel_output(r->panel, bytes, n);
    bool within = console_output(&r->console, name, bytes, n);
    if (ferror(stdout) && !interrupted) /* whoever read it has gone */
        on_signal(SIGPIPE);
    if (within || r->flooded)
        return;
    r->flooded = true;
    fprintf(stderr, "moat: the guest printed more than --output-limit allows\n");
    session_stop(&r->session);
}

static bool host_input(void *ctx, struct machine_input *in, bool wait, uint64_t *again)
{
    struct run *r = ctx;
    uint64_t now = *cpu_now(machine_cpu(r->session.machine));
    bool got = console_input(&r->console, in, wait, now, again);
    if (got && r->panel)
        panel_input(r->panel, in->device, in->bytes, in->n);
    if (r->console.quit)
        session_stop(&r->session);
    return got;
}

static bool host_ask(void *ctx, const struct machine_question *q, struct buf *answer)
{
    struct run *r = ctx;
    bool answered = files_ask(&r->files, &r->console, q, answer);
    if (r->console.quit) /* Ctrl-A x while the guest read */
        session_stop(&r->session);
    return answered;
}

/* Once for each register, and not for ever. */
static void host_unmodelled(void *ctx, const char *name, uint32_t offset, bool write)
{
    struct run *r = ctx;
    uint32_t addr = registers_address(&r->registers, name, offset), n = 0;
    while (n < r->told_n && r->told[n] != addr)
        n++;
    if (r->quiet || n < r->told_n || r->told_n == UNMODELLED_MAX)
        return;
    r->told[r->told_n++] = addr;
    const char *known = registers_name(&r->registers, name, offset);
    fprintf(stderr, "moat: %s+0x%03x%s%s%s is not modelled: %s%s\n", name, offset,
            known ? " (" : "", known ? known : "", known ? ")" : "",
            write ? "writes do nothing" : "it reads 0",
            r->told_n == UNMODELLED_MAX ? "; no more of these are told" : "");
}

static bool host_turn(void *ctx)
{
    struct run *r = ctx;
    return r->out && recording_full(r->out);
}

static void host_turned(void *ctx)
{
    struct run *r = ctx;
    struct buf state = {0};
    checkpoint_save(r->session.machine, &state);
    r->turn_status = recording_turn(r->out, &state, &r->turn_error);
    buf_fini(&state);
    if (r->turn_status < 0)
        session_stop(&r->session);
}

static void rescue(void *ctx)
{
    struct run *r = ctx;
    if (!r->out)
        return;
    ctf_flush(recording_trace(r->out));
    fprintf(stderr, "moat: what was recorded until then is in '%s'\n", r->path);
}

/* ---- Before the run. ---- */

static int load_image(struct run *r, const struct cli *cli, struct moat_error *err)
{
    const char *files[IMAGE_FILES_MAX + 1]; /* one too many is told by who takes them */
    uint32_t n = cli_values(cli, "load", files, IMAGE_FILES_MAX + 1);
    r->image = image_new();
    int rc = 0;
    for (int i = 0; rc == 0 && i < cli->arg_count; i++)
        rc = cli_load_file(r->image, cli->args[i], err);
    for (uint32_t i = 0; rc == 0 && i < n; i++)
        rc = cli_load_file(r->image, files[i], err);
    if (rc == 0 && cli_value(cli, "entry")) {
        r->image->starts_at = true;
        rc = cli_address(r->image, cli_value(cli, "entry"), &r->image->start, err);
    }
    return rc;
}

static int load(struct run *r, const struct cli *cli, struct moat_error *err)
{
    const char *board = cli_value(cli, "board"), *until = cli_value(cli, "until");
    int rc = board ? cli_load_board(board, &r->board, err) : 0;
    if (rc == 0)
        rc = load_image(r, cli, err);
    if (rc == 0 && !board)
        rc = cli_guess_board(r->image, &r->board, err);
    if (rc == 0 && cli_value(cli, "flash"))
        rc = flash_load(r->image, &r->board, cli_value(cli, "flash"), err);
    if (rc == 0 && cli_value(cli, "fit"))
        rc = board_fit(&r->board, machine_parts(), r->image, err);
    if (rc == 0 && until)
        rc = when_parse(until, r->board.clock_hz, &r->until, err);
    if (rc == 0 && r->until.kind == WHEN_EVENT && !r->path)
        rc = moat_fail(err, MOAT_EUSAGE, "--until with an event needs a recording");
    if (rc == 0 && cli_value(cli, "record-limit"))
        rc = cli_size(cli_value(cli, "record-limit"), RECORDING_LIMIT_MIN, &r->info.limit, err);
    if (rc < 0)
        return rc;
    r->info.digest_every = SESSION_DIGEST_EVERY;
    firmware_describe(r->image, &r->info);
    snprintf(r->info.engine, sizeof r->info.engine, "%s", cpu_engine_version());
    snprintf(r->info.moat, sizeof r->info.moat, "%s", cli_version());
    snprintf(r->info.until, sizeof r->info.until, "%s", until ? until : "");
    return 0;
}

static struct panel_status panel_status(const struct run *r)
{
    struct cpu *c = machine_cpu(r->session.machine);
    return (struct panel_status){.now = *cpu_now(c),
                                 .privileged = cpu_state(c) & CPU_STATE_PRIV,
                                 .handler = cpu_state(c) & CPU_STATE_HANDLER,
                                 .asleep = cpu_sleeping(c)};
}

static int shoot(void *ctx, const char *path, struct moat_error *err)
{
    struct run *r = ctx;
    struct panel_status status = panel_status(r);
    return panel_save(r->panel, &status, path, err);
}

/* The window: draw it some times a second, and take what was done in it. */
static bool look_at_window(void *ctx, struct machine_input *in)
{
    struct run *r = ctx;
    struct panel_event e = panel_poll(r->panel);
    const char *console = machine_console(r->session.machine);
    struct panel_status status = panel_status(r);
    if (console_frame(&r->console, status.now, &status.speed))
        panel_show(r->panel, &status);
    if (e.kind == PANEL_QUIT)
        session_stop(&r->session);
    *in = (struct machine_input){0};
    if (e.kind == PANEL_BUTTON) {
        *in = machine_button(&r->board, e.n, e.down);
        return true;
    }
    if (e.kind != PANEL_TEXT || !console)
        return false;
    in->device = console;
    in->n = e.n;
    memcpy(in->bytes, e.text, e.n);
    return true;
}

static void host_signal(void *ctx, const char *name, uint32_t port, bool level)
{
    struct run *r = ctx;
    panel_signal(r->panel, name, port, level, *cpu_now(machine_cpu(r->session.machine)));
}

static bool wants_panel(const struct cli *cli)
{
    return cli_value(cli, "panel") || cli_value(cli, "shot") || cli_value(cli, "script");
}

static int open_console(struct run *r, const struct cli *cli, struct moat_error *err)
{
    struct machine *m = r->session.machine;
    struct console_options options = {.where = cli_value(cli, "console"),
                                      .input = cli_value(cli, "input"),
                                      .realtime = cli_value(cli, "realtime") != NULL,
                                      .signals = cli_value(cli, "gdb") || cli_value(cli, "script")};
    struct script_host host = {.ctx = r, .shot = shoot};
    const char *limit = cli_value(cli, "output-limit");
    int rc = limit ? cli_size(limit, 1, &options.limit, err) : 0;
    if (rc == 0 && cli_value(cli, "script"))
        rc = script_open(cli_value(cli, "script"), m, &r->board, &host, &r->script, err);
    options.script = r->script;
    if (cli_value(cli, "panel"))
        options.also = look_at_window;
    options.ctx = r;
    if (rc == 0 && cli_value(cli, "panel"))
        rc = panel_open_window(r->panel, err);
    return rc == 0 ? console_open(&r->console, m, &r->board, &options, err) : rc;
}

static int open_files(struct run *r, const struct cli *cli, struct moat_error *err)
{
    uint64_t limit = FILES_LIMIT;
    const char *text = cli_value(cli, "file-limit");
    int rc = text ? cli_size(text, 1, &limit, err) : 0;
    return rc == 0
               ? files_open(&r->files, cli_value(cli, "files"), limit, cli_value(cli, "args"), err)
               : rc;
}

/* Everything given is checked, the machine included, before an earlier recording is touched. */
static int start(struct run *r, const struct cli *cli, struct gdb_server **gdb,
                 struct moat_error *err)
{
    struct session *s = &r->session;
    const struct image_symbol *symbol = NULL;
    struct session_host host = {.ctx = r,
                                .cpu_event = host_cpu_event,
                                .output = host_output,
                                .input = host_input,
                                .ask = host_ask,
                                .unmodelled = host_unmodelled,
                                .turn = host_turn,
                                .turned = host_turned};
    r->quiet = cli_value(cli, "quiet") != NULL;
    int rc = registers_open(&r->registers, &r->board, cli_value(cli, "svd"), err);
    if (rc == 0 && r->until.kind == WHEN_SYMBOL)
        rc = cli_symbol(r->image, r->until.symbol, &symbol, err);
    if (rc == 0 && wants_panel(cli)) {
        rc = panel_new(&r->board, &r->panel, err);
        host.signal = host_signal;
    }
    if (rc == 0)
        rc = session_open(s, &r->board, r->image, &host, err);
    if (rc == 0)
        rc = open_console(r, cli, err);
    if (rc == 0)
        rc = open_files(r, cli, err);
    if (rc == 0 && cli_value(cli, "gdb"))
        rc = cli_gdb(cli, r->image->files[0].path, gdb, err);
    if (rc == 0 && r->path)
        rc =
            recording_create(r->path, &r->board, machine_parts(), r->image, &r->info, &r->out, err);
    if (rc < 0)
        return rc;
    r->console.stop = &s->stop_wanted;
    s->recorder.sink = recording_sink(r->out);
    r->stat.keep = &s->recorder.keep;
    if (symbol)
        cpu_watch(machine_cpu(s->machine), symbol->addr, r->until.n);
    if (r->until.kind == WHEN_EVENT)
        s->recorder.stop_at = r->until.n;
    session_start(s, r->path ? r->info.digest_every : 0);
    return 0;
}

/* ---- After it. ---- */

static void tell_stat(struct run *r)
{
    struct buf out = {0};
    stat_print(&r->stat, machine_cpu(r->session.machine), &out);
    fputs(buf_text(&out), stderr);
    buf_fini(&out);
}

static void tell_faults(const struct run *r)
{
    const struct recorder *seen = &r->session.recorder;
    struct explain_state state = {.image = r->image,
                                  .keep = &seen->keep,
                                  .registers = &r->registers,
                                  .register_at = registers_tell};
    struct recording rec;
    struct moat_error err;
    struct trace_event e;
    struct buf out = {0};
    uint64_t told = 0;
    if (recording_open(r->path, machine_parts(), &rec, &err) < 0)
        return;
    while (told < EXPLAINED_MAX && recording_next(&rec, &e, NULL, &err) > 0) {
        explain_feed(&state, &e);
        if (e.kind != TRACE_fault)
            continue;
        buf_clear(&out);
        explain_fault(&state, &e, &out);
        fprintf(stderr, "\n%s", buf_text(&out));
        told++;
    }
    recording_close(&rec);
    fputc('\n', stderr);
    if (seen->faults > told)
        fprintf(stderr, "moat: %" PRIu64 " more faults: moat explain %s\n", seen->faults - told,
                r->path);
    buf_fini(&out);
}

static int exit_status(const struct run *r, const struct cli *cli, const struct machine_stop *s)
{
    if (r->flooded)
        return EXIT_BAD_ANSWER;
    if (r->script && !interrupted)
        return r->passed ? EXIT_FINE : EXIT_BAD_ANSWER;
    switch (s->kind) {
    case MACHINE_STOP_EXIT:
        if (cli_value(cli, "guest-status"))
            return (int)(s->status & 0xFFu);
        return s->ok ? EXIT_FINE : EXIT_BAD_ANSWER;
    case MACHINE_STOP_LIMIT:
    case MACHINE_STOP_WATCH:
    case MACHINE_STOP_STEP: /* a debugger killed it */
        return interrupted ? EXIT_SIGNAL + interrupted : EXIT_FINE;
    case MACHINE_STOP_REQUEST: /* --until eN, or a person */
        return interrupted ? EXIT_SIGNAL + interrupted : EXIT_FINE;
    default:
        return EXIT_BAD_ANSWER;
    }
}

/* What is kept of flash, what a script came to, a picture: each, whatever becomes of the others.
 * The first that fails is told. */
static int results(struct run *r, const struct cli *cli, bool quiet, struct moat_error *err)
{
    uint64_t now = *cpu_now(machine_cpu(r->session.machine));
    const char *junit = cli_value(cli, "junit"), *flash = cli_value(cli, "flash");
    const char *shot = cli_value(cli, "shot");
    struct moat_error error[3];
    int rc[3] = {0};
    if (r->script)
        r->passed = script_passed(r->script, now, quiet);
    if (flash)
        rc[0] = flash_keep(r->session.machine, r->image, flash, &error[0]);
    if (r->script && junit)
        rc[1] = script_junit(r->script, junit, &error[1]);
    if (shot)
        rc[2] = shoot(r, shot, &error[2]);
    for (uint32_t i = 0; i < 3; i++)
        if (rc[i] < 0) {
            if (err)
                *err = error[i];
            return rc[i];
        }
    return 0;
}

static int finish(struct run *r, const struct cli *cli, const struct machine_stop *s)
{
    struct moat_error err;
    bool quiet = cli_value(cli, "quiet") != NULL;
    int rc = r->turn_status;
    err = r->turn_error;
    session_end(&r->session, s);
    fflush(stdout);
    console_close(&r->console);
    int told = results(r, cli, quiet, rc < 0 ? NULL : &err);
    rc = rc < 0 ? rc : told;
    if (r->out) {
        struct moat_error other;
        int closed = recording_finish(r->out, rc < 0 ? &other : &err);
        rc = rc < 0 ? rc : closed;
    }
    r->out = NULL;
    if (!quiet && !(r->script && script_over(r->script)))
        cli_tell_stop(&r->session, s);
    if (cli_value(cli, "stat"))
        tell_stat(r);
    if (rc < 0) {
        if (r->path && rc != told)
            moat_hint(&err, "the recording '%s' is incomplete", r->path);
        return cli_fail(rc, &err);
    }
    if (!quiet && r->path && r->session.recorder.faults)
        tell_faults(r);
    if (!quiet && r->path)
        fprintf(stderr, "moat: recorded to '%s'\n", r->path);
    return exit_status(r, cli, s);
}

/* ---- Under a debugger. ---- */

static const char *flush(void *ctx)
{
    return recording_flush(((struct run *)ctx)->out);
}

/* Until it detaches: true when the run is to go on then. */
static bool debug(struct run *r, struct gdb_server *g, struct machine_stop *stop)
{
    debuggee_attach(&r->debuggee, &r->session, r->out ? flush : NULL, r);
    enum gdb_end end = gdb_serve(g, &r->debuggee, &interrupted);
    debuggee_close(&r->debuggee);
    bool over = r->debuggee.over;
    *stop = over ? r->debuggee.end
                 : (struct machine_stop){.kind = MACHINE_STOP_STEP,
                                         .pc = cpu_reg(machine_cpu(r->session.machine), 15)};
    r->debuggee = (struct debuggee){0};
    if (over || end == GDB_DETACHED)
        return !over;
    machine_disown(r->session.machine); /* it ends before an instruction */
    return false;
}

static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    signal(SIGPIPE, SIG_IGN); /* told by the write */
}

int cmd_run(const struct cli *cli)
{
    struct moat_error err = {0};
    struct run r = {0};
    struct gdb_server *gdb = NULL;
    static const struct cli_rule rules[] = {{"junit", "script", NULL}, {NULL, NULL, NULL}};
    if (cli->arg_count < 1 && !cli_value(cli, "load"))
        return cli_usage(cli, "expected a firmware file");
    if (cli_check(cli, rules))
        return EXIT_USAGE;
    if (cli_value(cli, "no-record") && (cli_value(cli, "output") || cli_value(cli, "record-limit")))
        return cli_usage(cli, "--no-record excludes --output and --record-limit");
    if (cli_value(cli, "gdb") && cli_value(cli, "until"))
        return cli_usage(cli, "--gdb excludes --until: break there");
    if (!cli_value(cli, "no-record"))
        r.path = cli_value(cli, "output") ? cli_value(cli, "output") : RECORDING_DEFAULT;
    int rc = load(&r, cli, &err);
    if (rc == 0) {
        catch_signals(); /* from here on there may be a recording, to be ended in order */
        rc = start(&r, cli, &gdb, &err);
    }
    if (rc < 0) {
        rc = cli_fail(rc, &err);
        goto out;
    }
    moat_assert_context(cpu_now(machine_cpu(r.session.machine)), rescue, &r);
    running = &r.session;
    if (interrupted)
        session_stop(running);
    struct machine_stop s;
    if (!gdb || debug(&r, gdb, &s))
        s = session_run(&r.session, r.until.kind == WHEN_CYCLE ? r.until.n : MACHINE_FOREVER);
    moat_assert_context(NULL, NULL, NULL);
    running = NULL;
    rc = finish(&r, cli, &s);
out:
    gdb_close(gdb);
    console_close(&r.console);
    files_close(&r.files);
    registers_close(&r.registers);
    session_close(&r.session);
    script_close(r.script);
    panel_free(r.panel);
    image_close(r.image);
    return rc;
}
