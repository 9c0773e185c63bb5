/*
 * Pipes and byte streams. A pipe takes each write as a whole: it waits until all of it has room, so
 * that writes of several threads never mix. A stream takes what it has room for, and lets a reader
 * wait until a number of bytes is there.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_PIPE

/* One side of a transfer. */
struct side {
    struct keep_object *object;
    struct keep_ring *ring;
    struct keep_waitq *mine, *others;
    uint32_t least; /* bytes of data or room that it needs */
    bool put;
};

static int32_t move(const struct side *s, void *data, uint32_t bytes, uint32_t timeout_us)
{
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock();
        if ((s->put ? ring_room(s->ring) : s->ring->used) >= s->least) {
            uint32_t n = s->put ? ring_put(s->ring, data, bytes) : ring_get(s->ring, data, bytes);
            if (n)
                sched_wake_all(s->others, KEEP_AGAIN); /* as with message queues */
            poll_changed(s->object);
            keep_unlock_and_switch(key);
            return (int32_t)n;
        }
        int32_t rc = sched_wait(s->mine, deadline, key);
        if (rc != KEEP_AGAIN)
            return rc;
    }
}

int32_t keep_impl_pipe_write(struct keep_pipe *pipe, const void *data, uint32_t bytes,
                             uint32_t timeout_us)
{
    struct side s = {&pipe->object, &pipe->ring, &pipe->writers, &pipe->readers, bytes, true};
    return bytes > pipe->ring.size ? -KEEP_EINVAL : move(&s, (void *)data, bytes, timeout_us);
}

int32_t keep_impl_pipe_read(struct keep_pipe *pipe, void *data, uint32_t bytes, uint32_t timeout_us)
{
    struct side s = {&pipe->object, &pipe->ring, &pipe->readers, &pipe->writers, bytes != 0, false};
    return move(&s, data, bytes, timeout_us);
}

int32_t keep_impl_stream_send(struct keep_stream *stream, const void *data, uint32_t bytes,
                              uint32_t timeout_us)
{
    struct side s = {&stream->object,  &stream->ring, &stream->writers,
                     &stream->readers, bytes != 0,    true};
    return move(&s, (void *)data, bytes, timeout_us);
}

/* What came before the trigger level was reached is to be had with KEEP_NO_WAIT. */
int32_t keep_impl_stream_receive(struct keep_stream *stream, void *data, uint32_t bytes,
                                 uint32_t timeout_us)
{
    uint32_t least = stream->trigger < bytes ? stream->trigger : bytes;
    struct side s = {&stream->object,
                     &stream->ring,
                     &stream->readers,
                     &stream->writers,
                     timeout_us == KEEP_NO_WAIT && stream->ring.used ? 1 : least,
                     false};
    return move(&s, data, bytes, timeout_us);
}

#endif
