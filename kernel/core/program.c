/*
 * Programs: threads with a common fate. What becomes of a fault is the program's policy.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_PROGRAM

static struct keep_program *to_restart; /* list, by next; the work queue's thread does it */
static void restart(struct keep_work *w);
static struct keep_work restarting = {.run = restart};

/* The running thread last: with it can go others, and its own object. */
static void end_program(const struct keep_program *p, enum keep_end why)
{
    struct keep_thread *me = keep_current;
    bool mine = me->program == p;
    for (uint32_t i = 0; i < KEEP_THREADS_MAX; i++) {
        struct keep_thread *t = keep_threads[i];
        if (t && t->program == p && t->state != KEEP_DEAD && t != me)
            thread_end(t, why, 0);
    }
    if (mine && keep_current == me && me->state != KEEP_DEAD)
        thread_end(me, why, 0);
}

static void restart(struct keep_work *w)
{
    struct keep_program *p;
    (void)w;
    do {
        uint32_t key = keep_lock();
        p = to_restart;
        if (p) {
            to_restart = p->next;
            p->restarting = 0;
        }
        keep_unlock(key);
        if (p)
            p->start(p);
    } while (p);
}

static void restart_later(struct keep_program *p)
{
    if (p->restarting)
        return;
    p->restarting = 1;
    p->next = to_restart;
    to_restart = p;
    keep_work_submit(&restarting);
}

/* May it begin once more? Counted in windows of time. */
static bool may_restart(struct keep_program *p)
{
    uint64_t now = arch_now();
    if (now >= p->window_end) {
        p->window_end = now + time_cycles(p->window_us);
        p->restarted = 0;
    }
    return p->start && p->restarted++ < p->restarts;
}

void program_forget(const struct keep_thread *t)
{
    if (t->program && t->program->faulted == t)
        t->program->faulted = NULL;
}

static void tell_handler(struct keep_program *p, struct keep_thread *t)
{
    thread_suspend(t);
    p->faulted = t;
    sched_wake_all(&p->handlers, KEEP_AGAIN);
}

void program_fault(struct keep_thread *t)
{
    struct keep_program *p = t->program;
    uint32_t policy = p ? p->policy : KEEP_POLICY_THREAD;
    if (policy == KEEP_POLICY_HANDLER && p->faulted)
        policy = KEEP_POLICY_THREAD; /* the handler is busy: or is it the handler's own? */
    switch ((enum keep_policy)policy) {
    case KEEP_POLICY_THREAD:
        thread_end(t, KEEP_END_FAULT, 0);
        break;
    case KEEP_POLICY_PROGRAM:
        end_program(p, KEEP_END_FAULT);
        break;
    case KEEP_POLICY_RESTART:
        end_program(p, KEEP_END_FAULT);
        if (may_restart(p))
            restart_later(p);
        break;
    case KEEP_POLICY_HANDLER:
        tell_handler(p, t);
        break;
    case KEEP_POLICY_STOP:
        keep_print("a fault of a program whose policy is to stop: ");
        keep_panic(keep_fault_name(t->fault.kind));
    }
}

int32_t keep_impl_fault_wait(struct keep_program *program, struct keep_fault *fault,
                             uint32_t timeout_us)
{
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock();
        if (program->faulted) {
            *fault = program->faulted->fault;
            keep_unlock(key);
            return 0;
        }
        int32_t rc = sched_wait(&program->handlers, deadline, key);
        if (rc != KEEP_AGAIN)
            return rc;
    }
}

/* The thread goes on where it was, or ends. */
int32_t keep_impl_fault_answer(struct keep_program *program, uint32_t resume)
{
    uint32_t key = keep_lock();
    struct keep_thread *t = program->faulted;
    program->faulted = NULL;
    keep_unlock(key);
    if (!t)
        return -KEEP_EINVAL;
    if (resume)
        return keep_impl_thread_resume(t);
    thread_end(t, KEEP_END_FAULT, 0);
    return 0;
}

#endif
