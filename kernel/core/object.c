/*
 * The object table: which addresses are kernel objects, and who may use them.
 *
 * The table is made at build time: each macro that defines an object adds a row
 * (kernel/abi/object.h).
 */
#include "kernel/core/core.h"

void object_init(void)
{
    uint32_t index = 0;
    KEEP_EACH(struct keep_thread_def, def, keep_thread_defs)
    {
        if (index >= KEEP_THREADS_MAX)
            keep_panic("more threads than permission bits");
        def->thread->index = index++;
    }
    KEEP_EACH(struct keep_grant, g, keep_grants)
    keep_grant(g->thread, g->object);
}

void keep_grant(struct keep_thread *t, struct keep_object *o)
{
    o->permissions |= 1u << t->index;
}

static const struct keep_object_entry *find(uint32_t addr)
{
    KEEP_EACH(struct keep_object_entry, e, keep_objects)
    if ((uint32_t)e->object == addr)
        return e;
    return NULL;
}

int32_t object_check(const struct keep_thread *t, uint32_t addr, enum keep_type type)
{
    const struct keep_object_entry *e = find(addr);
    if (!e || e->type != type || e->object->type != type || !e->object->initialised)
        return -KEEP_EBADF;
    if (t->def->user && !(e->object->permissions >> t->index & 1u))
        return -KEEP_EPERM;
    return 0;
}
