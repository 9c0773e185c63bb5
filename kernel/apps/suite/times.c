/*
 * Time: sleeping, timers, futexes.
 */
#include "kernel/apps/suite/suite.h"

#define MS (BOARD_CLOCK_HZ / 1000u) /* cycles */

static volatile uint32_t expiries;

static void count_expiry(struct keep_timer *t)
{
    (void)t;
    expiries++;
}

static KEEP_TIMER(timer, count_expiry);
static KEEP_TIMER(user_timer, NULL);

TEST(test_sleep)
{
    uint64_t before, after;
    keep_uptime(&before);
    keep_sleep(KEEP_MS(5));
    keep_uptime(&after);
    CHECK(after - before >= 5 * MS);
    CHECK(keep_sleep_until(after + 2 * MS) == 0);
    keep_uptime(&before);
    CHECK(before >= after + 2 * MS);
    CHECK(keep_sleep_until(0) == 0);
}

/* Longer than SysTick counts in one go (0.67 s at 25 MHz). */
TEST(test_sleep_long)
{
    uint64_t before, after;
    keep_uptime(&before);
    keep_sleep(KEEP_MS(1500));
    keep_uptime(&after);
    CHECK(after - before >= 1500ull * MS);
}

static void sleep_user(void *us)
{
    uint64_t before, after;
    keep_uptime(&before);
    MUST(keep_sleep((uint32_t)us) == 0);
    keep_uptime(&after);
    MUST(after - before >= (uint32_t)us * (BOARD_CLOCK_HZ / 1000000u));
}

TEST(test_sleep_user)
{
    ENDS(sleep_user, (void *)1, 0);
    ENDS(sleep_user, (void *)1000, 0);
}

TEST(test_timer_once)
{
    expiries = 0;
    keep_timer_start(&timer, 1000, 0);
    keep_sleep(KEEP_MS(5));
    CHECK(expiries == 1 && keep_timer_expired(&timer) == 1 && keep_timer_expired(&timer) == 0);
}

TEST(test_timer_periodic)
{
    expiries = 0;
    keep_timer_start(&timer, 1000, 1000);
    for (uint32_t i = 0; i < 5; i++)
        CHECK(keep_timer_wait(&timer, KEEP_FOREVER) >= 1);
    keep_timer_stop(&timer);
    uint32_t then = expiries;
    keep_sleep(KEEP_MS(3));
    CHECK(then >= 5 && expiries == then);
}

/* Time does not stand still, nor go back, while interrupts are kept out or timers run. */
TEST(test_clock_is_steady)
{
    uint64_t before, after, last;
    uint32_t backwards = 0;
    keep_timer_start(&timer, 100, 100);
    keep_uptime(&before);
    __asm__ volatile("cpsid i");
    keep_uptime(&last);
    for (uint32_t i = 0; i < 2000; i++) {
        uint64_t now;
        keep_uptime(&now);
        backwards += now < last;
        last = now;
    }
    __asm__ volatile("cpsie i");
    keep_timer_stop(&timer);
    keep_uptime(&after);
    CHECK(!backwards && after - before > 2000 * 20);
    CHECK(keep_timer_start(&timer, 100, KEEP_TIMER_LEAST_US - 1) == -KEEP_EINVAL);
}

static void wait_timer(void *arg)
{
    (void)arg;
    MUST(keep_timer_start(&user_timer, 500, 0) == 0);
    MUST(keep_timer_wait(&user_timer, KEEP_FOREVER) == 1);
}

static void set_callback(void *function)
{
    keep_timer_set_expiry(&user_timer, (keep_timer_expiry)function);
}

static void with_timer(void (*entry)(void *), void *arg)
{
    suite_prepare(&subject, &subject_stack, entry, arg);
    keep_object_grant(&user_timer.object, &subject);
    suite_finish(&subject);
}

TEST(test_timer_user)
{
    with_timer(wait_timer, NULL);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
}

/* A callback would run in an interrupt handler: not from user mode. */
TEST(test_callback_from_user)
{
    with_timer(set_callback, (void *)wait_timer);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_CALLBACK, 0);
    CHECK(!user_timer.expiry);
    with_timer(set_callback, NULL);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
}

const struct test time_tests[] = {
    ROW(test_sleep),      ROW(test_sleep_long),         ROW(test_sleep_user),
    ROW(test_timer_once), ROW(test_timer_periodic),     ROW(test_clock_is_steady),
    ROW(test_timer_user), ROW(test_callback_from_user), {0}};

/* ---- Futexes. ---- */

static void futex_wait(void *timeout)
{
    words[1] = (uint32_t)keep_futex_wait((const uint32_t *)words, 7, (uint32_t)timeout);
    told++;
}

static void futex_begin(uint32_t value)
{
    told = 0;
    words[0] = value;
    words[1] = 99;
}

TEST(test_futex_other_value)
{
    futex_begin(8);
    ENDS(futex_wait, (void *)KEEP_FOREVER, 0);
    CHECK(words[1] == (uint32_t)-KEEP_EAGAIN);
}

TEST(test_futex_no_wait)
{
    futex_begin(7);
    ENDS(futex_wait, (void *)KEEP_NO_WAIT, 0);
    CHECK(words[1] == (uint32_t)-KEEP_EAGAIN);
}

TEST(test_futex_timeout)
{
    futex_begin(7);
    ENDS(futex_wait, (void *)KEEP_MS(2), 0);
    CHECK(words[1] == (uint32_t)-KEEP_EAGAIN);
}

TEST(test_futex_wake)
{
    futex_begin(7);
    suite_prepare(&subject, &subject_stack, futex_wait, (void *)KEEP_FOREVER);
    suite_prepare(&second, &second_stack, futex_wait, (void *)KEEP_FOREVER);
    suite_start(&subject);
    suite_start(&second);
    keep_sleep(KEEP_MS(1));
    CHECK(keep_futex_wake((const uint32_t *)&words[1], 10) == 0); /* another word */
    CHECK(keep_futex_wake((const uint32_t *)words, 1) == 1);
    keep_sleep(KEEP_MS(1));
    CHECK(told == 1 && words[1] == 0);
    CHECK(keep_futex_wake((const uint32_t *)words, 10) == 1);
    suite_finish(&subject);
    suite_finish(&second);
    CHECK(told == 2);
}

static void wake_user(void *arg)
{
    (void)arg;
    MUST(keep_futex_wake((const uint32_t *)words, 1) == 1);
}

TEST(test_user_futex_wait_wake)
{
    futex_begin(7);
    suite_prepare(&second, &second_stack, futex_wait, (void *)KEEP_FOREVER);
    suite_start(&second);
    keep_sleep(KEEP_MS(1));
    ENDS(wake_user, NULL, 0);
    suite_finish(&second);
    CHECK(told == 1);
}

static void futex_at(void *addr)
{
    keep_futex_wait(addr, 0, KEEP_NO_WAIT);
}

TEST(test_user_futex_bad)
{
    REFUSED(futex_at, (void *)&expiries, BUFFER);
    REFUSED(futex_at, (void *)((uint32_t)words + 2), BUFFER);
    REFUSED(futex_at, NULL, BUFFER);
}

TEST(test_futex_locate_access)
{
    ENDS(futex_at, (void *)words, 0);
    REFUSED(futex_at, (void *)test_futex_locate_access, BUFFER); /* read-only is not enough */
}

const struct test futex_tests[] = {ROW(test_futex_other_value),    ROW(test_futex_no_wait),
                                   ROW(test_futex_timeout),        ROW(test_futex_wake),
                                   ROW(test_user_futex_wait_wake), ROW(test_user_futex_bad),
                                   ROW(test_futex_locate_access),  {0}};
