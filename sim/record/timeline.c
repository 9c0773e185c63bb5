#include "sim/record/timeline.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"

static void on_looked(void *ctx)
{
    struct timeline *t = ctx;
    snapshots_looked(t->snapshots, &t->replay.session);
    if (t->host.looked)
        t->host.looked(t->host.ctx);
}

static void on_event(void *ctx, const struct trace_event *e)
{
    struct timeline *t = ctx;
    if (t->host.event)
        t->host.event(t->host.ctx, e);
}

int timeline_open(struct timeline *t, struct recording *rec, const struct replay_host *host,
                  struct moat_error *err)
{
    *t = (struct timeline){.host = host ? *host : (struct replay_host){0}};
    struct replay_host mine = {
        .ctx = t, .symbols = t->host.symbols, .event = on_event, .looked = on_looked};
    t->snapshots = snapshots_new(TIMELINE_SNAPSHOT_BYTES, TIMELINE_SNAPSHOTS_APART);
    int rc = replay_open(&t->replay, rec, &mine, err);
    if (rc == 0)
        snapshots_looked(t->snapshots, &t->replay.session);
    return rc;
}

void timeline_close(struct timeline *t)
{
    snapshots_free(t->snapshots);
    replay_close(&t->replay);
    free(t->breaks);
    *t = (struct timeline){0};
}

struct cpu *timeline_cpu(struct timeline *t)
{
    return machine_cpu(t->replay.session.machine);
}

struct cpu_position timeline_position(struct timeline *t)
{
    return cpu_position(timeline_cpu(t));
}

/* ---- What to stop at. ---- */

static void arm(struct timeline *t, bool on)
{
    struct cpu *c = timeline_cpu(t);
    if (t->breaks_n)
        cpu_set_breaks(c, t->breaks, on ? t->breaks_n : 0);
    if (t->watch_n)
        cpu_set_watchpoints(c, t->watch, on ? t->watch_n : 0);
    cpu_watch_mpu(c, on && t->watch_mpu);
}

void timeline_set_breaks(struct timeline *t, const uint32_t *pcs, size_t n)
{
    t->breaks = realloc(t->breaks, (n + 1) * sizeof *pcs);
    MOAT_ASSERT(t->breaks, "no memory");
    memcpy(t->breaks, pcs, n * sizeof *pcs);
    t->breaks_n = n;
}

void timeline_set_watchpoints(struct timeline *t, const struct cpu_watchpoint *w, size_t n)
{
    MOAT_ASSERT(n <= CPU_WATCHPOINTS_MAX, "%zu watchpoints", n);
    memcpy(t->watch, w, n * sizeof *w);
    t->watch_n = n;
}

void timeline_watch_mpu(struct timeline *t, bool on)
{
    t->watch_mpu = on;
}

/* ---- Forwards. ---- */

enum replay_end timeline_run(struct timeline *t, const struct replay_goal *goal,
                             struct machine_stop *stop)
{
    arm(t, true);
    enum replay_end end = replay_run(&t->replay, goal, stop);
    arm(t, false);
    return end;
}

enum replay_end timeline_step(struct timeline *t, struct machine_stop *stop)
{
    cpu_step(timeline_cpu(t));
    enum replay_end end =
        replay_run(&t->replay, &(struct replay_goal){.limit = MACHINE_FOREVER}, stop);
    cpu_go(timeline_cpu(t));
    return end;
}

/* ---- To a point. ---- */

static void restore(struct timeline *t, size_t n)
{
    snapshots_restore(t->snapshots, n, &t->replay.session);
    replay_restored(&t->replay);
}

/* From here when that is on the way and nearer than the last snapshot before @at. */
static void come_near(struct timeline *t, const struct cpu_position *at)
{
    struct cpu_position here = timeline_position(t);
    size_t n = snapshots_before(t->snapshots, at);
    struct snapshot_place place = snapshots_place(t->snapshots, n);
    if (cpu_position_compare(here, *at) > 0 || cpu_position_compare(here, place.at) < 0)
        restore(t, n);
}

enum replay_end timeline_seek(struct timeline *t, struct cpu_position at)
{
    struct replay_goal goal = {.limit = MACHINE_FOREVER, .seek = true, .at = at};
    come_near(t, &at);
    return replay_run(&t->replay, &goal, NULL);
}

/* From a boundary to the instruction before which every position lies. */
enum replay_end timeline_settle(struct timeline *t)
{
    struct machine_stop stop;
    cpu_seek(timeline_cpu(t), timeline_position(t));
    enum replay_end end =
        replay_run(&t->replay, &(struct replay_goal){.limit = MACHINE_FOREVER}, &stop);
    return end == REPLAY_STOPPED && stop.kind == MACHINE_STOP_STEP ? REPLAY_LIMIT : end;
}

/* The last snapshot before @cycle, unless here is nearer. */
static void come_near_cycle(struct timeline *t, uint64_t cycle)
{
    struct cpu_position here = timeline_position(t);
    size_t n = snapshots_count(t->snapshots) - 1;
    while (n && snapshots_place(t->snapshots, n).at.cycle > cycle)
        n--;
    if (here.cycle >= cycle || here.cycle < snapshots_place(t->snapshots, n).at.cycle)
        restore(t, n);
}

enum replay_end timeline_go(struct timeline *t, uint64_t cycle)
{
    struct replay_goal goal = {
        .limit = MACHINE_FOREVER, .seek = cycle != MACHINE_FOREVER, .at = {CPU_ANY_INSNS, cycle}};
    come_near_cycle(t, cycle);
    return replay_run(&t->replay, &goal, NULL);
}

/* Back to the last snapshot before which fewer than @number events came. */
static size_t before_event(struct timeline *t, uint64_t number)
{
    size_t n = snapshots_count(t->snapshots) - 1;
    while (n && snapshots_place(t->snapshots, n).count >= number)
        n--;
    restore(t, n);
    return n;
}

#define EVENT_NEAR 20000u /* cycles: no event comes so long before the boundary that follows it */

enum replay_end timeline_before_event(struct timeline *t, uint64_t number)
{
    struct replay *r = &t->replay;
    struct cpu_position at;
    size_t n = before_event(t, number);
    r->session.recorder.stop_at = number;
    enum replay_end end = replay_run(r, &(struct replay_goal){.limit = MACHINE_FOREVER}, NULL);
    r->session.recorder.stop_at = 0;
    if (end == REPLAY_DIFFERS || end == REPLAY_FAILED || replay_count(r) < number)
        return end;
    uint64_t after = timeline_position(t).cycle;
    restore(t, n);
    if (after > EVENT_NEAR && after - EVENT_NEAR > timeline_position(t).cycle)
        replay_run(r, &(struct replay_goal){.limit = after - EVENT_NEAR}, NULL);
    at = timeline_position(t);
    if (replay_count(r) >= number) { /* nearer than that: from the snapshot on */
        restore(t, n);
        at = timeline_position(t);
    }
    while (replay_count(r) < number) {
        at = timeline_position(t);
        end = timeline_step(t, NULL);
        if (end != REPLAY_STOPPED)
            break;
    }
    return timeline_seek(t, at);
}

static int go_to_symbol(struct timeline *t, const struct when *when, struct moat_error *err)
{
    struct machine_stop stop;
    const struct image_symbol *s = image_symbol_named(t->replay.rec->image, when->symbol);
    if (!s)
        return moat_fail(err, MOAT_EUSAGE, "the firmware has no symbol '%s'", when->symbol);
    struct cpu_position before = timeline_position(t);
    restore(t, 0); /* arrivals count from there */
    for (uint64_t n = 0; n < when->n; n++) {
        cpu_set_breaks(timeline_cpu(t), &s->addr, 1);
        enum replay_end end =
            replay_run(&t->replay, &(struct replay_goal){.limit = MACHINE_FOREVER}, &stop);
        cpu_set_breaks(timeline_cpu(t), NULL, 0);
        if (end == REPLAY_STOPPED && stop.kind == MACHINE_STOP_BREAK)
            continue;
        timeline_seek(t, before);
        return moat_fail(err, MOAT_EUSAGE, "'%s' is reached %" PRIu64 " time%s in this recording",
                         when->symbol, n, n == 1 ? "" : "s");
    }
    return 0;
}

int timeline_go_when(struct timeline *t, const struct when *when, struct moat_error *err)
{
    struct replay *r = &t->replay;
    if (when->kind == WHEN_SYMBOL)
        return go_to_symbol(t, when, err);
    if (when->kind == WHEN_EVENT && (when->n < r->history.first || when->n > r->history.last))
        return moat_fail(err, MOAT_EUSAGE,
                         "there is no e%" PRIu64 ": the recording has e%" PRIu64 " to e%" PRIu64,
                         when->n, r->history.first, r->history.last);
    enum replay_end end = when->kind == WHEN_EVENT   ? timeline_before_event(t, when->n)
                          : when->kind == WHEN_CYCLE ? timeline_go(t, when->n)
                                                     : timeline_go(t, MACHINE_FOREVER);
    if (end == REPLAY_FAILED)
        return moat_fail(err, MOAT_EINPUT, "%s", r->error.text);
    if (end == REPLAY_DIFFERS)
        return moat_fail(err, MOAT_EINPUT,
                         "the recording does not replay beyond t=%" PRIu64 ": moat replay",
                         r->difference.cycle);
    return 0;
}

/* ---- Backwards. ---- */

bool timeline_step_back(struct timeline *t)
{
    struct cpu_position here = timeline_position(t), at;
    if (cpu_position_compare(here, snapshots_place(t->snapshots, 0).at) <= 0)
        return false;
    /* An instruction that faulted executed nothing: it has as many before it as its handler. */
    timeline_seek(t, (struct cpu_position){here.insns ? here.insns - 1 : 0, 0});
    do {
        at = timeline_position(t);
        if (timeline_step(t, NULL) != REPLAY_STOPPED)
            break;
    } while (cpu_position_compare(timeline_position(t), here) < 0);
    timeline_seek(t, at);
    return true;
}

/* Where the machine stood before what it stopped for. */
static struct cpu_position before_stop(struct timeline *t, const struct machine_stop *stop)
{
    struct cpu_position at = timeline_position(t);
    if (stop->kind == MACHINE_STOP_ACCESS)
        at = (struct cpu_position){at.insns ? at.insns - 1 : 0, 0};
    return at;
}

/* The last stop from snapshot @n to @end. */
static bool last_stop(struct timeline *t, size_t n, struct cpu_position end, timeline_filter filter,
                      void *ctx, struct timeline_hit *hit)
{
    struct machine_stop stop;
    bool found = false;
    restore(t, n);
    if (filter) /* takes note of the state that it compares with */
        (void)filter(ctx, t);
    for (;;) {
        struct replay_goal goal = {.limit = MACHINE_FOREVER, .seek = true, .at = end};
        if (timeline_run(t, &goal, &stop) != REPLAY_STOPPED)
            return found;
        if (stop.kind == MACHINE_STOP_REQUEST)
            t->interrupted = true;
        if (stop.kind != MACHINE_STOP_BREAK && stop.kind != MACHINE_STOP_ACCESS)
            return found;
        struct cpu_position at = before_stop(t, &stop);
        bool counts = !filter || filter(ctx, t);
        if (cpu_position_compare(at, end) >= 0)
            return found;
        if (!counts)
            continue;
        found = true;
        *hit = (struct timeline_hit){.stop = stop, .at = at, .access = *cpu_hit(timeline_cpu(t))};
    }
}

bool timeline_back(struct timeline *t, timeline_filter filter, void *ctx, struct timeline_hit *hit)
{
    struct cpu_position end = timeline_position(t), from = end;
    size_t n = snapshots_before(t->snapshots, &end);
    t->interrupted = false;
    if (n && cpu_position_compare(snapshots_place(t->snapshots, n).at, end) == 0)
        n--;
    for (;; n--) {
        bool found = last_stop(t, n, end, filter, ctx, hit);
        if (t->interrupted) {
            timeline_seek(t, from);
            return false;
        }
        if (found) {
            restore(t, n);
            timeline_seek(t, hit->at);
            return true;
        }
        end = snapshots_place(t->snapshots, n).at;
        if (n == 0)
            break;
    }
    restore(t, 0);
    return false;
}
