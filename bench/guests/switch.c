/* Context switch by PendSV with a reload of four MPU regions, 200 000 times, user mode threads. */
#include "tests/guest/lib/guest.h"

#define SWITCHES 200000u

static uint32_t stacks[2][256] __attribute__((aligned(1024)));
static uint32_t regions[2][8] __attribute__((aligned(32)));
static struct {
    uint32_t psp, saved[8];
} tasks[2];
static uint32_t current, switches;

void bench_switch(void);
void bench_done(void);

/* Ask for a switch, which the thread does by a system call: threads may not reach ICSR. */
void svcall_handler(void)
{
    SCB_ICSR = 1u << 28;
}

__attribute__((naked)) void pendsv_handler(void)
{
    __asm__ volatile("mrs r0, psp\n\t"
                     "push {r4-r11, lr}\n\t"
                     "bl bench_switch\n\t"
                     "pop {r4-r11, lr}\n\t"
                     "bx lr");
}

/* Saved registers stay zero here: the threads keep nothing in them. */
__attribute__((used)) void bench_switch(void)
{
    uint32_t psp;
    __asm__ volatile("mrs %0, psp" : "=r"(psp));
    tasks[current].psp = psp;
    current ^= 1u;
    __asm__ volatile("ldmia %0, {r4-r11}\n\t"
                     "stmia %1, {r4-r11}\n\t"
                     "dsb\n\tisb" ::"r"(regions[current]),
                     "r"(0xE000ED9C)
                     : "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "memory");
    __asm__ volatile("msr psp, %0" ::"r"(tasks[current].psp));
    if (++switches == SWITCHES) {
        guest_puts("done\n");
        guest_exit(0);
    }
}

static void thread(void)
{
    for (;;)
        __asm__ volatile("svc 0" ::: "memory");
}

void guest_main(void)
{
    for (uint32_t t = 0; t < 2; t++) {
        struct frame *f = (struct frame *)&stacks[t][256] - 1;
        f->pc = (uint32_t)thread & ~1u;
        f->xpsr = 1u << 24;
        tasks[t].psp = (uint32_t)f;
        for (uint32_t r = 0; r < 4; r++) {
            uint32_t base = r == 0 ? (uint32_t)stacks[t] : 0x20100000u + t * 0x10000 + r * 0x1000;
            regions[t][2 * r] = base | 0x10 | (r + 2);
            regions[t][2 * r + 1] = RASR(r == 0 ? 10 : 12, 3, 1, 0);
        }
    }
    guest_region(0, 0, RASR(22, 6, 0, 0));
    guest_region(1, 0x20000000, RASR(22, 1, 1, 0));
    for (uint32_t r = 0; r < 4; r++) {
        MPU_RBAR = regions[1][2 * r];
        MPU_RASR = regions[1][2 * r + 1];
    }
    MPU_CTRL = 5;
    SCB_SHPR3 = 0x00FF0000u;
    BARRIER();
    current = 1;
    __asm__ volatile("msr psp, %0\n\tmsr control, %1\n\tisb" ::"r"(tasks[1].psp + 32), "r"(3));
    thread();
}
