/*
 * Questions about one point of a recording: who wrote here last, who changed this region or right
 * last, the fault or transition before.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/when.h"
#include "sim/cli/cli.h"
#include "sim/explain/explain.h"
#include "sim/record/timeline.h"
#include "sim/trace/print.h"
#include "sim/trace/table.h"

struct query {
    struct recording rec;
    struct timeline timeline;
    struct when before;
    /* Of last-change: what is looked at, and its value as last seen. */
    bool right;
    uint32_t where;
    uint64_t value;
};

/* ---- Saying it. ---- */

static void tell_place(struct query *q, uint32_t pc)
{
    struct cpu_position at = timeline_position(&q->timeline);
    uint8_t state = cpu_state(timeline_cpu(&q->timeline));
    const char *file, *task = session_task(&q->timeline.replay.session);
    char name[160];
    int line;
    const char *symbol = explain_symbol(q->rec.image, pc, name, sizeof name);
    printf("t=%" PRIu64 " (%.6f s), instruction %" PRIu64 ": ", at.cycle,
           (double)at.cycle / q->rec.board.clock_hz, at.insns);
    if (state & CPU_STATE_HANDLER)
        printf("handler");
    else
        printf("thread '%s' (%s)", task, state & CPU_STATE_PRIV ? "privileged" : "user");
    printf(", %s (0x%08x)", symbol ? symbol : "no symbol", pc);
    if (image_line(q->rec.image, pc, &file, &line))
        printf(", %s:%d", file, line);
    printf("\n");
}

static int tell_none(const struct query *q, const char *what)
{
    printf("%s since the recording's beginning%s\n", what,
           q->before.kind == WHEN_NEVER ? "" : ", before that");
    return EXIT_BAD_ANSWER;
}

/* ---- last-write ---- */

/* A number, or a symbol and perhaps a sum: "counter+4". */
static int parse_place(struct query *q, const char *text, uint32_t *addr, uint32_t *bytes,
                       struct moat_error *err)
{
    char name[128], *end;
    const char *plus = strchr(text, '+');
    size_t n = plus ? (size_t)(plus - text) : strlen(text);
    const struct image_symbol *s;
    errno = 0;
    *addr = (uint32_t)strtoul(text, &end, 0);
    *bytes = 4;
    if (isdigit((unsigned char)*text) && *end == '\0' && errno == 0)
        return 0;
    snprintf(name, sizeof name, "%.*s", (int)n, text);
    int rc = cli_symbol(q->rec.image, name, &s, err);
    if (rc < 0)
        return rc;
    uint32_t offset = plus ? (uint32_t)strtoul(plus + 1, &end, 0) : 0;
    if (plus && (*end || !isdigit((unsigned char)plus[1])))
        return moat_fail(err, MOAT_EUSAGE, "'%s' is not an address", text);
    *addr = s->addr + offset;
    *bytes = plus || !s->size ? 4 : s->size;
    return 0;
}

static int last_write(struct query *q, const char *text, struct moat_error *err)
{
    struct cpu_watchpoint watch = {.write = true};
    struct timeline_hit hit;
    int rc = parse_place(q, text, &watch.addr, &watch.bytes, err);
    if (rc < 0)
        return cli_fail(rc, err);
    timeline_set_watchpoints(&q->timeline, &watch, 1);
    if (!timeline_back(&q->timeline, NULL, NULL, &hit))
        return tell_none(q, "nobody wrote there");
    tell_place(q, hit.access.pc);
    printf("  wrote 0x%0*x to 0x%08x (%u byte%s); it held 0x%0*x\n", (int)hit.access.bytes * 2,
           hit.access.after, hit.access.addr, hit.access.bytes, hit.access.bytes == 1 ? "" : "s",
           (int)hit.access.bytes * 2, hit.access.before);
    return EXIT_FINE;
}

/* ---- last-change ---- */

/* What user code may do at an address, bits by enum mpu_access; or a region's registers. */
static uint64_t value_now(const struct query *q, struct timeline *t)
{
    const struct mpu *m = cpu_mpu(timeline_cpu(t));
    uint64_t rights = 0;
    if (!q->right)
        return (uint64_t)m->rasr[q->where] << 32 | m->rbar[q->where];
    for (int a = MPU_READ; a <= MPU_EXEC; a++)
        if (mpu_check(m, q->where, (enum mpu_access)a, (struct mpu_ctx){.priv = false}, NULL) ==
            MPU_ALLOW)
            rights |= 1u << a;
    return rights;
}

static bool has_changed(void *ctx, struct timeline *t)
{
    struct query *q = ctx;
    uint64_t before = q->value;
    q->value = value_now(q, t);
    return q->value != before;
}

static void tell_value(const struct query *q, const char *word, uint64_t v)
{
    static const char *const names[] = {"read", "write", "execute"};
    const char *sep = " ";
    printf("  %-7s", word);
    if (!q->right) {
        printf(" RBAR 0x%08x, %s 0x%08x\n", (uint32_t)v,
               cpu_mpu(machine_cpu(q->timeline.replay.session.machine))->arch == MPU_PMSAV8
                   ? "RLAR"
                   : "RASR",
               (uint32_t)(v >> 32));
        return;
    }
    printf(" user code may");
    for (int a = MPU_READ; a <= MPU_EXEC; a++)
        if (v >> a & 1u) {
            printf("%s%s", sep, names[a]);
            sep = ", ";
        }
    printf("%s 0x%08x\n", v ? "" : " do nothing at", q->where);
}

static int last_change(struct query *q, const char *text, struct moat_error *err)
{
    struct timeline_hit hit;
    uint32_t bytes;
    const char *colon = strchr(text, ':');
    q->right = strncmp(text, "right:", 6) == 0;
    int rc = 0;
    if (!colon || (!q->right && strncmp(text, "region:", 7) != 0))
        rc = moat_fail(err, MOAT_EUSAGE, "'%s' is neither region:N nor right:ADDRESS", text);
    if (rc == 0)
        rc = parse_place(q, colon + 1, &q->where, &bytes, err);
    uint32_t regions = cpu_mpu(timeline_cpu(&q->timeline))->regions;
    if (rc == 0 && !q->right && q->where >= regions)
        rc = moat_fail(err, MOAT_EUSAGE, "this core has %u MPU regions", regions);
    if (rc < 0)
        return cli_fail(rc, err);
    timeline_watch_mpu(&q->timeline, true);
    if (!timeline_back(&q->timeline, has_changed, q, &hit))
        return tell_none(q, "it did not change");
    uint64_t before = value_now(q, &q->timeline);
    tell_place(q, hit.access.pc);
    timeline_step(&q->timeline, NULL);
    tell_value(q, "before:", before);
    tell_value(q, "after:", value_now(q, &q->timeline));
    return EXIT_FINE;
}

/* ---- previous-fault, previous-transition ---- */

static int previous(struct query *q, enum trace_class cls)
{
    struct explain_state state = {.image = q->rec.image,
                                  .keep = &q->timeline.replay.session.recorder.keep};
    struct trace_symbols symbols = {.ctx = q->rec.image, .name = explain_symbol};
    uint64_t limit = q->before.kind == WHEN_NEVER ? UINT64_MAX : q->before.n;
    struct buf line = {0};
    struct trace_event e;
    struct moat_error err;
    history_seek(&q->timeline.replay.history, q->timeline.replay.history.first);
    while (recording_next(&q->rec, &e, NULL, &err) > 0 &&
           (q->before.kind == WHEN_EVENT ? e.number : e.cycle) < limit) {
        explain_feed(&state, &e);
        if (trace_kinds[e.kind].cls != cls)
            continue;
        buf_clear(&line);
        if (e.kind == TRACE_fault)
            explain_fault(&state, &e, &line);
        else
            trace_print_text(&e, state.task[0] ? state.task : "-", &symbols, &line);
    }
    if (line.len)
        fputs(line.data, stdout);
    int rc = line.len ? EXIT_FINE : tell_none(q, "there was none");
    buf_fini(&line);
    return rc;
}

static int previous_fault(struct query *q, const char *text, struct moat_error *err)
{
    (void)text;
    (void)err;
    return previous(q, TRACE_CLASS_FAULT);
}

static int previous_transition(struct query *q, const char *text, struct moat_error *err)
{
    (void)text;
    (void)err;
    return previous(q, TRACE_CLASS_TRANSITION);
}

/* ---- All of them. ---- */

static const struct {
    const char *verb;
    bool operand, travels; /* from the point in time */
    int (*answer)(struct query *q, const char *operand, struct moat_error *err);
} queries[] = {
    {"last-write", true, true, last_write},
    {"last-change", true, true, last_change},
    {"previous-fault", false, false, previous_fault},
    {"previous-transition", false, false, previous_transition},
};
#define QUERIES (sizeof queries / sizeof *queries)

static size_t find(const char *verb)
{
    size_t n = 0;
    while (n < QUERIES && strcmp(queries[n].verb, verb) != 0)
        n++;
    return n;
}

bool query_named(const char *verb)
{
    return find(verb) < QUERIES;
}

int query_run(const struct cli *cli)
{
    size_t n = find(cli->args[0]);
    int used = 1 + queries[n].operand;
    const char *before = cli_value(cli, "before");
    struct query q = {0};
    struct moat_error err = {0};
    if (cli_value(cli, "json") || cli_value(cli, "task"))
        return cli_usage(cli, "--json and --task are of lists");
    if (cli->arg_count < used || cli->arg_count > used + 1)
        return cli_usage(cli, "expected %s%s and perhaps a recording", cli->args[0],
                         queries[n].operand ? ", of what," : "");
    int rc = recording_open(cli->arg_count > used ? cli->args[used] : RECORDING_DEFAULT,
                            machine_parts(), &q.rec, &err);
    if (rc == 0 && before)
        rc = when_parse(before, q.rec.board.clock_hz, &q.before, &err);
    if (rc == 0 && !queries[n].travels && q.before.kind == WHEN_SYMBOL)
        rc = moat_fail(&err, MOAT_EUSAGE, "--before takes cycles, a time or an event here");
    if (rc == 0)
        rc = timeline_open(&q.timeline, &q.rec, NULL, &err);
    if (rc == 0 && queries[n].travels)
        rc = timeline_go_when(&q.timeline, &q.before, &err);
    rc = rc < 0 ? cli_fail(rc, &err) : queries[n].answer(&q, cli->args[1], &err);
    timeline_close(&q.timeline);
    recording_close(&q.rec);
    return rc;
}
