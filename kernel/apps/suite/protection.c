/*
 * What is protected from privileged code too: a subset of Linux's LKDTM.
 */
#include "kernel/apps/suite/suite.h"

static const uint32_t constants[1] = {0x5A5A};
#define constant (*(const volatile uint32_t *)constants)
static uint16_t code_in_data[8] __attribute__((aligned(8)));
KEEP_HEAP(protection_heap, 256);

static __attribute__((noinline, section(".text.a_victim"))) uint32_t victim(void)
{
    return 42;
}

static void write_word(void *addr)
{
    *(volatile uint32_t *)addr = 0;
}

TEST(test_write_ro)
{
    KERNEL_REFUSED(write_word, (void *)&constant, READ_WRITE);
    CHECK(constant == 0x5A5A);
}

TEST(test_write_text)
{
    KERNEL_REFUSED(write_word, (void *)((uint32_t)victim & ~3u), READ_WRITE);
    CHECK(victim() == 42);
}

/* bx lr, where nothing may be executed. */
static void jump(void *to)
{
    *(uint16_t *)to = 0x4770;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    ((void (*)(void))((uint32_t)to | 1u))();
}

TEST(test_exec_data)
{
    KERNEL_REFUSED(jump, code_in_data, EXECUTE);
}

static void jump_to_stack(void *arg)
{
    uint16_t code[4] __attribute__((aligned(8)));
    (void)arg;
    jump(code);
}

TEST(test_exec_stack)
{
    KERNEL_REFUSED(jump_to_stack, NULL, EXECUTE);
}

TEST(test_exec_heap)
{
    void *block = keep_heap_alloc(&protection_heap, 16);
    KERNEL_REFUSED(jump, block, EXECUTE);
    keep_heap_free(&protection_heap, block);
}

/* The guard below a privileged stack: a region, or PSPLIM. */
TEST(test_stack_guard)
{
    KERNEL_REFUSED(suite_overflow, (void *)1000, STACK);
}

/* LKDTM EXEC_NULL, ACCESS_NULL: address 0 is no memory to user code. */
static void read_null(void *addr)
{
    told = *(volatile uint32_t *)addr;
}
static void call_null(void *addr)
{
    ((void (*)(void))((uint32_t)addr | 1u))();
}

TEST(test_access_null)
{
    REFUSED(read_null, NULL, READ_WRITE);
}

TEST(test_exec_null)
{
    REFUSED(call_null, NULL, EXECUTE);
}

/* LKDTM EXEC_RODATA: where constants have a region of their own they are not executable. */
static const uint16_t code_in_constants[2] __attribute__((aligned(4))) = {0x4770, 0x4770};

static void call_constant(void *arg)
{
    (void)arg;
    ((void (*)(void))((uint32_t)code_in_constants | 1u))();
}

TEST(test_exec_rodata)
{
#if KEEP_RODATA_NX
    REFUSED(call_constant, NULL, EXECUTE);
    KERNEL_REFUSED(call_constant, NULL, EXECUTE);
#else
    ENDS(call_constant, NULL, 0);
#endif
}

const struct test protection_tests[] = {ROW(test_exec_rodata), ROW(test_write_ro),
                                        ROW(test_write_text),  ROW(test_exec_data),
                                        ROW(test_exec_stack),  ROW(test_exec_heap),
                                        ROW(test_stack_guard), ROW(test_access_null),
                                        ROW(test_exec_null),   {0}};
