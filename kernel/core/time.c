/*
 * Time: a list of what is to happen, the earliest first, and one alarm for its head or the end of
 * the running thread's slice. No ticks: nothing happens while nothing is due.
 *
 * All of it in cycles since the start. 64 bits last for 23,000 years at 25 MHz.
 */
#include "kernel/core/core.h"

#define CYCLES_PER_US (BOARD_CLOCK_HZ / 1000000u)

static struct keep_timeout *timeouts;
static uint64_t slice_end = KEEP_NEVER;
static uint64_t alarm_at =
    KEEP_NEVER; /* what arch_alarm() was last told; it may come before, never after */
static uint32_t slice_us = KEEP_SLICE_US;

uint64_t time_cycles(uint64_t us)
{
    return us > KEEP_NEVER / 2 / CYCLES_PER_US ? KEEP_NEVER / 2 : us * CYCLES_PER_US;
}

uint64_t time_deadline(uint32_t us)
{
    struct keep_thread *t = keep_current;
    if (us == KEEP_NO_WAIT)
        return 0;
    if (arch_in_interrupt())
        return 1; /* nothing waits there: sched_wait() says so */
    if (t->again) {
        t->again = 0;
        return t->deadline;
    }
    t->deadline = us == KEEP_FOREVER ? KEEP_NEVER : arch_now() + (uint64_t)us * CYCLES_PER_US;
    return t->deadline;
}

static void alarm_before(uint64_t when)
{
    if (when >= alarm_at)
        return;
    alarm_at = when;
    arch_alarm(when);
}

void timeout_add(struct keep_timeout *t, uint64_t when)
{
    struct keep_timeout **at = &timeouts;
    while (*at && (*at)->when <= when)
        at = &(*at)->next;
    t->when = when ? when : 1;
    t->next = *at;
    *at = t;
    alarm_before(t->when);
}

void timeout_cancel(struct keep_timeout *t)
{
    for (struct keep_timeout **at = &timeouts; t->when && *at; at = &(*at)->next)
        if (*at == t) {
            *at = t->next;
            break;
        }
    t->when = 0;
}

uint32_t time_check(void)
{
    uint32_t count = 0;
    for (const struct keep_timeout *t = timeouts; t; t = t->next, count++)
        if (!t->when || (t->next && t->next->when < t->when))
            return UINT32_MAX;
    return count;
}

/* The first that is due, taken out of the list. */
static struct keep_timeout *take_due(uint64_t now)
{
    struct keep_timeout *t = timeouts;
    if (!t || t->when > now)
        return NULL;
    timeouts = t->next;
    t->when = 0;
    return t;
}

void keep_clock(void)
{
    struct keep_timeout *t;
    uint32_t key = keep_lock();
    uint64_t now = arch_now(); /* once: what becomes due meanwhile is for the next alarm */
    while ((t = take_due(now))) {
        keep_unlock(key); /* what is due may take its time; other interrupts come in */
        t->expire(t);
        key = keep_lock();
    }
    if (slice_end <= arch_now()) {
        slice_end = KEEP_NEVER;
        sched_rotate();
    }
    alarm_at = timeouts ? timeouts->when : KEEP_NEVER;
    if (slice_end < alarm_at)
        alarm_at = slice_end;
    arch_alarm(alarm_at);
    keep_unlock(key);
}

/* ---- Time slices. ---- */

void time_slice(const struct keep_thread *t)
{
    uint32_t us = t->slice_us ? t->slice_us : slice_us;
    slice_end = us ? arch_now() + us * CYCLES_PER_US : KEEP_NEVER;
    alarm_before(slice_end);
}

void time_no_slice(void)
{
    slice_end = KEEP_NEVER;
}

void keep_slice_set(uint32_t us)
{
    slice_us = us;
}

void keep_thread_slice(struct keep_thread *t, uint32_t us)
{
    t->slice_us = us;
}

/* ---- Calls. ---- */

int32_t keep_impl_sleep(uint32_t us)
{
    if (us == KEEP_NO_WAIT)
        return keep_impl_yield();
    uint32_t key = keep_lock();
    return sched_wait(NULL, time_deadline(us), key);
}

int32_t keep_impl_sleep_until(uint64_t cycle)
{
    uint32_t key = keep_lock();
    if (cycle <= arch_now()) {
        keep_unlock(key);
        return 0;
    }
    return sched_wait(NULL, cycle, key);
}

int32_t keep_impl_uptime(uint64_t *cycles)
{
    *cycles = arch_now();
    return 0;
}
