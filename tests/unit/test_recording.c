/*
 * Recordings that were cut off or damaged: a clear message that names the file and the place, never
 * a crash, a hang, or a wrong history presented as right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/file.h"
#include "sim/record/checkpoint.h"
#include "sim/record/history.h"
#include "sim/record/trim.h"
#include "tests/unit/session.h"
#include "tests/unit/test.h"

static const char *const files[] = {
    "recording.json", "board.json", "firmware/guest.elf",
    "ctf/metadata",   "ctf/stream", "checkpoint",
};
#define FILES (int)(sizeof files / sizeof *files)

static struct buf folder;

/* A recording with all files that there can be: a part of another. */
static void make(void)
{
    struct moat_error err;
    struct recording whole;
    struct buf command = {0};
    buf_clear(&folder);
    buf_addf(&folder, "%s", test_folder("damage"));
    buf_addf(&command, "rm -rf '%s' '%s.moat' '%s.back'", folder.data, folder.data, folder.data);
    ck_assert(system(command.data) == 0); /* what a test before damaged is no recording */
    buf_fini(&command);
    ck_assert_msg(recording_open(session_record("configs/boards/mps2-an386.json", "faults", NULL),
                                 machine_parts(), &whole, &err) == 0,
                  "%s", err.text);
    ck_assert_msg(recording_trim(&whole, 1000, MACHINE_FOREVER, folder.data, &err) == 0, "%s",
                  err.text);
    recording_close(&whole);
}

static uint64_t hash_of(const struct trace_event *e, uint64_t h)
{
    return (h ^ e->cycle ^ (uint64_t)e->kind << 40 ^ e->state) * 1099511628211u;
}

/* Open and read all; 0 or negative. @hash: of the events. */
static int read_all(const char *path, uint64_t *hash, struct moat_error *err)
{
    struct recording rec;
    struct history h = {0};
    struct trace_event e;
    int rc = recording_open(path, machine_parts(), &rec, err);
    *hash = 0;
    if (rc < 0)
        return rc;
    rc = history_read(&h, &rec, err);
    if (rc == 0)
        rc = recording_check(&rec, err);
    ctf_rewind(rec.trace);
    while (rc == 0 && recording_next(&rec, &e, NULL, err) > 0)
        *hash = hash_of(&e, *hash);
    history_fini(&h);
    recording_close(&rec);
    return rc;
}

static void put(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    ck_assert(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

static void ck_refused(const char *file, const struct moat_error *err, int rc, const char *how)
{
    ck_assert_msg(rc < 0, "%s, %s: taken as right", file, how);
    ck_assert_msg(strstr(err->text, file) != NULL || strstr(err->text, "its trace ends after"),
                  "%s, %s: '%s' does not name it", file, how, err->text);
    ck_assert_msg(strstr(err->text, "byte") || strstr(err->text, ".json:") ||
                      strstr(err->text, "event e"),
                  "%s, %s: '%s' does not say where", file, how, err->text);
}

static void load(int n, struct buf *path, struct buf *bytes)
{
    struct moat_error err;
    make();
    file_join(path, folder.data, files[n]);
    ck_assert_msg(file_read(path->data, "file", bytes, &err) == 0, "%s", err.text);
}

START_TEST(every_truncation_is_refused_with_its_place)
{
    struct buf path = {0}, bytes = {0};
    struct moat_error err;
    uint64_t hash;
    load(_i, &path, &bytes);
    size_t step = test_long() || bytes.len < 3000 ? 1 : bytes.len / 1009;
    for (size_t n = 0; n < bytes.len; n += n < 100 ? 1 : step) {
        put(path.data, bytes.data, n);
        ck_refused(files[_i], &err, read_all(folder.data, &hash, &err), "cut");
    }
    unlink(path.data);
    int rc = read_all(folder.data, &hash, &err);
    ck_assert_msg(rc < 0 && strstr(err.text, files[_i]), "%s is missing: %s", files[_i], err.text);
    buf_fini(&path);
    buf_fini(&bytes);
}
END_TEST

START_TEST(every_damage_is_refused_with_its_place)
{
    struct buf path = {0}, bytes = {0};
    struct moat_error err;
    uint64_t rnd = 2026 + (uint64_t)_i, hash;
    load(_i, &path, &bytes);
    char *copy = malloc(bytes.len);
    for (uint32_t i = 0; i < (test_long() ? 100000u : 500u); i++) {
        memcpy(copy, bytes.data, bytes.len);
        for (uint32_t k = 0; k <= test_random(&rnd) % 4; k++)
            copy[test_random(&rnd) % bytes.len] = (char)test_random(&rnd);
        if (memcmp(copy, bytes.data, bytes.len) == 0)
            continue;
        put(path.data, copy, bytes.len);
        ck_refused(files[_i], &err, read_all(folder.data, &hash, &err), "damaged");
    }
    free(copy);
    buf_fini(&path);
    buf_fini(&bytes);
}
END_TEST

/* Of the one file, damage that changes nothing that is read is none. */
START_TEST(a_damaged_archive_is_refused_or_reads_the_same)
{
    struct buf path = {0}, bytes = {0};
    struct moat_error err;
    uint64_t rnd = 99, right, hash;
    make();
    buf_addf(&path, "%s.moat", folder.data);
    ck_assert_msg(store_pack(folder.data, path.data, &err) == 0, "%s", err.text);
    ck_assert_msg(read_all(path.data, &right, &err) == 0, "%s", err.text);
    ck_assert_msg(read_all(folder.data, &hash, &err) == 0 && hash == right, "another history");
    ck_assert(file_read(path.data, "file", &bytes, &err) == 0);
    char *copy = malloc(bytes.len);
    for (uint32_t i = 0; i < (test_long() ? 100000u : 500u); i++) {
        size_t n = i % 2 ? bytes.len : test_random(&rnd) % bytes.len; /* cut, or changed */
        memcpy(copy, bytes.data, n);
        for (uint32_t k = 0; i % 2 && k <= test_random(&rnd) % 4; k++)
            copy[test_random(&rnd) % n] = (char)test_random(&rnd);
        put(path.data, copy, n);
        int rc = read_all(path.data, &hash, &err);
        ck_assert_msg(rc < 0 || hash == right, "another history");
        ck_assert_msg(rc == 0 || strstr(err.text, ".moat"), "'%s' does not name it", err.text);
    }
    free(copy);
    buf_fini(&path);
    buf_fini(&bytes);
}
END_TEST

START_TEST(a_recording_goes_through_an_archive_and_back)
{
    struct moat_error err;
    struct buf packed = {0}, back = {0};
    uint64_t right, hash;
    make();
    ck_assert(read_all(folder.data, &right, &err) == 0);
    buf_addf(&packed, "%s.moat", folder.data);
    buf_addf(&back, "%s.back", folder.data);
    ck_assert_msg(store_pack(folder.data, packed.data, &err) == 0, "%s", err.text);
    ck_assert_msg(store_unpack(packed.data, back.data, &err) == 0, "%s", err.text);
    ck_assert_msg(read_all(back.data, &hash, &err) == 0 && hash == right, "%s", err.text);
    buf_fini(&packed);
    buf_fini(&back);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("recording");
    TCase *tc = tcase_create("damage");
    tcase_set_timeout(tc, test_long() ? 3600 : 120);
    tcase_add_loop_test(tc, every_truncation_is_refused_with_its_place, 0, FILES);
    tcase_add_loop_test(tc, every_damage_is_refused_with_its_place, 0, FILES);
    tcase_add_test(tc, a_damaged_archive_is_refused_or_reads_the_same);
    tcase_add_test(tc, a_recording_goes_through_an_archive_and_back);
    suite_add_tcase(s, tc);
    return s;
}
