/*
 * From reset to keep_boot(): memory, exceptions; interrupts; a thread's first context; semihosting.
 *
 * Source: DDI 0403E B1.5.4 and B3.2.10 to 12 (priorities), B3.4 (NVIC), B3.2.8 (CCR), B3.2.20
 * (CPACR).
 */
#include "kernel/arch/arch.h"

/* What the linker script and keeptool say of memory that has first values. */
extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];
extern const uint32_t keep_vectors[];

/** Application memory: what is copied, and what is zeroed. Made by keeptool. */
struct keep_app_row {
    uint32_t *data, *data_end;
    const uint32_t *load;
    uint32_t *bss, *bss_end;
};
extern const struct keep_app_row keep_app_rows[];
extern const uint32_t keep_app_count;

void keep_reset(void);

static void copy(uint32_t *to, const uint32_t *end, const uint32_t *from)
{
    while (to < end)
        *to++ = *from++;
}

static void zero(uint32_t *to, const uint32_t *end)
{
    while (to < end)
        *to++ = 0;
}

void keep_reset(void)
{
    copy(__data_start, __data_end, __data_load);
    zero(__bss_start, __bss_end);
    for (uint32_t i = 0; i < keep_app_count; i++) {
        copy(keep_app_rows[i].data, keep_app_rows[i].data_end, keep_app_rows[i].load);
        zero(keep_app_rows[i].bss, keep_app_rows[i].bss_end);
    }
    keep_boot();
}

/*
 * Faults first, then interrupts, then SVCall: system calls let interrupts in, and a fault while an
 * SVC stacks its frame is served before the SVC. PendSV last, so that it never interrupts a
 * handler.
 */
void arch_init(void)
{
#if __ARM_ARCH >= 7
    KEEP_REG(SCB_VTOR) = (uint32_t)keep_vectors;
    KEEP_REG(SCB_SHPR1) = 0;
    KEEP_REG(SCB_SHCSR) |= SCB_SHCSR_FAULTS_ENABLE;
    KEEP_REG(SCB_CCR) |= SCB_CCR_DIV_0_TRP;
#endif
    KEEP_REG(SCB_SHPR2) = 0x80000000u; /* SVCall */
    KEEP_REG(SCB_SHPR3) = 0x40E00000u; /* SysTick, PendSV */
    for (uint32_t i = 0; i < BOARD_IRQS; i += 4)
        KEEP_REG(NVIC_IPR0 + i) = 0x40404040u;
#if KEEP_FPU
    KEEP_REG(SCB_CPACR) |= SCB_CPACR_FPU;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
}

void arch_irq_enable(uint32_t irq)
{
    KEEP_REG(NVIC_ISER0 + irq / 32 * 4) = 1u << irq % 32;
}

void arch_irq_disable(uint32_t irq)
{
    KEEP_REG(NVIC_ICER0 + irq / 32 * 4) = 1u << irq % 32;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

void arch_thread_init(struct keep_thread *t, void (*entry)(void *), void *arg, void (*exit)(void))
{
    struct keep_frame *frame = (struct keep_frame *)(t->stack->start + t->stack->bytes) - 1;
    *frame = (struct keep_frame){.r0 = (uint32_t)arg,
                                 .lr = (uint32_t)exit | 1u,
                                 .pc = (uint32_t)entry & ~1u,
                                 .xpsr = XPSR_T};
    t->context.psp = (uint32_t)frame;
    t->context.exc_return = EXC_RETURN_THREAD_PSP;
    t->control = CONTROL_SPSEL | (t->options & KEEP_USER ? CONTROL_NPRIV : 0);
    t->stack_limit = t->options & KEEP_USER ? 0 : t->stack->start;
    t->pending = 0;
    for (uint32_t i = 0; i < 8; i++)
        t->context.r4_r11[i] = 0;
    mpu_compute_slot(t);
}

/*
 * The caller's frame lies where it was when the call was made; the kernel writes there only if it
 * is still memory that the caller may write. (Its own stack always is.)
 */
static struct keep_frame *caller_frame(const struct keep_thread *t)
{
    uint32_t at = (uint32_t)t->frame;
    if (at - t->stack->start <= t->stack->bytes - sizeof(struct keep_frame) ||
        memory_allowed(t, at, sizeof(struct keep_frame), true))
        return (struct keep_frame *)t->frame;
    return NULL;
}

void arch_deliver(struct keep_thread *t, int32_t result)
{
    struct keep_frame *frame = caller_frame(t);
    if (frame)
        frame->r0 = (uint32_t)result;
}

void arch_call_again(struct keep_thread *t)
{
    struct keep_frame *frame = caller_frame(t);
    if (frame)
        frame->pc -= 2; /* the SVC, which is 16 bits long */
}

uint32_t arch_semihost(uint32_t op, uint32_t arg)
{
    register uint32_t r0 __asm__("r0") = op;
    register uint32_t r1 __asm__("r1") = arg;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
