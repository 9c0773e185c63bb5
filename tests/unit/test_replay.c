/*
 * Any run again, to the bit (DESIGN: "Recording"): each guest is recorded, replayed and compared,
 * at full speed and disturbed, and travelled in, forwards and backwards, at random.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/record/timeline.h"
#include "sim/trace/table.h"
#include "tests/unit/session.h"
#include "tests/unit/test.h"

static const struct {
    const char *board, *guest;
} guests[] = {
    {"mps2-an385", "accesses"},  {"mps2-an385", "exceptions"}, {"mps2-an385", "faults"},
    {"mps2-an385", "demo"},      {"mps2-an385", "suite"},      {"mps2-an385", "cycles"},
    {"mps2-an385", "lockup"},    {"mps2-an385", "sleep"},      {"mps2-an385", "svc"},
    {"mps2-an385", "traps"},     {"mps2-an386", "accesses"},   {"mps2-an386", "exceptions"},
    {"mps2-an386", "faults"},    {"mps2-an386", "demo"},       {"mps2-an386", "suite"},
    {"mps2-an386", "cycles"},    {"mps2-an386", "fp"},         {"mps2-an386", "ticks"},
    {"mps2-an386", "traps"},     {"mps2-an386", "semi"},       {"mps2-an386", "pipeline"},
    {"mps2-an386", "loader"},    {"mps2-an386", "suite-nx"},   {"mps2-an500", "fp"},
    {"mps2-an500", "cycles"},    {"mps2-an500", "suite"},      {"mps2-an505", "fp"},
    {"mps2-an505", "cycles"},    {"mps2-an505", "suite"},      {"mps2-an505", "demo"},
    {"mps2-an505", "traps"},     {"generic-m0", "cycles"},     {"generic-m0plus", "cycles"},
    {"generic-m0plus", "suite"}, {"generic-m0plus", "demo"},
};
#define GUESTS (int)(sizeof guests / sizeof *guests)

static struct recording recording;

static void record_guest(int n)
{
    struct moat_error err;
    char board[128];
    snprintf(board, sizeof board, "configs/boards/%s.json", guests[n].board);
    const char *folder = session_record(board, guests[n].guest, NULL);
    ck_assert_msg(recording_open(folder, machine_parts(), &recording, &err) == 0, "%s", err.text);
}

static const char *told(const struct replay *r)
{
    static char text[4096];
    const struct replay_difference *d = &r->difference;
    snprintf(text, sizeof text, "recorded %s replayed %s state %s",
             d->recorded.len ? d->recorded.data : "-", d->replayed.len ? d->replayed.data : "-",
             d->state.len ? d->state.data : "-");
    return text;
}

static const struct replay_goal to_the_end = {.limit = MACHINE_FOREVER};

static void ck_ends(struct replay *r, int n, const char *how)
{
    enum replay_end end = replay_run(r, &to_the_end, NULL);
    ck_assert_msg(end == REPLAY_ENDED && r->done, "%s on %s, %s: end %d, %s", guests[n].guest,
                  guests[n].board, how, end, told(r));
}

/* Some other way to the same: stepped, left at random, with and without the engine. */
static struct cpu_disturbance any_disturbance(uint64_t *rnd)
{
    static const uint32_t own[] = {0, 40, CPU_OWN_LEAST, CPU_OWN_ALL};
    return (struct cpu_disturbance){.seed = test_random(rnd),
                                    .leave_one_in = (uint32_t)test_random(rnd) % 30,
                                    .drop_one_in = (uint32_t)test_random(rnd) % 300,
                                    .own_most = own[test_random(rnd) % 4]};
}

/* 12 million instructions and more. */
static bool is_long(int n)
{
    return strncmp(guests[n].guest, "suite", 5) == 0;
}

START_TEST(every_guest_replays)
{
    uint64_t rnd = 5 + (uint64_t)_i;
    uint32_t rounds = test_long() ? 20 : is_long(_i) ? 1 : 3;
    record_guest(_i);
    for (uint32_t n = 0; n < rounds; n++) {
        struct replay r;
        struct moat_error err;
        struct cpu_disturbance how = any_disturbance(&rnd);
        ck_assert_msg(replay_open(&r, &recording, NULL, &err) == 0, "%s", err.text);
        if (n)
            cpu_disturb(machine_cpu(r.session.machine), &how);
        ck_ends(&r, _i, n ? "disturbed" : "as it was");
        replay_close(&r);
    }
    recording_close(&recording);
}
END_TEST

static uint64_t hash_of(struct timeline *t)
{
    struct cpu *c = timeline_cpu(t);
    struct cpu_position at = cpu_position(c);
    uint64_t h = at.insns * 1000003u + at.cycle;
    for (uint32_t n = 0; n < 16; n++)
        h = h * 1099511628211u + cpu_reg(c, n);
    for (int s = 0; s < CPU_SPECIAL_COUNT; s++)
        h = h * 1099511628211u + cpu_special(c, (enum cpu_special)s);
    return h;
}

#define STEPS 200u

/* Every position of a stretch, walked forwards, is reached again backwards and by a jump. */
static void walk(struct timeline *t, uint64_t *rnd, int n)
{
    struct cpu_position at[STEPS];
    uint64_t hash[STEPS];
    uint32_t steps = 0;
    if (timeline_step(t, NULL) != REPLAY_STOPPED) /* out of a sleep that it stands in */
        return;
    for (; steps < STEPS; steps++) {
        at[steps] = timeline_position(t);
        hash[steps] = hash_of(t);
        if (timeline_step(t, NULL) != REPLAY_STOPPED)
            break;
        ck_assert_msg(cpu_position_compare(timeline_position(t), at[steps]) > 0,
                      "%s on %s: a step that does not go on", guests[n].guest, guests[n].board);
    }
    for (uint32_t i = 0; i < 20 && steps; i++) {
        uint32_t k = (uint32_t)test_random(rnd) % steps;
        enum replay_end end = timeline_seek(t, at[k]);
        ck_assert_msg(end == REPLAY_POSITION, "%s on %s: end %d, %s", guests[n].guest,
                      guests[n].board, end, told(&t->replay));
        ck_assert_msg(hash_of(t) == hash[k], "%s on %s: insn %u is not the same", guests[n].guest,
                      guests[n].board, (unsigned)at[k].insns);
        if (k == 0)
            continue;
        ck_assert(timeline_step_back(t));
        ck_assert_msg(hash_of(t) == hash[k - 1],
                      "%s on %s: back from insn %u, t=%u to %u, t=%u instead of %u, t=%u",
                      guests[n].guest, guests[n].board, (unsigned)at[k].insns,
                      (unsigned)at[k].cycle, (unsigned)timeline_position(t).insns,
                      (unsigned)timeline_position(t).cycle, (unsigned)at[k - 1].insns,
                      (unsigned)at[k - 1].cycle);
    }
}

START_TEST(every_guest_is_travelled_in)
{
    struct timeline t;
    struct moat_error err;
    uint64_t rnd = 77 + (uint64_t)_i;
    record_guest(_i);
    ck_assert_msg(timeline_open(&t, &recording, NULL, &err) == 0, "%s", err.text);
    snapshots_free(t.snapshots);
    t.snapshots = snapshots_new(test_random(&rnd) % 3 ? 64u << 20 : 1u << 20,
                                1 + test_random(&rnd) % 3000000);
    snapshots_looked(t.snapshots, &t.replay.session);
    ck_ends(&t.replay, _i, "with snapshots");
    uint64_t cycles = t.replay.history.last_cycle;
    for (uint32_t i = 0; i < (test_long() ? 60u : is_long(_i) ? 3u : 8u); i++) {
        uint64_t to = test_random(&rnd) % (cycles + 1);
        enum replay_end end = timeline_go(&t, to);
        ck_assert_msg(end == REPLAY_POSITION || end == REPLAY_ENDED, "%s on %s, to %u: end %d, %s",
                      guests[_i].guest, guests[_i].board, (unsigned)to, end, told(&t.replay));
        ck_assert(timeline_position(&t).cycle >= to || end == REPLAY_ENDED);
        if (i % 3 == 0)
            walk(&t, &rnd, _i);
        if (i % 4 == 0)
            ck_ends(&t.replay, _i, "after a jump");
    }
    timeline_close(&t);
    recording_close(&recording);
}
END_TEST

/* ---- Differences are found where they begin. ---- */

/* What is different in a replay. */
struct mutation {
    enum {
        MEMORY,   /* a word, at a cycle */
        REGISTER, /* likewise */
        TIMING,   /* a device acts a cycle later, from a cycle on, once */
        INPUT,    /* a byte of what came from outside */
        CODE,     /* a halfword of the firmware, from the beginning */
        MUTATIONS
    } kind;
    uint64_t cycle;
    uint32_t where, value;
};

#define EVENTS_MAX 200000u

static uint64_t *seen; /* a hash an event */
static uint64_t seen_n;

static uint64_t hash_bytes(uint64_t h, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    return h;
}

static uint64_t hash_event(const struct trace_event *e)
{
    uint64_t h = hash_bytes((uint64_t)e->kind * 31 + e->state, &e->cycle, sizeof e->cycle);
    if (e->kind == TRACE_digest)
        return hash_bytes(h, &e->digest.state, sizeof e->digest.state);
    for (const struct trace_field *f = trace_kinds[e->kind].fields; f->name; f++) {
        const char *at = (const char *)trace_fields_of(e) + f->offset;
        uint64_t v = trace_value(e, f);
        const struct trace_data *d = (const void *)at;
        if (f->type == TRACE_TYPED_text)
            h = hash_bytes(h, *(const char *const *)(const void *)at,
                           strlen(*(const char *const *)(const void *)at) + 1);
        else if (f->type == TRACE_TYPED_data)
            h = hash_bytes(h, d->bytes, d->len);
        else
            h = hash_bytes(h, &v, sizeof v);
    }
    return h;
}

static bool collect(void *ctx, enum trace_kind kind, uint64_t cycle, uint8_t state,
                    const void *fields)
{
    struct trace_event e = trace_event_of(kind, 0, cycle, state, fields);
    (void)ctx;
    if (seen_n < EVENTS_MAX)
        seen[seen_n++] = hash_event(&e);
    return seen_n < EVENTS_MAX;
}

static void mutate_now(struct replay *r, const struct mutation *m)
{
    struct cpu *c = machine_cpu(r->session.machine);
    static struct machine_state state;
    uint32_t old = 0;
    machine_state(r->session.machine, &state);
    switch (m->kind) {
    case MEMORY:
    case CODE:
        cpu_peek(c, m->where, &old, 4);
        old ^= m->value;
        ck_assert(cpu_poke(c, m->where, &old, 4));
        break;
    case REGISTER:
        cpu_set_reg(c, m->where, cpu_reg(c, m->where) ^ m->value);
        break;
    case TIMING:
        for (uint32_t i = 0; i < state.fields; i++) {
            uint64_t *due = state.field[i].at;
            if (strcmp(state.field[i].name, "next event") == 0 && *due != DEVICE_NEVER)
                ++*due;
        }
        break;
    default:
        break;
    }
}

static enum replay_end run_mutated(struct replay *r, const struct mutation *m, bool compares)
{
    struct moat_error err;
    static uint8_t bytes[MACHINE_INPUT_MAX];
    struct machine_stop stop;
    struct replay_host host = {.changed = compares ? NULL : &recording.board,
                               .also = {.event = compares ? NULL : collect}};
    seen_n = compares ? seen_n : 0;
    ck_assert_msg(replay_open(r, &recording, &host, &err) == 0, "%s", err.text);
    if (m->kind == INPUT) {
        struct history_entry *o = &r->history.outside[m->where % r->history.outside_n];
        memcpy(bytes, o->bytes, o->len);
        bytes[m->value % o->len] ^= 1;
        o->bytes = bytes;
    } else if (m->kind == CODE) {
        mutate_now(r, m);
    } else {
        enum replay_end end = replay_run(r, &(struct replay_goal){.limit = m->cycle}, &stop);
        if (end != REPLAY_LIMIT)
            return end;
        cpu_seek(machine_cpu(r->session.machine), cpu_position(machine_cpu(r->session.machine)));
        end = replay_run(r, &to_the_end, &stop);
        if (end != REPLAY_STOPPED)
            return end;
        mutate_now(r, m);
    }
    return replay_run(r, &(struct replay_goal){.limit = 3 * r->history.last_cycle}, &stop);
}

/* The number of the first event that the mutated history has otherwise; 0: none. */
static uint64_t first_difference(void)
{
    struct trace_event e;
    struct moat_error err;
    uint64_t n = 0;
    ctf_rewind(recording.trace);
    while (recording_next(&recording, &e, NULL, &err) > 0) {
        if (n == seen_n || seen[n] != hash_event(&e))
            return e.number;
        n++;
    }
    return 0;
}

static struct mutation any_mutation(uint64_t *rnd, uint64_t cycles, int n)
{
    struct mutation m = {.cycle = test_random(rnd) % cycles, .value = 1u << test_random(rnd) % 8};
    m.kind = (int)(n % MUTATIONS);
    if (m.kind == MEMORY) /* of Keep's data and stacks */
        m.where = 0x20000000u + ((uint32_t)test_random(rnd) % 0x6000u & ~3u);
    else if (m.kind == REGISTER)
        m.where = (uint32_t)test_random(rnd) % 13;
    else if (m.kind == CODE)
        m.where = 0x400u + ((uint32_t)test_random(rnd) % 0x4000u & ~3u);
    else
        m.where = (uint32_t)test_random(rnd);
    return m;
}

START_TEST(a_difference_is_reported_at_the_first_event_that_it_changes)
{
    struct moat_error err;
    struct replay r;
    uint64_t rnd = 4711;
    uint32_t found = 0, mutations = test_long() ? 500 : 50;
    seen = calloc(EVENTS_MAX, sizeof *seen);
    ck_assert_msg(recording_open(session_record_input("configs/boards/mps2-an386.json", "shell",
                                                      "help\rled 1\rpeek 20000000\rexit\r"),
                                 machine_parts(), &recording, &err) == 0,
                  "%s", err.text);
    ck_assert(replay_open(&r, &recording, NULL, &err) == 0);
    uint64_t cycles = r.history.last_cycle;
    ck_assert_uint_ge(r.history.outside_n, 4);
    replay_close(&r);
    for (uint32_t n = 0; n < mutations; n++) {
        struct mutation m = any_mutation(&rnd, cycles, (int)n);
        run_mutated(&r, &m, false);
        uint64_t truth = first_difference();
        replay_close(&r);
        enum replay_end end = run_mutated(&r, &m, true);
        if (truth)
            ck_assert_msg(end == REPLAY_DIFFERS && r.difference.number == truth,
                          "mutation %u of kind %d at t=%u: e%u instead of e%u (end %d)", n, m.kind,
                          (unsigned)m.cycle, (unsigned)r.difference.number, (unsigned)truth, end);
        else
            ck_assert_msg(end == REPLAY_ENDED, "mutation %u: no event differs, and yet %s", n,
                          told(&r));
        found += truth != 0;
        replay_close(&r);
    }
    ck_assert_uint_ge(found, mutations / 2); /* else they show nothing */
    free(seen);
    recording_close(&recording);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("replay");
    TCase *tc = tcase_create("guests");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, every_guest_replays, 0, GUESTS);
    tcase_add_loop_test(tc, every_guest_is_travelled_in, 0, GUESTS);
    tcase_add_test(tc, a_difference_is_reported_at_the_first_event_that_it_changes);
    suite_add_tcase(s, tc);
    return s;
}
