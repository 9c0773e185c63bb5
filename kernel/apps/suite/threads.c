/*
 * Threads made by user code, and what a thread may do to another.
 */
#include "kernel/apps/suite/suite.h"

KEEP_USER_STACK(small_stack, 256);

static void nothing(void *arg)
{
    (void)arg;
}

static void rest(void *arg)
{
    (void)arg;
    keep_sleep(KEEP_FOREVER);
}

/* What the subject asks for: in words, so that each test says it. */
#define ASK_PRIORITY words[0]
#define ASK_OPTIONS  words[1]
#define ASK_STACK    words[2]

static void make(void *entry)
{
    const struct keep_thread_spec spec = {(void (*)(void *))entry, NULL, ASK_PRIORITY, ASK_OPTIONS,
                                          KEEP_NO_WAIT};
    int32_t rc = keep_thread_create(&second, (struct keep_stack *)ASK_STACK, &spec);
    if (rc == 0)
        rc = keep_thread_join(&second, KEEP_MS(100));
    keep_thread_exit(rc);
}

static void try_make(void *entry, uint32_t priority, uint32_t options, struct keep_stack *stack,
                     bool stack_granted)
{
    ASK_PRIORITY = priority;
    ASK_OPTIONS = options;
    ASK_STACK = (uint32_t)stack;
    suite_prepare(&subject, &subject_stack, make, entry);
    keep_object_grant(&second.object, &subject);
    if (stack_granted)
        keep_object_grant(&stack->object, &subject);
    suite_finish(&subject);
}

#define MAKES(priority, options, stack)                                          \
    do {                                                                         \
        try_make(nothing, priority, options, stack, true);                       \
        suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0); \
    } while (0)
#define MAKE_REFUSED(priority, options, stack, may, kind)                           \
    do {                                                                            \
        try_make(nothing, priority, options, stack, may);                           \
        suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_##kind, 0); \
    } while (0)

TEST(test_create_new_thread_from_user)
{
    MAKES(PRIORITY_TEST, KEEP_USER, &second_stack);
    CHECK(second.end == KEEP_END_EXIT);
}

TEST(test_new_user_thread_with_in_use_stack_obj)
{
    MAKE_REFUSED(PRIORITY_TEST, KEEP_USER, &subject_stack, true, OBJECT_IN_USE);
}

TEST(test_create_new_user_thread_no_access_stack)
{
    MAKE_REFUSED(PRIORITY_TEST, KEEP_USER, &second_stack, false, PERMISSION);
}

/* A stack's size is the stack object's: it cannot be given, so neither too small nor huge. */
TEST(test_new_user_thread_invalid_stacksize)
{
    const struct keep_thread_spec spec = {nothing, NULL, PRIORITY_TEST, KEEP_USER, KEEP_NO_WAIT};
    struct keep_stack tiny = {.start = small_stack.start, .bytes = 64, .user = 1};
    CHECK(keep_thread_make(&second, &tiny, &spec) == -KEEP_EINVAL);
}

TEST(test_new_user_thread_kernel_stack)
{
    const struct keep_thread_spec spec = {nothing, NULL, PRIORITY_TEST, KEEP_USER, KEEP_NO_WAIT};
    struct keep_stack kernels = {.start = small_stack.start, .bytes = 256, .user = 0};
    CHECK(keep_thread_make(&second, &kernels, &spec) == -KEEP_EINVAL);
}

TEST(test_create_new_supervisor_thread_from_user)
{
    MAKE_REFUSED(PRIORITY_TEST, 0, &second_stack, true, BOUNDS);
}

TEST(test_create_new_essential_thread_from_user)
{
    MAKE_REFUSED(PRIORITY_TEST, KEEP_USER | KEEP_ESSENTIAL, &second_stack, true, BOUNDS);
}

TEST(test_create_new_higher_prio_thread_from_user)
{
    MAKE_REFUSED(PRIORITY_TEST - 1, KEEP_USER, &second_stack, true, BOUNDS);
}

TEST(test_create_new_invalid_prio_thread_from_user)
{
    MAKE_REFUSED(KEEP_PRIORITIES, KEEP_USER, &second_stack, true, BOUNDS);
    MAKE_REFUSED(0xFFFFFFFFu, KEEP_USER, &second_stack, true, BOUNDS);
}

/* A thread object that a thread runs in. */
TEST(test_new_user_thread_in_use)
{
    suite_prepare(&second, &second_stack, rest, NULL);
    MAKE_REFUSED(PRIORITY_TEST, KEEP_USER, &small_stack, true, OBJECT_IN_USE);
    keep_thread_abort(&second);
}

TEST(test_mark_thread_exit_uninitialized)
{
    ENDS(nothing, NULL, 0);
    CHECK(!(subject.object.flags & KEEP_INITIALISED));
}

static void abort_second(void *arg)
{
    (void)arg;
    keep_thread_abort(&second);
}

TEST(test_abort_needs_permission)
{
    suite_prepare(&second, &second_stack, rest, NULL);
    REFUSED(abort_second, NULL, PERMISSION);
    suite_prepare(&subject, &subject_stack, abort_second, NULL);
    keep_object_grant(&second.object, &subject);
    suite_finish(&subject);
    CHECK(second.end == KEEP_END_ABORT && second.state == KEEP_DEAD);
}

static void raise_own(void *arg)
{
    (void)arg;
    MUST(keep_thread_set_priority(&subject, PRIORITY_TEST + 2) == 0);
    MUST(keep_thread_priority(&subject) == PRIORITY_TEST + 2);
    keep_thread_set_priority(&subject, PRIORITY_TEST - 2);
}

TEST(test_priority_is_not_raised_from_user)
{
    REFUSED(raise_own, NULL, BOUNDS);
}

static void deep(void *arg)
{
    volatile uint8_t here[300];
    (void)arg;
    for (uint32_t i = 0; i < sizeof here; i++)
        here[i] = (uint8_t)i;
}

TEST(test_stack_high_water)
{
    struct keep_thread_info info;
    ENDS(nothing, NULL, 0);
    keep_thread_info(&subject, &info);
    uint32_t before = info.stack_unused;
    ENDS(deep, NULL, 0);
    keep_thread_info(&subject, &info);
    CHECK(info.stack_bytes == STACK_TEST && before > info.stack_unused + 256);
}

static void name_self(void *arg)
{
    struct keep_thread_info info;
    (void)arg;
    MUST(keep_thread_set_name(&subject, "Ada") == 0);
    MUST(keep_thread_info(&subject, &info) == 0);
    MUST(info.name[0] == 'A' && info.name[2] == 'a' && info.name[3] == '\0');
}

TEST(test_names)
{
    ENDS(name_self, NULL, 0);
}

static void busy(void *arg)
{
    uint64_t start, now;
    (void)arg;
    keep_uptime(&start);
    do
        keep_uptime(&now);
    while (now - start < 5000);
}

TEST(test_runtime_statistics)
{
    ENDS(busy, NULL, 0);
    CHECK(subject.cycles >= 5000);
}

static void join_itself(void *arg)
{
    (void)arg;
    MUST(keep_thread_join(&subject, KEEP_FOREVER) == -KEEP_EDEADLK);
}

TEST(test_join)
{
    suite_prepare(&second, &second_stack, rest, NULL);
    suite_start(&second);
    CHECK(keep_thread_join(&second, KEEP_NO_WAIT) == -KEEP_EBUSY);
    CHECK(keep_thread_join(&second, KEEP_MS(1)) == -KEEP_EAGAIN);
    keep_thread_abort(&second);
    CHECK(keep_thread_join(&second, KEEP_FOREVER) == 0);
    ENDS(join_itself, NULL, 0);
}

static void count(void *arg)
{
    (void)arg;
    for (;;) {
        told++;
        keep_sleep(100);
    }
}

TEST(test_suspend_resume)
{
    told = 0;
    suite_prepare(&subject, &subject_stack, count, NULL);
    suite_start(&subject);
    keep_sleep(KEEP_MS(1));
    keep_thread_suspend(&subject);
    uint32_t then = told;
    keep_sleep(KEEP_MS(2));
    CHECK(then > 0 && told == then);
    keep_thread_resume(&subject);
    keep_sleep(KEEP_MS(1));
    CHECK(told > then);
    keep_thread_abort(&subject);
}

static void sleep_long(void *arg)
{
    (void)arg;
    told = (uint32_t)keep_sleep(KEEP_FOREVER) + 7;
}

TEST(test_wakeup)
{
    told = 0;
    suite_prepare(&subject, &subject_stack, sleep_long, NULL);
    suite_start(&subject);
    keep_sleep(KEEP_MS(1));
    keep_thread_wakeup(&subject);
    suite_finish(&subject);
    CHECK(told == 7);
}

/* A thread whose start is delayed, and that is resumed before: it starts once. */
TEST(test_resume_before_start)
{
    const struct keep_thread_spec spec = {count, NULL, PRIORITY_TEST, KEEP_USER, KEEP_MS(3)};
    told = 0;
    keep_thread_make(&subject, &subject_stack, &spec);
    keep_domain_join(&test_domain, &subject);
    keep_thread_resume(&subject);
    keep_sleep(KEEP_MS(5));
    CHECK(subject.state != KEEP_DEAD && told > 10);
    keep_thread_abort(&subject);
}

/* test_create_alt_thread: after one thread's fault another runs in its place. */
TEST(test_stackprot)
{
    REFUSED(suite_overflow, (void *)1000, STACK);
}

TEST(test_create_alt_thread)
{
    REFUSED(suite_overflow, (void *)1000, STACK);
    ENDS(nothing, NULL, 0);
}

#if KEEP_CANARIES
/* Beyond the end of an array, but not of the stack: the MPU does not see it. */
static void smash(void *bytes)
{
    volatile char text[8];
    for (uint32_t i = 0; i < (uint32_t)bytes; i++)
        text[i] = 'x';
    told = (uint32_t)text[0];
}

TEST(test_stack_canary)
{
    ENDS(smash, (void *)8, 0);
    REFUSED(smash, (void *)16, STACK_CHECK);
    KERNEL_REFUSED(smash, (void *)16, PANIC);
}
#endif

const struct test thread_tests[] = {
#if KEEP_CANARIES
    ROW(test_stack_canary),
#endif
    ROW(test_create_new_thread_from_user),
    ROW(test_new_user_thread_with_in_use_stack_obj),
    ROW(test_create_new_user_thread_no_access_stack),
    ROW(test_new_user_thread_invalid_stacksize),
    ROW(test_new_user_thread_kernel_stack),
    ROW(test_create_new_supervisor_thread_from_user),
    ROW(test_create_new_essential_thread_from_user),
    ROW(test_create_new_higher_prio_thread_from_user),
    ROW(test_create_new_invalid_prio_thread_from_user),
    ROW(test_new_user_thread_in_use),
    ROW(test_mark_thread_exit_uninitialized),
    ROW(test_abort_needs_permission),
    ROW(test_priority_is_not_raised_from_user),
    ROW(test_stack_high_water),
    ROW(test_names),
    ROW(test_runtime_statistics),
    ROW(test_join),
    ROW(test_suspend_resume),
    ROW(test_wakeup),
    ROW(test_resume_before_start),
    ROW(test_stackprot),
    ROW(test_create_alt_thread),
    {0}};
