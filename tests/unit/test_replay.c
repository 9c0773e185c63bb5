/*
 * Any run again, to the bit (DESIGN: "Recording"): each guest is recorded, replayed and compared,
 * at full speed and disturbed, and travelled in, forwards and backwards, at random.
 */
#include <stdio.h>
#include <string.h>

#include "sim/record/timeline.h"
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

START_TEST(every_guest_replays)
{
    static const struct {
        const char *name;
        struct cpu_disturbance how;
    } ways[] = {
        {"as it was", {0}},
        {"stepped", {.seed = 1, .leave_one_in = 1}},
        {"left at random", {.seed = 2, .leave_one_in = 7}},
        {"without the engine", {.seed = 4, .own_most = CPU_OWN_ALL}},
        {"without it now and then", {.seed = 5, .leave_one_in = 11, .own_most = 40}},
    };
    record_guest(_i);
    size_t n = sizeof ways / sizeof *ways;
    if (strncmp(guests[_i].guest, "suite", 5) == 0 && !test_long())
        n = 1; /* 12 million instructions */
    for (size_t w = 0; w < n; w++) {
        struct replay r;
        struct moat_error err;
        ck_assert_msg(replay_open(&r, &recording, NULL, &err) == 0, "%s", err.text);
        if (w)
            cpu_disturb(machine_cpu(r.session.machine), &ways[w].how);
        ck_ends(&r, _i, ways[w].name);
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
    t.snapshots = snapshots_new(64u << 20, 1 + test_random(&rnd) % 3000000);
    snapshots_looked(t.snapshots, &t.replay.session);
    ck_ends(&t.replay, _i, "with snapshots");
    uint64_t cycles = t.replay.history.last_cycle;
    for (uint32_t i = 0; i < (test_long() ? 60u : 8u); i++) {
        uint64_t to = test_random(&rnd) % (cycles + 1);
        enum replay_end end = timeline_go(&t, to);
        ck_assert_msg(end == REPLAY_LIMIT || end == REPLAY_ENDED, "%s on %s, to %u: end %d, %s",
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

Suite *suite(void)
{
    Suite *s = suite_create("replay");
    TCase *tc = tcase_create("guests");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, every_guest_replays, 0, GUESTS);
    tcase_add_loop_test(tc, every_guest_is_travelled_in, 0, GUESTS);
    suite_add_tcase(s, tc);
    return s;
}
