/*
 * Mutexes, recursive, with priority inheritance: who holds a mutex is as urgent as the most urgent
 * thread that waits for any mutex it holds, and so is who it waits for itself.
 *
 * A mutex is handed over: who unlocks makes the first waiter its owner. When an owner ends, the
 * next gets -KEEP_EOWNERDEAD, and has the mutex: what it guards may be half changed.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_MUTEX

#define CHAIN_MAX 8u /* owners that wait for owners: deeper is a deadlock, or nearly */

static void hold(struct keep_mutex *m, struct keep_thread *t)
{
    m->owner = t;
    m->depth = 1;
    m->next_held = t->held;
    t->held = m;
}

static void let_go(struct keep_mutex *m)
{
    struct keep_mutex **at = &m->owner->held;
    while (*at != m)
        at = &(*at)->next_held;
    *at = m->next_held;
    m->next_held = NULL;
    m->owner = NULL;
    m->depth = 0;
}

/* The priority that @t should have: its own, or of the most urgent that waits for it. */
static uint32_t wanted_priority(const struct keep_thread *t)
{
    uint32_t p = t->base;
    for (const struct keep_mutex *m = t->held; m; m = m->next_held)
        if (m->waiters.first && m->waiters.first->priority < p)
            p = m->waiters.first->priority;
    return p;
}

static void settle(struct keep_thread *t)
{
    for (uint32_t i = 0; t && i < CHAIN_MAX; i++) {
        uint32_t p = wanted_priority(t);
        if (p == t->priority)
            return;
        sched_reprioritise(t, p);
        t = t->wants ? t->wants->owner : NULL;
    }
}

void mutex_settle(struct keep_thread *t)
{
    settle(t);
    settle(t->wants ? t->wants->owner : NULL); /* its place among the waiters may have changed */
}

/* To the first that waits, with @result. */
static void hand_over(struct keep_mutex *m, int32_t result)
{
    struct keep_thread *before = m->owner, *t = m->waiters.first;
    let_go(m);
    if (t) {
        if (t->relock && t->wait_value)
            result = (int32_t)t->wait_value; /* of the condition that it waited for */
        t->relock = NULL;
        t->wait_value = 0;
        t->wants = NULL;
        sched_wake(t, result);
        hold(m, t);
        settle(t);
    }
    settle(before);
}

void mutex_give_up(struct keep_thread *t)
{
    struct keep_mutex *m = t->wants;
    t->wants = NULL;
    t->relock = NULL;
    if (!m)
        return;
    if (t->waiting)
        sched_remove(t);
    if (m->owner)
        settle(m->owner);
}

void mutex_release_all(struct keep_thread *t)
{
    while (t->held)
        hand_over(t->held, -KEEP_EOWNERDEAD);
}

/* Threads that wait for a condition would have got @m back: their wait ends without. */
static void forget_relock(const struct keep_mutex *m)
{
    for (uint32_t i = 0; i < KEEP_THREADS_MAX; i++) {
        struct keep_thread *t = keep_threads[i];
        if (!t || t->relock != m)
            continue;
        t->relock = NULL;
        t->wait_value = 0;
        if (t->wants != m && t->state == KEEP_WAITING)
            sched_wake(t, -KEEP_ECANCELED);
    }
}

void mutex_dispose(struct keep_mutex *m)
{
    forget_relock(m);
    while (m->waiters.first) {
        m->waiters.first->wants = NULL;
        sched_wake(m->waiters.first, -KEEP_ECANCELED);
    }
    if (m->owner) {
        struct keep_thread *before = m->owner;
        let_go(m);
        settle(before);
    }
}

int32_t keep_impl_mutex_init(struct keep_mutex *mutex)
{
    uint32_t key = keep_lock();
    int32_t rc = mutex->owner ? -KEEP_EBUSY : 0;
    if (rc == 0)
        object_ready(&mutex->object);
    keep_unlock(key);
    return rc;
}

int32_t keep_impl_mutex_lock(struct keep_mutex *mutex, uint32_t timeout_us)
{
    if (arch_in_interrupt())
        return -KEEP_EWOULDBLOCK; /* it would be whose? */
    struct keep_thread *me = keep_current;
    uint32_t key = keep_lock();
    int32_t rc = 0;
    if (!mutex->owner)
        hold(mutex, me);
    else if (mutex->owner == me)
        mutex->depth++;
    else if (timeout_us == KEEP_NO_WAIT)
        rc = -KEEP_EBUSY;
    else {
        me->wants = mutex;
        if (me->priority < mutex->owner->priority) {
            sched_reprioritise(mutex->owner, me->priority);
            settle(mutex->owner->wants ? mutex->owner->wants->owner : NULL);
        }
        return sched_wait(&mutex->waiters, time_deadline(timeout_us), key);
    }
    keep_unlock(key);
    return rc;
}

int32_t keep_impl_mutex_unlock(struct keep_mutex *mutex)
{
    uint32_t key = keep_lock();
    if (arch_in_interrupt() || mutex->owner != keep_current) {
        keep_unlock(key);
        return -KEEP_EPERM;
    }
    if (--mutex->depth == 0)
        hand_over(mutex, 0);
    keep_unlock_and_switch(key);
    return 0;
}

#endif
#if KEEP_WITH_CONDVAR

/*
 * Condition variables. A thread that is signalled has the mutex again when its wait ends: it is the
 * owner at once, or waits on for the mutex. Its time being up changes the result, not that.
 */

int32_t keep_impl_condvar_init(struct keep_condvar *condvar)
{
    uint32_t key = keep_lock();
    int32_t rc = condvar->waiters.first ? -KEEP_EBUSY : 0;
    if (rc == 0)
        object_ready(&condvar->object);
    keep_unlock(key);
    return rc;
}

/* @t's wait for the condition is over, with @result; now for the mutex. */
static void wants_back(struct keep_thread *t, int32_t result)
{
    struct keep_mutex *m = t->relock;
    if (!m->owner) {
        t->relock = NULL;
        sched_wake(t, result);
        hold(m, t);
        return;
    }
    sched_remove(t);
    timeout_cancel(&t->timeout);
    t->wait_value = (uint32_t)result;
    t->wants = m;
    waitq_add(&m->waiters, t);
    settle(m->owner);
}

void condvar_dispose(struct keep_condvar *c)
{
    while (c->waiters.first)
        wants_back(c->waiters.first, -KEEP_ECANCELED);
}

void condvar_give_up(struct keep_thread *t)
{
    wants_back(t, -KEEP_EAGAIN);
}

int32_t keep_impl_condvar_wait(struct keep_condvar *condvar, struct keep_mutex *mutex,
                               uint32_t timeout_us)
{
    struct keep_thread *me = keep_current;
    uint32_t key = keep_lock();
    if (arch_in_interrupt() || mutex->owner != me || mutex->depth != 1) {
        keep_unlock(key);
        return -KEEP_EPERM;
    }
    if (timeout_us == KEEP_NO_WAIT) {
        keep_unlock(key);
        return -KEEP_EAGAIN;
    }
    hand_over(mutex, 0);
    me->relock = mutex;
    me->wait_value = 0;
    return sched_wait(&condvar->waiters, time_deadline(timeout_us), key);
}

int32_t keep_impl_condvar_signal(struct keep_condvar *condvar)
{
    uint32_t key = keep_lock();
    if (condvar->waiters.first)
        wants_back(condvar->waiters.first, 0);
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_condvar_broadcast(struct keep_condvar *condvar)
{
    uint32_t key = keep_lock();
    while (condvar->waiters.first)
        wants_back(condvar->waiters.first, 0);
    keep_unlock_and_switch(key);
    return 0;
}

#endif
