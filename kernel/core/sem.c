/*
 * Counting semaphores. Threads wait in order of arrival.
 */
#include "kernel/core/core.h"

static void add_waiter(struct keep_sem *sem, struct keep_thread *t)
{
    struct keep_thread **at = &sem->waiters;
    while (*at)
        at = &(*at)->next;
    t->next = NULL;
    t->waiting_for = sem;
    *at = t;
}

/* Take @t out of the queue it waits in, if it waits at all. */
void sem_forget(struct keep_thread *t)
{
    if (!t->waiting_for)
        return;
    for (struct keep_thread **at = &t->waiting_for->waiters; *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    t->waiting_for = NULL;
}

int32_t keep_impl_sem_give(struct keep_sem *sem)
{
    uint32_t key = keep_lock();
    struct keep_thread *t = sem->waiters;
    int32_t result = 0;
    if (t) {
        sem_forget(t);
        sched_wake(t, 0);
    } else if (sem->count < sem->limit) {
        sem->count++;
    } else {
        result = -KEEP_EOVERFLOW;
    }
    keep_unlock(key);
    return result;
}

int32_t keep_impl_sem_take(struct keep_sem *sem, uint32_t timeout_ms)
{
    struct keep_thread *me = keep_current;
    uint32_t key = keep_lock();
    int32_t result = 0;
    if (sem->count) {
        sem->count--;
    } else if (timeout_ms == 0) {
        result = -KEEP_EAGAIN;
    } else {
        add_waiter(sem, me);
        sched_block(KEEP_WAITING, sched_deadline(timeout_ms));
        keep_unlock(key); /* the switch happens here */
        return me->result;
    }
    keep_unlock(key);
    return result;
}
