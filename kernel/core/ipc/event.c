/*
 * Events: 31 bits, posted by anybody, waited for by any or all of a set.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_EVENT

/* The bits that a wait for @bits sees, 0 for not yet. */
static uint32_t seen(const struct keep_event *e, uint32_t bits, uint32_t options)
{
    uint32_t got = e->events & bits;
    return options & KEEP_EVENT_ALL && got != bits ? 0 : got;
}

static uint32_t take(struct keep_event *e, uint32_t bits, uint32_t options)
{
    uint32_t got = seen(e, bits, options);
    if (options & KEEP_EVENT_TAKE)
        e->events &= ~got;
    return got;
}

/* Each waiter in its order: an event that one takes the next does not see. */
static void wake_waiters(struct keep_event *e)
{
    for (struct keep_thread *t = e->waiters.first, *next; t; t = next) {
        next = t->next;
        uint32_t got = take(e, t->wait_value, t->wait_options);
        if (got)
            sched_wake(t, (int32_t)got);
    }
}

int32_t keep_impl_event_post(struct keep_event *event, uint32_t bits)
{
    uint32_t key = keep_lock();
    event->events |= bits;
    wake_waiters(event);
    poll_changed(&event->object);
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_event_clear(struct keep_event *event, uint32_t bits)
{
    uint32_t key = keep_lock();
    int32_t before = (int32_t)event->events;
    event->events &= ~bits;
    keep_unlock(key);
    return before;
}

int32_t keep_impl_event_wait(struct keep_event *event, uint32_t bits, uint32_t options,
                             uint32_t timeout_us)
{
    struct keep_thread *me = keep_current;
    uint32_t key = keep_lock(), got = take(event, bits, options);
    if (got) {
        keep_unlock(key);
        return (int32_t)got;
    }
    me->wait_value = bits;
    me->wait_options = options;
    return sched_wait(&event->waiters, time_deadline(timeout_us), key);
}

#endif
