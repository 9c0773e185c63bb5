/*
 * LM3S6965 from its data sheet: start-up with the PLL, UART0 with interrupts, a timer's capture,
 * flash, wake-up by a pin, and a reset by the watchdog.
 */
#include "tests/vendor/board.h"

#define SYSCTL 0x400FE000u
#define UART   0x4000C000u
#define GPIOE  0x40024000u
#define TIMER  0x40030000u
#define FLASH  0x400FD000u
#define WDT    0x40000000u

static volatile uint32_t received, count, pin;

void on_irq(uint32_t n)
{
    if (n == 5) {
        while (!(REG(UART + 0x18) & 0x10)) { /* RXFE */
            received = REG(UART) & 0xFF;
            count++;
            REG(UART) = received;
        }
        REG(UART + 0x44) = 0x50;
    }
    if (n == 4) {
        pin++;
        REG(GPIOE + 0x41C) = 1;
    }
    if (n == 18)
        REG(0xE000E180u) = 1u << 18; /* once is enough: let it bite */
}

void board_start(void)
{
    REG(SYSCTL + 0x60) = (REG(SYSCTL + 0x60) | 1u << 11) & ~(1u << 22); /* BYPASS, no USESYSDIV */
    REG(SYSCTL + 0x60) =
        (REG(SYSCTL + 0x60) & ~(0x30u | 1u << 13 | 1u)); /* main oscillator, PLL on */
    while (!(REG(SYSCTL + 0x50) & 0x40))
        ;
    REG(SYSCTL + 0x60) = (REG(SYSCTL + 0x60) & ~(1u << 11)) | 1u << 22;
    REG(SYSCTL + 0x104) |= 1u | 1u << 16;
    REG(SYSCTL + 0x108) |= 0x7F;
    REG(UART + 0x24) = 27;
    REG(UART + 0x28) = 8;
    REG(UART + 0x2C) = 0x70;
    REG(UART + 0x30) = 0x301;
    REG(UART + 0x38) = 0x50; /* RXIM, RTIM */
    enable_irq(5);
}

void put(char c)
{
    while (REG(UART + 0x18) & 0x20)
        ;
    REG(UART) = (uint8_t)c;
}

static void timer(void)
{
    REG(TIMER + 0x00) = 0;
    REG(TIMER + 0x04) = 1; /* one-shot */
    REG(TIMER + 0x28) = 5000;
    REG(TIMER + 0x0C) = 1;
    while (!(REG(TIMER + 0x1C) & 1))
        ;
    check("one-shot stops by itself", !(REG(TIMER + 0x0C) & 1));
    REG(TIMER + 0x24) = 1;
    REG(TIMER + 0x00) = 4;
    REG(TIMER + 0x04) = 7; /* edge-time capture */
    REG(TIMER + 0x28) = 0xFFFF;
    REG(TIMER + 0x0C) = 1;
    say("waiting for the edge\n");
    while (!(REG(TIMER + 0x1C) & 4))
        ;
    check("captured", REG(TIMER + 0x48) < 0xFFFF);
}

static void flash(void)
{
    REG(FLASH) = 0x20000;
    REG(FLASH + 8) = 0xA4420002;
    while (REG(FLASH + 8) & 2)
        ;
    REG(FLASH + 4) = 0x12345678;
    REG(FLASH + 8) = 0xA4420001;
    while (REG(FLASH + 8) & 1)
        ;
    check("flash holds what was programmed", REG(0x20000) == 0x12345678);
}

void board_test(void)
{
    if (REG(SYSCTL + 0x5C) & 8) {
        check("reset by the watchdog", 1);
        say("done\n");
        return;
    }
    say("up\n");
    while (count < 5)
        wait_for_interrupt();
    check("echo", received == 'o');
    timer();
    flash();
    REG(GPIOE + 0x51C) = 1;
    REG(GPIOE + 0x40C) = 1;
    REG(GPIOE + 0x410) = 1;
    REG(GPIOE + 0x41C) = 1;
    pin = 0;
    enable_irq(4);
    say("waiting for the pin\n");
    while (!pin)
        wait_for_interrupt();
    check("woken by the pin", 1);
    REG(WDT) = 100000;
    enable_irq(18);
    say("waiting for the watchdog\n");
    REG(WDT + 8) = 3;
}
