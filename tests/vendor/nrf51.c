/*
 * nRF51822 from its reference manual: start-up with the crystal, UART with interrupts, PWM by
 * TIMER, PPI and GPIOTE and its capture, flash, sleep until the RTC, and a reset by the watchdog.
 */
#include "tests/vendor/board.h"

#define CLOCK  0x40000000u
#define UART   0x40002000u
#define GPIOTE 0x40006000u
#define TIMER0 0x40008000u
#define TIMER1 0x40009000u
#define RTC    0x4000B000u
#define WDT    0x40010000u
#define NVMC   0x4001E000u
#define PPI    0x4001F000u
#define PAGE   0x00030000u

static volatile uint32_t received, count, ticks;

void on_irq(uint32_t n)
{
    if (n == 2 && REG(UART + 0x108)) {
        REG(UART + 0x108) = 0;
        received = REG(UART + 0x518);
        count++;
        REG(UART + 0x51C) = received;
    }
    if (n == 11) {
        REG(RTC + 0x140) = 0;
        ticks++;
    }
}

void board_start(void)
{
    REG(CLOCK + 0x000) = 1;
    while (!REG(CLOCK + 0x100))
        ;
    REG(CLOCK + 0x008) = 1;
    while (!REG(CLOCK + 0x104))
        ;
    REG(UART + 0x500) = 4;
    REG(UART + 0x524) = 0x01D7E000; /* 115200 */
    REG(UART + 0x000) = 1;
    REG(UART + 0x008) = 1;
    REG(UART + 0x304) = 1u << 2;
    enable_irq(2);
}

void put(char c)
{
    REG(UART + 0x11C) = 0;
    REG(UART + 0x51C) = (uint8_t)c;
    while (!REG(UART + 0x11C))
        ;
}

/* TIMER0 compare 0 and 1 toggle pin 3; its edges capture TIMER1's count. */
static void pwm_and_capture(void)
{
    REG(0x50000000u + 0x700 + 4 * 3) = 1;
    REG(GPIOTE + 0x510) = 3u | 3u << 8 | 3u << 16;
    REG(GPIOTE + 0x514) = 1u | 3u << 8 | 2u << 16; /* an event when it falls */
    REG(TIMER0 + 0x510) = 0;
    REG(TIMER0 + 0x540) = 4000;
    REG(TIMER0 + 0x544) = 1000;
    REG(TIMER0 + 0x200) = 1; /* COMPARE0 clears */
    REG(TIMER1 + 0x510) = 0;
    static const uint32_t channels[] = {TIMER0 + 0x140, GPIOTE,         TIMER0 + 0x144,
                                        GPIOTE,         GPIOTE + 0x104, TIMER1 + 0x40};
    for (uint32_t i = 0; i < 6; i++)
        REG(PPI + 0x510 + 4 * i) = channels[i];
    REG(PPI + 0x504) = 7;
    REG(TIMER0) = 1;
    REG(TIMER1) = 1;
    while (!REG(GPIOTE + 0x104))
        ;
    uint32_t first = REG(TIMER1 + 0x540);
    REG(GPIOTE + 0x104) = 0;
    while (!REG(GPIOTE + 0x104))
        ;
    check("the pin has the period of the timer", REG(TIMER1 + 0x540) - first == 4000);
    REG(PPI + 0x508) = 7;
    REG(TIMER0 + 4) = REG(TIMER1 + 4) = 1;
}

static void flash(void)
{
    REG(NVMC + 0x504) = 2;
    REG(NVMC + 0x508) = PAGE;
    while (!REG(NVMC + 0x400))
        ;
    REG(NVMC + 0x504) = 1;
    REG(PAGE) = 0x12345678;
    while (!REG(NVMC + 0x400))
        ;
    REG(NVMC + 0x504) = 0;
    REG(PAGE) = 0;
    check("flash holds what was programmed", REG(PAGE) == 0x12345678);
}

void board_test(void)
{
    if (REG(CLOCK + 0x400) & 2) {
        check("reset by the watchdog", 1);
        REG(CLOCK + 0x400) = 2;
        check("and told once", !(REG(CLOCK + 0x400) & 2));
        say("done\n");
        return;
    }
    say("up\n");
    while (count < 5)
        wait_for_interrupt();
    check("echo", received == 'o');
    pwm_and_capture();
    flash();
    REG(RTC + 0x540) = 328;
    REG(RTC + 0x304) = 1u << 16;
    enable_irq(11);
    REG(RTC) = 1;
    while (!ticks)
        wait_for_interrupt();
    check("woken by the RTC", REG(RTC + 0x504) >= 328 && REG(RTC + 0x504) < 331);
    REG(WDT + 0x504) = 3276;
    REG(WDT) = 1;
    say("waiting for the watchdog\n");
}
