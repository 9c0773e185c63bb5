/*
 * Firmware as lines of hexadecimal digits.
 *
 * Source: Intel Hexadecimal Object File Format Specification (rev. A, 1988); Motorola S-records as
 * in the manual page srec_motorola(5) of SRecord.
 */
#include <ctype.h>
#include <string.h>

#include "loaders/image_private.h"

#define RECORD_MAX 260u /* bytes of a record: length, address, type, 255 of data, checksum */

/* A file being read line by line. */
struct lines {
    const struct image_file *f;
    const char *at, *end;
    unsigned line;
};

static int bad_line(struct moat_error *err, const struct lines *l, const char *what)
{
    int rc = image_bad(err, l->f, "line %u: %s", l->line, what);
    moat_hint(err, "build or copy it again");
    return rc;
}

/* The next line that is not empty, without its end. */
static bool next_line(struct lines *l, const char **text, size_t *len)
{
    while (l->at < l->end) {
        const char *start = l->at;
        size_t n = 0;
        while (start + n < l->end && start[n] != '\n' && start[n] != '\r')
            n++;
        l->at = start + n;
        l->line++;
        if (l->at < l->end && *l->at == '\r')
            l->at++;
        if (l->at < l->end && *l->at == '\n')
            l->at++;
        while (n && (start[n - 1] == ' ' || start[n - 1] == '\t' || start[n - 1] == 0x1A))
            n--;
        if (n) {
            *text = start;
            *len = n;
            return true;
        }
    }
    return false;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)toupper((unsigned char)c);
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Pairs of digits to bytes; false when there is anything else, or too much. */
static bool decode(const char *text, size_t len, uint8_t *out, size_t *n)
{
    *n = len / 2;
    if (len % 2 || *n > RECORD_MAX)
        return false;
    for (size_t i = 0; i < *n; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static uint32_t big_endian(const uint8_t *bytes, size_t n)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | bytes[i];
    return v;
}

static uint8_t sum(const uint8_t *bytes, size_t n)
{
    uint8_t s = 0;
    for (size_t i = 0; i < n; i++)
        s = (uint8_t)(s + bytes[i]);
    return s;
}

static bool first_is(const uint8_t *bytes, size_t len, const char *start)
{
    size_t at = 0;
    while (at < len && isspace(bytes[at]))
        at++;
    return len - at >= 2 && bytes[at] == (uint8_t)start[0] &&
           (start[0] == ':' || isdigit(bytes[at + 1]));
}

/* ---- Intel HEX. ---- */

enum {
    IHEX_DATA,
    IHEX_END,
    IHEX_SEGMENT,
    IHEX_START_SEGMENT,
    IHEX_LINEAR,
    IHEX_START_LINEAR
};

static bool is_ihex(const uint8_t *bytes, size_t len)
{
    return first_is(bytes, len, ":");
}

static const char *ihex_check(const uint8_t *r, size_t n)
{
    static const uint8_t lengths[] = {0, 0, 2, 4, 2, 4}; /* by type; of data any */
    if (n < 5 || n != r[0] + 5u)
        return "its length is not what it says";
    if (sum(r, n) != 0)
        return "its checksum is wrong";
    if (r[3] > IHEX_START_LINEAR)
        return "a type of record that there is none of";
    if (r[3] != IHEX_DATA && r[0] != lengths[r[3]])
        return "a record of this type has another length";
    return NULL;
}

/* In a segment offsets go round after 64K. */
static void put_data(struct pieces *p, uint32_t base, bool segmented, const uint8_t *r)
{
    uint32_t offset = big_endian(r + 1, 2), n = r[0];
    uint32_t first = segmented && offset + n > 0x10000 ? 0x10000 - offset : n;
    pieces_put(p, base + offset, r + 4, first);
    if (first < n)
        pieces_put(p, base, r + 4 + first, n - first);
}

static int read_ihex(struct image *img, const struct image_file *f, struct moat_error *err)
{
    struct lines l = {f, buf_text(&f->bytes), buf_text(&f->bytes) + f->bytes.len, 0};
    struct pieces p = {0};
    const char *text;
    size_t len, n;
    uint32_t base = 0;
    bool ended = false, segmented = false;
    int rc = 0;
    while (rc == 0 && !ended && next_line(&l, &text, &len)) {
        uint8_t r[RECORD_MAX];
        const char *wrong = NULL;
        if (text[0] != ':' || !decode(text + 1, len - 1, r, &n))
            wrong = "not a record of hexadecimal digits";
        else
            wrong = ihex_check(r, n);
        if (wrong) {
            rc = bad_line(err, &l, wrong);
        } else if (r[3] == IHEX_DATA && r[0]) {
            uint64_t addr = (uint64_t)base + big_endian(r + 1, 2);
            if (addr + r[0] > (uint64_t)UINT32_MAX + 1)
                rc = bad_line(err, &l, "it reaches past the end of memory");
            else
                put_data(&p, base, segmented, r);
        } else if (r[3] == IHEX_SEGMENT) {
            base = big_endian(r + 4, 2) << 4;
            segmented = true;
        } else if (r[3] == IHEX_LINEAR) {
            base = big_endian(r + 4, 2) << 16;
            segmented = false;
        } else if (r[3] == IHEX_START_LINEAR) {
            image_set_entry(img, big_endian(r + 4, 4));
        }
        ended = rc == 0 && r[3] == IHEX_END;
    }
    if (rc == 0 && !ended) {
        rc = image_bad(err, f, "line %u: it ends without an end record", l.line);
        moat_hint(err, "build or copy it again");
    }
    pieces_end(&p, img);
    return rc;
}

const struct image_format image_ihex = {"Intel HEX", is_ihex, read_ihex};

/* ---- Motorola S-records. ---- */

/* Bytes of address by type; 0: there is no such type. S5 and S6 count records there. */
static const uint8_t srec_address[10] = {2, 2, 3, 4, 0, 2, 3, 4, 3, 2};

static bool is_srec(const uint8_t *bytes, size_t len)
{
    return first_is(bytes, len, "S");
}

static const char *srec_check(uint32_t type, const uint8_t *r, size_t n)
{
    if (n < 1 || n != r[0] + 1u || srec_address[type] + 1u > r[0])
        return "its length is not what it says";
    return sum(r, n) != 0xFF ? "its checksum is wrong" : NULL;
}

static int read_srec(struct image *img, const struct image_file *f, struct moat_error *err)
{
    struct lines l = {f, buf_text(&f->bytes), buf_text(&f->bytes) + f->bytes.len, 0};
    struct pieces p = {0};
    const char *text;
    size_t len, n;
    uint32_t count = 0;
    bool ended = false;
    int rc = 0;
    while (rc == 0 && !ended && next_line(&l, &text, &len)) {
        uint8_t r[RECORD_MAX];
        uint32_t type = len > 1 ? (uint32_t)(text[1] - '0') : 10;
        const char *wrong = NULL;
        if (text[0] != 'S' || type > 9 || !srec_address[type] || !decode(text + 2, len - 2, r, &n))
            wrong = "not an S-record of hexadecimal digits";
        else
            wrong = srec_check(type, r, n);
        if (wrong) {
            rc = bad_line(err, &l, wrong);
            break;
        }
        uint32_t width = srec_address[type], addr = big_endian(r + 1, width);
        uint32_t bytes = r[0] - width - 1;
        if (type >= 1 && type <= 3) {
            count++;
            if ((uint64_t)addr + bytes > (uint64_t)UINT32_MAX + 1)
                rc = bad_line(err, &l, "it reaches past the end of memory");
            else if (bytes)
                pieces_put(&p, addr, r + 1 + width, bytes);
        } else if (type == 5 || type == 6) {
            if (addr != (count & (type == 5 ? 0xFFFFu : 0xFFFFFFu)))
                rc = bad_line(err, &l, "it counts another number of data records than there are");
        } else if (type >= 7) {
            image_set_entry(img, addr);
            ended = true;
        }
    }
    if (rc == 0 && !ended) {
        rc = image_bad(err, f, "line %u: it ends without an end record", l.line);
        moat_hint(err, "build or copy it again");
    }
    pieces_end(&p, img);
    return rc;
}

const struct image_format image_srec = {"S-record", is_srec, read_srec};
