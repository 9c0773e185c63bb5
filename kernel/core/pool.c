/*
 * Objects made while the system runs: from one pool, within the quota of a program, known by a map
 * of their own. Their buffers and stacks are part of them, so that all goes at once.
 *
 * A dynamic object lives as long as somebody may use it: the last permission that goes frees it.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_DYNAMIC

KEEP_HEAP(pool, KEEP_POOL);
static uint8_t pool_map[KEEP_POOL / 64];

/* What lies before each object. */
struct entry {
    struct entry *next;
    struct keep_program *program;
    uint32_t bytes;
    uint32_t spare; /* the object after it is aligned to 8 */
};
static struct entry *entries;

static const uint16_t sizes[KEEP_TYPE_COUNT] = {
    [KEEP_TYPE_THREAD] = sizeof(struct keep_thread),
    [KEEP_TYPE_SEM] = sizeof(struct keep_sem),
    [KEEP_TYPE_MUTEX] = sizeof(struct keep_mutex),
    [KEEP_TYPE_CONDVAR] = sizeof(struct keep_condvar),
    [KEEP_TYPE_MSGQ] = sizeof(struct keep_msgq),
    [KEEP_TYPE_PIPE] = sizeof(struct keep_pipe),
    [KEEP_TYPE_STREAM] = sizeof(struct keep_stream),
    [KEEP_TYPE_EVENT] = sizeof(struct keep_event),
    [KEEP_TYPE_TIMER] = sizeof(struct keep_timer),
};

static void mark(const void *object, bool is)
{
    uint32_t at = (uint32_t)object - (uint32_t)pool.start;
    uint8_t bit = (uint8_t)(1u << (at >> 3 & 7u));
    pool_map[at >> 6] = (uint8_t)(is ? pool_map[at >> 6] | bit : pool_map[at >> 6] & ~bit);
}

bool pool_known(uint32_t addr)
{
    return object_in_map(pool_map, (uint32_t)pool.start, KEEP_POOL, addr);
}

uint32_t keep_pool_used(void)
{
    return pool.used;
}

const char *pool_check(void)
{
    uint32_t bytes = 0;
    if (!keep_heap_check(&pool))
        return "the heap of the pool is broken";
    for (const struct entry *e = entries; e; e = e->next) {
        if (!pool_known((uint32_t)(e + 1)))
            return "a dynamic object is not in the map";
        bytes += (e->bytes + 7) / 8 * 8 + 8;
    }
    return bytes <= pool.used && pool.used - bytes < 64 ? NULL : "the pool has lost memory";
}

void pool_each(void (*visit)(struct keep_object *o, const void *ctx), const void *ctx)
{
    for (struct entry *e = entries, *next; e; e = next) {
        next = e->next;
        visit((struct keep_object *)(e + 1), ctx);
    }
}

/* Objects with a buffer have it behind them. */
static void attach(struct keep_object *o, uint32_t bytes)
{
    uint8_t *buffer = (uint8_t *)o + sizes[o->type];
    switch (o->type) {
    case KEEP_TYPE_MSGQ:
        ((struct keep_msgq *)o)->messages = buffer;
        ((struct keep_msgq *)o)->bytes = 4;
        ((struct keep_msgq *)o)->limit = bytes / 4;
        break;
    case KEEP_TYPE_PIPE:
        ((struct keep_pipe *)o)->ring = (struct keep_ring){buffer, bytes, 0, 0};
        break;
    case KEEP_TYPE_STREAM:
        ((struct keep_stream *)o)->ring = (struct keep_ring){buffer, bytes, 0, 0};
        ((struct keep_stream *)o)->trigger = 1;
        break;
    case KEEP_TYPE_SEM:
        ((struct keep_sem *)o)->limit = UINT32_MAX;
        break;
    }
}

static bool needs_buffer(uint32_t type)
{
    return type == KEEP_TYPE_MSGQ || type == KEEP_TYPE_PIPE || type == KEEP_TYPE_STREAM;
}

static bool within_quota(const struct keep_program *p, uint32_t bytes)
{
    return !p || (p->used <= p->quota && bytes <= p->quota - p->used);
}

static struct entry *reserve(uint32_t type, uint32_t bytes)
{
    struct keep_program *p = keep_current->program;
    uint32_t all = sizeof(struct entry) + sizes[type] + bytes;
    struct entry *e = within_quota(p, all) ? keep_heap_alloc(&pool, all) : NULL;
    if (!e)
        return NULL;
    __builtin_memset(e, 0, all);
    e->program = p;
    e->bytes = all;
    e->next = entries;
    entries = e;
    if (p)
        p->used += all;
    return e;
}

/* @at: what points to it in the list. */
static void dispose(struct entry **at)
{
    struct entry *e = *at;
    *at = e->next;
    if (e->program)
        e->program->used -= e->bytes;
    mark(e + 1, false);
    keep_heap_free(&pool, e);
}

/* Stacks of one size, for user threads: memory that the MPU can give. */
static uint8_t stack_memory[KEEP_STACKS][KEEP_STACK_BYTES]
    __attribute__((aligned(KEEP_STACK_ALIGN(KEEP_STACK_BYTES))))
    KEEP_IN(".noinit.user_stacks.pool");
static struct keep_stack stacks[KEEP_STACKS];
static struct keep_program *owners[KEEP_STACKS];

static int32_t new_stack(uint32_t bytes)
{
    struct keep_program *p = keep_current->program;
    if (!bytes || bytes > KEEP_STACK_BYTES)
        return -KEEP_EINVAL;
    if (!within_quota(p, KEEP_STACK_BYTES))
        return -KEEP_ENOMEM;
    for (uint32_t i = 0; i < KEEP_STACKS; i++) {
        struct keep_stack *s = &stacks[i];
        if (s->object.flags)
            continue;
        s->start = (uint32_t)stack_memory[i];
        s->bytes = KEEP_STACK_BYTES;
        s->user = 1;
        object_ready(&s->object);
        s->object.flags |= KEEP_DYNAMIC;
        s->object.permissions = 1u << keep_current->index;
        owners[i] = p;
        if (p)
            p->used += s->bytes;
        return (int32_t)s;
    }
    return -KEEP_ENOMEM;
}

int32_t keep_impl_object_new(uint32_t type, uint32_t bytes)
{
    uint32_t key = keep_lock();
    if (type == KEEP_TYPE_STACK) {
        int32_t stack = new_stack(bytes);
        keep_unlock(key);
        return stack;
    }
    if (!sizes[type] || needs_buffer(type) != (bytes != 0) ||
        (type == KEEP_TYPE_MSGQ && bytes < 4)) {
        keep_unlock(key);
        return -KEEP_EINVAL;
    }
    struct entry *e = reserve(type, bytes);
    int32_t rc = e ? 0 : -KEEP_ENOMEM;
    struct keep_object *o = (struct keep_object *)(e + 1);
    if (e) {
        o->type = (uint8_t)type;
        o->flags = KEEP_DYNAMIC;
        if (type == KEEP_TYPE_THREAD)
            rc = object_take_index((struct keep_thread *)o);
        else
            object_ready(o);
    }
    if (rc == 0) {
        attach(o, bytes);
        o->permissions = 1u << keep_current->index;
        mark(o, true);
        rc = (int32_t)o;
    } else if (e) {
        dispose(&entries); /* the newest is the first */
    }
    keep_unlock(key);
    return rc;
}

/* Whoever waits for it has lost it. */
static void wake_waiters(struct keep_object *o)
{
    static const uint8_t queues[KEEP_TYPE_COUNT][2] = {
        [KEEP_TYPE_SEM] = {offsetof(struct keep_sem, waiters)},
        [KEEP_TYPE_MSGQ] = {offsetof(struct keep_msgq, readers),
                            offsetof(struct keep_msgq, writers)},
        [KEEP_TYPE_PIPE] = {offsetof(struct keep_pipe, readers),
                            offsetof(struct keep_pipe, writers)},
        [KEEP_TYPE_STREAM] = {offsetof(struct keep_stream, readers),
                              offsetof(struct keep_stream, writers)},
        [KEEP_TYPE_EVENT] = {offsetof(struct keep_event, waiters)},
        [KEEP_TYPE_TIMER] = {offsetof(struct keep_timer, waiters)},
    };
    for (uint32_t i = 0; i < 2; i++)
        if (queues[o->type][i])
            sched_wake_all((struct keep_waitq *)((char *)o + queues[o->type][i]), -KEEP_ECANCELED);
}

/* All that refers to it, but the pool. */
static void release(struct keep_object *o)
{
    struct keep_thread *t = (struct keep_thread *)o;
    switch (o->type) {
    case KEEP_TYPE_THREAD:
        if (t->state != KEEP_DEAD)
            thread_end(t, KEEP_END_ABORT, 0);
        object_forget_thread(t); /* what it was granted before it began */
        keep_threads[t->index] = NULL;
        if (t == keep_current)
            keep_current = NULL; /* its context is not to be saved any more */
        break;
#if KEEP_WITH_MUTEX
    case KEEP_TYPE_MUTEX:
        mutex_dispose((struct keep_mutex *)o);
        break;
#endif
#if KEEP_WITH_CONDVAR
    case KEEP_TYPE_CONDVAR:
        condvar_dispose((struct keep_condvar *)o);
        break;
#endif
#if KEEP_WITH_TIMER
    case KEEP_TYPE_TIMER:
        timer_dispose((struct keep_timer *)o);
        break;
#endif
    }
    wake_waiters(o);
    poll_changed(o);
}

static void release_stack(struct keep_stack *s)
{
    if (s->thread)
        thread_end(s->thread, KEEP_END_ABORT, 0);
    s->object.flags = 0;
    if (owners[s - stacks])
        owners[s - stacks]->used -= s->bytes;
    owners[s - stacks] = NULL;
}

/* One pass over the objects; did any go? Nothing else is taken from the list meanwhile. */
static bool sweep_once(void)
{
    bool any = false;
    for (struct entry **at = &entries; *at;) {
        struct keep_object *o = (struct keep_object *)(*at + 1);
        if (o->permissions) {
            at = &(*at)->next;
            continue;
        }
        release(o);
        dispose(at);
        any = true;
    }
    return any;
}

static bool sweep_stacks(void)
{
    bool any = false;
    for (uint32_t i = 0; i < KEEP_STACKS; i++)
        if ((stacks[i].object.flags & KEEP_DYNAMIC) && !stacks[i].object.permissions) {
            release_stack(&stacks[i]);
            any = true;
        }
    return any;
}

/* The end of a thread takes other permissions with it: until a pass finds nothing. */
void pool_sweep(void)
{
    static bool sweeping;
    if (sweeping)
        return;
    sweeping = true;
    while (sweep_once() || sweep_stacks())
        ;
    sweeping = false;
}

#endif
