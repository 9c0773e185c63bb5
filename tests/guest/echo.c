/* Reads a line by interrupt and prints it in capitals. */
#include "tests/guest/lib/guest.h"

#define UART0 0x40004000u

static volatile char line[64];
static volatile uint32_t length;

void irq0_handler(void)
{
    line[length++] = (char)REG(UART0);
    REG(UART0 + 0x0C) = 2;
}

void guest_main(void)
{
    REG(UART0 + 0x08) = 0x0B; /* transmit, receive, receive interrupt */
    NVIC_ISER = 1;
    while (length == 0 || line[length - 1] != '\n')
        __asm__ volatile("wfi");
    for (uint32_t i = 0; i < length; i++)
        guest_putc(line[i] >= 'a' && line[i] <= 'z' ? (char)(line[i] - 32) : line[i]);
}
