#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/trace/ctf.h"
#include "sim/trace/print.h"
#include "sim/trace/table.h"
#include "tests/unit/test.h"

#define EVENTS 5000u

static const char *folder;

static void write_some(uint64_t step)
{
    struct ctf_writer *w;
    struct moat_error err;
    ck_assert(ctf_create(folder, 25000000, &w, &err) == 0);
    for (uint64_t i = 0; i < EVENTS; i++) {
        uint8_t bytes[4] = {0, (uint8_t)i, 255, '"'};
        if (i % 3 == 0)
            ctf_write(w, TRACE_control, i * step, 1, &(struct trace_control){.pc = (uint32_t)i});
        else if (i % 3 == 1)
            ctf_write(w, TRACE_thread, i * step, 3,
                      &(struct trace_thread){.thread = 7, .name = i % 2 ? "alice" : ""});
        else
            ctf_write(w, TRACE_output, i * step, 0,
                      &(struct trace_output){.device = "uart0", .bytes = {bytes, (uint32_t)i % 5}});
    }
    ck_assert_uint_eq(ctf_count(w), EVENTS);
    ck_assert(ctf_close(w, &err) == 0);
}

static int open_trace(struct ctf_reader **out, struct moat_error *err)
{
    struct buf path = {0}, text = {0}, stream = {0};
    file_join(&path, folder, "metadata");
    int rc = file_read(path.data, "trace", &text, err);
    if (rc == 0)
        rc = ctf_open(path.data, buf_text(&text), out, err);
    file_join(&path, folder, "stream");
    if (rc == 0)
        rc = file_read(path.data, "trace", &stream, err);
    if (rc == 0)
        ctf_add(*out, path.data, &stream);
    buf_fini(&text);
    buf_fini(&path);
    return rc;
}

START_TEST(what_is_written_reads_back)
{
    static const uint64_t steps[] = {0, 1, 1000, 1ull << 31, 1ull << 33};
    struct ctf_reader *r;
    struct moat_error err;
    struct trace_event e;
    write_some(steps[_i]);
    ck_assert(open_trace(&r, &err) == 0);
    ck_assert_uint_eq(ctf_clock_hz(r), 25000000);
    for (uint64_t i = 0; i < EVENTS; i++) {
        ck_assert_msg(ctf_next(r, &e, &err) == 1, "event %u: %s", (unsigned)i, err.text);
        ck_assert_uint_eq(e.number, i + 1);
        ck_assert_uint_eq(e.cycle, i * steps[_i]);
        ck_assert_uint_eq(e.kind, i % 3 == 0   ? TRACE_control
                                  : i % 3 == 1 ? TRACE_thread
                                               : TRACE_output);
        if (e.kind == TRACE_control)
            ck_assert_uint_eq(e.control.pc, i);
        if (e.kind == TRACE_output)
            ck_assert_uint_eq(e.output.bytes.len, i % 5);
    }
    ck_assert(ctf_next(r, &e, &err) == 0);
    ctf_rewind(r);
    ck_assert(ctf_next(r, &e, &err) == 1 && e.number == 1);
    ctf_reader_free(r);
}
END_TEST

/* Read all there is; the number of whole events, and how it ended. */
static uint64_t read_all(int *rc, struct moat_error *err)
{
    struct ctf_reader *r;
    struct trace_event e;
    uint64_t n = 0, last = 0;
    *rc = open_trace(&r, err);
    if (*rc < 0)
        return 0;
    while ((*rc = ctf_next(r, &e, err)) > 0) {
        ck_assert_uint_ge(e.cycle, last);
        last = e.cycle;
        n++;
        struct buf text = {0};
        trace_print_text(&e, "-", NULL, &text);
        trace_print_json(&e, "-", NULL, &text);
        buf_fini(&text);
    }
    ctf_reader_free(r);
    return n;
}

static void load(struct buf *stream, struct buf *path)
{
    struct moat_error err;
    write_some(10);
    file_join(path, folder, "stream");
    ck_assert(file_read(path->data, "trace", stream, &err) == 0);
}

static void store(const struct buf *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path->data, "wb");
    ck_assert(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

START_TEST(every_truncation_reads_up_to_its_end_and_says_so)
{
    struct buf stream = {0}, path = {0};
    struct moat_error err;
    int rc;
    load(&stream, &path);
    uint64_t before = 0;
    for (size_t n = 0; n < stream.len; n += n < 200 ? 1 : 61) {
        store(&path, stream.data, n);
        uint64_t events = read_all(&rc, &err);
        ck_assert_uint_ge(events, before); /* never fewer than of a shorter file */
        before = events;
        if (rc < 0)
            ck_assert_msg(strstr(err.text, "stream' is damaged at byte ") != NULL, "%s", err.text);
        else
            ck_assert_uint_lt(events, EVENTS); /* cut between two packets */
    }
    buf_fini(&stream);
    buf_fini(&path);
}
END_TEST

START_TEST(damage_is_never_a_crash)
{
    struct buf stream = {0}, path = {0};
    struct moat_error err;
    uint64_t rnd = 99;
    int rc;
    load(&stream, &path);
    char *copy = malloc(stream.len);
    for (uint32_t i = 0; i < (test_long() ? 3000u : 300u); i++) {
        memcpy(copy, stream.data, stream.len);
        for (uint32_t k = 0; k <= test_random(&rnd) % 4; k++)
            copy[test_random(&rnd) % stream.len] = (char)test_random(&rnd);
        store(&path, copy, stream.len);
        ck_assert_uint_le(read_all(&rc, &err), 2 * EVENTS);
    }
    free(copy);
    buf_fini(&stream);
    buf_fini(&path);
}
END_TEST

START_TEST(json_has_every_field_and_odd_bytes_survive)
{
    uint8_t bytes[] = {0, '"', '\\', '\n', 0xE9};
    struct trace_event e = {.kind = TRACE_output, .number = 3, .cycle = 77, .state = 1};
    e.output = (struct trace_output){.device = "uart0", .bytes = {bytes, sizeof bytes}};
    struct buf out = {0};
    trace_print_json(&e, "bob", NULL, &out);
    ck_assert_str_eq(out.data,
                     "{\"event\":3,\"t\":77,\"task\":\"bob\",\"kind\":\"output\",\"state\":"
                     "\"privileged thread\",\"privileged\":true,\"device\":\"uart0\","
                     "\"bytes\":\"\\u0000\\\"\\\\\\n\\u00e9\"}\n");
    buf_clear(&out);
    e = (struct trace_event){.kind = TRACE_fault, .number = 1};
    trace_print_json(&e, "-", NULL, &out);
    for (const struct trace_field *f = trace_kinds[TRACE_fault].fields; f->name; f++) {
        char key[64];
        snprintf(key, sizeof key, "\"%s\":", f->name);
        ck_assert_msg(strstr(out.data, key) != NULL, "no %s", key);
    }
    buf_fini(&out);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("trace");
    TCase *tc = tcase_create("ctf");
    folder = strdup(test_folder("trace"));
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, what_is_written_reads_back, 0, 5);
    ADD(tc, every_truncation_reads_up_to_its_end_and_says_so);
    ADD(tc, damage_is_never_a_crash);
    ADD(tc, json_has_every_field_and_odd_bytes_survive);
    suite_add_tcase(s, tc);
    return s;
}
