/*
 * Threads: start, end, join; and the faults of user threads, which end the guilty one alone.
 */
#include "kernel/core/core.h"

void keep_thread_start(struct keep_thread *t, void (*entry)(uint32_t), uint32_t arg)
{
    if (t->state != KEEP_DEAD)
        keep_panic("a thread was started twice");
    uint32_t key = keep_lock();
    arch_thread_init(t, entry, arg, keep_thread_returned);
    t->object.initialised = 1;
    t->object.generation++;
    t->end = KEEP_END_NONE;
    sched_ready(t);
    keep_unlock(key);
}

void thread_end(struct keep_thread *t, enum keep_end why, int32_t status)
{
    uint32_t key = keep_lock();
    t->end = why;
    t->status = status;
    t->object.initialised = 0;
    if (t->joiner) {
        sched_wake(t->joiner, 0);
        t->joiner = NULL;
    }
    sched_block(KEEP_DEAD, KEEP_NEVER);
    keep_unlock(key);
}

void keep_thread_join(struct keep_thread *t)
{
    uint32_t key = keep_lock();
    if (t->state != KEEP_DEAD) {
        t->joiner = keep_current;
        sched_block(KEEP_WAITING, KEEP_NEVER);
    }
    keep_unlock(key);
}

void keep_user_fault(uint32_t cfsr, uint32_t addr, const struct keep_frame *frame)
{
    struct keep_thread *t = keep_current;
    if (t->state == KEEP_DEAD)
        return; /* a second exception of the mistake that ended it */
    bool readable = frame && memory_check_read(t, (uint32_t)frame, sizeof *frame) == 0;
    t->cfsr = cfsr;
    t->fault_addr = addr;
    t->fault_pc = readable ? frame->pc : 0;
    thread_end(t, KEEP_END_FAULT, 0);
}

void keep_user_oops(void)
{
    thread_end(keep_current, KEEP_END_OOPS, 0);
}

int32_t keep_impl_thread_exit(int32_t status)
{
    thread_end(keep_current, KEEP_END_EXIT, status);
    return 0;
}
