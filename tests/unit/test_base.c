#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/base/nearest.h"
#include "sim/base/when.h"
#include "tests/unit/test.h"

static const struct {
    const char *text;
    enum when_kind kind;
    uint64_t n;
} whens[] = {
    {"0", WHEN_CYCLE, 0},
    {"12345", WHEN_CYCLE, 12345},
    {"18446744073709551615", WHEN_CYCLE, UINT64_MAX},
    {"e42", WHEN_EVENT, 42},
    {"1.5ms", WHEN_CYCLE, 37500},
    {"2s", WHEN_CYCLE, 50000000},
    {"40ns", WHEN_CYCLE, 1},
    {"0.04us", WHEN_CYCLE, 1},
    {"main", WHEN_SYMBOL, 1},
    {"main#3", WHEN_SYMBOL, 3},
    {"exit", WHEN_SYMBOL, 1},
};
static const char *const bad_whens[] = {
    "",         "-1",
    "1.5",      "1..5ms",
    "5parsecs", "18446744073709551616",
    "main#0",   "main#x",
    "#2",       "99999999999999999999999999s",
    "e42x",
};

START_TEST(a_point_in_time_has_four_forms)
{
    struct when w;
    struct moat_error err;
    ck_assert_msg(when_parse(whens[_i].text, 25000000, &w, &err) == 0, "%s", whens[_i].text);
    ck_assert_int_eq(w.kind, whens[_i].kind);
    ck_assert_uint_eq(w.n, whens[_i].n);
}
END_TEST

START_TEST(anything_else_is_refused_with_a_hint)
{
    struct when w;
    struct moat_error err;
    ck_assert_msg(when_parse(bad_whens[_i], 25000000, &w, &err) == -MOAT_EUSAGE, "'%s' gives %d %s",
                  bad_whens[_i], w.kind, w.symbol);
    ck_assert(strstr(err.hint, "12345") != NULL);
}
END_TEST

START_TEST(near_words_are_found)
{
    ck_assert_uint_eq(nearest_distance("board", "board"), 0);
    ck_assert_uint_eq(nearest_distance("baord", "board"), 1);
    ck_assert_uint_eq(nearest_distance("bord", "board"), 1);
    ck_assert(nearest_is_near("clok_hz", "clock_hz"));
    ck_assert(!nearest_is_near("run", "help"));
}
END_TEST

START_TEST(a_file_is_written_whole_or_not_at_all)
{
    struct moat_error err;
    struct buf path = {0}, text = {0};
    file_join(&path, test_folder("base"), "file");
    ck_assert(file_write(path.data, "one", 3, true, &err) == 0);
    ck_assert(file_write(path.data, "two!", 4, false, &err) == 0);
    ck_assert(file_read(path.data, "test", &text, &err) == 0);
    ck_assert_str_eq(text.data, "two!");
    ck_assert(file_write("/nowhere/at/all", "x", 1, true, &err) == -MOAT_ECREATE);
    buf_clear(&text);
    ck_assert(file_read("/nowhere/at/all", "test", &text, &err) == -MOAT_ENOINPUT);
    buf_addf(&path, ".part");
    ck_assert(access(path.data, F_OK) != 0);
    buf_fini(&path);
    buf_fini(&text);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("base");
    TCase *tc = tcase_create("base");
    tcase_add_loop_test(tc, a_point_in_time_has_four_forms, 0, sizeof whens / sizeof *whens);
    tcase_add_loop_test(tc, anything_else_is_refused_with_a_hint, 0,
                        sizeof bad_whens / sizeof *bad_whens);
    ADD(tc, near_words_are_found);
    ADD(tc, a_file_is_written_whole_or_not_at_all);
    suite_add_tcase(s, tc);
    return s;
}
