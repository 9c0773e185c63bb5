/*
 * Timers: once or again and again, with a function in interrupt context or threads that wait.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_TIMER

static uint32_t periodic; /* timers that run again and again */

/* The more there are, the longer a new one's period: their interrupts leave time for threads. */
static bool too_short(const struct keep_timer *t, uint64_t period_us)
{
    uint32_t others = periodic - (t->period != 0);
    return period_us && period_us < (uint64_t)KEEP_TIMER_LEAST_US * (others + 1);
}

static void set_period(struct keep_timer *t, uint64_t cycles)
{
    periodic += (cycles != 0) - (t->period != 0);
    t->period = cycles;
}

void timer_dispose(struct keep_timer *t)
{
    timeout_cancel(&t->timeout);
    set_period(t, 0);
}

/* For the next period that is still to come: those that passed meanwhile are only counted. */
static void again(struct keep_timer *t)
{
    uint64_t now = arch_now();
    t->due += t->period;
    if (t->due <= now) {
        uint64_t missed = (now - t->due) / t->period + 1;
        t->expired += (uint32_t)missed;
        t->due += missed * t->period;
    }
    timeout_add(&t->timeout, t->due);
}

static void expired(struct keep_timeout *timeout)
{
    struct keep_timer *t = KEEP_TIMEOUT_OWNER(timeout, keep_timer);
    uint32_t key = keep_lock();
    t->expired++;
    if (t->period)
        again(t);
    if (t->waiters.first) {
        sched_wake_all(&t->waiters, (int32_t)t->expired);
        t->expired = 0;
    }
    poll_changed(&t->object);
    keep_unlock(key);
    if (t->expiry)
        t->expiry(t);
}

int32_t keep_impl_timer_start(struct keep_timer *timer, uint64_t first_us, uint64_t period_us)
{
    uint32_t key = keep_lock();
    if (too_short(timer, period_us)) {
        keep_unlock(key);
        return -KEEP_EINVAL;
    }
    timeout_cancel(&timer->timeout);
    timer->expired = 0;
    set_period(timer, time_cycles(period_us));
    timer->timeout.expire = expired;
    timer->due = arch_now() + time_cycles(first_us);
    timeout_add(&timer->timeout, timer->due);
    keep_unlock(key);
    return 0;
}

int32_t keep_impl_timer_stop(struct keep_timer *timer)
{
    uint32_t key = keep_lock();
    timeout_cancel(&timer->timeout);
    set_period(timer, 0);
    sched_wake_all(&timer->waiters, -KEEP_ECANCELED);
    keep_unlock_and_switch(key);
    return 0;
}

/* How often since it was last asked. */
int32_t keep_impl_timer_expired(struct keep_timer *timer)
{
    uint32_t key = keep_lock(), n = timer->expired;
    timer->expired = 0;
    keep_unlock(key);
    return (int32_t)(n & INT32_MAX);
}

int32_t keep_impl_timer_wait(struct keep_timer *timer, uint32_t timeout_us)
{
    uint32_t key = keep_lock(), n = timer->expired;
    timer->expired = 0;
    bool runs = timer->timeout.when;
    if (n || !runs || timeout_us == KEEP_NO_WAIT) {
        keep_unlock(key);
        return n ? (int32_t)(n & INT32_MAX) : runs ? -KEEP_EAGAIN : 0;
    }
    return sched_wait(&timer->waiters, time_deadline(timeout_us), key);
}

int32_t keep_impl_timer_set_expiry(struct keep_timer *timer, keep_timer_expiry expiry)
{
    timer->expiry = expiry;
    return 0;
}

#endif
