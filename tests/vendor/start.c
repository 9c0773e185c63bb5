/* Vectors and the way into main, for any Cortex-M. Every interrupt goes to on_irq(). */
#include "tests/vendor/board.h"

extern uint32_t data_load[], data_begin[], data_end[], bss_begin[], bss_end[];

__attribute__((weak)) void on_irq(uint32_t n)
{
    (void)n;
}

static void irq(void)
{
    uint32_t n;
    __asm volatile("mrs %0, ipsr" : "=r"(n));
    on_irq(n - 16);
}

static void fault(void)
{
    static const uint32_t end[2] = {0x20026, 99};
    register uint32_t op __asm("r0") = 0x20;
    register const uint32_t *arg __asm("r1") = end;
    __asm volatile("bkpt 0xAB" : : "r"(op), "r"(arg) : "memory");
}

void _start(void);
void _start(void)
{
    uint32_t *from = data_load;
    for (uint32_t *to = data_begin; to < data_end;)
        *to++ = *from++;
    for (uint32_t *to = bss_begin; to < bss_end;)
        *to++ = 0;
    board_start();
    board_test();
    for (;;)
        wait_for_interrupt();
}

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t stack;
    void (*handler[127])(void);
} vectors = {STACK, {_start, [1] = irq, [2 ... 13] = fault, [14 ... 126] = irq}};
