/*
 * What is a boundary depends on the code and the path alone (DESIGN: "Time"): a run at full speed,
 * one that leaves the engine before every instruction, one that leaves it at random, one that
 * drops translations at random, one that the engine takes no part in, and a mixture record the same
 * bytes.
 */
#include <stdio.h>
#include <string.h>

#include "sim/base/file.h"
#include "tests/unit/session.h"
#include "tests/unit/test.h"

static const struct {
    const char *name;
    struct cpu_disturbance how;
} ways[] = {
    {"stepped", {.seed = 1, .leave_one_in = 1}},
    {"left at random", {.seed = 2, .leave_one_in = 7}},
    {"translations dropped", {.seed = 3, .leave_one_in = 23, .drop_one_in = 5}},
    {"executed without the engine", {.seed = 4, .own_most = CPU_OWN_ALL}},
    {"executed by the engine where it can", {.seed = 6, .own_most = CPU_OWN_LEAST}},
    {"without it now and then", {.seed = 5, .leave_one_in = 11, .own_most = 40}},
};
#define WAYS (sizeof ways / sizeof *ways)

static const struct {
    const char *board, *guest;
} guests[] = {
    {"mps2-an385", "accesses"},   {"mps2-an385", "exceptions"}, {"mps2-an385", "faults"},
    {"mps2-an385", "demo"},       {"mps2-an385", "suite"},      {"mps2-an385", "cycles"},
    {"mps2-an385", "lockup"},     {"mps2-an385", "sleep"},      {"mps2-an385", "svc"},
    {"mps2-an386", "accesses"},   {"mps2-an386", "exceptions"}, {"mps2-an386", "faults"},
    {"mps2-an386", "demo"},       {"mps2-an386", "suite"},      {"mps2-an386", "cycles"},
    {"mps2-an386", "fp"},         {"mps2-an500", "fp"},         {"mps2-an505", "fp"},
    {"mps2-an386", "ticks"},      {"mps2-an500", "cycles"},     {"mps2-an500", "svc"},
    {"mps2-an505", "cycles"},     {"mps2-an505", "svc"},        {"generic-m0", "cycles"},
    {"generic-m0plus", "cycles"}, {"generic-m0plus", "svc"},    {"mps2-an386", "traps"},
    {"mps2-an385", "traps"},      {"mps2-an505", "traps"},
};

static void stream_of(size_t n, const struct cpu_disturbance *d, struct buf *out)
{
    struct moat_error err;
    char board[128], file[600];
    snprintf(board, sizeof board, "configs/boards/%s.json", guests[n].board);
    snprintf(file, sizeof file, "%s/ctf/stream", session_record(board, guests[n].guest, d));
    ck_assert_msg(file_read(file, "trace", out, &err) == 0, "%s", err.text);
}

START_TEST(runs_that_are_disturbed_record_the_same_bytes)
{
    struct buf plain = {0};
    stream_of((size_t)_i, NULL, &plain);
    for (size_t w = 0; w < WAYS; w++) {
        struct buf other = {0};
        stream_of((size_t)_i, &ways[w].how, &other);
        ck_assert_msg(plain.len == other.len && memcmp(plain.data, other.data, plain.len) == 0,
                      "%s on %s, %s: another trace", guests[_i].guest, guests[_i].board,
                      ways[w].name);
        buf_fini(&other);
    }
    buf_fini(&plain);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("boundaries");
    TCase *tc = tcase_create("disturbed");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, runs_that_are_disturbed_record_the_same_bytes, 0,
                        (int)(sizeof guests / sizeof *guests));
    suite_add_tcase(s, tc);
    return s;
}
