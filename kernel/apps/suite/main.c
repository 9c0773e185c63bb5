#include "kernel/apps/suite/suite.h"

#define SECOND_US 1000000u

KEEP_PARTITION(test_part);
KEEP_PARTITION(other_part);
KEEP_PARTITION(spare_part);
KEEP_DOMAIN(test_domain, "test_part");
KEEP_DOMAIN(other_domain, "other_part");

volatile uint32_t told KEEP_APP_BSS(test_part), words[16] KEEP_APP_BSS(test_part);

KEEP_USER_STACK(subject_stack, STACK_TEST);
KEEP_USER_STACK(second_stack, STACK_TEST);
struct keep_thread subject, second;

static uint32_t passed, failed, failures;
static bool expects_fault;
static uint32_t seen_kind;

const struct topic topics[] = {
    {"protection", protection_tests},
    {"userspace", userspace_tests},
    {"domains", domain_tests},
    {"objects", object_tests},
    {"threads", thread_tests},
    {"syscalls", syscall_tests},
    {"fatal", fatal_tests},
    {"sched", sched_tests},
    {"sem", sem_tests},
    {"mutex", mutex_tests},
    {"queues", queue_tests},
    {"events", event_tests},
    {"time", time_tests},
    {"futex", futex_tests},
    {"memory", memory_tests},
    {"drivers", driver_tests},
    {"programs", program_tests},
    {"pool", pool_tests},
    {"fp", fp_tests},
    {0},
};

void suite_fail(const char *file, uint32_t line, const char *what)
{
    if (failures++ == 0)
        keep_print("\n");
    keep_print("    ");
    keep_print(file);
    keep_print(":");
    keep_print_number(line);
    keep_print(": ");
    keep_print(what);
    keep_print("\n");
}

void suite_prepare(struct keep_thread *t, struct keep_stack *stack, void (*entry)(void *),
                   void *arg)
{
    const struct keep_thread_spec spec = {entry, arg, PRIORITY_TEST, KEEP_USER, KEEP_FOREVER};
    if (keep_thread_make(t, stack, &spec) < 0)
        keep_panic("a thread of the last test still runs");
    keep_domain_join(&test_domain, t);
}

void suite_start(struct keep_thread *t)
{
    keep_thread_start(t);
}

void suite_finish(struct keep_thread *t)
{
    keep_thread_start(t);
    if (keep_thread_join(t, SECOND_US) < 0) {
        suite_fail(__FILE_NAME__, __LINE__, "a thread did not come to its end");
        keep_thread_abort(t);
    }
}

void suite_user(void (*entry)(void *), void *arg)
{
    suite_prepare(&subject, &subject_stack, entry, arg);
    suite_finish(&subject);
}

static void print_pair(const char *what, uint32_t n, const char *name)
{
    keep_print(what);
    keep_print_number(n);
    keep_print(" ");
    keep_print(name);
}

void suite_ended(const char *file, uint32_t line, uint32_t end, uint32_t kind, int32_t status)
{
    if (subject.end == end && subject.status == status && subject.fault.kind == kind)
        return;
    suite_fail(file, line, "it ended in another way:");
    print_pair("      end ", subject.end, "");
    print_pair(", fault ", subject.fault.kind, keep_fault_name(subject.fault.kind));
    keep_print(", value ");
    keep_print_hex(subject.fault.addr);
    keep_print(", status -");
    keep_print_number((uint32_t)-subject.status);
    keep_print("\n");
}

void suite_overflow(void *depth)
{
    volatile uint32_t here[16];
    here[0] = (uint32_t)depth;
    if (depth)
        suite_overflow((void *)((uint32_t)depth - 1));
    here[1] = here[0];
}

/* ---- Faults of privileged code. ---- */

bool keep_fatal(const struct keep_fault *f)
{
    seen_kind = f->kind;
    return expects_fault;
}

static void run_kernel_code(void (*entry)(void *), void *arg)
{
    const struct keep_thread_spec spec = {entry, arg, PRIORITY_TEST, 0, KEEP_NO_WAIT};
    keep_thread_make(&second, &second_stack, &spec);
    keep_thread_join(&second, SECOND_US);
}

void suite_kernel_fault(const char *file, uint32_t line, void (*entry)(void *), void *arg,
                        uint32_t kind)
{
    expects_fault = true;
    seen_kind = KEEP_FAULT_NONE;
    run_kernel_code(entry, arg);
    expects_fault = false;
    if (second.end != KEEP_END_FAULT || seen_kind != kind) {
        suite_fail(file, line, "privileged code ended in another way:");
        print_pair("      end ", second.end, "");
        print_pair(", fault ", seen_kind, keep_fault_name(seen_kind));
        keep_print("\n");
    }
}

/* ---- All of them. ---- */

static void run(const struct test *t)
{
    failures = 0;
    keep_print("  ");
    keep_print(t->name);
    t->run();
    const char *broken = keep_check();
    if (broken)
        suite_fail("keep_check", 0, broken);
    if (failures)
        failed++;
    else
        passed++;
    keep_print(failures ? "  FAILED\n" : ": ok\n");
}

void keep_main(void)
{
    for (const struct topic *topic = topics; topic->name; topic++) {
        keep_print(topic->name);
        keep_print("\n");
        for (const struct test *t = topic->tests; t->name; t++)
            run(t);
    }
    keep_print_number(passed);
    keep_print(" passed, ");
    keep_print_number(failed);
    keep_print(" failed\n");
    keep_shutdown(failed ? 1 : 0);
}
