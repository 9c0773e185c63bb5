/* For images written from register descriptions: accesses, text, how it ends. */
#ifndef VENDOR_BOARD_H
#define VENDOR_BOARD_H

#include <stdint.h>

#define REG(addr)   (*(volatile uint32_t *)(addr))
#define REG16(addr) (*(volatile uint16_t *)(addr))

/* Each board's file has these. */
void board_start(void); /* clocks, the console */
void put(char c);       /* wait until it can be sent */
void board_test(void);  /* what is said on the console */

static inline void say(const char *s)
{
    for (; *s; s++) {
        if (*s == '\n')
            put('\r');
        put(*s);
    }
}

static inline void check(const char *what, int good)
{
    say(good ? "ok " : "NOT ");
    say(what);
    say("\n");
}

static inline void enable_irq(uint32_t n)
{
    REG(0xE000E100u + n / 32 * 4) = 1u << n % 32;
}

static inline void wait_for_interrupt(void)
{
    __asm volatile("wfi" : : : "memory");
}

#endif
