/*
 * Attacks on the kernel itself, each of which once succeeded. Each ends its own thread and nothing
 * else; afterwards the kernel still runs, and says so.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define PRIORITY_HIGH 2u
#define PRIORITY_USER 3u
#define TRIES         400u

extern struct keep_uart keep_console;

struct arena {
    uint32_t words[64];
};
KEEP_PARTITION(arena, struct arena);
static const struct keep_domain domain = {{&arena_partition}};

KEEP_USER_THREAD(attacker, 1024, PRIORITY_USER, &domain);
KEEP_USER_THREAD(accomplice, 1024, PRIORITY_HIGH, &domain);
KEEP_USER_THREAD(victim, 1024, PRIORITY_USER, NULL);

static volatile uint32_t kernel_word = 1; /* no user thread can write it */

/* ---- One instruction each. ---- */

static void breakpoint(uint32_t arg)
{
    (void)arg;
    __asm__ volatile("bkpt 0");
}

/* Semihosting is the debugger's: from user code it would print or end whatever it likes. */
static void semihosting(uint32_t arg)
{
    (void)arg;
    register uint32_t r0 __asm__("r0") = 0x18;
    register uint32_t r1 __asm__("r1") = 0x20026;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

/* Two faults at once: the instruction's and the stacking of its frame. */
static void undefined_without_stack(uint32_t arg)
{
    (void)arg;
    __asm__ volatile("mov sp, %0\n\tudf 0" ::"r"(0x60000010));
}

static void call_without_stack(uint32_t arg)
{
    (void)arg;
    __asm__ volatile("mov sp, %0\n\tsvc 0" ::"r"((uint32_t)&kernel_word + 64));
}

static void wrong_svc(uint32_t arg)
{
    (void)arg;
    __asm__ volatile("svc 1");
}

static void return_from_no_exception(uint32_t arg)
{
    (void)arg;
    __asm__ volatile("bx %0" ::"r"(0xFFFFFFF9));
}

/* ---- Two threads: one takes system calls with its stack in shared memory, the other looks there
 * for a frame of the kernel's and bends its return address. ---- */

__attribute__((noinline)) static void bent(void)
{
    kernel_word = 2;
    for (;;)
        ;
}

static void call_from_shared_stack(uint32_t arg)
{
    (void)arg;
    __asm__ volatile("mov sp, %0\n"
                     "1: movs r1, #200\n"
                     "2: subs r1, #1\n\tbne 2b\n\t"
                     "mov r12, #99\n\tsvc 0\n\tadds r4, #1\n\tuxtb r2, r4\n"
                     "3: subs r2, #1\n\tbpl 3b\n\t"
                     "b 1b" ::"r"(&arena.data.words[64]));
}

static void bend_frames(uint32_t kernel_code)
{
    for (uint32_t i = 0; i < TRIES; i++) {
        for (uint32_t w = 0; w < 64; w++)
            if (arena.data.words[w] - kernel_code < 0x80)
                arena.data.words[w] = (uint32_t)bent & ~1u;
        keep_sleep(1);
    }
}

/* ---- One thread yields in a way that once cut the other off for good. ---- */

static void sleep_for_nothing(uint32_t arg)
{
    (void)arg;
    for (uint32_t i = 0; i < TRIES; i++) {
        for (volatile uint32_t spin = 2000 + 7 * i; spin; spin--)
            ;
        keep_sleep(0);
    }
}

static void count_slowly(uint32_t arg)
{
    (void)arg;
    for (uint32_t i = 0; i < 50; i++)
        keep_sleep(1);
}

static const char *const ends[] = {"still runs", "came to its end", "faulted", "was stopped"};

static void attack(const char *name, void (*program)(uint32_t), uint32_t arg)
{
    keep_print(name);
    keep_thread_start(&attacker, program, arg);
    keep_thread_join(&attacker);
    keep_print(": ");
    keep_print(ends[attacker.end]);
    keep_print("\n");
}

extern void keep_syscall_start(void);

void keep_main(void)
{
    attack("breakpoint", breakpoint, 0);
    attack("semihosting", semihosting, 0);
    attack("undefined instruction, no stack", undefined_without_stack, 0);
    attack("system call, stack in the kernel", call_without_stack, 0);
    attack("the kernel's own SVC", wrong_svc, 0);
    attack("EXC_RETURN", return_from_no_exception, 0);

    keep_print("a stack in shared memory: ");
    keep_thread_start(&accomplice, bend_frames, (uint32_t)keep_syscall_start & ~1u);
    keep_thread_start(&attacker, call_from_shared_stack, 0);
    keep_thread_join(&accomplice);
    keep_print(kernel_word == 1 ? "no privilege gained\n" : "PRIVILEGE GAINED\n");

    keep_print("sleeping for nothing: ");
    keep_thread_start(&victim, count_slowly, 0);
    keep_thread_start(&accomplice, sleep_for_nothing, 0);
    keep_thread_join(&victim);
    keep_print("the other thread goes on\n");
    keep_shutdown(kernel_word == 1 ? 0 : 1);
}
