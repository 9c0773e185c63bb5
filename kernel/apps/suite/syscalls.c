/*
 * The way of a system call: numbers, words, copies.
 */
#include "kernel/apps/suite/suite.h"

static char text[64] KEEP_APP_DATA(test_part) = "hello";
static struct keep_sem *no_object;
KEEP_PIPE(syscall_pipe, 16);
#define pipe syscall_pipe

static void call(void *number)
{
    keep_trap((uint32_t)number, 0, 0, 0, 0);
}

TEST(test_unimplemented_syscall)
{
    REFUSED(call, (void *)KEEP_SYS_COUNT, CALL_NUMBER);
    CHECK(subject.fault.addr == KEEP_SYS_COUNT);
}

TEST(test_bad_syscall)
{
    REFUSED(call, (void *)0x7FFFFFFF, CALL_NUMBER);
    REFUSED(call, (void *)0xFFFFFFFF, CALL_NUMBER);
    REFUSED(call, (void *)0x80000000, CALL_NUMBER);
    REFUSED(call, (void *)0x40000000, CALL_NUMBER);
}

TEST(test_excluded_syscall)
{
#if KEEP_WITH_EXTRA
    ENDS(call, (void *)KEEP_SYS_nothing, 0);
#else
    REFUSED(call, (void *)KEEP_SYS_nothing, CALL_EXCLUDED);
    CHECK(subject.fault.call == KEEP_SYS_nothing);
#endif
}

static void svc_1(void *arg)
{
    (void)arg;
    __asm__ volatile("svc 1");
}
static void svc_255(void *arg)
{
    (void)arg;
    __asm__ volatile("svc 255");
}

TEST(test_other_svc)
{
    REFUSED(svc_1, NULL, SVC);
    CHECK(subject.fault.addr == 1);
    REFUSED(svc_255, NULL, SVC);
}

/* A system call returns to user mode. */
static void still_user(void *arg)
{
    uint32_t control;
    (void)arg;
    MUST(keep_yield() == 0);
    MUST(keep_sleep(10) == 0);
    __asm__ volatile("mrs %0, control" : "=r"(control));
    MUST(control & 1u);
}

TEST(test_syscall_returns_to_user)
{
    ENDS(still_user, NULL, 0);
}

TEST(test_syscall_context)
{
    CHECK(!keep_in_call());
}

static void sum(void *arg)
{
    uint64_t total = 0;
    (void)arg;
    int32_t mixed = keep_sum(1, 0x100000002ull, 4, 8, 0x8000000000000000ull, 16, &total);
    MUST(total == 0x8000000100000000ull + 1 + 2 + 4 + 8 + 16);
    MUST(mixed == (1 ^ 4 ^ 8 ^ 16));
}

TEST(test_arg64)
{
    uint64_t total;
    ENDS(sum, NULL, 0);
    CHECK(keep_sum(0, 1ull << 40, 0, 0, 0, 0, &total) == 0 && total == 1ull << 40);
}

/* The words beyond the registers lie where the caller cannot read. */
static void more_args(void *more)
{
    keep_trap(KEEP_SYS_sum, 0, 0, 0, (uint32_t)more);
}

TEST(test_more_args)
{
    REFUSED(more_args, (void *)BOARD_RAM_BASE, BUFFER);
    REFUSED(more_args, (void *)((uint32_t)words + 2), BUFFER);
    REFUSED(more_args, (void *)0xFFFFFFF0, BUFFER);
}

static void set_name(void *name)
{
    MUST(keep_thread_set_name(&subject, name) == 0);
}

TEST(test_string_nlen)
{
    ENDS(set_name, text, 0);
    CHECK(subject.name[0] == 'h' && subject.name[4] == 'o' && subject.name[5] == '\0');
}

TEST(test_user_string_copy)
{
    for (uint32_t i = 0; i < sizeof text; i++)
        text[i] = 'x'; /* without an end in time */
    REFUSED(set_name, text, BOUNDS);
}

TEST(test_user_string_alloc_copy)
{
    REFUSED(set_name, &no_object, BUFFER);
}

static void ask_info(void *to)
{
    keep_thread_info(&subject, to);
}

TEST(test_to_copy)
{
    REFUSED(ask_info, &no_object, BUFFER);
    REFUSED(ask_info, (void *)(test_part.start + test_part.bytes - 8), BUFFER);
    REFUSED(ask_info, (void *)test_to_copy, BUFFER);
}

static void write_pipe(void *from)
{
    keep_pipe_write(&pipe, from, words[0], KEEP_NO_WAIT);
}

static void pipe_refused(void *from, uint32_t bytes, uint32_t kind, uint32_t line)
{
    words[0] = bytes;
    suite_prepare(&subject, &subject_stack, write_pipe, from);
    keep_object_grant(&pipe.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, line, KEEP_END_FAULT, kind, 0);
}

/* CVE-2020-10067: a size that wraps round does not make a buffer of the kernel's readable. */
TEST(test_buffer_wrap)
{
    pipe_refused((void *)test_part.start, 0xFFFFFFFF, KEEP_FAULT_BUFFER, __LINE__);
    pipe_refused((void *)test_part.start, 0x7FFFFFFF, KEEP_FAULT_BUFFER, __LINE__);
    pipe_refused((void *)0xFFFFFFFC, 8, KEEP_FAULT_BUFFER, __LINE__);
    pipe_refused((void *)(test_part.start + test_part.bytes - 4), 8, KEEP_FAULT_BUFFER, __LINE__);
    pipe_refused((void *)(test_part.start - 4), 8, KEEP_FAULT_BUFFER, __LINE__);
}

/* The code and constants of programs may be read, so they may be a buffer to read from. */
static void write_constant(void *arg)
{
    (void)arg;
    MUST(keep_pipe_write(&pipe, "constant", 8, KEEP_NO_WAIT) == 8);
}

TEST(test_buffer_constant)
{
    char got[8];
    suite_prepare(&subject, &subject_stack, write_constant, NULL);
    keep_object_grant(&pipe.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    CHECK(keep_pipe_read(&pipe, got, 8, KEEP_NO_WAIT) == 8 && got[7] == 't');
}

/* A call made with the stack where user code has no memory, or the kernel's. */
static void call_without_stack(void *sp)
{
    __asm__ volatile("mov sp, %0\n\tsvc 0" ::"r"(sp));
}

TEST(test_call_without_stack)
{
    uint32_t key = sizeof words;
    REFUSED(call_without_stack, (void *)(BOARD_RAM_BASE + 512), STACK);
    REFUSED(call_without_stack, (void *)0x60000010, STACK);
    REFUSED(call_without_stack, (void *)0x40, STACK);
    CHECK(key == sizeof words);
}

const struct test syscall_tests[] = {ROW(test_unimplemented_syscall),
                                     ROW(test_bad_syscall),
                                     ROW(test_excluded_syscall),
                                     ROW(test_other_svc),
                                     ROW(test_syscall_returns_to_user),
                                     ROW(test_syscall_context),
                                     ROW(test_arg64),
                                     ROW(test_more_args),
                                     ROW(test_string_nlen),
                                     ROW(test_user_string_copy),
                                     ROW(test_user_string_alloc_copy),
                                     ROW(test_to_copy),
                                     ROW(test_buffer_wrap),
                                     ROW(test_buffer_constant),
                                     ROW(test_call_without_stack),
                                     {0}};
