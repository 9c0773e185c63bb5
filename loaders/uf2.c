/*
 * UF2: blocks of 512 bytes.
 *
 * Source: USB Flashing Format (UF2), Microsoft, README.md of the specification.
 */
#include <string.h>

#include "loaders/image_private.h"

#define BLOCK        512u
#define MAGIC_FIRST  0x0A324655u
#define MAGIC_SECOND 0x9E5D5157u
#define MAGIC_LAST   0x0AB16F30u
#define DATA_MAX     476u

enum {
    WORD_MAGIC_FIRST,
    WORD_MAGIC_SECOND,
    WORD_FLAGS,
    WORD_ADDRESS,
    WORD_BYTES,
    WORD_NUMBER,
    WORD_COUNT,
    WORD_FAMILY,
    WORD_DATA,
    WORD_MAGIC_LAST = BLOCK / 4 - 1
};
enum {
    FLAG_NOT_MAIN_FLASH = 1,
    FLAG_FILE_CONTAINER = 0x1000,
    FLAG_FAMILY = 0x2000
};

static uint32_t word(const uint8_t *block, uint32_t n)
{
    const uint8_t *b = block + 4 * n;
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static bool is_uf2(const uint8_t *bytes, size_t len)
{
    return len >= 8 && word(bytes, 0) == MAGIC_FIRST && word(bytes, 1) == MAGIC_SECOND;
}

static const char *check(const uint8_t *b, uint32_t number, uint32_t count)
{
    if (word(b, WORD_MAGIC_FIRST) != MAGIC_FIRST || word(b, WORD_MAGIC_SECOND) != MAGIC_SECOND ||
        word(b, WORD_MAGIC_LAST) != MAGIC_LAST)
        return "a block without its magic numbers";
    if (word(b, WORD_COUNT) != count || word(b, WORD_NUMBER) != number)
        return "blocks are missing, or in another order";
    if (word(b, WORD_BYTES) > DATA_MAX)
        return "a block says it holds more than it can";
    if ((uint64_t)word(b, WORD_ADDRESS) + word(b, WORD_BYTES) > (uint64_t)UINT32_MAX + 1)
        return "a block reaches past the end of memory";
    return NULL;
}

static int read_uf2(struct image *img, const struct image_file *f, struct moat_error *err)
{
    const uint8_t *bytes = (const uint8_t *)f->bytes.data;
    uint32_t blocks = (uint32_t)(f->bytes.len / BLOCK);
    struct pieces p = {0};
    int rc = 0;
    if (f->bytes.len % BLOCK || word(bytes, WORD_COUNT) != blocks) {
        rc = image_bad(err, f, "offset %zu: it is truncated, or blocks are missing", f->bytes.len);
        moat_hint(err, "build or copy it again");
    }
    for (uint32_t i = 0; rc == 0 && i < blocks; i++) {
        const uint8_t *b = bytes + (size_t)BLOCK * i;
        const char *wrong = check(b, i, blocks);
        if (wrong) {
            rc = image_bad(err, f, "offset %u: %s", BLOCK * i, wrong);
            moat_hint(err, "build or copy it again");
            break;
        }
        if (word(b, WORD_FLAGS) & (FLAG_NOT_MAIN_FLASH | FLAG_FILE_CONTAINER))
            continue;
        if (word(b, WORD_FLAGS) & FLAG_FAMILY)
            img->family = word(b, WORD_FAMILY);
        if (word(b, WORD_BYTES))
            pieces_put(&p, word(b, WORD_ADDRESS), b + 4 * WORD_DATA, word(b, WORD_BYTES));
    }
    pieces_end(&p, img);
    return rc;
}

const struct image_format image_uf2 = {"UF2", is_uf2, read_uf2};
