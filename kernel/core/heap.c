/*
 * A heap: first fit, neighbours joined when they are free. Each block begins with its size and a
 * word that both are derived from, so that an overwritten header or a second free is seen.
 */
#include "kernel/core/core.h"

#define HEADER 2u /* words: size in words with the used bit, and its check */
#define USED   0x80000000u
#define CHECK  0x4B656570u /* "Keep" */

static bool sound(const struct keep_heap *h, const uint32_t *block)
{
    uint32_t words = block[0] & ~USED;
    return block[1] == (block[0] ^ CHECK ^ (uint32_t)block) && words >= HEADER &&
           words <= (uint32_t)(h->end - block);
}

static void set(uint32_t *block, uint32_t words, uint32_t used)
{
    block[0] = words | used;
    block[1] = block[0] ^ CHECK ^ (uint32_t)block;
}

static uint32_t *next_of(const struct keep_heap *h, uint32_t *block)
{
    if (!sound(h, block))
        keep_panic("a heap block's header was overwritten");
    return block + (block[0] & ~USED);
}

static void begin(struct keep_heap *h)
{
    if (h->used == 0 && h->start[1] == 0)
        set(h->start, (uint32_t)(h->end - h->start), 0);
}

static void join_following(const struct keep_heap *h, uint32_t *block)
{
    uint32_t *next = next_of(h, block);
    while (next < h->end && !(next[0] & USED)) {
        set(block, block[0] + (uint32_t)(next_of(h, next) - next), 0);
        next = next_of(h, block);
    }
}

void *keep_heap_alloc(struct keep_heap *h, uint32_t bytes)
{
    if (!bytes || bytes > (uint32_t)(h->end - h->start) * 4)
        return NULL;
    uint32_t words = ((bytes + 7) / 8) * 2 + HEADER, key = keep_lock();
    uint32_t *found = NULL;
    begin(h);
    for (uint32_t *b = h->start; b < h->end && !found; b = next_of(h, b)) {
        if (b[0] & USED)
            continue;
        join_following(h, b);
        if (b[0] >= words)
            found = b;
    }
    if (found) {
        uint32_t rest = found[0] - words;
        if (rest > HEADER)
            set(found + words, rest, 0);
        else
            words += rest;
        set(found, words, USED);
        h->used += words * 4;
    }
    keep_unlock(key);
    return found ? found + HEADER : NULL;
}

void keep_heap_free(struct keep_heap *h, void *block)
{
    uint32_t *b = (uint32_t *)block - HEADER;
    if (!block)
        return;
    uint32_t key = keep_lock();
    if (b < h->start || b >= h->end || ((uint32_t)b & 7u) || !sound(h, b) || !(b[0] & USED))
        keep_panic("what was freed is no block in use");
    h->used -= (b[0] & ~USED) * 4;
    set(b, b[0] & ~USED, 0);
    keep_unlock(key);
}

bool keep_heap_check(const struct keep_heap *h)
{
    uint32_t used = 0, *b = h->start;
    if (h->used == 0 && h->start[1] == 0)
        return true; /* never used */
    for (; b < h->end; b += b[0] & ~USED) {
        if (!sound(h, b))
            return false;
        used += b[0] & USED ? (b[0] & ~USED) * 4 : 0;
    }
    return b == h->end && used == h->used;
}
