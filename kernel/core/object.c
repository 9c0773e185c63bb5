/*
 * The object table: which addresses are kernel objects, and who may use them.
 *
 * keeptool reads the linked image and makes a map with a bit for each 8 bytes of the kernel's
 * memory: set where an object begins. So an address is found to be an object's or not in constant
 * time, and what the object itself says of its type and state can then be believed.
 *
 * Permissions are a bit per thread, in the object. They also count the references to a dynamic
 * object: when the last goes, so does the object.
 */
#include "kernel/core/core.h"

static bool static_object(uint32_t addr)
{
    uint32_t start = (uint32_t)__kernel_ram_start;
    return object_in_map(keep_map, start, (uint32_t)__kernel_ram_end - start, addr);
}

bool object_known(uint32_t addr)
{
#if KEEP_WITH_DYNAMIC
    return static_object(addr) || pool_known(addr);
#else
    return static_object(addr);
#endif
}

void object_ready(struct keep_object *o)
{
    o->generation++;
    o->flags |= KEEP_INITIALISED;
}

int32_t object_take_index(struct keep_thread *t)
{
    for (uint32_t i = 0; i < KEEP_THREADS_MAX; i++)
        if (!keep_threads[i]) {
            keep_threads[i] = t;
            t->index = (uint8_t)i;
            return 0;
        }
    return -KEEP_ENOSPC;
}

void object_init(void)
{
    for (uint32_t i = 0; i < keep_object_count; i++) {
        struct keep_object *o = keep_object_rows[i].object;
        o->type = (uint8_t)keep_object_rows[i].type;
        if (o->type == KEEP_TYPE_THREAD && object_take_index((struct keep_thread *)o) < 0)
            keep_panic("more threads than permission bits: raise KEEP_THREADS_MAX");
    }
    KEEP_EACH(struct keep_grant, g, keep_grants)
    g->object->permissions |= 1u << g->thread->index;
}

int32_t keep_object_check(const struct keep_thread *t, const void *addr, enum keep_type type)
{
    switch (object_fault(t, (uint32_t)addr, type)) {
    case KEEP_FAULT_NONE:
    case KEEP_FAULT_OBJECT_UNINITIALISED:
        return 0;
    case KEEP_FAULT_PERMISSION:
        return -KEEP_EPERM;
    default:
        return -KEEP_EBADF;
    }
}

void keep_object_public(struct keep_object *o)
{
    o->flags |= KEEP_PUBLIC;
}

/* ---- Gains and losses. ---- */

static void drop(struct keep_object *o, uint32_t index)
{
    o->permissions &= ~(1u << index);
}

/* What nobody may use any more goes. */
static void sweep(void)
{
#if KEEP_WITH_DYNAMIC
    pool_sweep();
#endif
}

static void each_object(void (*visit)(struct keep_object *o, const void *ctx), const void *ctx)
{
    for (uint32_t i = 0; i < keep_object_count; i++)
        visit(keep_object_rows[i].object, ctx);
#if KEEP_WITH_DYNAMIC
    pool_each(visit, ctx);
#endif
}

static void forget(struct keep_object *o, const void *thread)
{
    const struct keep_thread *t = thread;
    if (o->permissions >> t->index & 1u)
        drop(o, t->index);
}

void object_forget_thread(const struct keep_thread *t)
{
    each_object(forget, t);
    sweep();
}

static void copy_permission(struct keep_object *o, const void *threads)
{
    const struct keep_thread *const *pair = threads; /* parent, child */
    if (o != &pair[0]->object && (o->permissions >> pair[0]->index & 1u))
        o->permissions |= 1u << pair[1]->index;
}

void object_inherit(const struct keep_thread *parent, const struct keep_thread *child)
{
    const struct keep_thread *pair[] = {parent, child};
    each_object(copy_permission, pair);
}

/* ---- Calls. Grant and revoke ask for permission on both, the object and the thread. ---- */

int32_t keep_impl_object_grant(struct keep_object *object, struct keep_thread *to)
{
    uint32_t key = keep_lock();
    object->permissions |= 1u << to->index;
    keep_unlock(key);
    return 0;
}

int32_t keep_impl_object_revoke(struct keep_object *object, struct keep_thread *from)
{
    uint32_t key = keep_lock();
    drop(object, from->index);
    sweep();
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_object_release(struct keep_object *object)
{
    return keep_impl_object_revoke(object, keep_current);
}

int32_t keep_impl_access_check(const void *object)
{
    return keep_object_check(keep_current, object, KEEP_TYPE_NONE);
}
