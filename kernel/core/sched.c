/*
 * The scheduler: the most urgent ready thread runs; equals in order of arrival.
 *
 * A thread is in exactly one place: in the ready queue of its priority (the running one too, at its
 * head, unless it yields), in the queue of what it waits for, or in none. A more urgent thread that
 * becomes ready runs at once, unless the running one is cooperative or has locked the scheduler.
 */
#include "kernel/core/core.h"

struct keep_thread *keep_current;
struct keep_thread *keep_threads[KEEP_THREADS_MAX];

static struct {
    uint32_t bits; /* bit n: queue[n] has a thread; the idle thread is always there */
    struct {
        struct keep_thread *first, *last;
    } queue[KEEP_PRIORITIES + 1];
} ready;
static bool yielded; /* the running thread, which keeps the processor, lets others before it */
static bool sliced;  /* the running thread has a slice */
#if KEEP_STATISTICS
static uint32_t since; /* low half of the cycle at which the running thread began its turn */
#endif

/* ---- Ready queues. ---- */

static inline void enqueue(struct keep_thread *t)
{
    uint32_t p = t->priority;
    t->next = NULL;
    if (ready.queue[p].first)
        ready.queue[p].last->next = t;
    else
        ready.queue[p].first = t;
    ready.queue[p].last = t;
    if (p < KEEP_PRIORITIES)
        ready.bits |= 1u << p;
}

static void enqueue_first(struct keep_thread *t)
{
    uint32_t p = t->priority;
    t->next = ready.queue[p].first;
    if (!ready.queue[p].first)
        ready.queue[p].last = t;
    ready.queue[p].first = t;
    if (p < KEEP_PRIORITIES)
        ready.bits |= 1u << p;
}

/* One that is not the first of its queue. */
static void dequeue_later(struct keep_thread *t)
{
    struct keep_thread *before = ready.queue[t->priority].first;
    while (before->next != t)
        before = before->next;
    before->next = t->next;
    if (!t->next)
        ready.queue[t->priority].last = before;
}

static inline void dequeue(struct keep_thread *t)
{
    uint32_t p = t->priority;
    if (ready.queue[p].first != t)
        dequeue_later(t);
    else if (!(ready.queue[p].first = t->next) && p < KEEP_PRIORITIES)
        ready.bits &= ~(1u << p);
    t->next = NULL;
}

static struct keep_thread *most_urgent(void)
{
    return ready.queue[ready.bits ? (uint32_t)__builtin_ctz(ready.bits) : KEEP_IDLE].first;
}

/* The running thread, which is the first of its queue and has equals, becomes the last. */
static inline void rotate(struct keep_thread *t)
{
    uint32_t p = t->priority;
    ready.queue[p].first = t->next;
    ready.queue[p].last->next = t;
    ready.queue[p].last = t;
    t->next = NULL;
    arch_switch();
}

/* ---- The switch. ---- */

/* What a user thread waited for goes to it before it runs. */
static void finish_wait(struct keep_thread *t)
{
    t->pending = 0;
    if (t->result == KEEP_AGAIN) {
        t->again = 1;
        arch_call_again(t);
    } else {
        arch_deliver(t, t->result);
    }
}

/* @t begins its turn: the cycles of the one before go to @old. */
static inline void count_turn(struct keep_thread *old)
{
#if KEEP_STATISTICS
    uint32_t now = arch_now_low();
    if (old)
        old->cycles += now - since;
    since = now;
#else
    (void)old;
#endif
}

/* Does @t run for a slice, with equals who wait for it to be over? */
static inline bool wants_slice(const struct keep_thread *t)
{
    return KEEP_SLICING && t->next && t->priority >= KEEP_COOPERATIVE &&
           !(t->options & KEEP_NO_SLICE);
}

/* What is rare at a switch: a thread that keeps the processor, or waited, or has a slice. */
static KEEP_COLD struct keep_thread *schedule_unusual(struct keep_thread *old,
                                                      struct keep_thread *t)
{
    if (old && old->no_switch && old->state == KEEP_READY && !yielded)
        t = old;
    yielded = false;
    if (t != old) {
        count_turn(old);
        keep_current = t;
    }
    if (t->pending)
        finish_wait(t);
    sliced = wants_slice(t);
    if (sliced)
        time_slice(t);
    else
        time_no_slice();
    __asm__ volatile("cpsie i" ::: "memory");
    return t;
}

/* In PendSV, which interrupts may interrupt, but not here. */
struct keep_thread *keep_schedule(struct keep_thread *old)
{
    __asm__ volatile("cpsid i" ::: "memory");
    struct keep_thread *t = most_urgent();
    if (!old || old->no_switch || t->pending || wants_slice(t) || (KEEP_SLICING && sliced))
        return schedule_unusual(old, t);
    count_turn(old);
    keep_current = t;
    __asm__ volatile("cpsie i" ::: "memory");
    return t;
}

static void begin_slice(const struct keep_thread *t)
{
    sliced = wants_slice(t);
    if (sliced)
        time_slice(t);
}

static void preempt_for(const struct keep_thread *t)
{
    struct keep_thread *now = keep_current;
    if (!now || now->state != KEEP_READY || (t->priority < now->priority && !now->no_switch))
        arch_switch();
    else if (t->priority == now->priority && now->next == t)
        begin_slice(now);
}

void sched_ready(struct keep_thread *t)
{
    if (t->suspended) {
        t->state = KEEP_SUSPENDED;
        return;
    }
    t->state = KEEP_READY;
    enqueue(t);
    preempt_for(t);
}

void sched_rotate(void)
{
    struct keep_thread *t = keep_current;
    if (t && t->state == KEEP_READY && t->next && !t->no_switch)
        rotate(t);
}

void sched_forget_current(void)
{
    keep_current = NULL;
    arch_switch();
}

void sched_reprioritise(struct keep_thread *t, uint32_t priority)
{
    if (t->priority == priority)
        return;
    struct keep_waitq *q = t->waiting;
    bool cooperative = priority < KEEP_COOPERATIVE, was = t->priority < KEEP_COOPERATIVE;
    if (t->state == KEEP_READY)
        dequeue(t);
    t->priority = (uint8_t)priority;
    t->no_switch = (uint8_t)(t->no_switch + cooperative - was);
    if (t->state == KEEP_READY && t == keep_current)
        enqueue_first(t);
    else if (t->state == KEEP_READY)
        enqueue(t);
    else if (q) {
        sched_remove(t);
        waitq_add(q, t);
    }
    arch_switch(); /* whoever is the most urgent now */
}

/* ---- Waiting. ---- */

void waitq_add(struct keep_waitq *q, struct keep_thread *t)
{
    struct keep_thread **at = &q->first;
    while (*at && (*at)->priority <= t->priority)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
    t->waiting = q;
}

static void waitq_remove(struct keep_thread *t)
{
    struct keep_thread **at = &t->waiting->first;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    t->next = NULL;
    t->waiting = NULL;
}

void sched_remove(struct keep_thread *t)
{
    if (t->state == KEEP_READY)
        dequeue(t);
    else if (t->waiting)
        waitq_remove(t);
}

void sched_wake(struct keep_thread *t, int32_t result)
{
    if (t->waiting)
        waitq_remove(t);
    if (t->timeout.when)
        timeout_cancel(&t->timeout);
    t->result = result;
    sched_ready(t);
}

struct keep_thread *sched_wake_first(struct keep_waitq *q, int32_t result)
{
    struct keep_thread *t = q->first;
    if (t)
        sched_wake(t, result);
    return t;
}

void sched_wake_all(struct keep_waitq *q, int32_t result)
{
    while (sched_wake_first(q, result))
        ;
}

/* The time of a thread's wait is up. */
static void give_up(struct keep_timeout *timeout)
{
    struct keep_thread *t = KEEP_TIMEOUT_OWNER(timeout, keep_thread);
    uint32_t key = keep_lock();
    int32_t result = t->waiting ? -KEEP_EAGAIN : 0; /* 0: it slept */
#if KEEP_WITH_MUTEX
    if (t->relock) {
        condvar_give_up(t);
        keep_unlock(key);
        return;
    }
    if (t->wants)
        mutex_give_up(t);
#endif
    if (t->state == KEEP_WAITING)
        sched_wake(t, result);
    keep_unlock(key);
}

int32_t sched_wait(struct keep_waitq *q, uint64_t deadline, uint32_t key)
{
    struct keep_thread *t = keep_current;
    if (!deadline || arch_in_interrupt()) {
        keep_unlock(key);
        return deadline ? -KEEP_EWOULDBLOCK : -KEEP_EAGAIN;
    }
    if (t->state != KEEP_READY) { /* it was ended in the middle of its call */
        keep_unlock_and_switch(key);
        return 0;
    }
    dequeue(t);
    t->state = KEEP_WAITING;
    if (q)
        waitq_add(q, t);
    if (deadline != KEEP_NEVER) {
        t->timeout.expire = give_up;
        timeout_add(&t->timeout, deadline);
    }
    t->pending = t->control & CONTROL_NPRIV;
    arch_switch();
    bool later = t->pending; /* the result comes with the switch (finish_wait) */
    keep_unlock_and_switch(key);
    return later ? 0 : t->result;
}

/* A thread that nobody interrupts lets others before it: equals, and the more urgent. */
static KEEP_COLD void yield_kept(struct keep_thread *t)
{
    yielded = true;
    if (t->next)
        rotate(t);
    else
        arch_switch();
}

int32_t keep_impl_yield(void)
{
    struct keep_thread *t = keep_current;
    uint32_t key = keep_lock();
    if (t->no_switch)
        yield_kept(t);
    else if (t->next)
        rotate(t);
    keep_unlock_and_switch(key);
    return 0;
}

void keep_sched_lock(void)
{
    uint32_t key = keep_lock();
    keep_current->no_switch++;
    keep_unlock(key);
}

void keep_sched_unlock(void)
{
    uint32_t key = keep_lock();
    if (--keep_current->no_switch == 0)
        arch_switch();
    keep_unlock_and_switch(key);
}

const char *sched_check(void)
{
    for (uint32_t p = 0; p <= KEEP_PRIORITIES; p++) {
        const struct keep_thread *last = NULL;
        for (const struct keep_thread *t = ready.queue[p].first; t; last = t, t = t->next)
            if (t->state != KEEP_READY || t->priority != p)
                return "a thread is in the wrong ready queue";
        if (last && ready.queue[p].last != last)
            return "a ready queue has lost its end";
        if (p < KEEP_PRIORITIES && (ready.bits >> p & 1u) != (last != NULL))
            return "a ready queue's bit is wrong";
    }
    return NULL;
}
