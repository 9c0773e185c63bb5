/*
 * A board's memories from what a program says of itself: its segments, its initial stack pointer,
 * and symbols with which linker scripts name the end of RAM.
 *
 * Source: ELF for the Arm Architecture (IHI 0044) 5.2; DDI 0403E B1.5.3 (the vector table's first
 * word is the initial stack pointer).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/board.h"

#define UNIT 1024u /* sizes of memories are multiples of it */

/* As CMSIS, newlib, picolibc, ST, Nordic and Zephyr name the end of RAM, or of what is used of it.
 */
static const char *const ends[] = {"__StackTop", "_estack",      "__stack",         "__HeapLimit",
                                   "__heap_end", "__heap_end__", "__heap_limit",    "__ram_end__",
                                   "_ram_end",   "__RAM_END",    "__kernel_ram_end"};

/* Stretches of memory, [first, last] in units of UNIT, in no order and not yet joined. */
struct spans {
    struct span {
        uint32_t first, last;
    } at[BOARD_MEMORIES_MAX * 4];
    uint32_t n;
    bool full;
};

static int by_address(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* Sort them, and make one of those that overlap or touch. */
static void join(struct spans *s)
{
    uint32_t n = 0;
    qsort(s->at, s->n, sizeof *s->at, by_address);
    for (uint32_t i = 0; i < s->n; i++) {
        struct span *before = n ? &s->at[n - 1] : NULL, next = s->at[i];
        if (before && next.first <= before->last + 1)
            before->last = next.last > before->last ? next.last : before->last;
        else
            s->at[n++] = next;
    }
    s->n = n;
}

static void add(void *ctx, uint32_t addr, uint32_t bytes)
{
    struct spans *s = ctx;
    if (s->n == sizeof s->at / sizeof *s->at)
        join(s);
    s->full |= s->n == sizeof s->at / sizeof *s->at;
    if (!s->full)
        s->at[s->n++] = (struct span){addr / UNIT, (uint32_t)((addr + (uint64_t)bytes - 1) / UNIT)};
}

/* The stretch next below @end reaches up to it, in the same region of the address map (B3.1). */
static void reach(struct spans *s, uint32_t end)
{
    struct span *best = NULL;
    uint32_t last = (end - 1) / UNIT;
    for (uint32_t i = 0; i < s->n; i++)
        if (s->at[i].first <= last &&
            s->at[i].first / (0x20000000u / UNIT) == last / (0x20000000u / UNIT) &&
            (!best || s->at[i].first > best->first))
            best = &s->at[i];
    if (best && best->last < last)
        best->last = last;
    else if (!best)
        add(s, end - UNIT, UNIT); /* a stack and nothing else */
}

static struct board_memory memory_of(const struct span *s)
{
    struct board_memory m = {
        .base = s->first * UNIT, .bytes = (s->last - s->first + 1) * UNIT, .alias_of = -1};
    snprintf(m.name, sizeof m.name, "memory-%08" PRIx32, m.base);
    return m;
}

static uint32_t lowest(const struct image *image)
{
    uint32_t low = UINT32_MAX;
    for (size_t i = 0; i < image->segment_count; i++)
        low = image->segments[i].addr < low ? image->segments[i].addr : low;
    return low;
}

static int own_memories(const struct board *b, struct moat_error *err)
{
    const struct board_memory *flash = board_flash(b);
    if (!flash)
        return 0;
    int rc = moat_fail(err, MOAT_EUSAGE, "board '%s' has its own memories: '%s' is flash", b->name,
                       flash->name);
    moat_hint(err, "--fit goes with the generic boards: moat board list");
    return rc;
}

int board_fit(struct board *b, const struct board_parts *parts, const struct image *image,
              struct moat_error *err)
{
    struct spans s = {0};
    struct board fitted = *b;
    uint32_t sp, table = lowest(image);
    int rc = own_memories(b, err);
    if (rc == 0 && !image->entry && image->symbol_count == 0) {
        rc = moat_fail(err, MOAT_EUSAGE,
                       "--fit: the firmware's files do not say what memory it needs");
        moat_hint(err, "an ELF file does; else --board FILE with the memories");
    }
    if (rc < 0)
        return rc;
    image_each_span(image, add, &s);
    join(&s);
    if (image_bytes(image, table, &sp, sizeof sp) && sp > UNIT)
        reach(&s, sp);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const struct image_symbol *end = image_symbol_named(image, ends[i]);
        if (end && end->addr > UNIT)
            reach(&s, end->addr);
    }
    join(&s);
    if (s.full || s.n > BOARD_MEMORIES_MAX)
        return moat_fail(err, MOAT_EINPUT, "the program has more than %u separate memories",
                         BOARD_MEMORIES_MAX);
    for (uint32_t i = 0; i < s.n; i++)
        fitted.memory[i] = memory_of(&s.at[i]);
    fitted.memories = s.n;
    fitted.vtor = table;
    struct buf text = {0};
    board_print(&fitted, parts, &text);
    rc = board_parse("the board with the program's memories", buf_text(&text), text.len, parts, b,
                     err);
    buf_fini(&text);
    return rc;
}
