/*
 * The work queue: one cooperative thread that runs what interrupts and drivers leave to it.
 */
#include "kernel/core/core.h"

#define PRIORITY_WORK (KEEP_COOPERATIVE - 1)

static void run_queue(void *arg);

KEEP_KERNEL_THREAD(work_thread, KEEP_WORK_STACK, run_queue, NULL, PRIORITY_WORK, 0, KEEP_FOREVER);

static struct keep_work *first, **last = &first;
static struct keep_waitq idle;

void work_init(void)
{
    struct keep_thread_spec spec = {run_queue, NULL, PRIORITY_WORK, 0, KEEP_NO_WAIT};
    keep_thread_make(&work_thread, &work_thread_stack, &spec);
}

void keep_work_submit(struct keep_work *w)
{
    uint32_t key = keep_lock();
    if (!w->queued) {
        w->queued = true;
        w->next = NULL;
        *last = w;
        last = &w->next;
        sched_wake_first(&idle, 0);
    }
    keep_unlock_and_switch(key);
}

static void delay_over(struct keep_timeout *timeout)
{
    keep_work_submit(KEEP_TIMEOUT_OWNER(timeout, keep_work));
}

void keep_work_delay(struct keep_work *w, uint32_t us)
{
    uint32_t key = keep_lock();
    timeout_cancel(&w->timeout);
    w->timeout.expire = delay_over;
    timeout_add(&w->timeout, arch_now() + time_cycles(us));
    keep_unlock(key);
}

void keep_work_cancel(struct keep_work *w)
{
    uint32_t key = keep_lock();
    timeout_cancel(&w->timeout);
    for (struct keep_work **at = &first; w->queued && *at; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            if (last == &w->next)
                last = at;
            w->queued = false;
            break;
        }
    keep_unlock(key);
}

static struct keep_work *take(void)
{
    uint32_t key = keep_lock();
    struct keep_work *w = first;
    if (!w) {
        sched_wait(&idle, KEEP_NEVER, key);
        return NULL;
    }
    first = w->next;
    if (!first)
        last = &first;
    w->queued = false;
    keep_unlock(key);
    return w;
}

static void run_queue(void *arg)
{
    (void)arg;
    for (;;) {
        struct keep_work *w = take();
        if (w)
            w->run(w);
    }
}
