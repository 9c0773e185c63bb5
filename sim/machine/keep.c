/*
 * What a guest wrote to its flash, as a file that can be loaded again: Intel HEX, whose sum of all
 * bytes of a record is 0.
 */
#include <string.h>

#include "sim/machine/private.h"

#define PIECE  1024u
#define RECORD 16u

enum {
    HEX_DATA = 0,
    HEX_END = 1,
    HEX_LINEAR = 4
};

static void add_record(struct buf *out, uint32_t type, uint32_t addr, const uint8_t *bytes,
                       uint32_t n)
{
    uint8_t sum = (uint8_t)(n + (addr >> 8) + addr + type);
    buf_addf(out, ":%02X%04X%02X", n, addr & 0xFFFFu, type);
    for (uint32_t i = 0; i < n; i++) {
        buf_addf(out, "%02X", bytes[i]);
        sum = (uint8_t)(sum + bytes[i]);
    }
    buf_addf(out, "%02X\n", (uint8_t)-sum);
}

static void add_piece(struct buf *out, uint32_t addr, const uint8_t *bytes)
{
    uint8_t high[2] = {(uint8_t)(addr >> 24), (uint8_t)(addr >> 16)};
    add_record(out, HEX_LINEAR, 0, high, sizeof high);
    for (uint32_t at = 0; at < PIECE; at += RECORD)
        add_record(out, HEX_DATA, addr + at, bytes + at, RECORD);
}

/* The bytes that the firmware put at @addr, the erased ones with it; kept flash is no firmware. */
static void loaded(const struct image *image, uint32_t addr, uint8_t out[PIECE])
{
    memset(out, 0xFF, PIECE);
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *s = &image->segments[i];
        if (image->files[s->file].over)
            continue;
        uint64_t from = s->addr > addr ? s->addr : addr;
        uint64_t to = (uint64_t)s->addr + s->len, end = (uint64_t)addr + PIECE;
        to = to < end ? to : end;
        if (from < to)
            memcpy(out + (from - addr), s->bytes + (from - s->addr), to - from);
    }
}

void machine_flash_hex(const struct machine *m, const struct image *image, struct buf *out)
{
    uint8_t was[PIECE], is[PIECE];
    bool any = false;
    for (uint32_t i = 0; i < m->board.memories; i++) {
        const struct board_memory *b = &m->board.memory[i];
        for (uint32_t at = 0; b->programmed_by[0] && at < b->bytes; at += PIECE) {
            loaded(image, b->base + at, was);
            if (!cpu_peek(m->cpu, b->base + at, is, PIECE) || memcmp(was, is, PIECE) == 0)
                continue;
            add_piece(out, b->base + at, is);
            any = true;
        }
    }
    if (!any) /* a file that holds nothing could not be loaded: an erased piece changes nothing */
        for (uint32_t i = 0; i < m->board.memories && !any; i++)
            if (m->board.memory[i].programmed_by[0] &&
                cpu_peek(m->cpu, m->board.memory[i].base, is, PIECE)) {
                add_piece(out, m->board.memory[i].base, is);
                any = true;
            }
    add_record(out, HEX_END, 0, NULL, 0);
}
