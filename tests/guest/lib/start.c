#include "tests/guest/lib/guest.h"

#ifndef GUEST_UART
#define GUEST_UART 0x40004000u
#endif
#define UART0      GUEST_UART
#define EXIT_FINE  0x20026u
#define EXIT_ERROR 0x20023u

extern uint32_t __stack_top[], __bss_start[], __bss_end[], __data_start[], __data_end[],
    __data_load[];

void guest_reset(void);
void guest_unexpected(void);
void *memset(void *to, int byte, __SIZE_TYPE__ n);

#define WEAK(name) void name(void) __attribute__((weak, alias("guest_unexpected")))
WEAK(nmi_handler);
WEAK(hardfault_handler);
WEAK(memmanage_handler);
WEAK(busfault_handler);
WEAK(usagefault_handler);
WEAK(svcall_handler);
WEAK(pendsv_handler);
WEAK(systick_handler);
WEAK(irq0_handler);
WEAK(irq1_handler);
WEAK(irq2_handler);
WEAK(irq3_handler);
WEAK(irq4_handler);
WEAK(irq5_handler);
WEAK(irq8_handler);

__attribute__((section(".vectors"), used)) static void *const vectors[48] = {
    [0] = __stack_top,        [1] = guest_reset,       [2] = nmi_handler,
    [3] = hardfault_handler,  [4] = memmanage_handler, [5] = busfault_handler,
    [6] = usagefault_handler, [11] = svcall_handler,   [14] = pendsv_handler,
    [15] = systick_handler,   [16] = irq0_handler,     [17] = irq1_handler,
    [18] = irq2_handler,      [19] = irq3_handler,     [20] = irq4_handler,
    [21] = irq5_handler,      [24] = irq8_handler,
};

void guest_reset(void)
{
    uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end;)
        *to++ = *from++;
    for (uint32_t *to = __bss_start; to < __bss_end;)
        *to++ = 0;
    REG(UART0 + 0x10) = 16; /* the fastest line */
    REG(UART0 + 0x08) = 1;
    guest_main();
    guest_exit(0);
}

void guest_unexpected(void)
{
    guest_puts("unexpected exception\n");
    guest_exit(1);
}

void guest_exit(uint32_t status)
{
    register uint32_t r0 __asm__("r0") = 0x18;
    register uint32_t r1 __asm__("r1") = status ? EXIT_ERROR : EXIT_FINE;
    for (;;)
        __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}

void guest_putc(char c)
{
    while (REG(UART0 + 0x04) & 1u)
        ;
    REG(UART0) = (uint8_t)c;
}

void guest_puts(const char *text)
{
    while (*text)
        guest_putc(*text++);
}

void guest_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4)
        guest_putc("0123456789abcdef"[value >> shift & 15u]);
    guest_putc('\n');
}

void *memset(void *to, int byte, __SIZE_TYPE__ n)
{
    char *t = to;
    while (n--)
        *t++ = (char)byte;
    return to;
}
