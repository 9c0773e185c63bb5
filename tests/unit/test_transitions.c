/*
 * What a recording says of privilege: entries and returns pair up, and the privilege at every event
 * follows from the transitions alone.
 */
#include <stdio.h>
#include <string.h>

#include "sim/record/recording.h"
#include "sim/trace/table.h"
#include "tests/unit/session.h"
#include "tests/unit/test.h"

#define DEPTH_MAX 64

/* The state that the transitions alone give. */
struct derived {
    uint8_t state;
    uint32_t stack[DEPTH_MAX]; /* exceptions entered and not returned from */
    uint32_t depth;
};

static void follow_enter(struct derived *d, const struct trace_event *e)
{
    ck_assert_msg(e->enter.from == d->state, "e%u: enters from %u, not %u", (unsigned)e->number,
                  e->enter.from, d->state);
    ck_assert_uint_lt(d->depth, DEPTH_MAX);
    d->stack[d->depth++] = e->enter.exception;
    d->state = CPU_STATE_PRIV | CPU_STATE_HANDLER;
}

/* Where a return goes is in EXC_RETURN; its privilege in Thread mode is CONTROL's, which only
 * control events and the state before the entry tell. */
static void follow_leave(struct derived *d, const struct trace_event *e, uint8_t npriv)
{
    ck_assert_uint_gt(d->depth, 0);
    ck_assert_uint_eq(d->stack[--d->depth], e->leave.exception);
    ck_assert_uint_eq(e->leave.from, d->state);
    if (e->leave.tail || (e->leave.exc_return & 0xFu) == 1)
        return; /* stays in Handler mode */
    bool psp = (e->leave.exc_return & 0xFu) == 0xD;
    d->state = (uint8_t)((npriv ? 0 : CPU_STATE_PRIV) | (psp ? CPU_STATE_PSP : 0));
}

static void check_guest(const char *board, const char *guest)
{
    struct recording rec;
    struct trace_event e;
    struct moat_error err;
    struct derived d = {0};
    uint8_t npriv = 0;
    uint32_t enters = 0, leaves = 0, users = 0, rc;
    char file[128];
    snprintf(file, sizeof file, "configs/boards/%s.json", board);
    ck_assert_msg(recording_open(session_record(file, guest, NULL), machine_parts(), &rec, &err) ==
                      0,
                  "%s", err.text);
    while ((rc = (uint32_t)ctf_next(rec.trace, &e, &err)) == 1) {
        switch (e.kind) {
        case TRACE_reset:
            d = (struct derived){.state = CPU_STATE_PRIV};
            npriv = 0;
            break;
        case TRACE_enter:
            follow_enter(&d, &e);
            enters++;
            break;
        case TRACE_leave:
            follow_leave(&d, &e, npriv);
            leaves++;
            break;
        case TRACE_control:
            npriv = e.control.new & 1u;
            if (!(d.state & CPU_STATE_HANDLER))
                d.state = (uint8_t)((npriv ? 0 : CPU_STATE_PRIV) |
                                    (e.control.new & 2u ? CPU_STATE_PSP : 0));
            break;
        default:
            break;
        }
        users += !(e.state & CPU_STATE_PRIV);
        ck_assert_msg(e.state == d.state, "%s on %s, e%u %s: state %u, transitions say %u", guest,
                      board, (unsigned)e.number, trace_kinds[e.kind].name, e.state, d.state);
    }
    ck_assert_uint_eq(rc, 0);
    ck_assert_uint_eq(enters, leaves + d.depth);
    ck_assert_uint_gt(enters, 0);
    if (strcmp(guest, "demo") == 0)
        ck_assert_uint_gt(users, 50);
    recording_close(&rec);
}

static const struct {
    const char *board, *guest;
} runs[] = {
    {"mps2-an386", "demo"},   {"mps2-an385", "demo"},       {"mps2-an386", "svc"},
    {"mps2-an386", "faults"}, {"mps2-an386", "exceptions"}, {"mps2-an385", "accesses"},
};

START_TEST(privilege_at_every_event_follows_from_the_transitions)
{
    check_guest(runs[_i].board, runs[_i].guest);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("transitions");
    TCase *tc = tcase_create("recorded");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, privilege_at_every_event_follows_from_the_transitions, 0,
                        sizeof runs / sizeof *runs);
    suite_add_tcase(s, tc);
    return s;
}
