/*
 * Polling: wait until one of several objects is ready. Objects that are polled are marked, and
 * when one changes, all who poll look again: little state, and none of it in user memory.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_POLL

static struct keep_waitq pollers;

static bool sem_ready(const struct keep_object *o)
{
    return ((const struct keep_sem *)o)->count;
}
static bool msgq_ready(const struct keep_object *o)
{
    return ((const struct keep_msgq *)o)->used;
}
static bool pipe_ready(const struct keep_object *o)
{
    return ((const struct keep_pipe *)o)->ring.used;
}
static bool stream_ready(const struct keep_object *o)
{
    const struct keep_stream *s = (const struct keep_stream *)o;
    return s->ring.used && s->ring.used >= s->trigger;
}
static bool event_ready(const struct keep_object *o)
{
    return ((const struct keep_event *)o)->events;
}
static bool timer_ready(const struct keep_object *o)
{
    return ((const struct keep_timer *)o)->expired;
}
static bool thread_ready(const struct keep_object *o)
{
    return ((const struct keep_thread *)o)->state == KEEP_DEAD;
}

static const struct {
    uint8_t type;
    bool (*ready)(const struct keep_object *o);
} kinds[KEEP_POLL_KINDS] = {
    [KEEP_POLL_SEM] = {KEEP_TYPE_SEM, sem_ready},
    [KEEP_POLL_MSGQ] = {KEEP_TYPE_MSGQ, msgq_ready},
    [KEEP_POLL_PIPE] = {KEEP_TYPE_PIPE, pipe_ready},
    [KEEP_POLL_STREAM] = {KEEP_TYPE_STREAM, stream_ready},
    [KEEP_POLL_EVENT] = {KEEP_TYPE_EVENT, event_ready},
    [KEEP_POLL_TIMER] = {KEEP_TYPE_TIMER, timer_ready},
    [KEEP_POLL_THREAD] = {KEEP_TYPE_THREAD, thread_ready},
};

void poll_notify(struct keep_object *o)
{
    o->flags &= (uint8_t)~KEEP_POLLED;
    sched_wake_all(&pollers, KEEP_AGAIN);
}

/* Each item is checked as an argument of its own: the copies of them, before anything is done. */
static bool sound(const struct keep_poll_item *items, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t what = items[i].what;
        if (what >= KEEP_POLL_KINDS) {
            if (keep_in_call())
                fault_refuse(KEEP_FAULT_BOUNDS, KEEP_SYS_poll, 0, what);
            return false;
        }
        int32_t rc = keep_object_check(keep_current, items[i].object, kinds[what].type);
        if (rc < 0 && keep_in_call()) {
            fault_refuse(rc == -KEEP_EPERM ? KEEP_FAULT_PERMISSION : KEEP_FAULT_OBJECT,
                         KEEP_SYS_poll, 0, (uint32_t)items[i].object);
            return false;
        }
    }
    return true;
}

static uint32_t ready_mask(const struct keep_poll_item *items, uint32_t count)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < count; i++)
        if (kinds[items[i].what].ready(items[i].object))
            mask |= 1u << i;
    return mask;
}

/* Returns a bit for each item that is ready. */
int32_t keep_impl_poll(const struct keep_poll_item *items, uint32_t count, uint32_t timeout_us)
{
    if (!sound(items, count))
        return -KEEP_EINVAL;
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock(), mask = ready_mask(items, count);
        if (mask) {
            keep_unlock(key);
            return (int32_t)mask;
        }
        for (uint32_t i = 0; i < count; i++)
            items[i].object->flags |= KEEP_POLLED;
        int32_t rc = sched_wait(&pollers, deadline, key);
        if (rc != KEEP_AGAIN)
            return rc;
    }
}

#endif
