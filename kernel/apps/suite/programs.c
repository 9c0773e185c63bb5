/*
 * Programs: what becomes of a fault, by their policy; quotas; objects made while the system runs.
 */
#include "kernel/apps/suite/suite.h"

static void begin_again(struct keep_program *p);

KEEP_PROGRAM(ends, .policy = KEEP_POLICY_PROGRAM);
KEEP_PROGRAM(restarts, .policy = KEEP_POLICY_RESTART, .restarts = 2, .window_us = 1000000,
             .start = begin_again);
KEEP_PROGRAM(handled, .policy = KEEP_POLICY_HANDLER);
KEEP_PROGRAM(small, .policy = KEEP_POLICY_THREAD, .quota = 200);
static volatile uint32_t begun;

static void fault(void *arg)
{
    (void)arg;
    *(volatile uint32_t *)BOARD_RAM_BASE = 1;
}

static void rest(void *arg)
{
    (void)arg;
    keep_sleep(KEEP_FOREVER);
}

static void prepare(struct keep_thread *t, struct keep_stack *s, void (*entry)(void *),
                    struct keep_program *p)
{
    suite_prepare(t, s, entry, NULL);
    t->program = p;
}

TEST(test_policy_program)
{
    prepare(&second, &second_stack, rest, &ends);
    suite_start(&second);
    prepare(&subject, &subject_stack, fault, &ends);
    suite_finish(&subject);
    CHECK(subject.end == KEEP_END_FAULT && second.state == KEEP_DEAD);
}

static void begin_again(struct keep_program *p)
{
    begun++;
    prepare(&subject, &subject_stack, fault, p);
    suite_start(&subject);
}

TEST(test_policy_restart)
{
    begun = 0;
    prepare(&subject, &subject_stack, fault, &restarts);
    suite_start(&subject);
    keep_sleep(KEEP_MS(5));
    CHECK(begun == 2 && subject.state == KEEP_DEAD); /* twice, then no more */
}

static struct keep_fault seen KEEP_APP_BSS(test_part);

static void handle(void *arg)
{
    (void)arg;
    MUST(keep_fault_wait(&handled, &seen, KEEP_FOREVER) == 0);
    MUST(keep_fault_answer(&handled, 0) == 0);
    MUST(keep_fault_wait(&handled, &seen, KEEP_NO_WAIT) == -KEEP_EAGAIN);
    MUST(keep_fault_answer(&handled, 0) == -KEEP_EINVAL);
}

TEST(test_policy_handler)
{
    suite_prepare(&second, &second_stack, handle, NULL);
    keep_object_grant(&handled.object, &second);
    suite_start(&second);
    prepare(&subject, &subject_stack, fault, &handled);
    suite_finish(&subject);
    suite_finish(&second);
    CHECK(second.status == 0 && second.end == KEEP_END_EXIT);
    CHECK(seen.kind == KEEP_FAULT_READ_WRITE && seen.addr == BOARD_RAM_BASE);
    CHECK(seen.thread == &subject && subject.end == KEEP_END_FAULT);
}

/* The faulted thread ends and begins anew before the handler answers: the answer is nobody's. */
TEST(test_policy_handler_answers_too_late)
{
    prepare(&subject, &subject_stack, fault, &handled);
    suite_start(&subject);
    keep_sleep(KEEP_MS(1));
    CHECK(handled.faulted == &subject);
    keep_thread_abort(&subject);
    CHECK(!handled.faulted && keep_fault_answer(&handled, 1) == -KEEP_EINVAL);
    prepare(&subject, &subject_stack, fault, &handled);
    suite_start(&subject);
    keep_sleep(KEEP_MS(1));
    keep_thread_resume(&subject); /* somebody else lets it go on: it faults again */
    keep_sleep(KEEP_MS(1));
    CHECK(handled.faulted == &subject);
    CHECK(keep_fault_answer(&handled, 0) == 0 && subject.state == KEEP_DEAD);
}

const struct test program_tests[] = {ROW(test_policy_handler_answers_too_late),
                                     ROW(test_policy_program),
                                     ROW(test_policy_restart),
                                     ROW(test_policy_handler),
                                     {0}};

/* ---- The pool. ---- */

static void make_sem(void *arg)
{
    (void)arg;
    int32_t made = keep_object_new(KEEP_TYPE_SEM, 0);
    MUST(made > 0);
    struct keep_sem *sem = (struct keep_sem *)made;
    MUST(keep_sem_give(sem) == 0 && keep_sem_take(sem, KEEP_NO_WAIT) == 0);
    MUST(keep_access_check(sem) == 0);
    MUST(keep_object_release(&sem->object) == 0);
    MUST(keep_access_check(sem) == -KEEP_EBADF);
    made = keep_object_new(KEEP_TYPE_PIPE, 32);
    MUST(made > 0);
    MUST(keep_pipe_write((struct keep_pipe *)made, "abc", 3, KEEP_NO_WAIT) == 3);
    MUST(keep_object_new(KEEP_TYPE_PIPE, 0) == -KEEP_EINVAL);
    MUST(keep_object_new(KEEP_TYPE_SEM, 8) == -KEEP_EINVAL);
    MUST(keep_object_new(KEEP_TYPE_UART, 0) == -KEEP_EINVAL);
}

/* What a thread leaves behind goes with it. */
TEST(test_dynamic_objects)
{
    uint32_t before = keep_pool_used();
    ENDS(make_sem, NULL, 0);
    CHECK(keep_pool_used() == before);
}

static void make_bad(void *type)
{
    keep_object_new((uint32_t)type, 0);
}

TEST(test_dynamic_bounds)
{
    REFUSED(make_bad, (void *)KEEP_TYPE_COUNT, BOUNDS);
    REFUSED(make_bad, NULL, BOUNDS);
}

static void say(void *arg)
{
    told = (uint32_t)arg;
}

static void make_thread(void *arg)
{
    const struct keep_thread_spec spec = {say, (void *)5, PRIORITY_TEST, KEEP_USER, KEEP_NO_WAIT};
    (void)arg;
    int32_t thread = keep_object_new(KEEP_TYPE_THREAD, 0);
    int32_t stack = keep_object_new(KEEP_TYPE_STACK, 512);
    MUST(thread > 0 && stack > 0);
    MUST(keep_thread_create((struct keep_thread *)thread, (struct keep_stack *)stack, &spec) == 0);
    MUST(keep_thread_join((struct keep_thread *)thread, KEEP_MS(100)) == 0);
    MUST(keep_object_new(KEEP_TYPE_STACK, KEEP_STACK_BYTES + 1) == -KEEP_EINVAL);
}

TEST(test_dyn_thread_perms)
{
    uint32_t before = keep_pool_used();
    told = 0;
    ENDS(make_thread, NULL, 0);
    CHECK(told == 5 && keep_pool_used() == before);
}

/* More threads than there are indices, again and again: each comes back. */
static void make_many_threads(void *arg)
{
    uint32_t made = 0;
    (void)arg;
    for (uint32_t i = 0; i < KEEP_THREADS_MAX; i++)
        if (keep_object_new(KEEP_TYPE_THREAD, 0) > 0)
            made++;
    MUST(made > 0 && made < KEEP_THREADS_MAX);
    words[1] = made;
}

TEST(test_thread_index_management)
{
    uint32_t before = keep_pool_used();
    ENDS(make_many_threads, NULL, 0);
    uint32_t first = words[1];
    ENDS(make_many_threads, NULL, 0);
    CHECK(words[1] == first && keep_pool_used() == before);
}

/* A mutex goes while a thread waits for a condition with it; so does the condition variable. */
static void wait_with(void *arg)
{
    (void)arg;
    MUST(keep_mutex_lock((struct keep_mutex *)words[0], KEEP_FOREVER) == 0);
    words[2] = (uint32_t)keep_condvar_wait((struct keep_condvar *)words[1],
                                           (struct keep_mutex *)words[0], KEEP_FOREVER);
    MUST(keep_sleep(KEEP_MS(1)) == 0);
}

static void make_pair(void *arg)
{
    (void)arg;
    words[0] = (uint32_t)keep_object_new(KEEP_TYPE_MUTEX, 0);
    words[1] = (uint32_t)keep_object_new(KEEP_TYPE_CONDVAR, 0);
    MUST(keep_object_grant((struct keep_object *)words[0], &second) == 0);
    MUST(keep_object_grant((struct keep_object *)words[1], &second) == 0);
    keep_sleep(KEEP_MS(2));
    struct keep_object *goes = (struct keep_object *)words[told];
    MUST(keep_object_revoke(goes, &second) == 0 && keep_object_release(goes) == 0);
    if (told == 0)
        MUST(keep_condvar_signal((struct keep_condvar *)words[1]) == 0);
    keep_sleep(KEEP_MS(1));
}

TEST(test_dynamic_condition)
{
    for (uint32_t gone = 0; gone < 2; gone++) {
        told = gone;
        words[2] = 99;
        suite_prepare(&second, &second_stack, wait_with, NULL);
        suite_prepare(&subject, &subject_stack, make_pair, NULL);
        keep_object_grant(&second.object, &subject);
        suite_start(&subject);
        keep_sleep(KEEP_MS(1));
        suite_start(&second);
        suite_finish(&subject);
        suite_finish(&second);
        CHECK(subject.status == 0 && subject.end == KEEP_END_EXIT);
        CHECK(words[2] == (uint32_t)-KEEP_ECANCELED && second.status == 0);
    }
    CHECK(keep_pool_used() == 0);
}

static void make_until_full(void *arg)
{
    uint32_t made = 0;
    (void)arg;
    while (keep_object_new(KEEP_TYPE_SEM, 0) > 0)
        made++;
    words[0] = made;
    MUST(keep_object_new(KEEP_TYPE_SEM, 0) == -KEEP_ENOMEM);
}

/* No more memory is an answer, not a fault; and one program's hunger is not another's. */
TEST(test_quota)
{
    prepare(&subject, &subject_stack, make_until_full, &small);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    CHECK(words[0] > 0 && words[0] * sizeof(struct keep_sem) < 200);
    CHECK(small.used == 0);
    ENDS(make_until_full, NULL, 0);
    CHECK(words[0] * sizeof(struct keep_sem) > 200);
}

static void hand_on(void *arg)
{
    (void)arg;
    words[0] = (uint32_t)keep_object_new(KEEP_TYPE_SEM, 0);
    MUST(keep_object_grant((struct keep_object *)words[0], &second) == 0);
}

static void take_over(void *arg)
{
    (void)arg;
    keep_sleep(KEEP_MS(2));
    MUST(keep_sem_give((struct keep_sem *)words[0]) == 0);
}

/* It lives as long as somebody may use it. */
TEST(test_dynamic_reference)
{
    uint32_t before = keep_pool_used();
    suite_prepare(&second, &second_stack, take_over, NULL);
    suite_prepare(&subject, &subject_stack, hand_on, NULL);
    keep_object_grant(&second.object, &subject);
    suite_start(&second);
    suite_finish(&subject);
    CHECK(keep_pool_used() > before);
    suite_finish(&second);
    CHECK(second.end == KEEP_END_EXIT && keep_pool_used() == before);
}

const struct test pool_tests[] = {ROW(test_dynamic_objects),
                                  ROW(test_dynamic_bounds),
                                  ROW(test_dyn_thread_perms),
                                  ROW(test_thread_index_management),
                                  ROW(test_quota),
                                  ROW(test_dynamic_condition),
                                  ROW(test_dynamic_reference),
                                  {0}};

/* ---- Floating point registers. ---- */

#if KEEP_FPU

static void fill_registers(void *value)
{
    __asm__ volatile("vmov s0, %0\n\tvmov s15, %0\n\tvmov s16, %0\n\tvmov s31, %0" ::"r"(value)
                     : "s0", "s15", "s16", "s31");
    keep_sleep(KEEP_MS(2));
    uint32_t got[4];
    __asm__ volatile("vmov %0, s0\n\tvmov %1, s15\n\tvmov %2, s16\n\tvmov %3, s31"
                     : "=r"(got[0]), "=r"(got[1]), "=r"(got[2]), "=r"(got[3]));
    for (uint32_t i = 0; i < 4; i++)
        MUST(got[i] == (uint32_t)value);
}

static void find_registers(void *arg)
{
    uint32_t got[4];
    (void)arg;
    __asm__ volatile("vmov %0, s0\n\tvmov %1, s15\n\tvmov %2, s16\n\tvmov %3, s31"
                     : "=r"(got[0]), "=r"(got[1]), "=r"(got[2]), "=r"(got[3]));
    MUST(!got[0] && !got[1] && !got[2] && !got[3]);
}

TEST(test_fp_context)
{
    suite_prepare(&subject, &subject_stack, fill_registers, (void *)0x40490FDB);
    suite_prepare(&second, &second_stack, fill_registers, (void *)0x3F800000);
    suite_start(&subject);
    suite_start(&second);
    suite_finish(&subject);
    suite_finish(&second);
    CHECK(subject.status == 0 && subject.end == KEEP_END_EXIT);
    CHECK(second.status == 0 && second.end == KEEP_END_EXIT);
}

TEST(test_fp_leakage)
{
    ENDS(fill_registers, (void *)0x12345678, 0);
    ENDS(find_registers, NULL, 0);
    suite_prepare(&second, &second_stack, fill_registers, (void *)0x12345678);
    suite_start(&second);
    keep_sleep(KEEP_MS(1)); /* it sleeps, with registers full */
    ENDS(find_registers, NULL, 0);
    suite_finish(&second);
    CHECK(second.status == 0);
}

/* The stack is used up when the registers are to be stacked: the thread's fault. */
static void use_up_stack(void *arg)
{
    (void)arg;
    __asm__ volatile("vmov s0, %0\n\tmov sp, %1\n\tsvc 0" ::"r"(1), "r"(words[0] + 32) : "s0");
}

TEST(test_fp_stack)
{
    words[0] = subject_stack.start;
    suite_user(use_up_stack, NULL);
    CHECK(subject.end == KEEP_END_FAULT);
}

const struct test fp_tests[] = {
    ROW(test_fp_context), ROW(test_fp_leakage), ROW(test_fp_stack), {0}};
#else
const struct test fp_tests[] = {{0}};
#endif
