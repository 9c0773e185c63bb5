/*
 * Memory domains: which partitions the threads of a domain share; and what memory a thread may name
 * in a system call, which is what the MPU lets it touch itself.
 *
 * The values for the MPU are computed when a domain changes; a switch copies them.
 */
#include "kernel/core/core.h"

extern const char __rodata_start[], __image_start[], __user_start[], __image_end[],
    __user_stacks_start[], __ram_used_end[];

struct keep_domain keep_default_domain;

/* Is [addr, addr + bytes) inside [start, start + size)? No sum here can wrap. */
static bool inside(uint32_t addr, uint32_t bytes, uint32_t start, uint32_t size)
{
    return addr >= start && addr - start <= size && bytes <= size - (addr - start);
}

static const struct keep_partition *partition_of(const struct keep_thread *t, uint32_t addr,
                                                 uint32_t bytes)
{
    for (uint32_t i = 0; t->domain && i < KEEP_PARTITIONS_MAX; i++) {
        const struct keep_partition *p = t->domain->partitions[i];
        if (p && inside(addr, bytes, p->start, p->bytes))
            return p;
    }
    return NULL;
}

bool memory_allowed(const struct keep_thread *t, uint32_t addr, uint32_t bytes, bool write)
{
    if (!(t->options & KEEP_USER))
        return true;
    if (inside(addr, bytes, t->stack->start, t->stack->bytes))
        return true;
    uint32_t image = (uint32_t)__user_start;
    if (!write && inside(addr, bytes, image, (uint32_t)__image_end - image))
        return true;
    const struct keep_partition *p = partition_of(t, addr, bytes);
    return p && (!write || p->access == KEEP_READ_WRITE);
}

bool memory_executable(const struct keep_thread *t, uint32_t addr)
{
    uint32_t image = (uint32_t)(t->options & KEEP_USER ? __user_start : __image_start);
#if KEEP_RODATA_NX
    uint32_t end = (uint32_t)__rodata_start;
#else
    uint32_t end = (uint32_t)__image_end;
#endif
    if (inside(addr, 2, image, end - image))
        return true;
    const struct keep_partition *p = partition_of(t, addr, 2);
    return p && p->access == KEEP_READ_EXECUTE;
}

/* ---- Changes. ---- */

static bool overlap(const struct keep_partition *a, const struct keep_partition *b)
{
    return a->start - b->start < b->bytes || b->start - a->start < a->bytes;
}

/* Application memory: above the kernel's data, where user stacks and partitions lie. */
static bool sound(const struct keep_partition *p)
{
    uint32_t start = (uint32_t)__user_stacks_start;
    return p->bytes && p->access <= KEEP_READ_EXECUTE && mpu_partition_fits(p) &&
           inside(p->start, p->bytes, start, BOARD_RAM_BASE + BOARD_RAM_MAX - start);
}

/*
 * Threads of the domain that wait with a buffer in memory that is theirs no more are told so when
 * they make their call again: nothing is ever written for them meanwhile.
 */
static void changed(struct keep_domain *d)
{
    mpu_compute_domain(d);
    if (keep_current && keep_current->domain == d && (keep_current->options & KEEP_USER))
        mpu_load(keep_current);
}

int32_t keep_domain_add(struct keep_domain *d, const struct keep_partition *p)
{
    uint32_t key = keep_lock();
    int32_t rc = sound(p) ? -KEEP_ENOSPC : -KEEP_EINVAL;
    const struct keep_partition **free = NULL;
    for (uint32_t i = 0; i < KEEP_PARTITIONS_MAX; i++) {
        if (!d->partitions[i] && !free)
            free = &d->partitions[i];
        else if (d->partitions[i] && overlap(d->partitions[i], p))
            rc = -KEEP_EINVAL;
    }
    if (rc == -KEEP_ENOSPC && free) {
        *free = p;
        changed(d);
        rc = 0;
    }
    keep_unlock(key);
    return rc;
}

int32_t keep_domain_remove(struct keep_domain *d, const struct keep_partition *p)
{
    uint32_t key = keep_lock();
    int32_t rc = -KEEP_EINVAL;
    for (uint32_t i = 0; p && i < KEEP_PARTITIONS_MAX; i++)
        if (d->partitions[i] == p) {
            d->partitions[i] = NULL;
            changed(d);
            rc = 0;
            break;
        }
    keep_unlock(key);
    return rc;
}

int32_t keep_domain_init(struct keep_domain *d, const struct keep_partition *const *list,
                         uint32_t count)
{
    *d = (struct keep_domain){0};
    mpu_compute_domain(d);
    for (uint32_t i = 0; i < count; i++) {
        int32_t rc = keep_domain_add(d, list[i]);
        if (rc < 0) {
            *d = (struct keep_domain){0};
            mpu_compute_domain(d);
            return rc;
        }
    }
    return 0;
}

void keep_domain_join(struct keep_domain *d, struct keep_thread *t)
{
    uint32_t key = keep_lock();
    t->domain = d;
    t->regions = mpu_regions_of(t);
    if (t == keep_current && (t->options & KEEP_USER))
        mpu_load(t);
    keep_unlock(key);
}

int32_t keep_domain_inherit(struct keep_domain *d, const struct keep_thread *t)
{
    struct keep_domain wanted = *d;
    for (uint32_t i = 0; i < KEEP_PARTITIONS_MAX; i++) {
        const struct keep_partition *p = t->domain->partitions[i];
        int32_t rc = p ? keep_domain_add(&wanted, p) : 0;
        if (rc < 0)
            return rc;
    }
    uint32_t key = keep_lock();
    *d = wanted;
    changed(d);
    keep_unlock(key);
    return 0;
}
