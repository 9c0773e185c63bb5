/*
 * What things cost, in cycles of the core. Each is done a thousand times between two readings of
 * the clock; what the loop and the readings take is measured in the same way and taken off.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/apps/latency/work.h"
#include "kernel/user/keep.h"

#define PRIORITY   20u
#define SOFT_IRQ   20 /* of no device on these boards: pended by hand */
#define NVIC_ISER0 0xE000E100u
#define NVIC_ISPR0 0xE000E200u

KEEP_PARTITION(one);
KEEP_PARTITION(two);
KEEP_DOMAIN(domain_one, "one");
KEEP_DOMAIN(domain_two, "two");
static volatile struct {
    uint64_t begin, end;
} times KEEP_APP_BSS(one), times_two KEEP_APP_BSS(two);

KEEP_SEM(bench_sem, 0, 0x7FFFFFFF);
static KEEP_SEM(wake, 0, 1);
KEEP_MUTEX(bench_mutex);
KEEP_USER_STACK(stack_one, 1024);
KEEP_USER_STACK(stack_two, 1024);
static struct keep_thread thread_one, thread_two;

static uint64_t now(void)
{
    uint64_t cycles;
    keep_uptime(&cycles);
    return cycles;
}

static void timed(void *work)
{
    times.begin = now();
    ((void (*)(void))work)();
    times.end = now();
}

static void only(void *work)
{
    ((void (*)(void))work)();
}

/* ---- One measurement. ---- */

static void make(struct keep_thread *t, struct keep_stack *s, struct keep_domain *d,
                 void (*entry)(void *), void (*work)(void), uint32_t options)
{
    const struct keep_thread_spec spec = {entry, (void *)work, PRIORITY, options | KEEP_NO_SLICE,
                                          KEEP_FOREVER};
    keep_thread_make(t, s, &spec);
    keep_domain_join(d, t);
    keep_object_grant(&bench_sem.object, t);
    keep_object_grant(&wake.object, t);
    keep_object_grant(&bench_mutex.object, t);
}

static uint32_t measure(void (*work)(void), uint32_t options)
{
    make(&thread_one, &stack_one, &domain_one, timed, work, options);
    keep_thread_start(&thread_one);
    keep_thread_join(&thread_one, KEEP_FOREVER);
    return (uint32_t)(times.end - times.begin);
}

/* Two threads that take turns: 2 * TIMES switches. */
static uint32_t measure_switch(const struct work *w, uint32_t options)
{
    make(&thread_two, &stack_two, &domain_two, only, w->yield, options);
    make(&thread_one, &stack_one, &domain_one, timed, w->yield, options);
    keep_sched_lock();
    keep_thread_start(&thread_one);
    keep_thread_start(&thread_two);
    keep_sched_unlock();
    keep_thread_join(&thread_one, KEEP_FOREVER);
    keep_thread_join(&thread_two, KEEP_FOREVER);
    return (uint32_t)(times.end - times.begin) / 2;
}

/* ---- From an interrupt to a user thread: what it takes is seen in the trace. ---- */

static void on_interrupt(void *arg)
{
    (void)arg;
    keep_sem_give(&wake);
}
KEEP_IRQ(SOFT_IRQ, on_interrupt, NULL);

static void wait(void *arg)
{
    (void)arg;
    keep_sem_take(&wake, KEEP_FOREVER);
}

static void interrupt(void)
{
    make(&thread_one, &stack_one, &domain_one, wait, NULL, KEEP_USER);
    keep_thread_start(&thread_one);
    keep_thread_set_priority((struct keep_thread *)keep_thread_self(), PRIORITY + 1);
    *(volatile uint32_t *)NVIC_ISER0 = 1u << SOFT_IRQ;
    *(volatile uint32_t *)NVIC_ISPR0 = 1u << SOFT_IRQ;
    keep_thread_join(&thread_one, KEEP_FOREVER);
}

static void print(const char *what, uint32_t cycles)
{
    keep_print(what);
    keep_print(" ");
    keep_print_number(cycles / TIMES);
    keep_print("\n");
}

void keep_main(void)
{
    uint32_t user = measure(user_work.nothing, KEEP_USER);
    uint32_t kernel = measure(supervisor_work.nothing, 0);
    print("sem_give_user", measure(user_work.give, KEEP_USER) - user);
    print("sem_give_supervisor", measure(supervisor_work.give, 0) - kernel);
    print("sem_take_user", measure(user_work.take, KEEP_USER) - user);
    print("sem_take_supervisor", measure(supervisor_work.take, 0) - kernel);
    print("mutex_pair_user", measure(user_work.lock_unlock, KEEP_USER) - user);
    print("mutex_pair_supervisor", measure(supervisor_work.lock_unlock, 0) - kernel);
    print("yield_alone_user", measure(user_work.yield, KEEP_USER) - user);
    print("switch_user", measure_switch(&user_work, KEEP_USER));
    print("switch_supervisor", measure_switch(&supervisor_work, 0));
    interrupt();
    keep_shutdown(0);
}
