/*
 * Message queues. Whoever waits is woken to try again, and so copies from and to its own memory
 * itself, with the rights that it has then. All are woken, in their order: the first may have ended
 * before it comes to run, or be suspended, and the next must not wait for it.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_MSGQ

static uint8_t *slot(const struct keep_msgq *q, uint32_t n)
{
    uint32_t at = q->first + n;
    return q->messages + (at >= q->limit ? at - q->limit : at) * q->bytes;
}

int32_t keep_impl_msgq_put(struct keep_msgq *msgq, const void *message, uint32_t bytes,
                           uint32_t timeout_us)
{
    if (bytes != msgq->bytes)
        return -KEEP_EINVAL;
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock();
        if (msgq->used < msgq->limit) {
            __builtin_memcpy(slot(msgq, msgq->used++), message, bytes);
            sched_wake_all(&msgq->readers, KEEP_AGAIN);
            poll_changed(&msgq->object);
            keep_unlock_and_switch(key);
            return 0;
        }
        int32_t rc = sched_wait(&msgq->writers, deadline, key);
        if (rc != KEEP_AGAIN)
            return rc;
    }
}

int32_t keep_impl_msgq_get(struct keep_msgq *msgq, void *message, uint32_t bytes,
                           uint32_t timeout_us)
{
    if (bytes != msgq->bytes)
        return -KEEP_EINVAL;
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock();
        if (msgq->used) {
            __builtin_memcpy(message, slot(msgq, 0), bytes);
            msgq->first = msgq->first + 1 == msgq->limit ? 0 : msgq->first + 1;
            msgq->used--;
            sched_wake_all(&msgq->writers, KEEP_AGAIN);
            keep_unlock_and_switch(key);
            return 0;
        }
        int32_t rc = sched_wait(&msgq->readers, deadline, key);
        if (rc != KEEP_AGAIN)
            return rc;
    }
}

int32_t keep_impl_msgq_peek(struct keep_msgq *msgq, void *message, uint32_t bytes)
{
    uint32_t key = keep_lock();
    int32_t rc = bytes != msgq->bytes ? -KEEP_EINVAL : msgq->used ? 0 : -KEEP_EAGAIN;
    if (rc == 0)
        __builtin_memcpy(message, slot(msgq, 0), bytes);
    keep_unlock(key);
    return rc;
}

/* Who waits to write is told that the queue was emptied. */
int32_t keep_impl_msgq_purge(struct keep_msgq *msgq)
{
    uint32_t key = keep_lock();
    msgq->used = 0;
    sched_wake_all(&msgq->writers, -KEEP_ECANCELED);
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_msgq_used(struct keep_msgq *msgq)
{
    return (int32_t)msgq->used;
}

#endif
