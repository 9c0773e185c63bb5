/*
 * What memory a thread may name in a system call: what the MPU would let it touch itself.
 */
#include "kernel/core/core.h"

extern const char __image_start[], __image_end[];

/* Is [addr, addr + bytes) inside [start, start + size)? No sum here can wrap. */
static bool inside(uint32_t addr, uint32_t bytes, uint32_t start, uint32_t size)
{
    return addr >= start && addr - start <= size && bytes <= size - (addr - start);
}

int32_t memory_check_read(const struct keep_thread *t, uint32_t addr, uint32_t bytes)
{
    const struct keep_thread_def *def = t->def;
    if (!def->user)
        return 0;
    uint32_t image = (uint32_t)__image_start, image_bytes = (uint32_t)(__image_end - __image_start);
    if (inside(addr, bytes, image, image_bytes))
        return 0;
    if (inside(addr, bytes, def->abi->stack, def->abi->stack_bytes))
        return 0;
    for (uint32_t i = 0; def->domain && i < KEEP_PARTITIONS_MAX; i++) {
        const struct keep_partition *p = def->domain->partitions[i];
        if (p && inside(addr, bytes, p->start, p->bytes))
            return 0;
    }
    return -KEEP_EFAULT;
}
