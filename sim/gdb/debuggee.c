#include "sim/gdb/debuggee.h"

#include <string.h>

#include "sim/base/assert.h"

void debuggee_attach(struct debuggee *d, struct session *live, const char *(*flush)(void *ctx),
                     void *ctx)
{
    *d = (struct debuggee){.live = live, .flush = flush, .ctx = ctx, .catches_faults = true};
}

static void on_event(void *ctx, const struct trace_event *e)
{
    struct debuggee *d = ctx;
    if (e->kind != TRACE_fault || !d->catches_faults)
        return;
    d->faulted = true;
    session_stop(&d->past.replay.session);
}

static int open_past(struct debuggee *d, struct moat_error *err)
{
    struct replay_host host = {.ctx = d, .event = on_event};
    d->in_past = true;
    return timeline_open(&d->past, &d->rec, &host, err);
}

static void close_past(struct debuggee *d)
{
    timeline_close(&d->past);
    recording_close(&d->rec);
    d->in_past = false;
}

int debuggee_open(struct debuggee *d, struct recording *rec, struct moat_error *err)
{
    *d = (struct debuggee){.rec = *rec, .catches_faults = true};
    *rec = (struct recording){0};
    return open_past(d, err);
}

void debuggee_close(struct debuggee *d)
{
    if (d->in_past)
        close_past(d);
}

struct session *debuggee_session(struct debuggee *d)
{
    return d->in_past ? &d->past.replay.session : d->live;
}

struct cpu *debuggee_cpu(struct debuggee *d)
{
    return machine_cpu(debuggee_session(d)->machine);
}

void debuggee_cpu_event(struct debuggee *d, const struct cpu_event *e)
{
    if (e->kind != CPU_EVENT_FAULT || !d->catches_faults)
        return;
    d->faulted = true;
    session_stop(d->live);
}

bool debuggee_has_past(const struct debuggee *d)
{
    return d->in_past || d->flush;
}

void debuggee_interrupt(struct debuggee *d)
{
    d->interrupted = 1;
    struct session *s = debuggee_session(d);
    session_stop(s);
}

/* The recording of the live run so far becomes the past, at the same point. */
static int enter_past(struct debuggee *d, struct moat_error *err)
{
    if (d->in_past)
        return 0;
    if (!d->flush)
        return moat_fail(err, MOAT_EINPUT, "the run is not recorded: there is no way back");
    struct cpu_position now = cpu_position(machine_cpu(d->live->machine));
    int rc = recording_open(d->flush(d->ctx), machine_parts(), &d->rec, err);
    if (rc == 0)
        rc = open_past(d, err);
    if (rc == 0) {
        replay_open_end(&d->past.replay, now);
        timeline_seek(&d->past, now);
    }
    if (rc < 0)
        close_past(d);
    return rc;
}

/* ---- What a stop means. ---- */

static enum debuggee_reason reason_of(struct debuggee *d, enum machine_stop_kind kind)
{
    if (d->faulted)
        return DEBUGGEE_AT_FAULT;
    switch (kind) {
    case MACHINE_STOP_BREAK:
        return DEBUGGEE_AT_BREAK;
    case MACHINE_STOP_ACCESS:
        return DEBUGGEE_AT_ACCESS;
    case MACHINE_STOP_STEP:
        return DEBUGGEE_STEPPED;
    case MACHINE_STOP_REQUEST:
        return DEBUGGEE_INTERRUPTED;
    default:
        return DEBUGGEE_END;
    }
}

/* ---- The live run. ---- */

static void arm_live(struct debuggee *d, bool on)
{
    struct cpu *c = machine_cpu(d->live->machine);
    cpu_set_breaks(c, d->breaks, on ? d->breaks_n : 0);
    cpu_set_watchpoints(c, d->watch, on ? d->watch_n : 0);
}

static void resume_live(struct debuggee *d, enum debuggee_how how, struct debuggee_stop *stop)
{
    struct cpu *c = machine_cpu(d->live->machine);
    if (d->over) {
        *stop = (struct debuggee_stop){.reason = DEBUGGEE_END, .ended = d->end};
        return;
    }
    arm_live(d, true);
    if (how == DEBUGGEE_STEP)
        cpu_step(c);
    struct machine_stop s = session_run(d->live, MACHINE_FOREVER);
    session_resume(d->live);
    cpu_go(c);
    arm_live(d, false);
    if (s.kind == MACHINE_STOP_REQUEST && !session_settle(d->live, &s))
        d->faulted = false;
    *stop = (struct debuggee_stop){.reason = reason_of(d, s.kind), .access = *cpu_hit(c)};
    if (d->interrupted && stop->reason == DEBUGGEE_STEPPED)
        stop->reason = DEBUGGEE_INTERRUPTED;
    if (stop->reason != DEBUGGEE_END)
        return;
    d->over = true;
    stop->ended = d->end = s;
}

/* ---- The past. ---- */

static void run_past(struct debuggee *d, enum debuggee_how how, struct debuggee_stop *stop)
{
    struct timeline *t = &d->past;
    struct machine_stop s = {.kind = MACHINE_STOP_STEP};
    const struct replay_goal far = {.limit = MACHINE_FOREVER};
    enum replay_end end = how == DEBUGGEE_STEP ? timeline_step(t, &s) : timeline_run(t, &far, &s);
    if (end == REPLAY_STOPPED && s.kind == MACHINE_STOP_REQUEST)
        end = timeline_settle(t);
    stop->access = *cpu_hit(timeline_cpu(t));
    stop->reason = end == REPLAY_DIFFERS || end == REPLAY_FAILED ? DEBUGGEE_DIFFERS
                   : end == REPLAY_ENDED                         ? DEBUGGEE_END
                                                                 : reason_of(d, s.kind);
    if (stop->reason == DEBUGGEE_END && d->live) { /* from here on it goes on */
        close_past(d);
        stop->ended = (struct machine_stop){.kind = MACHINE_STOP_PAUSE};
    }
}

static void go_back(struct debuggee *d, enum debuggee_how how, struct debuggee_stop *stop)
{
    struct timeline *t = &d->past;
    struct timeline_hit hit;
    bool catches = d->catches_faults, found;
    d->catches_faults = false; /* the way there is not to be stopped at */
    if (how == DEBUGGEE_STEP_BACK) {
        found = timeline_step_back(t);
        hit.stop.kind = MACHINE_STOP_STEP;
    } else {
        found = timeline_back(t, NULL, NULL, &hit);
    }
    d->catches_faults = catches;
    d->faulted = false;
    *stop = (struct debuggee_stop){.reason = d->interrupted ? DEBUGGEE_INTERRUPTED
                                             : found        ? reason_of(d, hit.stop.kind)
                                                            : DEBUGGEE_BEGIN,
                                   .access = hit.access};
}

int debuggee_resume(struct debuggee *d, enum debuggee_how how, struct debuggee_stop *stop,
                    struct moat_error *err)
{
    bool back = how == DEBUGGEE_BACK || how == DEBUGGEE_STEP_BACK;
    int rc = back ? enter_past(d, err) : 0;
    *stop = (struct debuggee_stop){0};
    d->faulted = false;
    if (rc < 0)
        return rc;
    if (!d->in_past) {
        resume_live(d, how, stop);
        return 0;
    }
    timeline_set_breaks(&d->past, d->breaks, d->breaks_n);
    timeline_set_watchpoints(&d->past, d->watch, d->watch_n);
    if (back)
        go_back(d, how, stop);
    else
        run_past(d, how, stop);
    return 0;
}

/* ---- Elsewhere. ---- */

int debuggee_go(struct debuggee *d, const struct when *when, struct moat_error *err)
{
    bool catches = d->catches_faults;
    int rc = enter_past(d, err);
    d->catches_faults = false;
    if (rc == 0)
        rc = timeline_go_when(&d->past, when, err);
    d->catches_faults = catches;
    return rc;
}

int debuggee_seek(struct debuggee *d, struct cpu_position at, struct moat_error *err)
{
    bool catches = d->catches_faults;
    int rc = enter_past(d, err);
    d->catches_faults = false;
    if (rc == 0)
        timeline_seek(&d->past, at);
    d->catches_faults = catches;
    return rc;
}

bool debuggee_poke(struct debuggee *d, struct trace_poke *poke)
{
    return !d->in_past && !d->over && session_poke(d->live, poke);
}
