#include "sim/record/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/record/checkpoint.h"
#include "sim/trace/names.h"
#include "sim/trace/table.h"

#define NEAR        16384u /* cycles before a position from which on it is looked for exactly */
#define UNITS_SHOWN 8u

/* How a recorded end comes about again. ORDER machine_stop_kind */
enum ending {
    BY_ITSELF, /* the guest does it */
    BOUNDARY,  /* at the first boundary of that cycle */
    BETWEEN    /* before an instruction inside a block */
};
static const enum ending endings[MACHINE_STOP_COUNT] = {
    [MACHINE_STOP_LIMIT] = BOUNDARY, [MACHINE_STOP_WATCH] = BETWEEN,
    [MACHINE_STOP_IDLE] = BOUNDARY,  [MACHINE_STOP_REQUEST] = BOUNDARY,
    [MACHINE_STOP_PAUSE] = BOUNDARY, [MACHINE_STOP_STEP] = BETWEEN,
    [MACHINE_STOP_BREAK] = BETWEEN,  [MACHINE_STOP_ACCESS] = BETWEEN,
};

uint64_t replay_count(const struct replay *r)
{
    return r->session.recorder.count;
}

/* ---- Comparing. ---- */

static void print_event(const struct replay *r, const struct trace_event *e, struct buf *out)
{
    trace_print_text(e, session_task(&r->session), r->host.symbols, out);
}

static void add_name(struct buf *out, const char *name)
{
    buf_addf(out, "%s%s", out->len ? ", " : "", name);
}

static void compare_fields(const struct trace_event *a, const struct trace_event *b,
                           struct buf *names)
{
    if (a->kind != b->kind) {
        add_name(names, "kind");
        return;
    }
    if (a->cycle != b->cycle)
        add_name(names, "cycle");
    if (a->state != b->state)
        add_name(names, "state");
    for (const struct trace_field *f = trace_kinds[a->kind].fields; f->name; f++)
        if (!trace_field_same(trace_fields_of(a), trace_fields_of(b), f))
            add_name(names, f->name);
}

static bool same(const struct trace_event *a, enum trace_kind kind, uint64_t cycle, uint8_t state,
                 const void *fields)
{
    if (a->kind != kind || a->cycle != cycle || a->state != state)
        return false;
    if (kind != TRACE_digest)
        return trace_fields_same(kind, trace_fields_of(a), fields);
    const struct trace_digest *d = fields; /* what changed follows from the whole */
    return a->digest.state == d->state && a->digest.turn == d->turn;
}

/* One of the two may be NULL: there is none. */
static void differ(struct replay *r, const struct trace_event *recorded,
                   const struct trace_event *replayed)
{
    struct replay_difference *d = &r->difference;
    const struct trace_event *first =
        !recorded || (replayed && replayed->cycle < recorded->cycle) ? replayed : recorded;
    r->compares = false;
    r->differs = true;
    d->number = recorded ? recorded->number : replayed->number;
    d->cycle = first->cycle;
    d->digest = recorded && replayed && recorded->kind == TRACE_digest &&
                replayed->kind == TRACE_digest && recorded->cycle == replayed->cycle;
    if (recorded)
        print_event(r, recorded, &d->recorded);
    if (replayed)
        print_event(r, replayed, &d->replayed);
    if (recorded && replayed)
        compare_fields(recorded, replayed, &d->fields);
}

static bool is_compared(struct replay *r, const struct trace_event *e)
{
    if (e->kind != TRACE_digest || !r->digests_apart)
        return true;
    if (e->cycle < r->next_digest)
        return false;
    r->next_digest = e->cycle + r->digests_apart;
    return true;
}

static bool on_event(void *ctx, enum trace_kind kind, uint64_t cycle, uint8_t state,
                     const void *fields)
{
    struct replay *r = ctx;
    struct trace_event e;
    if (r->host.also.event && !r->host.also.event(r->host.also.ctx, kind, cycle, state, fields))
        return false;
    if (!r->compares || r->ended)
        return !r->ended;
    int rc = recording_next(r->rec, &e, NULL, &r->error);
    if (rc < 0) {
        r->status = rc;
        return false;
    }
    if (rc == 0 && r->open_end)
        return true; /* not written down yet, or in the past of nothing */
    if (rc == 0 || (is_compared(r, &e) && !same(&e, kind, cycle, state, fields))) {
        struct trace_event mine = trace_event_of(kind, replay_count(r), cycle, state, fields);
        differ(r, rc ? &e : NULL, &mine);
    }
    if (r->differs)
        return false;
    if (r->host.event)
        r->host.event(r->host.ctx, &e);
    r->ended = e.number == r->history.last && !r->open_end;
    r->done = r->ended && kind == TRACE_stop;
    return !r->ended;
}

/* The next recorded event; false when it is the last, or there is none. */
static bool peek(struct replay *r, struct trace_event *e)
{
    struct ctf_place here = ctf_tell(r->rec->trace);
    bool any = recording_next(r->rec, e, NULL, &r->error) > 0;
    ctf_seek(r->rec->trace, &here);
    return any;
}

/* ---- What came from outside. ---- */

/* Asked for by the guest, not given at a boundary. */
static bool is_read(const struct history_entry *o)
{
    return !o->poke && strcmp(o->device, MACHINE_DEBUGGER) == 0;
}

/* The first entry from *at on that is a poke, or that is none; *at follows. */
static const struct history_entry *next_of(const struct replay *r, size_t *at, bool poke)
{
    while (*at < r->history.outside_n && r->history.outside[*at].poke != poke)
        ++*at;
    return *at < r->history.outside_n ? &r->history.outside[*at] : NULL;
}

/* The cycle of the next input that is given at a boundary. */
static uint64_t next_given(const struct replay *r)
{
    for (size_t at = r->next_input; at < r->history.outside_n; at++) {
        const struct history_entry *o = &r->history.outside[at];
        if (!o->poke && !is_read(o))
            return o->cycle;
    }
    return MACHINE_FOREVER;
}

static bool on_input(void *ctx, struct machine_input *in, bool wait, uint64_t *again)
{
    struct replay *r = ctx;
    uint64_t now = *cpu_now(machine_cpu(r->session.machine));
    const struct history_entry *o = next_of(r, &r->next_input, false);
    bool due = o && !is_read(o) && o->cycle <= now;
    (void)wait;
    if (due) {
        in->device = o->device;
        in->n = o->len < sizeof in->bytes ? o->len : sizeof in->bytes;
        memcpy(in->bytes, o->bytes, in->n);
        r->next_input++;
    }
    *again = next_given(r);
    if (!due && *again <= now) /* it does not fit any more: the comparison says so */
        *again = MACHINE_FOREVER;
    return due;
}

static bool on_ask(void *ctx, const struct machine_question *q, struct buf *answer)
{
    struct replay *r = ctx;
    const struct history_entry *o = next_of(r, &r->next_input, false);
    (void)q;
    if (!o || !is_read(o) || o->cycle > *cpu_now(machine_cpu(r->session.machine)))
        return false;
    buf_add(answer, o->bytes, o->len);
    r->next_input++;
    return true;
}

static void on_looked(void *ctx)
{
    struct replay *r = ctx;
    if (r->host.looked && !r->differs)
        r->host.looked(r->host.ctx);
}

/* Did the recording go on in a new segment after the event that comes next? */
static bool on_turn(void *ctx)
{
    struct replay *r = ctx;
    struct trace_event e;
    return r->compares && peek(r, &e) && e.kind == TRACE_digest && e.digest.turn;
}

static void on_turned(void *ctx)
{
    (void)ctx;
}

/* ---- Open and close. ---- */

static int begin(struct replay *r, struct moat_error *err)
{
    struct session *s = &r->session;
    history_seek(&r->history, r->history.first);
    r->ended = r->history.last < r->history.first;
    r->compares = !r->ended && !r->host.changed;
    if (r->rec->checkpoint.len == 0) {
        session_start(s, r->rec->info.digest_every);
        return 0;
    }
    int rc = checkpoint_load(s->machine, &r->rec->checkpoint,
                             store_path(r->rec->store, r->rec->checkpoint_name), err);
    if (rc == 0)
        session_start_at(s, r->rec->info.digest_every, r->history.first);
    return rc;
}

int replay_open(struct replay *r, struct recording *rec, const struct replay_host *host,
                struct moat_error *err)
{
    struct session_host mine = {
        .ctx = r,
        .sink = {.ctx = r, .event = on_event, .full = rec->info.limit ? on_turn : NULL},
        .input = on_input,
        .ask = on_ask,
        .looked = on_looked,
        .turn = on_turn,
        .turned = on_turned};
    *r = (struct replay){.rec = rec, .host = host ? *host : (struct replay_host){0}};
    int rc = history_read(&r->history, rec, err);
    if (rc == 0)
        rc = session_open(&r->session, host && host->changed ? host->changed : &rec->board,
                          rec->image, &mine, err);
    if (rc == 0)
        rc = begin(r, err);
    return rc;
}

static void forget_difference(struct replay *r)
{
    buf_fini(&r->difference.recorded);
    buf_fini(&r->difference.replayed);
    buf_fini(&r->difference.fields);
    buf_fini(&r->difference.state);
    r->difference = (struct replay_difference){0};
    r->differs = false;
}

void replay_close(struct replay *r)
{
    session_close(&r->session);
    history_fini(&r->history);
    forget_difference(r);
    *r = (struct replay){0};
}

void replay_restored(struct replay *r)
{
    uint64_t count = replay_count(r);
    history_seek(&r->history, count + 1);
    r->next_input = 0;
    while (r->next_input < r->history.outside_n &&
           r->history.outside[r->next_input].number <= count)
        r->next_input++;
    r->next_poke = r->next_input;
    r->ended = count >= r->history.last && !r->open_end;
    r->done = r->ended && r->history.ended;
    r->next_digest = 0;
    r->compares = !r->host.changed;
    forget_difference(r);
}

static struct cpu_position end_position(const struct replay *r)
{
    return (struct cpu_position){r->history.stop.insns, r->history.last_cycle};
}

static enum ending ending_of(const struct replay *r)
{
    return r->history.ended && r->history.stop.reason < MACHINE_STOP_COUNT
               ? endings[r->history.stop.reason]
               : BY_ITSELF;
}

void replay_open_end(struct replay *r, struct cpu_position at)
{
    r->open_end = true;
    r->end_at = at;
    r->ended = false;
}

void replay_compare_no_more(struct replay *r)
{
    r->compares = false;
}

struct replay_goal replay_end_goal(const struct replay *r)
{
    struct replay_goal goal = {.limit = MACHINE_FOREVER};
    if (ending_of(r) == BOUNDARY || !r->history.ended)
        goal.limit = r->history.last_cycle;
    goal.seek = ending_of(r) == BETWEEN;
    goal.at = end_position(r);
    return goal;
}

/* ---- Running. ---- */

static bool has_reached(struct cpu *c, struct cpu_position at)
{
    return cpu_position_compare(cpu_position(c), at) >= 0;
}

/* No run that is the same goes beyond this. */
static uint64_t end_limit(const struct replay *r)
{
    enum ending e = ending_of(r);
    if (!r->compares || e == BETWEEN || r->open_end)
        return MACHINE_FOREVER;
    return r->history.last_cycle + (e != BOUNDARY);
}

/* The run ends here as it was recorded: written down, and so compared. */
static void end_as_recorded(struct replay *r)
{
    struct machine *m = r->session.machine;
    if (ending_of(r) == BETWEEN)
        machine_disown(m);
    session_end(&r->session,
                &(struct machine_stop){.kind = (enum machine_stop_kind)r->history.stop.reason,
                                       .pc = cpu_reg(machine_cpu(m), 15)});
}

/* The end's cycle has come at a boundary: what is still to come there, and the end. */
static void reach_end(struct replay *r)
{
    struct trace_event e;
    if (ending_of(r) != BOUNDARY) {
        if (peek(r, &e))
            differ(r, &e, NULL);
        return;
    }
    while (!r->differs && peek(r, &e) && e.kind == TRACE_digest)
        session_look(&r->session);
    if (!r->differs && !r->ended)
        end_as_recorded(r);
}

static bool poke_due(struct replay *r, const struct history_entry *o)
{
    struct cpu_position at = {o->insns, o->cycle};
    bool next = o->number == replay_count(r) + 1 + (r->session.recorder.output_len != 0);
    return (next || !r->compares) && has_reached(machine_cpu(r->session.machine), at);
}

static void apply_poke(struct replay *r, const struct history_entry *o)
{
    struct trace_poke p = {.what = o->what, .addr = o->addr, .bytes = {o->bytes, o->len}};
    struct trace_event e;
    r->next_poke++;
    if (!session_poke(&r->session, &p) && peek(r, &e))
        differ(r, &e, NULL);
}

/* Positions to stop at exactly: the earliest of the goal's, the next poke's and the end's. */
static bool next_position(struct replay *r, const struct replay_goal *goal,
                          const struct history_entry *poke, struct cpu_position *out)
{
    struct cpu_position all[4];
    size_t n = 0;
    if (goal->seek)
        all[n++] = goal->at;
    if (poke)
        all[n++] = (struct cpu_position){poke->insns, poke->cycle};
    if (r->compares && ending_of(r) == BETWEEN)
        all[n++] = end_position(r);
    if (r->open_end)
        all[n++] = r->end_at;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || cpu_position_compare(all[i], *out) < 0)
            *out = all[i];
    return n != 0;
}

static struct machine_stop run_towards(struct replay *r, const struct cpu_position *at,
                                       uint64_t limit)
{
    struct session *s = &r->session;
    struct cpu *c = machine_cpu(s->machine);
    uint64_t near = at && at->cycle > NEAR ? at->cycle - NEAR : 0;
    if (at && *cpu_now(c) < near)
        return session_run(s, near < limit ? near : limit);
    if (at)
        cpu_seek(c, *at);
    struct machine_stop stop = session_run(s, limit);
    if (stop.kind == MACHINE_STOP_LIMIT)
        cpu_go(c);
    return stop;
}

/* What a stop of the session means; REPLAY_GO: run on. */
#define REPLAY_GO REPLAY_FAILED

static enum replay_end on_stop(struct replay *r, const struct replay_goal *goal, bool seeks,
                               const struct machine_stop *stop)
{
    uint64_t now = *cpu_now(machine_cpu(r->session.machine));
    switch (stop->kind) {
    case MACHINE_STOP_LIMIT:
        if (r->compares && now >= end_limit(r))
            reach_end(r);
        else if (now >= goal->limit)
            return REPLAY_LIMIT;
        return REPLAY_GO;
    case MACHINE_STOP_EXIT:
    case MACHINE_STOP_LOCKUP:
    case MACHINE_STOP_IDLE:
        session_end(&r->session, stop);
        r->ended |= !r->compares;
        return REPLAY_GO;
    case MACHINE_STOP_STEP:
        return seeks ? REPLAY_GO : REPLAY_STOPPED;
    case MACHINE_STOP_REQUEST: /* the recording's end or a difference ask for it too */
        return r->ended || r->differs || r->status < 0 ? REPLAY_GO : REPLAY_STOPPED;
    default:
        return REPLAY_STOPPED;
    }
}

static enum replay_end run(struct replay *r, const struct replay_goal *goal,
                           struct machine_stop *stop)
{
    struct cpu *c = machine_cpu(r->session.machine);
    for (;;) {
        struct cpu_position at;
        const struct history_entry *poke = next_of(r, &r->next_poke, true);
        if (r->status < 0)
            return REPLAY_FAILED;
        if (r->differs)
            return REPLAY_DIFFERS;
        if (r->ended)
            return REPLAY_ENDED;
        if (poke && poke_due(r, poke)) {
            apply_poke(r, poke);
            continue;
        }
        if (goal->seek && has_reached(c, goal->at))
            return REPLAY_POSITION;
        if (r->open_end && has_reached(c, r->end_at))
            return REPLAY_ENDED;
        bool seeks = next_position(r, goal, poke, &at);
        if (r->compares && ending_of(r) == BETWEEN && has_reached(c, end_position(r))) {
            end_as_recorded(r);
            continue;
        }
        uint64_t limit = goal->limit < end_limit(r) ? goal->limit : end_limit(r);
        *stop = run_towards(r, seeks ? &at : NULL, limit);
        enum replay_end end = on_stop(r, goal, seeks && has_reached(c, at), stop);
        if (end != REPLAY_GO)
            return end;
    }
}

/* ---- Naming what differs. ---- */

struct unit {
    uint32_t number;
    uint16_t hash;
};

static int by_number(const void *a, const void *b)
{
    const struct unit *x = a, *y = b;
    return (x->number > y->number) - (x->number < y->number);
}

/* The units of a digest, sorted; the caller's to free. */
static struct unit *units_of(const void *bytes, size_t len, size_t *n)
{
    *n = len / TRACE_UNIT_BYTES;
    struct unit *units = calloc(*n + 1, sizeof *units);
    MOAT_ASSERT(units, "no memory");
    for (size_t i = 0; i < *n; i++) {
        const char *at = (const char *)bytes + i * TRACE_UNIT_BYTES;
        memcpy(&units[i].number, at, 4);
        memcpy(&units[i].hash, at + 4, 2);
    }
    qsort(units, *n, sizeof *units, by_number);
    return units;
}

static void note_unit(struct replay *r, uint32_t number)
{
    struct replay_difference *d = &r->difference;
    if (d->units++ >= UNITS_SHOWN)
        return;
    digest_unit_name(&r->session.digest, number, r->rec->image, &d->state);
    buf_addf(&d->state, "\n");
}

static void compare_units(struct replay *r, const struct trace_data *recorded)
{
    const struct buf *mine = &r->session.digest.changed;
    size_t an, bn, i = 0, j = 0;
    struct unit *a = units_of(recorded->bytes, recorded->len, &an);
    struct unit *b = units_of(mine->data, mine->len, &bn);
    while (i < an || j < bn) {
        int order = i == an ? 1 : j == bn ? -1 : by_number(&a[i], &b[j]);
        if (order != 0 || a[i].hash != b[j].hash)
            note_unit(r, order <= 0 ? a[i].number : b[j].number);
        i += order <= 0;
        j += order >= 0;
    }
    free(a);
    free(b);
}

/* Go on to the next digest that was recorded: what is different there. */
static void name_state(struct replay *r)
{
    struct replay_difference *d = &r->difference;
    struct session *s = &r->session;
    struct trace_event e;
    struct moat_error unused;
    history_seek(&r->history, d->number < r->history.last ? d->number : r->history.last);
    do {
        if (recording_next(r->rec, &e, NULL, &unused) <= 0)
            return;
    } while (e.kind != TRACE_digest);
    d->state_cycle = e.cycle;
    if (!d->digest) {
        s->looks = false;
        s->next_look = MACHINE_FOREVER;
        session_resume(s);
        struct machine_stop stop;
        do
            stop = session_run(s, e.cycle);
        while (stop.kind > MACHINE_STOP_IDLE);
        if (stop.kind != MACHINE_STOP_LIMIT)
            return;
        digest_update(&s->digest);
    }
    compare_units(r, &e.digest.changed);
}

enum replay_end replay_run(struct replay *r, const struct replay_goal *goal,
                           struct machine_stop *stop)
{
    struct machine_stop unused;
    session_resume(&r->session);
    bool differed = r->differs;
    enum replay_end end = run(r, goal, stop ? stop : &unused);
    if (end == REPLAY_DIFFERS && !differed && r->session.looks)
        name_state(r);
    return end;
}
