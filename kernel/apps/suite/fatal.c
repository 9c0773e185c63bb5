/*
 * Faults of all kinds: each ends the thread that made it, and nothing else, for the right reason.
 */
#include "kernel/apps/suite/suite.h"

static void undefined(void *arg)
{
    (void)arg;
    __asm__ volatile("udf 0");
}
static void breakpoint(void *arg)
{
    (void)arg;
    __asm__ volatile("bkpt 0");
}
/* Semihosting is a debugger's: from user code it would print or end whatever it likes. */
static void semihosting(void *arg)
{
    (void)arg;
    register uint32_t r0 __asm__("r0") = 0x18;
    register uint32_t r1 __asm__("r1") = 0x20026;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}
static void exc_return(void *arg)
{
    (void)arg;
    __asm__ volatile("bx %0" ::"r"(0xFFFFFFF9));
}
static void undefined_without_stack(void *arg)
{
    (void)arg;
    __asm__ volatile("mov sp, %0\n\tudf 0" ::"r"(0x60000010));
}
static void exec_data(void *arg)
{
    (void)arg;
    told = 0x47704770;
    ((void (*)(void))((uint32_t)&told | 1u))();
}
static void exec_stack(void *arg)
{
    volatile uint32_t code = 0x47704770;
    (void)arg;
    ((void (*)(void))((uint32_t)&code | 1u))();
}
static void exec_device(void *arg)
{
    (void)arg;
    ((void (*)(void))(0x40000001u))();
}
static void read_device(void *arg)
{
    (void)arg;
    told = *(volatile uint32_t *)BOARD_UART0;
}
TEST(test_fatal_undefined)
{
    REFUSED(undefined, NULL, INSTRUCTION);
}
TEST(test_fatal_breakpoint)
{
    REFUSED(breakpoint, NULL, INSTRUCTION);
}
TEST(test_fatal_semihosting)
{
    REFUSED(semihosting, NULL, INSTRUCTION);
}
TEST(test_fatal_exc_return)
{
    suite_user(exc_return, NULL);
    CHECK(subject.end == KEEP_END_FAULT);
    CHECK(subject.fault.kind == KEEP_FAULT_EXECUTE || subject.fault.kind == KEEP_FAULT_RETURN);
}
TEST(test_fatal_two_at_once)
{
    REFUSED(undefined_without_stack, NULL, STACK);
}
TEST(test_fatal_exec_data)
{
    REFUSED(exec_data, NULL, EXECUTE);
}
TEST(test_fatal_exec_stack)
{
    REFUSED(exec_stack, NULL, EXECUTE);
}
TEST(test_fatal_exec_device)
{
    REFUSED(exec_device, NULL, EXECUTE);
}
TEST(test_fatal_read_device)
{
    REFUSED(read_device, NULL, READ_WRITE);
}
TEST(test_fatal_stack_overflow_user)
{
    REFUSED(suite_overflow, (void *)1000, STACK);
}

#if __ARM_ARCH >= 7
static void divide(void *by)
{
    volatile uint32_t n = 7;
    n /= (uint32_t)by;
    told = n;
}
TEST(test_fatal_divide)
{
    REFUSED(divide, NULL, DIVIDE);
}
#endif

static void unaligned(void *arg)
{
    (void)arg;
#if __ARM_ARCH >= 7
    __asm__ volatile("ldrd r2, r3, [%0]" ::"r"((uint32_t)words + 1) : "r2", "r3");
#else
    __asm__ volatile("ldr r2, [%0]" ::"r"((uint32_t)words + 1) : "r2");
#endif
}
TEST(test_fatal_unaligned)
{
    REFUSED(unaligned, NULL, UNALIGNED);
}

/* ---- Privileged threads: these faults would be the end of the system. ---- */

static void panic(void *arg)
{
    (void)arg;
    keep_panic("a panic that the test wants");
}
static void assertion(void *arg)
{
    (void)arg;
    KEEP_ASSERT(arg == (void *)1);
}
static void kernel_oops(void *arg)
{
    (void)arg;
    keep_oops(0);
}

TEST(test_fatal_kernel_exception)
{
    KERNEL_REFUSED(undefined, NULL, INSTRUCTION);
}
TEST(test_fatal_kernel_panic)
{
    KERNEL_REFUSED(panic, NULL, PANIC);
}
TEST(test_fatal_kernel_assert)
{
    KERNEL_REFUSED(assertion, NULL, PANIC);
}
TEST(test_fatal_kernel_oops)
{
    KERNEL_REFUSED(kernel_oops, NULL, PANIC);
}
TEST(test_fatal_stack_overflow_kernel)
{
    KERNEL_REFUSED(suite_overflow, (void *)1000, STACK);
}

const struct test fatal_tests[] = {ROW(test_fatal_undefined),
                                   ROW(test_fatal_breakpoint),
                                   ROW(test_fatal_semihosting),
                                   ROW(test_fatal_exc_return),
                                   ROW(test_fatal_two_at_once),
                                   ROW(test_fatal_exec_data),
                                   ROW(test_fatal_exec_stack),
                                   ROW(test_fatal_exec_device),
                                   ROW(test_fatal_read_device),
                                   ROW(test_fatal_stack_overflow_user),
#if __ARM_ARCH >= 7
                                   ROW(test_fatal_divide),
#endif
                                   ROW(test_fatal_unaligned),
                                   ROW(test_fatal_kernel_exception),
                                   ROW(test_fatal_kernel_panic),
                                   ROW(test_fatal_kernel_assert),
                                   ROW(test_fatal_kernel_oops),
                                   ROW(test_fatal_stack_overflow_kernel),
                                   {0}};
