/*
 * A ring of bytes: what pipes, streams and the UART keep them in.
 */
#include "kernel/core/core.h"

uint32_t ring_put(struct keep_ring *r, const uint8_t *from, uint32_t bytes)
{
    uint32_t n = bytes < ring_room(r) ? bytes : ring_room(r), at = r->first + r->used;
    if (at >= r->size)
        at -= r->size;
    uint32_t part = n < r->size - at ? n : r->size - at;
    __builtin_memcpy(r->bytes + at, from, part);
    __builtin_memcpy(r->bytes, from + part, n - part);
    r->used += n;
    return n;
}

uint32_t ring_get(struct keep_ring *r, uint8_t *to, uint32_t bytes)
{
    uint32_t n = bytes < r->used ? bytes : r->used;
    uint32_t part = n < r->size - r->first ? n : r->size - r->first;
    __builtin_memcpy(to, r->bytes + r->first, part);
    __builtin_memcpy(to + part, r->bytes, n - part);
    r->first += n;
    if (r->first >= r->size)
        r->first -= r->size;
    r->used -= n;
    return n;
}
