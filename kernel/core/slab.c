/*
 * Slabs: blocks of one size. Free blocks are linked through their first words, which only
 * privileged code can reach: blocks are never given to user code.
 */
#include "kernel/core/core.h"

static void begin(struct keep_slab *s)
{
    if (s->used || s->free)
        return;
    for (uint32_t i = s->count; i-- > 0;) {
        void *block = s->blocks + i * s->bytes;
        *(void **)block = s->free;
        s->free = block;
    }
}

void *keep_slab_alloc(struct keep_slab *s, uint32_t timeout_us)
{
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock();
        begin(s);
        void *block = s->free;
        if (block) {
            s->free = *(void **)block;
            s->used++;
            keep_unlock(key);
            return block;
        }
        if (sched_wait(&s->waiters, deadline, key) != KEEP_AGAIN)
            return NULL;
    }
}

static bool is_free(const struct keep_slab *s, const void *block)
{
    for (const void *b = s->free; b; b = *(void *const *)b)
        if (b == block)
            return true;
    return false;
}

void keep_slab_free(struct keep_slab *s, void *block)
{
    uint32_t at = (uint32_t)((uint8_t *)block - s->blocks), key = keep_lock();
    if (at >= s->bytes * s->count || at % s->bytes || !s->used || is_free(s, block))
        keep_panic("what was freed is no block of the slab in use");
    *(void **)block = s->free;
    s->free = block;
    s->used--;
    sched_wake_all(&s->waiters, KEEP_AGAIN);
    keep_unlock_and_switch(key);
}
