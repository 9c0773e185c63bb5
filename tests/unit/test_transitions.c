/*
 * What a recording says of privilege: entries and returns pair up, and the privilege at every event
 * follows from the transitions alone.
 */
#include <stdio.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/record/recorder.h"
#include "sim/record/recording.h"
#include "sim/trace/table.h"
#include "tests/unit/test.h"

#define DEPTH_MAX 64

struct bench {
    struct recorder recorder;
    struct machine *machine;
};

static void host_cpu_event(void *ctx, const struct cpu_event *e)
{
    recorder_cpu_event(&((struct bench *)ctx)->recorder, e);
}

static void host_output(void *ctx, const char *name, const void *bytes, size_t n)
{
    recorder_output(&((struct bench *)ctx)->recorder, name, bytes, n);
}

static void host_unmodelled(void *ctx, const char *name, uint32_t offset, bool write)
{
    recorder_unmodelled(&((struct bench *)ctx)->recorder, name, offset, write);
}

/* Record a guest; returns the recording's folder. */
static const char *record(const char *board_file, const char *guest, struct recording *out)
{
    struct moat_error err = {0};
    struct buf text = {0};
    struct board board;
    struct image *image;
    struct bench b = {0};
    const char *folder = test_folder("transitions");
    ck_assert_msg(file_read(board_file, "board", &text, &err) == 0, "%s", err.text);
    ck_assert_msg(board_parse(board_file, text.data, text.len, machine_parts(), &board, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(image_open(test_guest(board.name, guest), &image, &err) == 0, "%s", err.text);
    ck_assert_msg(keep_read(image, &b.recorder.keep, &err) == 0, "%s", err.text);
    struct recording_info info = {.firmware = "guest.elf", .build_id = "", .engine = "test"};
    ck_assert_msg(recording_create(folder, &board, machine_parts(), image, &info, &b.recorder.trace,
                                   &err) == 0,
                  "%s", err.text);
    struct machine_host host = {.ctx = &b,
                                .cpu_event = host_cpu_event,
                                .output = host_output,
                                .unmodelled = host_unmodelled};
    ck_assert_msg(machine_new(&board, image, &host, &b.machine, &err) == 0, "%s", err.text);
    b.recorder.machine = b.machine;
    machine_reset(b.machine);
    struct machine_stop stop = machine_run(b.machine, MACHINE_FOREVER);
    ck_assert_msg(stop.ok, "%s: %s", guest, machine_stop_text(stop.kind));
    recorder_stop(&b.recorder, &stop);
    ck_assert(recording_finish(folder, &info, b.recorder.trace, &err) == 0);
    machine_free(b.machine);
    keep_fini(&b.recorder.keep);
    image_close(image);
    buf_fini(&text);
    ck_assert_msg(recording_open(folder, out, &err) == 0, "%s", err.text);
    return folder;
}

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
    record(file, guest, &rec);
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
