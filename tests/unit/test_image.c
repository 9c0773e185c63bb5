/*
 * ELF files: what is in a good one, and that no bad one gets through: truncated at every length,
 * with bytes changed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/image.h"
#include "loaders/keep.h"
#include "sim/base/file.h"
#include "tests/unit/test.h"

static void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    ck_assert(f && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

START_TEST(symbols_lines_and_tables_are_found)
{
    struct image *img;
    struct moat_error err;
    struct keep keep;
    const char *file;
    int line;
    ck_assert_msg(image_open(test_guest("mps2-an386", "demo"), &img, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(strlen(img->build_id), 40);
    const struct image_symbol *s = image_symbol_named(img, "keep_boot");
    ck_assert(s && s->function && s->size > 0);
    ck_assert(image_symbol_at(img, s->addr) == s);
    ck_assert(image_symbol_at(img, s->addr + s->size - 1) == s);
    ck_assert(image_line(img, s->addr, &file, &line));
    ck_assert_str_eq(file, "kernel/core/boot.c");
    ck_assert(keep_read(img, &keep, &err) == 0);
    ck_assert_uint_eq(keep.thread_count, 6);
    ck_assert_uint_eq(keep.partition_count, 4);
    const struct keep_abi_thread *t = keep_thread_named(&keep, "mallory");
    ck_assert(t && t->stack_bytes == 1024 && keep_thread_at(&keep, t->thread) == t);
    keep_fini(&keep);
    image_close(img);
    ck_assert(image_open(test_guest("mps2-an386", "svc"), &img, &err) == 0);
    ck_assert(keep_read(img, &keep, &err) == 0);
    ck_assert_uint_eq(keep.current, 0);
    image_close(img);
}
END_TEST

START_TEST(truncated_at_every_length_it_is_refused)
{
    struct buf whole = {0}, path = {0};
    struct moat_error err;
    struct image *img;
    ck_assert(file_read(test_guest("mps2-an386", "svc"), "test", &whole, &err) == 0);
    file_join(&path, test_folder("image"), "cut.elf");
    for (size_t n = 0; n < whole.len; n++) {
        write_file(path.data, whole.data, n);
        ck_assert_msg(image_open(path.data, &img, &err) == -MOAT_EINPUT, "%zu of %zu bytes", n,
                      whole.len);
    }
    write_file(path.data, whole.data, whole.len);
    ck_assert(image_open(path.data, &img, &err) == 0);
    image_close(img);
    buf_fini(&whole);
    buf_fini(&path);
}
END_TEST

START_TEST(damage_is_never_a_crash)
{
    struct buf whole = {0}, path = {0};
    struct moat_error err;
    struct image *img;
    uint64_t rnd = 17;
    ck_assert(file_read(test_guest("mps2-an386", "svc"), "test", &whole, &err) == 0);
    file_join(&path, test_folder("image"), "bad.elf");
    for (uint32_t i = 0; i < (test_long() ? 100000u : 2000u); i++) {
        char *copy = malloc(whole.len);
        memcpy(copy, whole.data, whole.len);
        size_t reach = i % 2 ? whole.len : 256; /* headers, or anywhere */
        for (uint32_t k = 0; k <= test_random(&rnd) % 4; k++)
            copy[test_random(&rnd) % reach] = (char)test_random(&rnd);
        write_file(path.data, copy, whole.len);
        if (image_open(path.data, &img, &err) == 0) {
            const char *file;
            int line;
            image_symbol_at(img, 0x100);
            image_line(img, img->entry & ~1u, &file, &line);
            image_close(img);
        }
        free(copy);
    }
    buf_fini(&whole);
    buf_fini(&path);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("image");
    TCase *tc = tcase_create("elf");
    tcase_set_timeout(tc, 600);
    ADD(tc, symbols_lines_and_tables_are_found);
    ADD(tc, truncated_at_every_length_it_is_refused);
    ADD(tc, damage_is_never_a_crash);
    suite_add_tcase(s, tc);
    return s;
}
