/*
 * Pending, priorities, nesting, masks: in which order handlers run, and what they find.
 */
#include "tests/guest/lib/guest.h"

static volatile uint32_t depth, ticks, nest;

static uint32_t ipsr(void)
{
    uint32_t v;
    __asm__ volatile("mrs %0, ipsr" : "=r"(v));
    return v;
}

static void in(const char *name)
{
    for (uint32_t i = 0; i < depth; i++)
        guest_putc(' ');
    guest_puts(name);
    guest_putc(' ');
    guest_hex(ipsr());
    depth++;
}

static void pend(uint32_t irqs)
{
    NVIC_ISPR = irqs;
    BARRIER();
}

void svcall_handler(void)
{
    in("svc");
    if (nest)
        pend(2);
    depth--;
}

void pendsv_handler(void)
{
    in("pendsv");
    depth--;
}

void systick_handler(void)
{
    ticks++;
}

void irq0_handler(void)
{
    in("irq0");
    pend(6); /* 1 is more urgent and nests; 2 is not and waits */
    in("irq0 again");
    depth -= 2;
}

void irq1_handler(void)
{
    in("irq1");
    guest_hex(NVIC_IABR);
    depth--;
}

void irq2_handler(void)
{
    in("irq2");
    depth--;
}

static void masks(void)
{
    __asm__ volatile("cpsid i");
    pend(1);
    guest_puts("masked\n");
    guest_hex(NVIC_ISPR);
    __asm__ volatile("cpsie i\n\tisb");
    guest_puts("unmasked\n");
    __asm__ volatile("msr basepri, %0" ::"r"(0x60));
    pend(1 | 2);
    guest_puts("basepri 0x60\n");
    __asm__ volatile("msr basepri, %0\n\tisb" ::"r"(0));
    __asm__ volatile("cpsid f");
    pend(2);
    guest_puts("faultmask\n");
    __asm__ volatile("cpsie f\n\tisb");
}

void guest_main(void)
{
    SCB_SHPR2 = 0x80000000u;
    SCB_SHPR3 = 0x20E00000u;
    NVIC_IPR(0) = 0x60;
    NVIC_IPR(1) = 0x40;
    NVIC_IPR(2) = 0x60;
    guest_hex(*(volatile uint32_t *)0xE000E400u);
    NVIC_ISER = 7;
    guest_hex(NVIC_ISER);
    __asm__ volatile("svc 0");
    SCB_ICSR = 1u << 28;
    BARRIER();
    pend(1);
    pend(7);
    masks();
    nest = 1;
    __asm__ volatile("svc 0");
    NVIC_ICER = 1;
    pend(1);
    guest_puts("disabled\n");
    NVIC_ICPR = 1;
    NVIC_ISER = 1;
    BARRIER();
    guest_puts("cleared\n");
    SYST_RVR = 999;
    SYST_CVR = 0;
    SYST_CSR = 7;
    while (ticks < 3)
        __asm__ volatile("wfi");
    SYST_CSR = 0;
    guest_puts("three ticks\n");
    SCB_CCR = SCB_CCR | 1u;
    guest_hex(SCB_CCR & 0x201u);
}
