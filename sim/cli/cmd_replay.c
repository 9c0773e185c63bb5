#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/when.h"
#include "sim/cli/cli.h"
#include "sim/cli/diff.h"
#include "sim/explain/explain.h"
#include "sim/gdb/gdb.h"
#include "sim/record/replay.h"
#include "sim/record/whatif.h"
#include "sim/trace/print.h"

#define WHATIF_DEFAULT "what-if.rec"

struct view {
    struct recording rec;
    struct replay replay;
    struct trace_symbols symbols;
    struct when until, from;
    bool prints;
    uint64_t digests; /* that were the same */
};

static struct session *volatile running;
static volatile sig_atomic_t interrupted;

static void on_signal(int sig)
{
    interrupted = sig;
    if (running)
        session_stop(running);
}

static void catch_signals(void)
{
    struct sigaction act = {.sa_handler = on_signal};
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGTERM, &act, NULL);
}

static bool from_here(const struct when *from, const struct trace_event *e)
{
    return from->kind == WHEN_CYCLE   ? e->cycle >= from->n
           : from->kind == WHEN_EVENT ? e->number >= from->n
                                      : true;
}

static void on_event(void *ctx, const struct trace_event *e)
{
    struct view *v = ctx;
    struct buf line = {0};
    v->digests += e->kind == TRACE_digest;
    if (!v->prints || !from_here(&v->from, e))
        return;
    trace_print_text(e, session_task(&v->replay.session), &v->symbols, &line);
    fwrite(line.data, 1, line.len, stdout);
    buf_fini(&line);
}

static int tell_difference(const struct view *v, const char *path)
{
    const struct replay_difference *d = &v->replay.difference;
    char hz[32];
    snprintf(hz, sizeof hz, "%.6f", (double)d->cycle / v->rec.board.clock_hz);
    printf("the replay differs at e%" PRIu64 ", t=%" PRIu64 " (%s s)%s\n", d->number, d->cycle, hz,
           d->digest ? ": all events are the same until then, the state is not" : "");
    printf("  recorded  %s", d->recorded.len ? d->recorded.data : "nothing more\n");
    printf("  replayed  %s", d->replayed.len ? d->replayed.data : "it did not come\n");
    if (d->fields.len && !d->digest)
        printf("  differs   %s\n", d->fields.data);
    if (d->units) {
        printf("  state at t=%" PRIu64 ", %u unit%s differ%s:\n", d->state_cycle, d->units,
               d->units == 1 ? "" : "s", d->units == 1 ? "s" : "");
        for (const char *at = d->state.data; *at; at += strcspn(at, "\n") + 1)
            printf("    %.*s\n", (int)strcspn(at, "\n"), at);
    }
    if (strcmp(v->rec.info.moat, cli_version()) != 0)
        printf("  recorded by moat %s, this is %s\n", v->rec.info.moat, cli_version());
    if (strcmp(v->rec.info.engine, cpu_engine_version()) != 0)
        printf("  recorded with Unicorn %s, this is %s\n", v->rec.info.engine,
               cpu_engine_version());
    printf("  next      moat replay --print --from %" PRIu64 " --until %" PRIu64 " %s\n",
           d->cycle > 1000 ? d->cycle - 1000 : 0, d->cycle, path);
    return EXIT_BAD_ANSWER;
}

static int tell_same(const struct view *v, enum replay_end end)
{
    const struct replay *r = &v->replay;
    struct cpu *c = machine_cpu(r->session.machine);
    uint64_t now = *cpu_now(c);
    char name[160];
    const char *symbol = explain_symbol(v->rec.image, cpu_reg(c, 15), name, sizeof name);
    printf("the same: %" PRIu64 " events, %" PRIu64 " digests, to t=%" PRIu64 " (%.6f s)",
           replay_count(r) + 1 - r->history.first, v->digests, now,
           (double)now / v->rec.board.clock_hz);
    if (end != REPLAY_ENDED)
        printf(", pc 0x%08x %s", cpu_reg(c, 15), symbol ? symbol : "");
    else if (!v->rec.complete)
        printf("; the recording was cut off there");
    printf("\n");
    return interrupted ? EXIT_SIGNAL + interrupted : EXIT_FINE;
}

static int read_options(struct view *v, const struct cli *cli, struct moat_error *err)
{
    const char *until = cli_value(cli, "until"), *from = cli_value(cli, "from"),
               *every = cli_value(cli, "check-every");
    struct when apart = {0};
    int rc = until ? when_parse(until, v->rec.board.clock_hz, &v->until, err) : 0;
    if (rc == 0 && from)
        rc = when_parse(from, v->rec.board.clock_hz, &v->from, err);
    if (rc == 0 && every)
        rc = when_parse(every, v->rec.board.clock_hz, &apart, err);
    if (rc == 0 && (v->from.kind == WHEN_SYMBOL || apart.kind > WHEN_CYCLE))
        rc = moat_fail(err, MOAT_EUSAGE, "--from and --check-every take cycles or a time%s",
                       v->from.kind == WHEN_SYMBOL ? ", --from an event too" : "");
    if (rc == 0 && v->from.kind == WHEN_EVENT && v->from.n > v->replay.history.last)
        rc = moat_fail(err, MOAT_EUSAGE, "the recording has no e%" PRIu64, v->from.n);
    v->replay.digests_apart = apart.n;
    v->prints = cli_value(cli, "print") != NULL;
    return rc;
}

static int aim(struct view *v, struct replay_goal *goal, struct moat_error *err)
{
    const struct image_symbol *symbol;
    *goal = (struct replay_goal){.limit = MACHINE_FOREVER};
    switch (v->until.kind) {
    case WHEN_CYCLE:
        goal->limit = v->until.n;
        break;
    case WHEN_EVENT:
        if (v->until.n > v->replay.history.last)
            return moat_fail(err, MOAT_EUSAGE,
                             "the recording has no e%" PRIu64 ": its last is e%" PRIu64, v->until.n,
                             v->replay.history.last);
        v->replay.session.recorder.stop_at = v->until.n;
        break;
    case WHEN_SYMBOL: {
        int rc = cli_symbol(v->rec.image, v->until.symbol, &symbol, err);
        if (rc < 0)
            return rc;
        cpu_watch(machine_cpu(v->replay.session.machine), symbol->addr, v->until.n);
        break;
    }
    case WHEN_NEVER:
        break;
    }
    return 0;
}

static int debug(const struct cli *cli, struct recording *rec, struct moat_error *err)
{
    struct debuggee d;
    struct gdb_server *gdb = NULL;
    struct buf image = {0};
    buf_addf(&image, "%s/firmware/%s", rec->path, rec->info.firmware);
    if (store_is_file_name(rec->path))
        buf_clear(&image);
    int rc = cli_gdb(cli, image.len ? image.data : rec->info.firmware, &gdb, err);
    if (rc == 0)
        rc = debuggee_open(&d, rec, err);
    if (rc == 0) {
        gdb_serve(gdb, &d, &interrupted);
        debuggee_close(&d);
    }
    gdb_close(gdb);
    buf_fini(&image);
    return rc;
}

/* ---- What if? ---- */

static int what_if(const struct cli *cli, struct recording *rec, struct moat_error *err)
{
    const char *texts[WHATIF_MAX],
        *until = cli_value(cli, "until"),
        *output = cli_value(cli, "output") ? cli_value(cli, "output") : WHATIF_DEFAULT;
    uint32_t n = cli_values(cli, "with", texts, WHATIF_MAX);
    struct recording changed = {0};
    struct when when = {.n = MACHINE_FOREVER};
    int rc = 0;
    if (cli_same_place(output, rec->path))
        rc = moat_fail(err, MOAT_EUSAGE, "--output is the recording itself");
    if (rc == 0 && until)
        rc = when_parse(until, rec->board.clock_hz, &when, err);
    if (rc == 0 && until && when.kind != WHEN_CYCLE)
        rc = moat_fail(err, MOAT_EUSAGE, "--until takes cycles or a time here");
    if (rc == 0)
        rc = whatif_run(rec, texts, n, output, when.n, &running, err);
    if (rc == 0)
        rc = recording_open(output, machine_parts(), &changed, err);
    if (rc == 0)
        rc = diff_print(rec, &changed, cli_value(cli, "json") != NULL, err);
    if (rc == 0)
        fprintf(stderr, "moat: recorded to '%s'\n", output);
    recording_close(&changed);
    return rc;
}

int cmd_replay(const struct cli *cli)
{
    const char *path = cli->arg_count ? cli->args[0] : RECORDING_DEFAULT;
    struct moat_error err = {0};
    struct view v = {0};
    struct replay_goal goal;
    static const struct cli_rule rules[] = {
        {"json", "with", NULL},  {"output", "with", NULL},      {"from", "print", NULL},
        {"gdb", NULL, "with"},   {"gdb", NULL, "until"},        {"gdb", NULL, "print"},
        {"with", NULL, "print"}, {"with", NULL, "check-every"}, {"gdb", NULL, "check-every"},
        {NULL, NULL, NULL},
    };
    if (cli->arg_count > 1)
        return cli_usage(cli, "expected one recording");
    if (cli_check(cli, rules))
        return EXIT_USAGE;
    struct replay_host host = {.ctx = &v, .symbols = &v.symbols, .event = on_event};
    int rc = recording_open(path, machine_parts(), &v.rec, &err);
    if (rc == 0 && (cli_value(cli, "gdb") || cli_value(cli, "with"))) {
        catch_signals();
        rc = (cli_value(cli, "with") ? what_if : debug)(cli, &v.rec, &err);
        rc = rc < 0 ? cli_fail(rc, &err) : interrupted ? EXIT_SIGNAL + interrupted : EXIT_FINE;
        goto out;
    }
    v.symbols = (struct trace_symbols){.ctx = v.rec.image, .name = explain_symbol};
    if (rc == 0)
        rc = replay_open(&v.replay, &v.rec, &host, &err);
    if (rc == 0)
        rc = read_options(&v, cli, &err);
    if (rc == 0)
        rc = aim(&v, &goal, &err);
    if (rc < 0) {
        rc = cli_fail(rc, &err);
        goto out;
    }
    running = &v.replay.session;
    catch_signals();
    enum replay_end end = replay_run(&v.replay, &goal, NULL);
    rc = end == REPLAY_DIFFERS  ? tell_difference(&v, path)
         : end == REPLAY_FAILED ? cli_fail(v.replay.status, &v.replay.error)
                                : tell_same(&v, end);
out:
    running = NULL;
    replay_close(&v.replay);
    recording_close(&v.rec);
    return rc;
}
