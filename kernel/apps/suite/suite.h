/*
 * The kernel's own tests, run on the machine itself. A test is a function of the first thread,
 * which is privileged; what user code does in it is done by a user thread, of which the test then
 * asks how it ended. A fault that was not expected, or of another kind, fails the test.
 *
 *     static void steal(void *arg) { secret = 1; }               user code
 *     TEST(test_write_secret) { REFUSED(steal, NULL, READ_WRITE); }
 *
 * The names are those of Zephyr's tests where they show the same (docs/keep-tests.md).
 */
#ifndef KEEP_APPS_SUITE_SUITE_H
#define KEEP_APPS_SUITE_SUITE_H

#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

struct test {
    const char *name;
    void (*run)(void);
};

/** Tests of one topic, ended by a row without a name. */
struct topic {
    const char *name;
    const struct test *tests;
};

#define TEST(name) static void name(void)
#define ROW(name)   \
    {               \
#name, name \
    }

/** The test has failed; it goes on, so that what it made is taken down again. */
void suite_fail(const char *file, uint32_t line, const char *what);
#define CHECK(condition)                                     \
    do {                                                     \
        if (!(condition))                                    \
            suite_fail(__FILE_NAME__, __LINE__, #condition); \
    } while (0)

/* ---- User code. ---- */

#define PRIORITY_TEST 20u /* of user threads in tests; the first thread's is 16 */
#define STACK_TEST    1024u

extern struct keep_thread subject, second;
extern struct keep_stack subject_stack, second_stack;
extern struct keep_domain test_domain, other_domain;
extern const struct keep_partition test_part, other_part, spare_part;
/** In test_part: for what user code is to tell, and to keep. */
extern volatile uint32_t told, words[16];

/** Begin @entry(@arg) as a user thread in test_domain; other permissions have to be granted. */
void suite_prepare(struct keep_thread *t, struct keep_stack *stack, void (*entry)(void *),
                   void *arg);
/** ... and let it run, without waiting. */
void suite_start(struct keep_thread *t);
/** Let @subject run to its end; for at most a second. */
void suite_finish(struct keep_thread *t);
/** All of that for @subject. */
void suite_user(void (*entry)(void *), void *arg);

/** @entry ended by itself with @status. */
#define ENDS(entry, arg, value)                                                      \
    do {                                                                             \
        suite_user(entry, arg);                                                      \
        suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, value); \
    } while (0)
/** @entry was refused, with a fault of that kind. */
#define REFUSED(entry, arg, kind)                                                   \
    do {                                                                            \
        suite_user(entry, arg);                                                     \
        suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_##kind, 0); \
    } while (0)
void suite_ended(const char *file, uint32_t line, uint32_t end, uint32_t kind, int32_t status);

/** Call itself @depth times: more than any stack here has room for. For user code too. */
void suite_overflow(void *depth);

/** A privileged thread runs @entry(@arg): it must fault so, which then ends it alone. */
void suite_kernel_fault(const char *file, uint32_t line, void (*entry)(void *), void *arg,
                        uint32_t kind);
#define KERNEL_REFUSED(entry, arg, kind) \
    suite_kernel_fault(__FILE_NAME__, __LINE__, entry, arg, KEEP_FAULT_##kind)

/** In user code: end with a status that says where it went wrong. */
#define MUST(condition)                           \
    do {                                          \
        if (!(condition))                         \
            keep_thread_exit(-(int32_t)__LINE__); \
    } while (0)

extern const struct topic topics[];
extern const struct test protection_tests[], userspace_tests[], domain_tests[], object_tests[],
    thread_tests[], syscall_tests[], fatal_tests[], sched_tests[], sem_tests[], mutex_tests[],
    queue_tests[], event_tests[], time_tests[], futex_tests[], memory_tests[], driver_tests[],
    program_tests[], pool_tests[], fp_tests[];

#endif
