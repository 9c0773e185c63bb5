/*
 * MPS2 from the Cortex-M System Design Kit's manual (DDI 0479): UART with interrupts, both timers,
 * wake-up by a pin, and a reset by the watchdog after its NMI. No flash, no PLL. P is where the
 * peripherals are.
 */
#include "tests/vendor/board.h"

static volatile uint32_t received, count, pin;

void on_irq(uint32_t n)
{
    if (n == UART_RX_IRQ) {
        REG(UART + 0x0C) = 2;
        received = REG(UART) & 0xFF;
        count++;
        REG(UART) = received;
    }
    if (n == GPIO_IRQ) {
        REG(GPIO + 0x38) = 1;
        pin++;
    }
}

void board_start(void)
{
    REG(UART + 0x10) = 217;
    REG(UART + 0x08) = 0xB;
    enable_irq(UART_RX_IRQ);
}

void put(char c)
{
    while (REG(UART + 4) & 1)
        ;
    REG(UART) = (uint8_t)c;
}

void board_test(void)
{
    say("up\n");
    while (count < 5)
        wait_for_interrupt();
    check("echo", received == 'o');
    REG(P + 8) = 9999;
    REG(P) = 9;
    REG(P + 0x2000) = 5000;
    REG(P + 0x2008) = 0xA3; /* enable, interrupt, 32 bits, one-shot */
    while (!(REG(P + 0x2010) & 1))
        ;
    uint32_t left = REG(P + 4);
    check("two timers agree", left < 5100 && left > 4500);
    REG(P) = 0;
    REG(GPIO + 0x28) = 1;
    REG(GPIO + 0x30) = 1;
    REG(GPIO + 0x20) = 1;
    enable_irq(GPIO_IRQ);
    say("waiting for the pin\n");
    while (!pin)
        wait_for_interrupt();
    check("woken by the pin", 1);
    REG(WDT + 0xC00) = 0x1ACCE551;
    REG(WDT) = 100000;
    say("waiting for the watchdog\n");
    REG(WDT + 8) = 3;
}
