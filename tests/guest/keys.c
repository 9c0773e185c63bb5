/*
 * Sleeps until something comes: bytes are echoed, interrupt 5 is told, and the buttons each time.
 */
#include "tests/guest/lib/guest.h"

#define UART0   0x40004000u
#define BUTTONS REG(0x40028008) /* MPS2 FPGAIO, "FPGA system control and I/O" of DAI 0385 */

void irq0_handler(void)
{
    char byte = (char)REG(UART0);
    REG(UART0 + 0x0C) = 2;
    guest_putc(byte);
}

void irq5_handler(void)
{
    NVIC_ICER = 1u << 5; /* the line stays high */
    guest_putc('!');
}

void guest_main(void)
{
    REG(UART0 + 0x08) = 0x0B; /* transmit, receive, receive interrupt */
    NVIC_ISER = 1u << 0 | 1u << 5;
    for (;;) {
        __asm__ volatile("wfi");
        guest_putc((char)('0' + (BUTTONS & 3u)));
    }
}
