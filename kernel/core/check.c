/*
 * Is the kernel sound? Its lists, tables and permissions, checked as a whole: for tests.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_TEST

#define LONGEST 64u /* no list is longer, unless it is a circle */

static const char *check_objects(void)
{
    for (uint32_t i = 0; i < keep_object_count; i++) {
        const struct keep_object *o = keep_object_rows[i].object;
        if (o->type != keep_object_rows[i].type)
            return "an object has lost its type";
        if (!object_known((uint32_t)o) || object_known((uint32_t)o + 4))
            return "the map and the table of objects differ";
        for (uint32_t n = 0; n < KEEP_THREADS_MAX; n++)
            if ((o->permissions >> n & 1u) && !keep_threads[n])
                return "a permission of no thread";
    }
    return NULL;
}

static const char *check_queue(const struct keep_waitq *q)
{
    uint32_t n = 0;
    for (const struct keep_thread *t = q->first; t; t = t->next) {
        if (n++ == LONGEST)
            return "a queue is a circle";
        if (t->waiting != q || t->state != KEEP_WAITING)
            return "a thread in a queue does not wait for it";
        if (t->next && t->next->priority < t->priority)
            return "a queue is out of order";
    }
    return NULL;
}

static const char *check_stack(const struct keep_thread *t)
{
    const struct keep_stack *s = t->stack;
    if (s->thread != t)
        return "a stack does not know its thread";
    uint32_t sp = t->context.psp;
    if (t != keep_current && !(t->options & KEEP_USER) &&
        (sp < s->start || sp > s->start + s->bytes))
        return "a privileged thread is not on its stack";
    return NULL;
}

static const char *check_thread(const struct keep_thread *t)
{
    const char *bad = NULL;
    if (t->state == KEEP_DEAD)
        return t->waiting || t->held || t->timeout.when ? "a dead thread waits" : NULL;
    if (!(t->object.flags & KEEP_INITIALISED))
        return "a thread that lives is not initialised";
    if (t->priority > t->base && t->priority != KEEP_IDLE)
        return "a thread is less urgent than it should be";
    if (t->waiting)
        bad = check_queue(t->waiting);
    for (const struct keep_mutex *m = t->held; m && !bad; m = m->next_held)
        if (m->owner != t)
            bad = "a mutex that a thread holds is not its";
    return bad ? bad : check_stack(t);
}

const char *keep_check(void)
{
    uint32_t key = keep_lock();
    const char *bad = check_objects();
    for (uint32_t i = 0; i < KEEP_THREADS_MAX && !bad; i++)
        if (keep_threads[i])
            bad = check_thread(keep_threads[i]);
    if (!bad && time_check() == UINT32_MAX)
        bad = "the timeouts are out of order";
    if (!bad)
        bad = sched_check();
#if KEEP_WITH_DYNAMIC
    if (!bad)
        bad = pool_check();
#endif
    keep_unlock(key);
    return bad;
}

#endif
