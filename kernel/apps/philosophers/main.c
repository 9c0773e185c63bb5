/*
 * Dining philosophers, in user mode: each may use its own two forks and nothing else. The
 * left-handed one takes its forks the other way round, so that they do not starve each other; one
 * that reaches for a fork that is not its own is stopped, and the others eat on.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define SEATS 5u
#define MEALS 20u

KEEP_PARTITION(table);
KEEP_DOMAIN(table_domain, "table");
static volatile uint32_t meals[SEATS + 1] KEEP_APP_BSS(table);
static volatile uint32_t eating[SEATS + 1] KEEP_APP_BSS(table), quarrels KEEP_APP_BSS(table);

static struct keep_mutex forks[SEATS];

KEEP_USER_STACK(stack_0, 512);
KEEP_USER_STACK(stack_1, 512);
KEEP_USER_STACK(stack_2, 512);
KEEP_USER_STACK(stack_3, 512);
KEEP_USER_STACK(stack_4, 512);
KEEP_USER_STACK(stack_thief, 512);
static struct keep_thread philosophers[SEATS], thief;
static struct keep_stack *const stacks[SEATS] = {&stack_0, &stack_1, &stack_2, &stack_3, &stack_4};

static uint32_t right_of(uint32_t seat)
{
    return (seat + 1) % SEATS;
}

static void eat(uint32_t seat)
{
    eating[seat] = 1;
    if (eating[right_of(seat)] || eating[(seat + SEATS - 1) % SEATS])
        quarrels++; /* a neighbour eats with the same fork */
    keep_sleep(500 + 100 * seat);
    eating[seat] = 0;
    meals[seat]++;
}

static void philosopher(void *arg)
{
    uint32_t seat = (uint32_t)arg, left_handed = seat == 0;
    struct keep_mutex *first = &forks[left_handed ? right_of(seat) : seat];
    struct keep_mutex *second = &forks[left_handed ? seat : right_of(seat)];
    while (meals[seat] < MEALS) {
        keep_mutex_lock(first, KEEP_FOREVER);
        keep_mutex_lock(second, KEEP_FOREVER);
        eat(seat);
        keep_mutex_unlock(second);
        keep_mutex_unlock(first);
        keep_sleep(300 * (seat + 1));
    }
}

static void steal(void *arg)
{
    (void)arg;
    keep_mutex_lock(&forks[0], KEEP_FOREVER);
}

static void sit_down(struct keep_thread *t, struct keep_stack *stack, void (*entry)(void *),
                     uint32_t seat)
{
    const struct keep_thread_spec spec = {entry, (void *)seat, 20, KEEP_USER, KEEP_FOREVER};
    keep_thread_make(t, stack, &spec);
    keep_domain_join(&table_domain, t);
}

static void say(const char *what, uint32_t n)
{
    keep_print(what);
    keep_print_number(n);
}

void keep_main(void)
{
    uint32_t fed = 0;
    for (uint32_t i = 0; i < SEATS; i++)
        keep_mutex_init(&forks[i]);
    for (uint32_t i = 0; i < SEATS; i++) {
        sit_down(&philosophers[i], stacks[i], philosopher, i);
        keep_object_grant(&forks[i].object, &philosophers[i]);
        keep_object_grant(&forks[right_of(i)].object, &philosophers[i]);
        keep_thread_start(&philosophers[i]);
    }
    sit_down(&thief, &stack_thief, steal, SEATS);
    keep_thread_start(&thief);
    for (uint32_t i = 0; i < SEATS; i++) {
        keep_thread_join(&philosophers[i], KEEP_FOREVER);
        fed += meals[i];
    }
    keep_print("the thief: ");
    keep_print(keep_fault_words(thief.fault.kind));
    say("\n", fed);
    say(" meals, ", quarrels);
    keep_print(" quarrels\n");
    keep_shutdown(
        fed == SEATS * MEALS && !quarrels && thief.fault.kind == KEEP_FAULT_PERMISSION ? 0 : 1);
}
