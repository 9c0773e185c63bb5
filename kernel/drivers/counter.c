/*
 * The CMSDK timer as a counter with an alarm at the end of each period.
 *
 * Source: Arm Cortex-M System Design Kit TRM (DDI 0479), 4.1.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_COUNTER

#define TIMER_CTRL     0x00u
#define TIMER_VALUE    0x04u
#define TIMER_RELOAD   0x08u
#define TIMER_INTCLEAR 0x0Cu
#define CTRL_ENABLE    1u
#define CTRL_INT       8u

#define REG(c, offset) KEEP_REG((c)->base + (offset))

static void alarm(void *counter);

struct keep_counter keep_counter0 = {KEEP_READY_OBJECT, .base = BOARD_TIMER0,
                                     .irq = BOARD_TIMER0_IRQ};
struct keep_counter keep_counter1 = {KEEP_READY_OBJECT, .base = BOARD_TIMER1,
                                     .irq = BOARD_TIMER1_IRQ};
KEEP_IRQ(BOARD_TIMER0_IRQ, alarm, &keep_counter0);
KEEP_IRQ(BOARD_TIMER1_IRQ, alarm, &keep_counter1);

static void alarm(void *counter)
{
    struct keep_counter *c = counter;
    uint32_t key = keep_lock();
    REG(c, TIMER_INTCLEAR) = 1;
    c->alarms++;
    if (c->waiters.first) {
        sched_wake_all(&c->waiters, (int32_t)c->alarms);
        c->alarms = 0;
    }
    keep_unlock(key);
}

/* Counts down from @period cycles, again and again. */
int32_t keep_impl_counter_start(struct keep_counter *counter, uint32_t period)
{
    uint32_t key = keep_lock();
    counter->alarms = 0;
    REG(counter, TIMER_CTRL) = 0;
    REG(counter, TIMER_RELOAD) = period - 1;
    REG(counter, TIMER_VALUE) = period - 1;
    REG(counter, TIMER_CTRL) = CTRL_ENABLE | CTRL_INT;
    arch_irq_enable(counter->irq);
    keep_unlock(key);
    return 0;
}

int32_t keep_impl_counter_stop(struct keep_counter *counter)
{
    uint32_t key = keep_lock();
    REG(counter, TIMER_CTRL) = 0;
    arch_irq_disable(counter->irq);
    sched_wake_all(&counter->waiters, -KEEP_ECANCELED);
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_counter_value(struct keep_counter *counter, uint32_t *value)
{
    *value = REG(counter, TIMER_VALUE);
    return 0;
}

/* Returns how many periods have ended since the last wait. */
int32_t keep_impl_counter_wait(struct keep_counter *counter, uint32_t timeout_us)
{
    uint32_t key = keep_lock(), n = counter->alarms;
    counter->alarms = 0;
    if (n) {
        keep_unlock(key);
        return (int32_t)(n & INT32_MAX);
    }
    return sched_wait(&counter->waiters, time_deadline(timeout_us), key);
}

#endif
