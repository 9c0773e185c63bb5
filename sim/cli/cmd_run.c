#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"
#include "sim/base/when.h"
#include "sim/cli/cli.h"
#include "sim/explain/explain.h"
#include "sim/machine/machine.h"
#include "sim/record/recorder.h"
#include "sim/record/recording.h"
#include "sim/record/stat.h"

#define EXPLAINED_MAX 10

/* One run from the command line. */
struct run {
    const char *path; /* of the recording, NULL for none */
    struct board board;
    struct image *image;
    struct recording_info info;
    struct recorder recorder;
    struct machine *machine;
    struct when until;
    struct stat stat;
};

static struct machine *volatile running_machine;
static volatile sig_atomic_t interrupted; /* the signal, 0 for none */

static void on_signal(int sig)
{
    interrupted = sig;
    if (running_machine)
        machine_request_stop(running_machine);
}

/* ---- The machine's host. ---- */

static void host_cpu_event(void *ctx, const struct cpu_event *e)
{
    struct run *r = ctx;
    recorder_cpu_event(&r->recorder, e);
    stat_event(&r->stat, machine_cpu(r->machine), e);
}

/* What goes to the person: the board's console, and semihosting, which is no device. Other devices'
 * output is in the recording. */
static bool is_console(const struct board *b, const char *name)
{
    for (uint32_t i = 0; i < b->devices; i++)
        if (strcmp(b->device[i].name, name) == 0)
            return strcmp(b->console, name) == 0;
    return true;
}

static void host_output(void *ctx, const char *name, const void *bytes, size_t n)
{
    struct run *r = ctx;
    recorder_output(&r->recorder, name, bytes, n);
    if (!is_console(&r->board, name))
        return;
    fwrite(bytes, 1, n, stdout);
    if (memchr(bytes, '\n', n) || isatty(STDOUT_FILENO))
        fflush(stdout);
}

static void host_unmodelled(void *ctx, const char *name, uint32_t offset, bool write)
{
    recorder_unmodelled(&((struct run *)ctx)->recorder, name, offset, write);
}

static size_t host_input(void *ctx, const char *name, uint8_t *out, size_t cap, bool wait,
                         bool *open)
{
    struct run *r = ctx;
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&p, 1, wait ? -1 : 0) <= 0)
        return 0; /* nothing yet, or a signal */
    ssize_t n = p.revents & POLLNVAL ? 0 : read(STDIN_FILENO, out, cap);
    if (n < 0 && errno == EINTR)
        return 0;
    if (n <= 0) {
        *open = false;
        return 0;
    }
    recorder_input(&r->recorder, name, out, (size_t)n);
    return (size_t)n;
}

static void rescue(void *ctx)
{
    struct run *r = ctx;
    if (!r->recorder.trace)
        return;
    ctf_flush(r->recorder.trace);
    fprintf(stderr, "moat: what was recorded until then is in '%s'\n", r->path);
}

/* ---- Before the run. ---- */

static int load(struct run *r, const struct cli *cli, struct moat_error *err)
{
    const char *board = cli_value(cli, "board");
    int rc = cli_load_board(board ? board : CLI_BOARD_DEFAULT, &r->board, err);
    if (rc == 0 && cli_value(cli, "until"))
        rc = when_parse(cli_value(cli, "until"), r->board.clock_hz, &r->until, err);
    if (rc == 0 && r->until.kind == WHEN_EVENT && !r->path)
        rc = moat_fail(err, MOAT_EUSAGE, "--until with an event needs a recording");
    if (rc == 0)
        rc = image_open(cli->args[0], &r->image, err);
    if (rc == 0)
        rc = keep_read(r->image, &r->recorder.keep, err);
    return rc;
}

static int find_until(struct run *r, uint32_t *addr, struct moat_error *err)
{
    const struct image_symbol *s = image_symbol_named(r->image, r->until.symbol);
    if (!s) {
        int rc = moat_fail(err, MOAT_EUSAGE, "the firmware has no symbol '%s'", r->until.symbol);
        moat_hint(err, "moat help time");
        return rc;
    }
    *addr = s->addr;
    return 0;
}

/* Everything given is checked, the machine included, before an earlier recording is touched. */
static int start(struct run *r, struct moat_error *err)
{
    uint32_t watch = 0;
    struct machine_host host = {.ctx = r,
                                .cpu_event = host_cpu_event,
                                .output = host_output,
                                .input = host_input,
                                .unmodelled = host_unmodelled};
    int rc = r->until.kind == WHEN_SYMBOL ? find_until(r, &watch, err) : 0;
    if (rc == 0)
        rc = machine_new(&r->board, r->image, &host, &r->machine, err);
    if (rc == 0 && r->path)
        rc = recording_create(r->path, &r->board, machine_parts(), r->image, &r->info,
                              &r->recorder.trace, err);
    if (rc < 0)
        return rc;
    r->recorder.machine = r->machine;
    r->stat.keep = &r->recorder.keep;
    if (r->until.kind == WHEN_SYMBOL)
        cpu_watch(machine_cpu(r->machine), watch, r->until.n);
    if (r->until.kind == WHEN_EVENT)
        r->recorder.stop_at = r->until.n;
    machine_reset(r->machine);
    return 0;
}

/* ---- After it. ---- */

static void tell_stat(struct run *r)
{
    struct buf out = {0};
    stat_print(&r->stat, machine_cpu(r->machine), &out);
    fputs(buf_text(&out), stderr);
    buf_fini(&out);
}

static void tell_stop(const struct run *r, const struct machine_stop *s)
{
    uint64_t now = *cpu_now(machine_cpu(r->machine));
    fprintf(stderr, "moat: %s", machine_stop_text(s->kind));
    if (s->kind == MACHINE_STOP_EXIT)
        fprintf(stderr, " with status %u", s->status);
    else
        fprintf(stderr, ", pc 0x%08x", s->pc);
    fprintf(stderr, ", at t=%" PRIu64 " (%.6f s), %" PRIu64 " instructions\n", now,
            (double)now / r->board.clock_hz, cpu_insns(machine_cpu(r->machine)));
}

static void tell_faults(const struct run *r)
{
    struct explain_state state = {.image = r->image, .keep = &r->recorder.keep};
    struct ctf_reader *trace;
    struct moat_error err;
    struct trace_event e;
    struct buf out = {0};
    uint64_t told = 0;
    file_join(&out, r->path, "ctf");
    if (ctf_open(out.data, &trace, &err) < 0)
        goto out_buf;
    while (told < EXPLAINED_MAX && ctf_next(trace, &e, &err) > 0) {
        explain_feed(&state, &e);
        if (e.kind != TRACE_fault)
            continue;
        buf_clear(&out);
        explain_fault(&state, &e, &out);
        fprintf(stderr, "\n%s", buf_text(&out));
        told++;
    }
    ctf_reader_free(trace);
    fputc('\n', stderr);
    if (r->recorder.faults > told)
        fprintf(stderr, "moat: %" PRIu64 " more faults: moat explain %s\n",
                r->recorder.faults - told, r->path);
out_buf:
    buf_fini(&out);
}

static int exit_status(const struct cli *cli, const struct machine_stop *s)
{
    switch (s->kind) {
    case MACHINE_STOP_EXIT:
        if (cli_value(cli, "guest-status"))
            return (int)(s->status & 0xFFu);
        return s->ok ? EXIT_FINE : EXIT_BAD_ANSWER;
    case MACHINE_STOP_LIMIT:
    case MACHINE_STOP_WATCH:
        return EXIT_FINE;
    case MACHINE_STOP_REQUEST: /* --until eN, or a person */
        return interrupted ? EXIT_SIGNAL + interrupted : EXIT_FINE;
    case MACHINE_STOP_LOCKUP:
    case MACHINE_STOP_IDLE:
    case MACHINE_STOP_COUNT:
        break;
    }
    return EXIT_BAD_ANSWER;
}

static int finish(struct run *r, const struct cli *cli, const struct machine_stop *s)
{
    struct moat_error err;
    bool quiet = cli_value(cli, "quiet") != NULL;
    int rc = 0;
    recorder_stop(&r->recorder, s);
    fflush(stdout);
    if (r->recorder.trace)
        rc = recording_finish(r->path, &r->info, r->recorder.trace, &err);
    r->recorder.trace = NULL;
    if (!quiet)
        tell_stop(r, s);
    if (cli_value(cli, "stat"))
        tell_stat(r);
    if (rc < 0) {
        moat_hint(&err, "the recording '%s' is incomplete", r->path);
        return cli_fail(rc, &err);
    }
    if (!quiet && r->path && r->recorder.faults)
        tell_faults(r);
    if (!quiet && r->path)
        fprintf(stderr, "moat: recorded to '%s'\n", r->path);
    return exit_status(cli, s);
}

int cmd_run(const struct cli *cli)
{
    struct moat_error err = {0};
    struct run r = {0};
    if (cli->arg_count != 1)
        return cli_usage(cli, "expected one firmware file");
    if (cli_value(cli, "no-record") && cli_value(cli, "output"))
        return cli_usage(cli, "--no-record and --output exclude each other");
    if (!cli_value(cli, "no-record"))
        r.path = cli_value(cli, "output") ? cli_value(cli, "output") : RECORDING_DEFAULT;
    int rc = load(&r, cli, &err);
    if (rc == 0) {
        r.info = (struct recording_info){.firmware = file_basename(cli->args[0]),
                                         .build_id = r.image->build_id,
                                         .engine = cpu_engine_version()};
        rc = start(&r, &err);
    }
    if (rc < 0) {
        rc = cli_fail(rc, &err);
        goto out;
    }
    moat_assert_context(cpu_now(machine_cpu(r.machine)), rescue, &r);
    struct sigaction act = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    running_machine = r.machine;
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    struct machine_stop s =
        machine_run(r.machine, r.until.kind == WHEN_CYCLE ? r.until.n : MACHINE_FOREVER);
    moat_assert_context(NULL, NULL, NULL);
    rc = finish(&r, cli, &s);
out:
    running_machine = NULL;
    machine_free(r.machine);
    keep_fini(&r.recorder.keep);
    image_close(r.image);
    return rc;
}
