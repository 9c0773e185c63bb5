/*
 * Futex: wait while a word of user memory has a value. The word is the user's, the queue is the
 * kernel's, and is one: whoever wakes looks through it for threads that wait at the same address.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_FUTEX

static struct keep_waitq waiters;

int32_t keep_impl_futex_wait(const uint32_t *word, uint32_t expected, uint32_t timeout_us)
{
    uint32_t key = keep_lock();
    if (*(const volatile uint32_t *)word != expected) {
        keep_unlock(key);
        return -KEEP_EAGAIN;
    }
    keep_current->wait_value = (uint32_t)word;
    return sched_wait(&waiters, time_deadline(timeout_us), key);
}

/* Returns how many were woken. */
int32_t keep_impl_futex_wake(const uint32_t *word, uint32_t most)
{
    uint32_t key = keep_lock(), woken = 0;
    for (struct keep_thread *t = waiters.first, *next; t && woken < most; t = next) {
        next = t->next;
        if (t->wait_value != (uint32_t)word)
            continue;
        sched_wake(t, 0);
        woken++;
    }
    keep_unlock_and_switch(key);
    return (int32_t)woken;
}

#endif
