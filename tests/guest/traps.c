/*
 * Instructions that fault, or fail, as the architecture wants: division by zero, alignment, the
 * exclusive monitor, coprocessors, states, unprivileged registers. Prints CFSR after each.
 */
#include "tests/guest/lib/guest.h"

#define CCR_USERSETMPEND (1u << 1)
#define CCR_UNALIGN_TRP  (1u << 3)
#define CCR_DIV_0_TRP    (1u << 4)
#define SCR_SEVONPEND    (1u << 4)
#define STIR             REG(0xE000EF00)

static uint32_t memory[16] __attribute__((aligned(32)));
static volatile uint32_t status, exception;

void on_fault(struct frame *f);

/* Skips the instruction, as privileged code. */
__attribute__((used)) void on_fault(struct frame *f)
{
    uint32_t ipsr, hw = *(volatile uint16_t *)(f->pc & ~1u);
    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    status = SCB_CFSR;
    exception = ipsr;
    SCB_CFSR = status;
    SCB_HFSR = SCB_HFSR;
    if (status & (1u << 17)) /* INVSTATE: back to the caller */
        f->pc = f->lr & ~1u;
    else
        f->pc += hw >= 0xE800u ? 4 : 2;
    f->xpsr = (f->xpsr & ~0x0600FC00u) | 1u << 24;
    __asm__ volatile("msr control, %0\n\tisb" ::"r"(0));
}

#define HANDLER(name)                                                           \
    __attribute__((naked)) void name(void)                                      \
    {                                                                           \
        __asm__ volatile("mov r0, sp\n\tldr r1, =on_fault\n\tbx r1\n\t.ltorg"); \
    }
HANDLER(hardfault_handler)
HANDLER(busfault_handler)
HANDLER(usagefault_handler)

void svcall_handler(void)
{
    __asm__ volatile("msr control, %0\n\tisb" ::"r"(0));
}

void irq0_handler(void)
{
    guest_puts("irq0\n");
}

static void report(const char *what, uint32_t result)
{
    guest_puts(what);
    guest_puts(": ");
    guest_hex(status);
    guest_puts("  exception ");
    guest_hex(exception);
    guest_puts("  result ");
    guest_hex(result);
    status = exception = 0;
}

/* An instruction with R0, R1, R2; what R3 is after it. */
#define TRY(what, code, a, b)                                                                   \
    do {                                                                                        \
        register uint32_t r0_ __asm__("r0") = (uint32_t)(a);                                    \
        register uint32_t r1_ __asm__("r1") = (uint32_t)(b);                                    \
        register uint32_t r3_ __asm__("r3") = 0x3333;                                           \
        __asm__ volatile("isb\n\t" code                                                         \
                         : "+r"(r0_), "+r"(r1_), "+r"(r3_)::"r2", "r12", "lr", "cc", "memory"); \
        report(what, r3_);                                                                      \
    } while (0)

static void division(void)
{
    TRY("udiv by 0, no trap", "udiv r3, r0, r1", 5, 0);
    SCB_CCR |= CCR_DIV_0_TRP;
    BARRIER();
    TRY("udiv by 0", "udiv r3, r0, r1", 5, 0);
    TRY("sdiv by 0", "sdiv r3, r0, r1", 5, 0);
    TRY("udiv by 2", "udiv r3, r0, r1", 5, 2);
    TRY("udiv by 0, left out", "cmp r0, r0\n\tit ne\n\tudivne r3, r0, r1", 5, 0);
    TRY("udiv by 0, not left out", "cmp r0, r0\n\tit eq\n\tudiveq r3, r0, r1", 5, 0);
    SCB_CCR &= ~CCR_DIV_0_TRP;
}

static void alignment(void)
{
    uint32_t odd = (uint32_t)memory + 2, even = (uint32_t)memory;
    TRY("ldr", "ldr r3, [r0]", odd, 0);
    TRY("ldm", "ldmia r0, {r2, r3}", odd, 0);
    TRY("ldm aligned", "ldmia r0, {r2, r3}", even, 0);
    TRY("stm", "stmia r0, {r1, r3}", odd, 0);
    TRY("stmdb", "stmdb r0!, {r1, r3}", odd + 16, 0);
    TRY("ldrd", "ldrd r2, r3, [r0]", odd, 0);
    TRY("ldrd behind adds", "adds r0, #2\n\tldrd r2, r3, [r0, #4]", even, 0);
    TRY("strd", "strd r2, r3, [r0]", odd, 0);
    TRY("ldrex", "ldrex r3, [r0]", odd, 0);
    TRY("ldm, not left out",
        "cmp r0, r0\n\tittt eq\n\tmoveq r3, #7\n\tldmiaeq r0, {r2, r3}\n\tmoveq r3, #8", odd, 0);
    TRY("ldm, left out",
        "cmp r0, r0\n\titet eq\n\tmoveq r3, #7\n\tldmiane r0, {r2, r3}\n\taddeq r3, #1", odd, 0);
    TRY("ldrexh", "ldrexh r3, [r0]", odd + 1, 0);
    SCB_CCR |= CCR_UNALIGN_TRP;
    BARRIER();
    TRY("ldr, UNALIGN_TRP", "ldr r3, [r0]", odd, 0);
    TRY("strh, UNALIGN_TRP", "strh r3, [r0]", odd + 1, 0);
    TRY("ldrb, UNALIGN_TRP", "ldrb r3, [r0]", odd + 1, 0);
    SCB_CCR &= ~CCR_UNALIGN_TRP;
}

static void exclusives(void)
{
    uint32_t at = (uint32_t)memory;
    TRY("ldrex, strex", "ldrex r2, [r0]\n\tstrex r3, r1, [r0]", at, 1);
    TRY("strex alone", "strex r3, r1, [r0]", at, 2);
    TRY("ldrex, clrex, strex", "ldrex r2, [r0]\n\tclrex\n\tstrex r3, r1, [r0]", at, 3);
    TRY("ldrex, svc, strex", "ldrex r2, [r0]\n\tsvc 0\n\tstrex r3, r1, [r0]", at, 4);
    TRY("ldrex, branch, strex", "ldrex r2, [r0]\n\tb 1f\n\tnop\n1:\n\tstrex r3, r1, [r0]", at, 5);
    guest_hex(memory[0]);
}

static void states(void)
{
    TRY("udf", "udf 3", 0, 0);
    TRY("udf.w", "udf.w 3", 0, 0);
    TRY("coprocessor 7", ".inst.w 0xee000700", 0, 0);
    TRY("branch to Arm code", "blx r0", (uint32_t)memory & ~1u, 0);
    TRY("unmapped", "ldr r3, [r0]", 0x70000000u, 0);
}

static void unprivileged(void)
{
    TRY("user reads ICSR", "msr control, r1\n\tisb\n\tldr r3, [r0]\n\tsvc 0", 0xE000ED04u, 1);
    NVIC_ISER = 1;
    TRY("user writes STIR", "msr control, r1\n\tisb\n\tmovs r2, #0\n\tstr r2, [r0]\n\tsvc 0", &STIR,
        1);
    SCB_CCR |= CCR_USERSETMPEND;
    BARRIER();
    TRY("user writes STIR, USERSETMPEND",
        "msr control, r1\n\tisb\n\tmovs r2, #0\n\tstr r2, [r0]\n\tsvc 0", &STIR, 1);
    NVIC_ICER = 1;
    SCB_CCR &= ~CCR_USERSETMPEND;
}

/* Each wfe goes on: there was an event. */
static void events(void)
{
    __asm__ volatile("sev\n\twfe");
    SCB_SCR = SCR_SEVONPEND;
    __asm__ volatile("sev\n\twfe");
    NVIC_ISPR = 1u << 2; /* disabled: it wakes and is not taken */
    __asm__ volatile("wfe");
    NVIC_ICPR = 1u << 2;
    SCB_SCR = 0;
    __asm__ volatile("svc 0\n\twfe"); /* an exception is an event */
    guest_puts("events: gone on\n");
}

void guest_main(void)
{
    for (uint32_t i = 0; i < 16; i++)
        memory[i] = i * 0x01010101u;
    SCB_SHCSR = 7u << 16;
    division();
    alignment();
    exclusives();
    states();
    unprivileged();
    events();
}
