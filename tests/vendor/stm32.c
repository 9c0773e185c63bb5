/*
 * STM32F1, F2, F4 and G0, from their reference manuals (RM0041, RM0033, RM0090, RM0444): start-up
 * with the crystal and the PLL, USART with interrupts, PWM seen by a capture, flash, EXTI wake-up,
 * and a reset by the independent watchdog. FAMILY is 1, 4 (F2 too) or 0.
 */
#include "tests/vendor/board.h"

#if FAMILY == 4
#define RCC        0x40023800u
#define RCC_CFGR   (RCC + 0x08)
#define RCC_CSR    (RCC + 0x74)
#define RMVF       (1u << 24)
#define FLASH      0x40023C00u
#define FLASH_KEYR (FLASH + 4)
#define FLASH_SR   (FLASH + 0x0C)
#define FLASH_CR   (FLASH + 0x10)
#define PAGE       0x08020000u /* sector 5 */
#define GPIOA      0x40020000u
#define SWS_SHIFT  2
#define PLL_SW     2u
#elif FAMILY == 1
#define RCC        0x40021000u
#define RCC_CFGR   (RCC + 0x04)
#define RCC_CSR    (RCC + 0x24)
#define RMVF       (1u << 24)
#define FLASH      0x40022000u
#define FLASH_KEYR (FLASH + 4)
#define FLASH_SR   (FLASH + 0x0C)
#define FLASH_CR   (FLASH + 0x10)
#define PAGE       0x08010000u
#define GPIOA      0x40010800u
#define SWS_SHIFT  2
#define PLL_SW     2u
#else
#define RCC        0x40021000u
#define RCC_CFGR   (RCC + 0x08)
#define RCC_CSR    (RCC + 0x60)
#define RMVF       (1u << 23)
#define FLASH      0x40022000u
#define FLASH_KEYR (FLASH + 8)
#define FLASH_SR   (FLASH + 0x10)
#define FLASH_CR   (FLASH + 0x14)
#define PAGE       0x08010000u
#define GPIOA      0x50000000u
#define SWS_SHIFT  3
#define PLL_SW     2u
#endif
#define TIM2 0x40000000u
#define IWDG 0x40003000u

#if FAMILY == 0
#define U_CR1 (USART + 0x00)
#define U_BRR (USART + 0x0C)
#define U_SR  (USART + 0x1C)
#define U_RDR (USART + 0x24)
#define U_TDR (USART + 0x28)
#define U_ON  0x2Du /* UE, RE, TE, RXNEIE */
#else
#define U_CR1 (USART + 0x0C)
#define U_BRR (USART + 0x08)
#define U_SR  (USART + 0x00)
#define U_RDR (USART + 0x04)
#define U_TDR (USART + 0x04)
#define U_ON  0x202Cu
#endif

static volatile uint32_t received, count, exti;

void on_irq(uint32_t n)
{
    if (n == USART_IRQ) { /* echo */
        received = REG(U_RDR) & 0xFF;
        count++;
        REG(U_TDR) = received;
    }
    if (n == EXTI_IRQ) {
        exti++;
#if FAMILY == 0
        REG(0x4002180Cu) = 1;
#elif FAMILY == 1
        REG(0x40010414u) = 1;
#else
        REG(0x40013C14u) = 1;
#endif
    }
}

void board_start(void)
{
    REG(RCC) |= 1u << 16; /* HSEON */
    while (!(REG(RCC) & 1u << 17))
        ;
    REG(RCC) |= 1u << 24; /* PLLON */
    while (!(REG(RCC) & 1u << 25))
        ;
    REG(RCC_CFGR) = (REG(RCC_CFGR) & ~7u) | PLL_SW;
    while ((REG(RCC_CFGR) >> SWS_SHIFT & 3u) != PLL_SW)
        ;
    REG(U_BRR) = 0x200;
    REG(U_CR1) = U_ON;
    enable_irq(USART_IRQ);
}

void put(char c)
{
    while (!(REG(U_SR) & 0x80))
        ;
    REG(U_TDR) = (uint8_t)c;
}

/* Channel 1 is PWM on PA0; channel 2 captures the same pin (IC2 on TI1), both edges of it. */
static void pwm_and_capture(void)
{
#if FAMILY == 1
    REG(GPIOA) = (REG(GPIOA) & ~15u) | 0xA;
#else
    REG(GPIOA) = (REG(GPIOA) & ~3u) | 2;
#endif
    REG(TIM2 + 0x28) = 9;
    REG(TIM2 + 0x2C) = 999;
    REG(TIM2 + 0x34) = 250;
    REG(TIM2 + 0x18) = 0x60 | 2u << 8;         /* OC1M PWM mode 1, CC2S = TI1 */
    REG(TIM2 + 0x20) = 1u | 1u << 4 | 1u << 5; /* CC2 on the falling edge */
    REG(TIM2 + 0x14) = 1;
    REG(TIM2 + 0x10) = 0;
    REG(TIM2) = 1;
    while (!(REG(TIM2 + 0x10) & 4u))
        ;
    check("pwm falls where the compare says", REG(TIM2 + 0x38) == 250);
    while (!(REG(TIM2 + 0x10) & 1u))
        ;
    check("update", 1);
    REG(TIM2) = 0;
}

static void flash(void)
{
    REG(FLASH_KEYR) = 0x45670123;
    REG(FLASH_KEYR) = 0xCDEF89AB;
#if FAMILY == 4
    REG(FLASH_CR) = 2u | 5u << 3 | 2u << 8;
    REG(FLASH_CR) |= 1u << 16;
    while (REG(FLASH_SR) & 1u << 16)
        ;
    REG(FLASH_CR) = 1u | 2u << 8;
    REG(PAGE) = 0x12345678;
    while (REG(FLASH_SR) & 1u << 16)
        ;
    REG(FLASH_CR) = 1u << 31;
#elif FAMILY == 1
    REG(FLASH_CR) = 2;
    REG(FLASH + 0x14) = PAGE;
    REG(FLASH_CR) = 0x42;
    while (REG(FLASH_SR) & 1)
        ;
    REG(FLASH_CR) = 1;
    REG16(PAGE) = 0x5678;
    while (REG(FLASH_SR) & 1)
        ;
    REG16(PAGE + 2) = 0x1234;
    while (REG(FLASH_SR) & 1)
        ;
    REG(FLASH_CR) = 0x80;
#else
    REG(FLASH_CR) = 2u | 32u << 3;
    REG(FLASH_CR) |= 1u << 16;
    while (REG(FLASH_SR) & 1u << 16)
        ;
    REG(FLASH_CR) = 1;
    REG(PAGE) = 0x12345678;
    REG(PAGE + 4) = 0xFFFFFFFF;
    while (REG(FLASH_SR) & 1u << 16)
        ;
    REG(FLASH_CR) = 1u << 31;
#endif
    check("flash holds what was programmed", REG(PAGE) == 0x12345678);
    REG(PAGE) = 0; /* locked */
    check("and is locked", REG(PAGE) == 0x12345678);
}

static void sleep_until_a_pin_rises(void)
{
#if FAMILY == 0
    REG(GPIOA) &= ~3u; /* input */
    REG(0x40021800u) |= 1;
    REG(0x40021880u) |= 1;
#elif FAMILY == 1
    REG(GPIOA) = (REG(GPIOA) & ~15u) | 4;
    REG(0x40010408u) |= 1;
    REG(0x40010400u) |= 1;
#else
    REG(GPIOA) &= ~3u;
    REG(0x40013C08u) |= 1;
    REG(0x40013C00u) |= 1;
#endif
    enable_irq(EXTI_IRQ);
    say("waiting for the pin\n");
    while (!exti)
        wait_for_interrupt();
    check("woken by the pin", exti == 1);
}

void board_test(void)
{
    if (REG(RCC_CSR) & 1u << 29) {
        check("reset by the watchdog", 1);
        REG(RCC_CSR) |= RMVF;
        check("and told once", !(REG(RCC_CSR) & 1u << 29));
        say("done\n");
        return;
    }
    say("up\n");
    while (count < 5)
        wait_for_interrupt();
    check("echo", received == 'o');
    pwm_and_capture();
    flash();
    sleep_until_a_pin_rises();
    REG(IWDG) = 0x5555;
    REG(IWDG + 8) = 100;
    REG(IWDG) = 0xCCCC;
    say("waiting for the watchdog\n");
}
