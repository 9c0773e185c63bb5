/*
 * Firmware files as libFuzzer makes them: whatever the bytes, image_parse() refuses them or gives
 * an image that can be asked anything. `make fuzz`; seeds are in tests/fuzz/corpus.
 */
#include <stdint.h>
#include <stdlib.h>

#include "loaders/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Segments lie within memory and can be read from end to end. */
static void read_segments(const struct image *img)
{
    for (size_t i = 0; i < img->segment_count; i++) {
        const struct image_segment *s = &img->segments[i];
        uint8_t first, last;
        check(s->len > 0 && s->addr + (uint64_t)s->len <= (uint64_t)UINT32_MAX + 1);
        check(image_bytes(img, s->addr, &first, 1));
        check(image_bytes(img, s->addr + (s->len - 1), &last, 1));
        check(first == s->bytes[0] && last == s->bytes[s->len - 1]);
    }
}

static void ask(const struct image *img, uint32_t addr)
{
    const char *file;
    int line;
    const struct image_symbol *s = image_symbol_at(img, addr);
    check(!s || addr - s->addr < s->size);
    if (image_line(img, addr, &file, &line))
        check(file[0] || line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct buf b = {0};
    struct image *img = NULL;
    struct moat_error err = {0};
    if (n)
        buf_add(&b, bytes, n);
    int rc = image_parse("fuzz", &b, &img, &err);
    check(rc == 0 || (rc == -MOAT_EINPUT && err.text[0]));
    if (rc == 0) {
        read_segments(img);
        ask(img, img->entry & ~1u);
        for (size_t i = 0; i < img->symbol_count && i < 8; i++)
            ask(img, img->symbols[i].addr);
        image_close(img);
    }
    buf_fini(&b);
    return 0;
}
