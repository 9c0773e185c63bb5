/*
 * What things cost, in cycles of the core. Each is done a thousand times between two readings of
 * the clock; what the loop and the readings take is measured in the same way and taken off.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define TIMES    1000u
#define PRIORITY 20u
#define SOFT_IRQ 20 /* of no device on these boards: pended by hand */
#define NVIC_ISER0 0xE000E100u
#define NVIC_ISPR0 0xE000E200u
#define ENTRY_CYCLES 12u /* of an exception, before its handler can read the clock */

KEEP_PARTITION(one);
KEEP_PARTITION(two);
KEEP_DOMAIN(domain_one, "one");
KEEP_DOMAIN(domain_two, "two");
static volatile struct {
    uint64_t begin, end;
} times KEEP_APP_BSS(one), times_two KEEP_APP_BSS(two);

static KEEP_SEM(sem, 0, 0x7FFFFFFF);
static KEEP_SEM(wake, 0, 1);
static KEEP_MUTEX(mutex);
KEEP_USER_STACK(stack_one, 1024);
KEEP_USER_STACK(stack_two, 1024);
static struct keep_thread thread_one, thread_two;

static uint64_t now(void)
{
    uint64_t cycles;
    keep_uptime(&cycles);
    return cycles;
}

/* ---- What is measured, in user mode or not. ---- */

static void nothing(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        __asm__ volatile("" ::: "memory");
}
static void give(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        keep_sem_give(&sem);
}
static void take(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        keep_sem_take(&sem, KEEP_NO_WAIT);
}
static void lock_unlock(void)
{
    for (uint32_t i = 0; i < TIMES; i++) {
        keep_mutex_lock(&mutex, KEEP_NO_WAIT);
        keep_mutex_unlock(&mutex);
    }
}
static void yield(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        keep_yield();
}

static void timed(void *work)
{
    times.begin = now();
    ((void (*)(void))work)();
    times.end = now();
}

static void yield_only(void *arg)
{
    (void)arg;
    yield();
}

/* ---- One measurement. ---- */

static void make(struct keep_thread *t, struct keep_stack *s, struct keep_domain *d,
                 void (*entry)(void *), void (*work)(void), uint32_t options)
{
    const struct keep_thread_spec spec = {entry, (void *)work, PRIORITY, options | KEEP_NO_SLICE,
                                          KEEP_FOREVER};
    keep_thread_make(t, s, &spec);
    keep_domain_join(d, t);
    keep_object_grant(&sem.object, t);
    keep_object_grant(&wake.object, t);
    keep_object_grant(&mutex.object, t);
}

static uint32_t measure(void (*work)(void), uint32_t options)
{
    make(&thread_one, &stack_one, &domain_one, timed, work, options);
    keep_thread_start(&thread_one);
    keep_thread_join(&thread_one, KEEP_FOREVER);
    return (uint32_t)(times.end - times.begin);
}

/* Two threads that take turns: 2 * TIMES switches. */
static uint32_t measure_switch(uint32_t options)
{
    make(&thread_two, &stack_two, &domain_two, yield_only, NULL, options);
    make(&thread_one, &stack_one, &domain_one, timed, yield, options);
    keep_sched_lock();
    keep_thread_start(&thread_one);
    keep_thread_start(&thread_two);
    keep_sched_unlock();
    keep_thread_join(&thread_one, KEEP_FOREVER);
    keep_thread_join(&thread_two, KEEP_FOREVER);
    return (uint32_t)(times.end - times.begin) / 2;
}

/* ---- From an interrupt to a user thread. ---- */

static volatile uint64_t interrupted;

static void on_interrupt(void *arg)
{
    (void)arg;
    interrupted = now() - ENTRY_CYCLES;
    keep_sem_give(&wake);
}
KEEP_IRQ(SOFT_IRQ, on_interrupt, NULL);

static void wait_and_read(void *arg)
{
    (void)arg;
    keep_sem_take(&wake, KEEP_FOREVER);
    times.end = now();
}

static uint32_t measure_interrupt(void)
{
    make(&thread_one, &stack_one, &domain_one, wait_and_read, NULL, KEEP_USER);
    keep_thread_start(&thread_one);
    keep_sleep(KEEP_MS(1));
    *(volatile uint32_t *)NVIC_ISER0 = 1u << SOFT_IRQ;
    *(volatile uint32_t *)NVIC_ISPR0 = 1u << SOFT_IRQ;
    keep_thread_join(&thread_one, KEEP_FOREVER);
    return (uint32_t)(times.end - interrupted);
}

static void print(const char *what, uint32_t cycles)
{
    keep_print(what);
    keep_print(" ");
    keep_print_number(cycles);
    keep_print("\n");
}

void keep_main(void)
{
    uint32_t user = measure(nothing, KEEP_USER), kernel = measure(nothing, 0);
    print("sem_give_user", (measure(give, KEEP_USER) - user) / TIMES);
    print("sem_give_supervisor", (measure(give, 0) - kernel) / TIMES);
    print("sem_take_user", (measure(take, KEEP_USER) - user) / TIMES);
    print("sem_take_supervisor", (measure(take, 0) - kernel) / TIMES);
    print("mutex_pair_user", (measure(lock_unlock, KEEP_USER) - user) / TIMES);
    print("mutex_pair_supervisor", (measure(lock_unlock, 0) - kernel) / TIMES);
    print("yield_alone_user", (measure(yield, KEEP_USER) - user) / TIMES);
    print("switch_user", measure_switch(KEEP_USER) / TIMES);
    print("switch_supervisor", measure_switch(0) / TIMES);
    print("interrupt_to_user", measure_interrupt());
    keep_shutdown(0);
}
