/*
 * The scheduler: the most urgent ready thread runs; equals take turns by time slices.
 *
 * A thread is in exactly one place: running, in the ready queue of its priority, waiting for a
 * semaphore, asleep, or dead.
 */
#include "kernel/core/core.h"

struct keep_thread *keep_current;

static struct {
    struct keep_thread *first, *last;
} ready[KEEP_PRIORITIES];
static uint32_t ready_bits; /* bit n: ready[n] has a thread */
static uint64_t ticks;

static void enqueue(struct keep_thread *t)
{
    uint32_t p = t->def->priority;
    t->next = NULL;
    if (ready[p].first)
        ready[p].last->next = t;
    else
        ready[p].first = t;
    ready[p].last = t;
    ready_bits |= 1u << p;
}

static struct keep_thread *dequeue(void)
{
    uint32_t p = (uint32_t)__builtin_ctz(ready_bits); /* the idle thread is always there */
    struct keep_thread *t = ready[p].first;
    ready[p].first = t->next;
    if (!t->next)
        ready_bits &= ~(1u << p);
    t->next = NULL;
    return t;
}

struct keep_thread *keep_schedule(void)
{
    uint32_t key = keep_lock();
    if (keep_current && keep_current->state == KEEP_READY)
        enqueue(keep_current);
    keep_current = dequeue();
    keep_current->slice = KEEP_SLICE_TICKS;
    keep_unlock(key);
    return keep_current;
}

void sched_ready(struct keep_thread *t)
{
    t->state = KEEP_READY;
    t->wake_at = KEEP_NEVER;
    if (t == keep_current)
        return; /* woken before it was switched away from: keep_schedule() queues it */
    enqueue(t);
    if (!keep_current || t->def->priority < keep_current->def->priority)
        keep_reschedule();
}

void sched_block(enum keep_thread_state state, uint64_t wake_at)
{
    keep_current->state = state;
    keep_current->wake_at = wake_at;
    keep_reschedule();
}

void sched_wake(struct keep_thread *t, int32_t result)
{
    t->result = result;
    sched_ready(t);
}

uint64_t sched_now(void)
{
    return ticks;
}

uint64_t sched_deadline(uint32_t ms)
{
    return ms == KEEP_FOREVER ? KEEP_NEVER : ticks + ms + 1; /* at least @ms: this tick has begun */
}

static void wake_sleepers(void)
{
    KEEP_EACH(struct keep_thread_def, def, keep_thread_defs)
    {
        struct keep_thread *t = def->thread;
        if ((t->state != KEEP_SLEEPING && t->state != KEEP_WAITING) || t->wake_at > ticks)
            continue;
        sem_forget(t);
        sched_wake(t, t->state == KEEP_WAITING ? -KEEP_EAGAIN : 0);
    }
}

void keep_tick(void)
{
    uint32_t key = keep_lock();
    ticks++;
    wake_sleepers();
    if (keep_current && keep_current->slice && --keep_current->slice == 0)
        keep_reschedule();
    keep_unlock(key);
}

int32_t keep_impl_yield(void)
{
    keep_reschedule();
    return 0;
}

int32_t keep_impl_sleep(uint32_t milliseconds)
{
    uint32_t key = keep_lock();
    sched_block(KEEP_SLEEPING, sched_deadline(milliseconds));
    keep_unlock(key);
    return 0;
}
