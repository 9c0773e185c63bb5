/*
 * Semaphores, mutexes, condition variables.
 */
#include "kernel/apps/suite/suite.h"

static KEEP_SEM(sem, 0, 2);
static KEEP_MUTEX(mutex);
static KEEP_MUTEX(inner);
static KEEP_CONDVAR(condvar);

static void start(struct keep_thread *t, struct keep_stack *s, void (*entry)(void *), void *arg,
                  uint32_t priority)
{
    const struct keep_thread_spec spec = {entry, arg, priority, KEEP_USER, KEEP_FOREVER};
    keep_thread_make(t, s, &spec);
    keep_domain_join(&test_domain, t);
    keep_object_grant(&sem.object, t);
    keep_object_grant(&mutex.object, t);
    keep_object_grant(&inner.object, t);
    keep_object_grant(&condvar.object, t);
    keep_thread_start(t);
}

/* Let the others run until they wait. */
static void settle(void)
{
    keep_sleep(KEEP_MS(1));
}

static void take_forever(void *result)
{
    words[(uint32_t)result] = (uint32_t)keep_sem_take(&sem, KEEP_FOREVER);
    words[4 + (uint32_t)result] = ++told;
}

static void take_a_while(void *result)
{
    words[(uint32_t)result] = (uint32_t)keep_sem_take(&sem, KEEP_MS(2));
}

static void clear(void)
{
    told = 0;
    for (uint32_t i = 0; i < 16; i++)
        words[i] = 99;
}

TEST(test_sem_count)
{
    CHECK(keep_sem_give(&sem) == 0 && keep_sem_give(&sem) == 0);
    CHECK(keep_sem_give(&sem) == -KEEP_EOVERFLOW && keep_sem_count(&sem) == 2);
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == 0 && keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == -KEEP_EAGAIN);
    CHECK(keep_sem_init(&sem, 3, 2) == -KEEP_EINVAL);
}

TEST(test_sem_timeout)
{
    uint64_t before, after;
    keep_uptime(&before);
    CHECK(keep_sem_take(&sem, KEEP_MS(3)) == -KEEP_EAGAIN);
    keep_uptime(&after);
    CHECK(after - before >= 3 * (BOARD_CLOCK_HZ / 1000u));
    clear();
    start(&subject, &subject_stack, take_a_while, (void *)0, 20);
    suite_finish(&subject);
    CHECK(words[0] == (uint32_t)-KEEP_EAGAIN);
}

/* The more urgent first, whoever came first. */
TEST(test_sem_urgent_first)
{
    clear();
    start(&subject, &subject_stack, take_forever, (void *)0, 21);
    settle();
    start(&second, &second_stack, take_forever, (void *)1, 20);
    settle();
    keep_sem_give(&sem);
    keep_sem_give(&sem);
    suite_finish(&subject);
    suite_finish(&second);
    CHECK(words[0] == 0 && words[1] == 0 && words[5] == 1 && words[4] == 2);
}

TEST(test_sem_reset)
{
    clear();
    start(&subject, &subject_stack, take_forever, (void *)0, 20);
    settle();
    keep_sem_reset(&sem);
    suite_finish(&subject);
    CHECK(words[0] == (uint32_t)-KEEP_ECANCELED && keep_sem_count(&sem) == 0);
}

/* A unit that is given to a thread which is ended meanwhile is not lost to others who wait. */
TEST(test_sem_abort_waiter)
{
    clear();
    start(&subject, &subject_stack, take_forever, (void *)0, 20);
    settle();
    keep_thread_abort(&subject);
    keep_sem_give(&sem);
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
}

const struct test sem_tests[] = {ROW(test_sem_count),        ROW(test_sem_timeout),
                                 ROW(test_sem_urgent_first), ROW(test_sem_reset),
                                 ROW(test_sem_abort_waiter), {0}};

/* ---- Mutexes. ---- */

static void lock_and_hold(void *arg)
{
    MUST(keep_mutex_lock((struct keep_mutex *)arg, KEEP_FOREVER) == 0);
    told = 1;
    while (told == 1)
        keep_sleep(200);
    MUST(keep_mutex_unlock((struct keep_mutex *)arg) == 0);
}

static void lock_once(void *arg)
{
    words[0] = (uint32_t)keep_mutex_lock((struct keep_mutex *)arg, KEEP_FOREVER);
    keep_mutex_unlock((struct keep_mutex *)arg);
}

TEST(test_mutex_recursive)
{
    CHECK(keep_mutex_lock(&mutex, KEEP_NO_WAIT) == 0);
    CHECK(keep_mutex_lock(&mutex, KEEP_NO_WAIT) == 0);
    CHECK(keep_mutex_unlock(&mutex) == 0 && mutex.owner);
    CHECK(keep_mutex_unlock(&mutex) == 0 && !mutex.owner);
    CHECK(keep_mutex_unlock(&mutex) == -KEEP_EPERM);
}

TEST(test_mutex_busy)
{
    clear();
    start(&subject, &subject_stack, lock_and_hold, &mutex, 20);
    settle();
    CHECK(keep_mutex_lock(&mutex, KEEP_NO_WAIT) == -KEEP_EBUSY);
    CHECK(keep_mutex_unlock(&mutex) == -KEEP_EPERM);
    CHECK(keep_mutex_lock(&mutex, KEEP_MS(1)) == -KEEP_EAGAIN);
    told = 2;
    CHECK(keep_mutex_lock(&mutex, KEEP_MS(5)) == 0);
    CHECK(keep_mutex_unlock(&mutex) == 0);
    suite_finish(&subject);
}

TEST(test_mutex_inheritance)
{
    clear();
    start(&subject, &subject_stack, lock_and_hold, &mutex, 25);
    settle();
    CHECK(subject.priority == 25);
    start(&second, &second_stack, lock_once, &mutex, 19);
    settle();
    CHECK(subject.priority == 19 && subject.base == 25);
    told = 2;
    suite_finish(&second);
    suite_finish(&subject);
    CHECK(words[0] == 0 && !mutex.owner && subject.priority == 25);
}

/* It ends when the waiter gives up. */
static void lock_a_while(void *arg)
{
    words[0] = (uint32_t)keep_mutex_lock((struct keep_mutex *)arg, KEEP_MS(2));
}

TEST(test_mutex_inheritance_ends)
{
    clear();
    start(&subject, &subject_stack, lock_and_hold, &mutex, 25);
    settle();
    start(&second, &second_stack, lock_a_while, &mutex, 19);
    settle();
    CHECK(subject.priority == 19);
    suite_finish(&second);
    CHECK(words[0] == (uint32_t)-KEEP_EAGAIN && subject.priority == 25);
    told = 2;
    suite_finish(&subject);
}

/* The owner's own priority changes, and the waiter's, while it inherits. */
TEST(test_mutex_inheritance_and_set_priority)
{
    clear();
    start(&subject, &subject_stack, lock_and_hold, &mutex, 25);
    settle();
    start(&second, &second_stack, lock_once, &mutex, 19);
    settle();
    keep_thread_set_priority(&subject, 18);
    CHECK(subject.priority == 18);
    keep_thread_set_priority(&subject, 26);
    CHECK(subject.priority == 19);
    keep_thread_set_priority(&second, 17);
    CHECK(subject.priority == 17);
    told = 2;
    suite_finish(&second);
    suite_finish(&subject);
    CHECK(subject.priority == 26);
}

/* Through a chain: the first thread waits for who waits for another. */
static void lock_both(void *arg)
{
    (void)arg;
    MUST(keep_mutex_lock(&inner, KEEP_FOREVER) == 0);
    MUST(keep_mutex_lock(&mutex, KEEP_FOREVER) == 0);
    MUST(keep_mutex_unlock(&mutex) == 0);
    MUST(keep_mutex_unlock(&inner) == 0);
}

TEST(test_mutex_inheritance_chain)
{
    clear();
    start(&subject, &subject_stack, lock_and_hold, &mutex, 27);
    settle();
    start(&second, &second_stack, lock_both, NULL, 25);
    settle();
    CHECK(subject.priority == 25);
    CHECK(keep_mutex_lock(&inner, KEEP_MS(1)) == -KEEP_EAGAIN); /* the first thread's is 16 */
    CHECK(subject.priority == 25 && second.priority == 25);
    told = 2;
    CHECK(keep_mutex_lock(&inner, KEEP_MS(50)) == 0);
    keep_mutex_unlock(&inner);
    suite_finish(&subject);
    suite_finish(&second);
}

static void lock_and_end(void *arg)
{
    MUST(keep_mutex_lock((struct keep_mutex *)arg, KEEP_FOREVER) == 0);
    keep_sleep(KEEP_MS(2));
}

TEST(test_mutex_owner_dead)
{
    clear();
    start(&subject, &subject_stack, lock_and_end, &mutex, 20);
    settle();
    start(&second, &second_stack, lock_once, &mutex, 20);
    suite_finish(&subject);
    suite_finish(&second);
    CHECK(words[0] == (uint32_t)-KEEP_EOWNERDEAD && !mutex.owner);
}

/* ---- Condition variables. ---- */

static void wait_condition(void *timeout)
{
    MUST(keep_mutex_lock(&mutex, KEEP_FOREVER) == 0);
    told++;
    int32_t rc = keep_condvar_wait(&condvar, &mutex, (uint32_t)timeout);
    words[0] = (uint32_t)rc;
    words[1]++;
    MUST(keep_mutex_unlock(&mutex) == 0); /* it has the mutex again */
}

TEST(test_condvar_signal)
{
    clear();
    words[1] = 0;
    start(&subject, &subject_stack, wait_condition, (void *)KEEP_FOREVER, 20);
    start(&second, &second_stack, wait_condition, (void *)KEEP_FOREVER, 20);
    settle();
    CHECK(told == 2 && !mutex.owner);
    keep_condvar_signal(&condvar);
    settle();
    CHECK(words[1] == 1 && words[0] == 0);
    keep_condvar_broadcast(&condvar);
    suite_finish(&subject);
    suite_finish(&second);
    CHECK(words[1] == 2);
    CHECK(subject.end == KEEP_END_EXIT && second.end == KEEP_END_EXIT);
}

TEST(test_condvar_timeout)
{
    clear();
    start(&subject, &subject_stack, wait_condition, (void *)KEEP_MS(2), 20);
    suite_finish(&subject);
    CHECK(words[0] == (uint32_t)-KEEP_EAGAIN && subject.status == 0 && !mutex.owner);
}

/* Its time is up while another has the mutex: it waits on for that. */
TEST(test_condvar_timeout_then_mutex)
{
    clear();
    start(&subject, &subject_stack, wait_condition, (void *)KEEP_MS(2), 20);
    settle();
    keep_mutex_lock(&mutex, KEEP_FOREVER);
    keep_sleep(KEEP_MS(3));
    CHECK(words[0] == 99);
    keep_mutex_unlock(&mutex);
    suite_finish(&subject);
    CHECK(words[0] == (uint32_t)-KEEP_EAGAIN && subject.status == 0);
}

static void wait_without(void *arg)
{
    (void)arg;
    MUST(keep_condvar_wait(&condvar, &mutex, KEEP_FOREVER) == -KEEP_EPERM);
}

TEST(test_condvar_without_mutex)
{
    start(&subject, &subject_stack, wait_without, NULL, 20);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
}

const struct test mutex_tests[] = {ROW(test_mutex_recursive),
                                   ROW(test_mutex_busy),
                                   ROW(test_mutex_inheritance),
                                   ROW(test_mutex_inheritance_ends),
                                   ROW(test_mutex_inheritance_and_set_priority),
                                   ROW(test_mutex_inheritance_chain),
                                   ROW(test_mutex_owner_dead),
                                   ROW(test_condvar_signal),
                                   ROW(test_condvar_timeout),
                                   ROW(test_condvar_timeout_then_mutex),
                                   ROW(test_condvar_without_mutex),
                                   {0}};
