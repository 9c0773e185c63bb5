/*
 * The scheduler: who runs, and in what order.
 */
#include "kernel/apps/suite/suite.h"

static char order[32] KEEP_APP_BSS(test_part);
static volatile uint32_t at KEEP_APP_BSS(test_part);

static void begin(void)
{
    at = 0;
    for (uint32_t i = 0; i < sizeof order; i++)
        order[i] = 0;
}

static void note(char c)
{
    if (at < sizeof order - 1)
        order[at++] = c;
}

static bool was(const char *expected)
{
    uint32_t i = 0;
    while (expected[i] && order[i] == expected[i])
        i++;
    return !expected[i] && !order[i];
}

static void thrice(void *name)
{
    for (uint32_t i = 0; i < 3; i++) {
        note((char)(uint32_t)name);
        keep_yield();
    }
}

static void make(struct keep_thread *t, struct keep_stack *s, void (*entry)(void *), char name,
                 uint32_t priority, uint32_t options)
{
    const struct keep_thread_spec spec = {entry, (void *)(uint32_t)name, priority, options,
                                          KEEP_FOREVER};
    keep_thread_make(t, s, &spec);
    keep_domain_join(&test_domain, t);
}

static void both(void)
{
    keep_sched_lock();
    keep_thread_start(&subject);
    keep_thread_start(&second);
    keep_sched_unlock();
    suite_finish(&subject);
    suite_finish(&second);
}

TEST(test_yield_among_equals)
{
    begin();
    make(&subject, &subject_stack, thrice, 'a', 20, KEEP_USER);
    make(&second, &second_stack, thrice, 'b', 20, 0);
    both();
    CHECK(was("ababab"));
}

TEST(test_priority_decides)
{
    begin();
    make(&subject, &subject_stack, thrice, 'a', 21, KEEP_USER);
    make(&second, &second_stack, thrice, 'b', 20, KEEP_USER);
    both();
    CHECK(was("bbbaaa"));
}

/* More urgent than the first thread: it runs at once, and not while the scheduler is locked. */
TEST(test_sched_lock)
{
    begin();
    make(&subject, &subject_stack, thrice, 'a', KEEP_COOPERATIVE - 2, 0);
    keep_sched_lock();
    keep_thread_start(&subject);
    note('1');
    keep_sched_unlock();
    note('2');
    suite_finish(&subject);
    CHECK(was("1aaa2"));
}

static void start_urgent(void *name)
{
    note('x');
    keep_thread_start(&second);
    note((char)(uint32_t)name);
    keep_sleep(KEEP_MS(1));
    note('z');
}

/* A cooperative thread is not interrupted by a more urgent one, a pre-emptive is. */
TEST(test_cooperative)
{
    begin();
    make(&second, &second_stack, thrice, 'a', 2, 0);
    make(&subject, &subject_stack, start_urgent, 'y', 5, 0);
    suite_finish(&subject);
    CHECK(was("xyaaaz"));
    begin();
    make(&second, &second_stack, thrice, 'a', 17, 0);
    make(&subject, &subject_stack, start_urgent, 'y', 18, 0);
    suite_finish(&subject);
    CHECK(was("xaaayz"));
}

static void spin(void *name)
{
    for (uint32_t i = 0; i < 3; i++) {
        uint64_t start, now;
        note((char)(uint32_t)name);
        uint32_t was_at = at;
        keep_uptime(&start);
        do /* until the other's turn has come, for 20 ms at most */
            keep_uptime(&now);
        while (at == was_at && now - start < 20 * (BOARD_CLOCK_HZ / 1000u));
    }
}

TEST(test_slice)
{
    begin();
    keep_slice_set(1000);
    make(&subject, &subject_stack, spin, 'a', 20, KEEP_USER);
    make(&second, &second_stack, spin, 'b', 20, KEEP_USER);
    both();
    CHECK(order[0] == 'a' && order[1] == 'b' && order[2] == 'a' && order[3] == 'b');
    keep_slice_set(KEEP_SLICE_US);
}

TEST(test_no_slice)
{
    begin();
    keep_slice_set(1000);
    make(&subject, &subject_stack, spin, 'a', 20, KEEP_USER | KEEP_NO_SLICE);
    make(&second, &second_stack, spin, 'b', 20, KEEP_USER);
    both();
    CHECK(order[0] == 'a' && order[1] == 'a' && order[2] == 'a' && order[3] == 'b');
    keep_slice_set(KEEP_SLICE_US);
}

/* A thread that was interrupted goes on before its equals. */
static void wake_and_note(void *name)
{
    note('<');
    keep_sleep(KEEP_MS(1));
    note((char)(uint32_t)name);
}

static void run_long(void *name)
{
    uint64_t start, now;
    note((char)(uint32_t)name);
    keep_uptime(&start);
    do
        keep_uptime(&now);
    while (now - start < 3 * (BOARD_CLOCK_HZ / 1000u));
    note((char)((uint32_t)name + 1));
}

TEST(test_interrupted_goes_on_first)
{
    begin();
    keep_slice_set(0);
    make(&subject, &subject_stack, wake_and_note, '!', 18, KEEP_USER);
    make(&second, &second_stack, run_long, 'a', 20, KEEP_USER);
    both();
    CHECK(was("<a!b"));
    keep_slice_set(KEEP_SLICE_US);
}

static void lower_itself(void *name)
{
    note((char)(uint32_t)name);
    keep_thread_set_priority((struct keep_thread *)keep_thread_self(), 25);
    note((char)((uint32_t)name + 1));
}

TEST(test_change_priority)
{
    begin();
    make(&subject, &subject_stack, lower_itself, 'a', 19, KEEP_USER);
    make(&second, &second_stack, thrice, 'x', 20, KEEP_USER);
    both();
    CHECK(was("axxxb"));
}

const struct test sched_tests[] = {ROW(test_yield_among_equals),
                                   ROW(test_priority_decides),
                                   ROW(test_sched_lock),
                                   ROW(test_cooperative),
                                   ROW(test_slice),
                                   ROW(test_no_slice),
                                   ROW(test_interrupted_goes_on_first),
                                   ROW(test_change_priority),
                                   {0}};
