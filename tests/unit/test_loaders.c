/*
 * Firmware that is no ELF: Intel HEX, S-records, UF2, raw bytes, and images of several files. Good
 * ones are made here; cut, damaged or impossible ones are refused with their place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/image.h"
#include "tests/unit/test.h"

#define UF2_BLOCK      512u
#define UF2_NOT_MAIN   1u
#define UF2_CONTAINER  0x1000u
#define UF2_HAS_FAMILY 0x2000u
#define FAMILY         0xE48BFF56u

static const uint8_t sample[] = {0x00, 0x40, 0x00, 0x20, 0x09, 0x00, 0x00, 0x00,
                                 0xFE, 0xE7, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66};

/* ---- Making files. ---- */

static void put_line(struct buf *b, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addf(b, "%02X", bytes[i]);
    buf_addf(b, "\n");
}

static uint8_t sum(const uint8_t *bytes, size_t n)
{
    uint8_t s = 0;
    for (size_t i = 0; i < n; i++)
        s = (uint8_t)(s + bytes[i]);
    return s;
}

static void put_ihex(struct buf *b, uint32_t type, uint32_t addr, const void *data, uint32_t n)
{
    uint8_t r[260] = {(uint8_t)n, (uint8_t)(addr >> 8), (uint8_t)addr, (uint8_t)type};
    if (n)
        memcpy(r + 4, data, n);
    r[4 + n] = (uint8_t)-sum(r, 4 + n);
    buf_addf(b, ":");
    put_line(b, r, 5 + n);
}

static void put_ihex_number(struct buf *b, uint32_t type, uint32_t value, uint32_t n)
{
    uint8_t bytes[4];
    for (uint32_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(value >> 8 * (n - 1 - i));
    put_ihex(b, type, 0, bytes, n);
}

static void put_srec(struct buf *b, uint32_t type, uint32_t addr, const void *data, uint32_t n)
{
    static const uint32_t widths[] = {2, 2, 3, 4, 0, 2, 3, 4, 3, 2};
    uint32_t width = widths[type];
    uint8_t r[260] = {(uint8_t)(width + n + 1)};
    for (uint32_t i = 0; i < width; i++)
        r[1 + i] = (uint8_t)(addr >> 8 * (width - 1 - i));
    if (n)
        memcpy(r + 1 + width, data, n);
    r[1 + width + n] = (uint8_t)~sum(r, 1 + width + n);
    buf_addf(b, "S%u", type);
    put_line(b, r, 2 + width + n);
}

static void put_word(char *at, uint32_t v)
{
    for (uint32_t i = 0; i < 4; i++)
        at[i] = (char)(v >> 8 * i);
}

static void put_uf2(struct buf *b, uint32_t flags, uint32_t addr, uint32_t n, uint32_t count)
{
    char block[UF2_BLOCK] = {0};
    const uint32_t words[] = {
        0x0A324655, 0x9E5D5157, flags, addr, n, (uint32_t)(b->len / UF2_BLOCK), count, FAMILY};
    for (uint32_t i = 0; i < 8; i++)
        put_word(block + 4 * i, words[i]);
    memcpy(block + 32, sample, n < sizeof sample ? n : sizeof sample);
    put_word(block + UF2_BLOCK - 4, 0x0AB16F30);
    buf_add(b, block, sizeof block);
}

/* Each format's own good file: 16 bytes at 0x08000100 and 4 further on, and where it starts. */
static void good_ihex(struct buf *b)
{
    put_ihex_number(b, 4, 0x0800, 2);
    put_ihex(b, 0, 0x100, sample, 8);
    put_ihex(b, 0, 0x108, sample + 8, 8);
    put_ihex(b, 0, 0x200, sample, 4);
    put_ihex_number(b, 5, 0x08000109, 4);
    put_ihex(b, 1, 0, NULL, 0);
}

static void good_srec(struct buf *b)
{
    put_srec(b, 0, 0, "name", 4);
    put_srec(b, 3, 0x08000100, sample, 8);
    put_srec(b, 3, 0x08000108, sample + 8, 8);
    put_srec(b, 3, 0x08000200, sample, 4);
    put_srec(b, 5, 3, NULL, 0);
    put_srec(b, 7, 0x08000109, NULL, 0);
}

static void good_uf2(struct buf *b)
{
    put_uf2(b, UF2_HAS_FAMILY, 0x08000100, 16, 2);
    put_uf2(b, UF2_HAS_FAMILY, 0x08000200, 4, 2);
}

static const struct {
    const char *name;
    void (*make)(struct buf *b);
    size_t known_by;   /* bytes by which it is told from others */
    const char *place; /* how messages count */
} formats[] = {
    {"a.hex", good_ihex, 2, "line "},
    {"a.srec", good_srec, 2, "line "},
    {"a.uf2", good_uf2, 8, "offset "},
};
#define FORMATS (sizeof formats / sizeof *formats)

/* ---- Reading them. ---- */

static int parse(const char *name, const void *bytes, size_t n, struct image **img,
                 struct moat_error *err)
{
    struct buf b = {0};
    buf_add(&b, bytes, n);
    int rc = image_parse(name, &b, img, err);
    buf_fini(&b);
    return rc;
}

static struct image *loads(struct buf *b)
{
    struct image *img = NULL;
    struct moat_error err = {0};
    ck_assert_msg(image_parse("a", b, &img, &err) == 0, "%s", err.text);
    return img;
}

/* Refused, with the file's name and @what in the message. */
static void refuses(struct buf *b, const char *what)
{
    struct image *img;
    struct moat_error err = {0};
    ck_assert_int_eq(image_parse("bad file", b, &img, &err), -MOAT_EINPUT);
    ck_assert_msg(strstr(err.text, "'bad file'") && strstr(err.text, what), "%s", err.text);
}

static bool holds(const struct image *img, uint32_t addr, const void *bytes, size_t n)
{
    uint8_t out[64];
    return image_bytes(img, addr, out, n) && memcmp(out, bytes, n) == 0;
}

static bool same(const struct image *a, const struct image *b)
{
    bool same = a->segment_count == b->segment_count && a->entry == b->entry;
    for (size_t i = 0; same && i < a->segment_count; i++) {
        const struct image_segment *x = &a->segments[i], *y = &b->segments[i];
        same = x->addr == y->addr && x->len == y->len && memcmp(x->bytes, y->bytes, x->len) == 0;
    }
    return same;
}

static int add_raw(struct image *img, const char *name, uint32_t addr, uint32_t n, bool over,
                   struct moat_error *err)
{
    struct buf b = {0};
    struct image_place place = {.path = name, .raw = true, .addr = addr, .over = over};
    buf_add(&b, sample, n);
    int rc = image_add(img, &place, &b, err);
    buf_fini(&b);
    return rc;
}

/* ---- All formats. ---- */

START_TEST(a_good_file_is_two_segments_and_an_entry)
{
    struct buf b = {0};
    formats[_i].make(&b);
    struct image *img = loads(&b);
    ck_assert_uint_eq(img->segment_count, 2);
    ck_assert_uint_eq(img->segments[0].addr, 0x08000100);
    ck_assert_uint_eq(img->segments[0].len, 16);
    ck_assert_uint_eq(img->segments[1].len, 4);
    ck_assert(holds(img, 0x08000100, sample, 16) && holds(img, 0x08000200, sample, 4));
    ck_assert(!holds(img, 0x08000200, sample, 5) && !holds(img, 0x080000FF, sample, 1));
    bool uf2 = strcmp(formats[_i].name, "a.uf2") == 0;
    ck_assert_uint_eq(img->entry, uf2 ? 0 : 0x08000109);
    ck_assert_uint_eq(img->family, uf2 ? FAMILY : 0);
    image_close(img);
}
END_TEST

START_TEST(cut_anywhere_it_is_refused_with_the_place)
{
    struct buf b = {0}, copy = {0};
    formats[_i].make(&b);
    buf_add(&copy, b.data, b.len);
    struct image *whole = loads(&copy), *img;
    for (size_t n = 0; n < b.len; n++) {
        struct moat_error err = {0};
        int rc = parse(formats[_i].name, b.data, n, &img, &err);
        if (rc == 0) { /* only the end of the last line is missing */
            ck_assert(n == b.len - 1 && b.data[n] == '\n' && same(img, whole));
            image_close(img);
            continue;
        }
        ck_assert_int_eq(rc, -MOAT_EINPUT);
        ck_assert_msg(strstr(err.text, formats[_i].name) != NULL, "%s", err.text);
        ck_assert_msg(n < formats[_i].known_by || strstr(err.text, formats[_i].place), "%zu: %s", n,
                      err.text);
    }
    image_close(whole);
    buf_fini(&b);
}
END_TEST

/* One of the first characters of records, digits, line ends; or anything. */
static char mutant(uint64_t *rnd, bool text)
{
    static const char likely[] = "0123456789ABCDEFf:Ss \t\r\n";
    uint32_t v = test_random(rnd);
    return text && v % 8 ? likely[(v >> 8) % (sizeof likely - 1)] : (char)(v >> 8);
}

START_TEST(damage_is_refused_or_loads)
{
    struct buf b = {0};
    uint64_t rnd = 29;
    uint32_t loaded = 0;
    formats[_i].make(&b);
    for (uint32_t i = 0; i < (test_long() ? 100000u : 2000u); i++) {
        struct image *img;
        struct moat_error err = {0};
        char *copy = malloc(b.len);
        memcpy(copy, b.data, b.len);
        size_t reach = i % 2 ? b.len : 64;
        for (uint32_t k = 0; k <= i % 4; k++)
            copy[test_random(&rnd) % reach] = mutant(&rnd, formats[_i].known_by == 2);
        int rc = parse("m", copy, b.len, &img, &err);
        ck_assert(rc == 0 || (rc == -MOAT_EINPUT && err.text[0]));
        loaded += rc == 0;
        if (rc == 0)
            image_close(img);
        free(copy);
    }
    ck_assert_uint_gt(loaded, 0);
    buf_fini(&b);
}
END_TEST

START_TEST(segments_that_overlap_in_a_file_are_refused)
{
    struct buf b = {0};
    put_ihex(&b, 0, 0x10, sample, 16);
    put_ihex(&b, 0, 0x1F, sample, 1);
    put_ihex(&b, 1, 0, NULL, 0);
    refuses(&b, "0x00000010..0x0000001f and 0x0000001f..0x0000001f");
    put_srec(&b, 1, 0x20, sample, 4);
    put_srec(&b, 2, 0x1E, sample, 4);
    put_srec(&b, 9, 0, NULL, 0);
    refuses(&b, "overlap");
    put_uf2(&b, 0, 0x100, 256, 2);
    put_uf2(&b, 0, 0x1FF, 1, 2);
    refuses(&b, "overlap");
    put_ihex(&b, 0, 0x20, sample, 16); /* next to each other, in any order */
    put_ihex(&b, 0, 0x10, sample, 16);
    put_ihex(&b, 1, 0, NULL, 0);
    image_close(loads(&b));
}
END_TEST

/* ---- Intel HEX. ---- */

START_TEST(ihex_extended_segments_and_long_records)
{
    uint8_t most[255];
    struct buf b = {0};
    memset(most, 0x5A, sizeof most);
    put_ihex_number(&b, 2, 0x1234, 2);
    put_ihex(&b, 0, 0x0010, sample, 4);
    put_ihex(&b, 0, 0x0100, NULL, 0); /* no data: nothing */
    put_ihex_number(&b, 3, 0x12340010, 4);
    put_ihex_number(&b, 4, 0x2000, 2);
    put_ihex(&b, 0, 0xFF00, most, 255);
    put_ihex_number(&b, 4, 0, 2);
    put_ihex(&b, 0, 0, sample, 1);
    put_ihex(&b, 1, 0, NULL, 0);
    buf_addf(&b, "what is behind the end\n");
    struct image *img = loads(&b);
    ck_assert(holds(img, 0x12350, sample, 4) && holds(img, 0x2000FFFE, "\x5A", 1));
    ck_assert(holds(img, 0, sample, 1));
    ck_assert_uint_eq(img->segment_count, 3);
    ck_assert_uint_eq(img->entry, 0); /* CS:IP is nothing here */
    image_close(img);
}
END_TEST

/* Intel's specification (1988), Extended Segment Address Record: offsets are modulo 64K. */
START_TEST(ihex_offsets_in_a_segment_go_round)
{
    struct buf b = {0};
    put_ihex_number(&b, 2, 0x1000, 2);
    put_ihex(&b, 0, 0xFFFC, sample, 8);
    put_ihex(&b, 1, 0, NULL, 0);
    struct image *img = loads(&b);
    ck_assert(holds(img, 0x1FFFC, sample, 4) && holds(img, 0x10000, sample + 4, 4));
    image_close(img);
    b = (struct buf){0};
    put_ihex_number(&b, 4, 1, 2); /* linear ones go on */
    put_ihex(&b, 0, 0xFFFC, sample, 8);
    put_ihex(&b, 1, 0, NULL, 0);
    img = loads(&b);
    ck_assert(holds(img, 0x1FFFC, sample, 8));
    image_close(img);
}
END_TEST

START_TEST(ihex_lines_may_end_in_any_way)
{
    struct buf b = {0};
    buf_addf(&b, "\r\n\n:0400000000400020 9C");
    refuses(&b, "line 3: not a record");
    buf_addf(&b, "\r\n:01000000aa55 \t\r\r\n:01000100BB43\r:00000001FF\x1A");
    struct image *img = loads(&b);
    ck_assert(holds(img, 0, "\xAA\xBB", 2));
    image_close(img);
}
END_TEST

START_TEST(ihex_wrong_records_are_refused)
{
    static const struct {
        const char *text, *what;
    } wrong[] = {
        {":0100000055AB\n:00000001FF\n", "line 1: its checksum"},
        {":00000001FE\n", "line 1: its checksum"},
        {"\n:00000006FA\n", "line 2: a type of record"},
        {":020000005511AA\n", "line 1: its checksum"},
        {":0300000055AA\n", "line 1: its length"},
        {":0100000055AA00\n", "line 1: its length"},
        {":00\n", "line 1: its length"},
        {":0100000055A\n", "line 1: not a record"},
        {":01000000G5AA\n", "line 1: not a record"},
        {":0100000055AA\nS9030000FC\n", "line 2: not a record"},
        {":0100000455A6\n", "line 1: a record of this type"},
        {":020000051111D7\n", "line 1: a record of this type"},
        {":0100000155A9\n", "line 1: a record of this type"},
        {":0100000055AA\n", "line 1: it ends without"},
        {":00000001FF\n", "nothing in it"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buf b = {0};
        buf_addf(&b, "%s", wrong[i].text);
        refuses(&b, wrong[i].what);
    }
}
END_TEST

START_TEST(ihex_ends_where_memory_does)
{
    struct buf b = {0};
    put_ihex_number(&b, 4, 0xFFFF, 2);
    put_ihex(&b, 0, 0xFFFE, sample, 2);
    put_ihex(&b, 1, 0, NULL, 0);
    image_close(loads(&b));
    put_ihex_number(&b, 4, 0xFFFF, 2);
    put_ihex(&b, 0, 0xFFFF, sample, 2);
    put_ihex(&b, 1, 0, NULL, 0);
    refuses(&b, "line 2: it reaches past the end of memory");
}
END_TEST

/* ---- S-records. ---- */

START_TEST(srec_has_three_widths_of_address)
{
    static const uint32_t addr[] = {0, 0x1234, 0x123456, 0x12345678};
    for (uint32_t type = 1; type <= 3; type++) {
        struct buf b = {0};
        put_srec(&b, type, addr[type], sample, 16);
        put_srec(&b, type, addr[type] + 0x20, NULL, 0);
        put_srec(&b, type == 2 ? 6 : 5, 2, NULL, 0);
        put_srec(&b, 10 - type, addr[type] + 1, NULL, 0);
        buf_addf(&b, "what is behind the end\n");
        struct image *img = loads(&b);
        ck_assert_uint_eq(img->segment_count, 1);
        ck_assert(holds(img, addr[type], sample, 16));
        ck_assert_uint_eq(img->entry, addr[type] + 1);
        image_close(img);
    }
}
END_TEST

START_TEST(srec_wrong_records_are_refused)
{
    static const struct {
        const char *text, *what;
    } wrong[] = {
        {"S1040000559D\n", "line 1: its checksum"},
        {"S104000055A6\nS9030000FD\n", "line 2: its checksum"},
        {"S4030000FC\n", "line 1: not an S-record"},
        {"S104000055A6\n:00000001FF\n", "line 2: not an S-record"},
        {"S104000055A6\nSA030000FC\n", "line 2: not an S-record"},
        {"S10400005GA6\n", "line 1: not an S-record"},
        {"S104000055A\n", "line 1: not an S-record"},
        {"S105000055A6\n", "line 1: its length"},
        {"S100\n", "line 1: its length"},
        {"S3030000FC\n", "line 1: its length"},
        {"S104000055A6\nS5030002FA\nS9030000FC\n", "line 2: it counts another number"},
        {"S104000055A6\n", "line 1: it ends without"},
        {"S9030000FC\n", "nothing in it"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct buf b = {0};
        buf_addf(&b, "%s", wrong[i].text);
        refuses(&b, wrong[i].what);
    }
}
END_TEST

START_TEST(srec_ends_where_memory_does)
{
    struct buf b = {0};
    put_srec(&b, 3, 0xFFFFFFF0, sample, 16);
    put_srec(&b, 7, 0, NULL, 0);
    image_close(loads(&b));
    put_srec(&b, 3, 0xFFFFFFF1, sample, 16);
    put_srec(&b, 7, 0, NULL, 0);
    refuses(&b, "line 1: it reaches past the end of memory");
}
END_TEST

/* ---- UF2. ---- */

START_TEST(uf2_blocks_that_are_not_of_flash_are_left_out)
{
    struct buf b = {0};
    put_uf2(&b, UF2_NOT_MAIN, 0x1000, 256, 4);
    put_uf2(&b, UF2_CONTAINER, 0x1000, 256, 4);
    put_uf2(&b, 0, 0x3000, 476, 4);
    put_uf2(&b, 0, 0x3000, 0, 4); /* empty, and in the midst of another */
    struct image *img = loads(&b);
    ck_assert_uint_eq(img->segment_count, 1);
    ck_assert_uint_eq(img->segments[0].addr, 0x3000);
    ck_assert_uint_eq(img->segments[0].len, 476);
    ck_assert_uint_eq(img->family, 0); /* without the flag it is the size of a file */
    image_close(img);
    put_uf2(&b, UF2_NOT_MAIN, 0x1000, 256, 1);
    refuses(&b, "nothing in it");
    put_uf2(&b, 0, 0x1000, 0, 1);
    refuses(&b, "nothing in it");
}
END_TEST

static void uf2_with(uint32_t offset, uint32_t word, const char *what)
{
    struct buf b = {0};
    put_uf2(&b, 0, 0x1000, 256, 2);
    put_uf2(&b, 0, 0x1100, 256, 2);
    put_word(b.data + offset, word);
    refuses(&b, what);
}

START_TEST(uf2_wrong_blocks_are_refused)
{
    uf2_with(508, 1, "offset 0: a block without its magic");
    uf2_with(512, 1, "offset 512: a block without its magic");
    uf2_with(512 + 4, 1, "offset 512: a block without its magic");
    uf2_with(20, 1, "offset 0: blocks are missing");
    uf2_with(512 + 20, 0, "offset 512: blocks are missing");
    uf2_with(512 + 24, 3, "offset 512: blocks are missing");
    uf2_with(24, 3, "offset 1024: it is truncated");
    uf2_with(512 + 16, 477, "offset 512: a block says it holds more");
    uf2_with(512 + 12, 0xFFFFFF01, "offset 512: a block reaches past the end");
}
END_TEST

/* ---- Raw bytes and several files. ---- */

START_TEST(raw_bytes_end_where_memory_does)
{
    struct moat_error err = {0};
    struct image *img = image_new();
    ck_assert_int_eq(add_raw(img, "r", 0xFFFFFFF8, 8, false, &err), 0);
    ck_assert(holds(img, 0xFFFFFFF8, sample, 8));
    image_close(img);
    img = image_new();
    ck_assert_int_eq(add_raw(img, "r", 0xFFFFFFF8, 9, false, &err), -MOAT_EINPUT);
    ck_assert(strstr(err.text, "'r'") && strstr(err.text, "0xfffffff8"));
    image_close(img);
    img = image_new();
    ck_assert_int_eq(add_raw(img, "r", 0, 0, false, &err), -MOAT_EINPUT);
    ck_assert(strstr(err.text, "'r': the file is empty"));
    image_close(img);
}
END_TEST

START_TEST(raw_needs_to_be_asked_for)
{
    struct buf b = {0};
    struct image *img;
    struct moat_error err = {0};
    buf_add(&b, sample, sizeof sample);
    ck_assert_int_eq(image_parse("r.bin", &b, &img, &err), -MOAT_EINPUT);
    ck_assert(strstr(err.text, "'r.bin'") && strstr(err.hint, "--load"));
    img = image_new(); /* and then it may look like anything */
    buf_addf(&b, ":00000001FE\n");
    ck_assert_int_eq(
        image_add(img, &(struct image_place){.path = "r", .raw = true, .addr = 64}, &b, &err), 0);
    ck_assert(holds(img, 64, ":0000", 5));
    image_close(img);
}
END_TEST

START_TEST(files_may_not_overlap_but_what_was_kept_may)
{
    struct moat_error err = {0};
    struct image *img = image_new();
    ck_assert_int_eq(add_raw(img, "first", 0x100, 16, false, &err), 0);
    ck_assert_int_eq(add_raw(img, "next", 0x110, 16, false, &err), 0);
    ck_assert_int_eq(add_raw(img, "kept", 0x108, 16, true, &err), 0);
    ck_assert(holds(img, 0x108, sample, 16) && holds(img, 0x100, sample, 8));
    ck_assert_uint_eq(img->segments[2].file, 2);
    ck_assert_int_eq(add_raw(img, "bad", 0x11F, 1, false, &err), -MOAT_EINPUT);
    ck_assert_msg(strstr(err.text, "'bad'") && strstr(err.text, "0x0000011f..0x0000011f"), "%s",
                  err.text);
    image_close(img);
}
END_TEST

START_TEST(eight_files_and_no_more)
{
    struct moat_error err = {0};
    struct image *img = image_new();
    for (uint32_t i = 0; i < IMAGE_FILES_MAX; i++)
        ck_assert_int_eq(add_raw(img, "r", 16 * i, 16, false, &err), 0);
    ck_assert_int_eq(add_raw(img, "r", 0x1000, 16, false, &err), -MOAT_EUSAGE);
    ck_assert(strstr(err.text, "at most 8 files"));
    image_close(img);
}
END_TEST

START_TEST(the_entry_is_of_the_last_file_that_has_one)
{
    struct moat_error err = {0};
    struct buf b = {0};
    good_ihex(&b);
    struct image *img = loads(&b);
    put_srec(&b, 1, 0x10, sample, 4);
    put_srec(&b, 9, 0, NULL, 0); /* 0: it has none */
    ck_assert_int_eq(image_add(img, &(struct image_place){.path = "b"}, &b, &err), 0);
    ck_assert_uint_eq(img->entry, 0x08000109);
    put_srec(&b, 1, 0x20, sample, 4);
    put_srec(&b, 9, 0x21, NULL, 0);
    ck_assert_int_eq(image_add(img, &(struct image_place){.path = "c"}, &b, &err), 0);
    ck_assert_uint_eq(img->entry, 0x21);
    image_close(img);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    struct moat_error err = {0};
    struct image *img = image_new();
    struct image_place place = {.path = "no/such/file.hex"};
    ck_assert_int_eq(image_load(img, &place, &err), -MOAT_ENOINPUT);
    ck_assert(strstr(err.text, "no/such/file.hex"));
    image_close(img);
}
END_TEST

static TCase *cases_of_all_formats(void)
{
    TCase *tc = tcase_create("formats");
    tcase_set_timeout(tc, 600);
    tcase_add_loop_test(tc, a_good_file_is_two_segments_and_an_entry, 0, FORMATS);
    tcase_add_loop_test(tc, cut_anywhere_it_is_refused_with_the_place, 0, FORMATS);
    tcase_add_loop_test(tc, damage_is_refused_or_loads, 0, FORMATS);
    ADD(tc, segments_that_overlap_in_a_file_are_refused);
    return tc;
}

Suite *suite(void)
{
    Suite *s = suite_create("loaders");
    TCase *tc = tcase_create("each");
    ADD(tc, ihex_extended_segments_and_long_records);
    ADD(tc, ihex_offsets_in_a_segment_go_round);
    ADD(tc, ihex_lines_may_end_in_any_way);
    ADD(tc, ihex_wrong_records_are_refused);
    ADD(tc, ihex_ends_where_memory_does);
    ADD(tc, srec_has_three_widths_of_address);
    ADD(tc, srec_wrong_records_are_refused);
    ADD(tc, srec_ends_where_memory_does);
    ADD(tc, uf2_blocks_that_are_not_of_flash_are_left_out);
    ADD(tc, uf2_wrong_blocks_are_refused);
    ADD(tc, raw_bytes_end_where_memory_does);
    ADD(tc, raw_needs_to_be_asked_for);
    ADD(tc, files_may_not_overlap_but_what_was_kept_may);
    ADD(tc, eight_files_and_no_more);
    ADD(tc, the_entry_is_of_the_last_file_that_has_one);
    ADD(tc, a_file_that_is_not_there);
    suite_add_tcase(s, cases_of_all_formats());
    suite_add_tcase(s, tc);
    return s;
}
