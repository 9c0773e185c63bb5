/*
 * A soak: user threads that use all services at once, for minutes of simulated time, with random
 * priorities and timeouts, and now and then a fault. In the end everything is as it was.
 *
 * From the console it takes the minutes; without an answer within 100 ms, one.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define WORKERS  6u
#define PRIORITY 18u
#define ROUND_US 50000u /* the first thread looks after the workers that often */

extern struct keep_uart keep_console;

KEEP_PARTITION(pond);
KEEP_DOMAIN(pond_domain, "pond");
static volatile uint32_t seeds[WORKERS] KEEP_APP_BSS(pond), rounds[WORKERS] KEEP_APP_BSS(pond);
static volatile uint32_t word KEEP_APP_BSS(pond);

static KEEP_SEM(sem, 1, 8);
static KEEP_MUTEX(outer);
static KEEP_MUTEX(inner);
static KEEP_CONDVAR(condvar);
static KEEP_EVENT(event);
static KEEP_TIMER(timer, NULL);
KEEP_MSGQ(msgq, 8, 4);
KEEP_PIPE(pipe, 64);
KEEP_STREAM(stream, 64, 8);
static void begin_again(struct keep_program *p);
KEEP_PROGRAM(program, .policy = KEEP_POLICY_RESTART, .restarts = 100, .window_us = 1000000,
             .start = begin_again, .quota = 4096);

KEEP_USER_STACK(stack_0, 1024);
KEEP_USER_STACK(stack_1, 1024);
KEEP_USER_STACK(stack_2, 1024);
KEEP_USER_STACK(stack_3, 1024);
KEEP_USER_STACK(stack_4, 1024);
KEEP_USER_STACK(stack_5, 1024);
static struct keep_thread threads[WORKERS];
static struct keep_stack *const stacks[WORKERS] = {&stack_0, &stack_1, &stack_2,
                                                   &stack_3, &stack_4, &stack_5};
static struct keep_object *const objects[] = {&sem.object,     &outer.object, &inner.object,
                                              &condvar.object, &event.object, &timer.object,
                                              &msgq.object,    &pipe.object,  &stream.object};
#define OBJECTS (sizeof objects / sizeof *objects)

/* ---- The workers: user code. ---- */

static uint32_t dice(uint32_t me, uint32_t below)
{
    uint32_t x = seeds[me];
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    seeds[me] = x;
    return x % below;
}

static uint32_t some_time(uint32_t me)
{
    return dice(me, 8) ? dice(me, 40000) : KEEP_NO_WAIT;
}

static void use_sem(uint32_t me)
{
    if (keep_sem_take(&sem, some_time(me)) == 0) {
        keep_sleep(dice(me, 3000));
        keep_sem_give(&sem);
    }
}

static void use_mutexes(uint32_t me)
{
    int32_t got = keep_mutex_lock(&outer, some_time(me));
    if (got && got != -KEEP_EOWNERDEAD)
        return;
    if (dice(me, 3) == 0)
        keep_condvar_wait(&condvar, &outer, 1 + dice(me, 20000));
    got = keep_mutex_lock(&inner, some_time(me));
    if (got == 0 || got == -KEEP_EOWNERDEAD) {
        keep_sleep(dice(me, 2000));
        keep_mutex_unlock(&inner);
    }
    keep_mutex_unlock(&outer);
    keep_condvar_signal(&condvar);
}

static void use_queues(uint32_t me)
{
    uint32_t data[2] = {me, rounds[me]};
    uint8_t bytes[24] = {0};
    if (dice(me, 2))
        keep_msgq_put(&msgq, data, sizeof data, some_time(me));
    else
        keep_msgq_get(&msgq, data, sizeof data, some_time(me));
    if (dice(me, 2))
        keep_pipe_write(&pipe, bytes, 1 + dice(me, sizeof bytes), some_time(me));
    else
        keep_pipe_read(&pipe, bytes, sizeof bytes, some_time(me));
    if (dice(me, 2))
        keep_stream_send(&stream, bytes, 1 + dice(me, sizeof bytes), some_time(me));
    else
        keep_stream_receive(&stream, bytes, sizeof bytes, some_time(me));
}

static void use_events(uint32_t me)
{
    const struct keep_poll_item items[] = {{&sem.object, KEEP_POLL_SEM},
                                           {&msgq.object, KEEP_POLL_MSGQ},
                                           {&event.object, KEEP_POLL_EVENT}};
    keep_event_post(&event, 1u << dice(me, 8));
    keep_event_wait(&event, 1 + dice(me, 255), dice(me, 4), some_time(me));
    keep_poll(items, 3, some_time(me));
    keep_timer_start(&timer, dice(me, 9000), dice(me, 2) ? 5000 : 0);
    keep_timer_wait(&timer, some_time(me));
    keep_futex_wait((const uint32_t *)&word, word, some_time(me));
    keep_futex_wake((const uint32_t *)&word, 1 + dice(me, 3));
}

static void use_pool(uint32_t me)
{
    static const uint8_t types[] = {KEEP_TYPE_SEM, KEEP_TYPE_MUTEX, KEEP_TYPE_EVENT,
                                    KEEP_TYPE_TIMER, KEEP_TYPE_PIPE};
    uint32_t type = types[dice(me, sizeof types)];
    int32_t made = keep_object_new(type, type == KEEP_TYPE_PIPE ? 1 + dice(me, 60) : 0);
    if (made > 0 && dice(me, 3)) /* one in three is left to the end of the thread */
        keep_object_release((struct keep_object *)made);
}

static void work(void *arg)
{
    static void (*const uses[])(uint32_t me) = {use_sem, use_mutexes, use_queues, use_events,
                                                use_pool};
    uint32_t me = (uint32_t)arg;
    for (;;) {
        uses[dice(me, sizeof uses / sizeof *uses)](me);
        rounds[me]++;
        if (dice(me, 40) == 0)
            keep_thread_set_priority((struct keep_thread *)keep_thread_self(),
                                     PRIORITY + me + dice(me, 4));
        if (dice(me, 400) == 0)
            *(volatile uint32_t *)BOARD_RAM_BASE = 1; /* the end of the whole program */
        if (dice(me, 200) == 0)
            return;
        keep_sleep(dice(me, 30000));
    }
}

/* ---- The first thread. ---- */

static uint32_t begun, restarts;

static void start(uint32_t i)
{
    const struct keep_thread_spec spec = {work, (void *)i, PRIORITY + i, KEEP_USER, KEEP_FOREVER};
    if (keep_thread_make(&threads[i], stacks[i], &spec) < 0)
        keep_panic("a worker's stack is not free");
    keep_domain_join(&pond_domain, &threads[i]);
    threads[i].program = &program;
    for (uint32_t n = 0; n < OBJECTS; n++)
        keep_object_grant(objects[n], &threads[i]);
    begun++;
    keep_thread_start(&threads[i]);
}

static void start_dead(void)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        if (threads[i].state == KEEP_DEAD)
            start(i);
}

static void begin_again(struct keep_program *p)
{
    (void)p;
    restarts++;
    start_dead();
}

static uint32_t read_minutes(void)
{
    uint32_t n = 0;
    uint8_t c;
    while (keep_uart_read(&keep_console, &c, 1, KEEP_MS(100)) == 1 && c >= '0' && c <= '9')
        n = n * 10 + (c - '0');
    return n ? n : 1;
}

/* All as it was: memory, permissions, lists. */
static const char *leftovers(void)
{
    if (keep_pool_used() || program.used)
        return "memory of the pool is lost";
    for (uint32_t n = 0; n < OBJECTS; n++)
        for (uint32_t i = 0; i < WORKERS; i++)
            if (objects[n]->permissions >> threads[i].index & 1u)
                return "a permission is left";
    if (outer.owner || inner.owner)
        return "a mutex is still held";
    return keep_check();
}

static void say(uint32_t n, const char *what)
{
    keep_print_number(n);
    keep_print(what);
}

void keep_main(void)
{
    uint32_t minutes = read_minutes(), all = 0;
    const char *bad = NULL;
    uint64_t end, now;
    keep_uptime(&end);
    end += (uint64_t)minutes * 60u * BOARD_CLOCK_HZ;
    for (uint32_t i = 0; i < WORKERS; i++)
        seeds[i] = 77777u * (i + 1);
    do {
        keep_sched_lock();
        start_dead();
        keep_sched_unlock();
        keep_sleep(ROUND_US);
        bad = keep_check();
        keep_uptime(&now);
    } while (!bad && now < end);
    for (uint32_t i = 0; i < WORKERS; i++) {
        keep_thread_abort(&threads[i]);
        all += rounds[i];
    }
    keep_timer_stop(&timer);
    if (!bad)
        bad = leftovers();
    say(minutes, " minutes, ");
    say(all, " rounds, ");
    say(begun, " threads, ");
    say(restarts, " restarts: ");
    keep_print(bad ? bad : "nothing is left");
    keep_print("\n");
    keep_shutdown(bad ? 1 : 0);
}
