/*
 * Counting semaphores. A unit that is given while somebody waits goes to who waits: the most
 * urgent, and among equals the first that came.
 */
#include "kernel/core/core.h"

int32_t keep_impl_sem_init(struct keep_sem *sem, uint32_t count, uint32_t limit)
{
    if (!limit || count > limit)
        return -KEEP_EINVAL;
    uint32_t key = keep_lock();
    sched_wake_all(&sem->waiters, -KEEP_ECANCELED);
    sem->count = count;
    sem->limit = limit;
    object_ready(&sem->object);
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_sem_give(struct keep_sem *sem)
{
    uint32_t key = keep_lock();
    int32_t result = 0;
    if (sem->waiters.first) {
        sched_wake(sem->waiters.first, 0);
        keep_unlock_and_switch(key);
        return 0;
    }
    if (sem->count < sem->limit)
        sem->count++;
    else
        result = -KEEP_EOVERFLOW;
    poll_changed(&sem->object);
    keep_unlock(key);
    return result;
}

int32_t keep_impl_sem_take(struct keep_sem *sem, uint32_t timeout_us)
{
    uint32_t key = keep_lock();
    if (sem->count) {
        sem->count--;
        keep_unlock(key);
        return 0;
    }
    return sched_wait(&sem->waiters, time_deadline(timeout_us), key);
}

int32_t keep_impl_sem_reset(struct keep_sem *sem)
{
    uint32_t key = keep_lock();
    sem->count = 0;
    sched_wake_all(&sem->waiters, -KEEP_ECANCELED);
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_sem_count(struct keep_sem *sem)
{
    return (int32_t)sem->count;
}
