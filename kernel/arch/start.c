/*
 * From reset to keep_boot(): memory, exceptions, SysTick; a thread's first context; semihosting.
 */
#include "kernel/arch/arch.h"

extern uint32_t __data_start[], __data_end[], __data_load[], __bss_start[], __bss_end[];

void keep_reset(void);

void keep_reset(void)
{
    const uint32_t *from = __data_load;
    for (uint32_t *to = __data_start; to < __data_end;)
        *to++ = *from++;
    for (uint32_t *to = __bss_start; to < __bss_end;)
        *to++ = 0;
    keep_boot();
}

/*
 * Faults first, then SVCall: a fault while an SVC stacks its frame must be served before the SVC.
 * PendSV last, so that it never interrupts a handler. Source: DDI 0403E B1.5.4, B3.2.10 to 12.
 */
void arch_init(uint32_t clock_hz, uint32_t ticks_hz)
{
    KEEP_REG(SCB_SHPR1) = 0x00000000u;
    KEEP_REG(SCB_SHPR2) = 0x20000000u;
    KEEP_REG(SCB_SHPR3) = 0xC0E00000u; /* SysTick 0xC0, PendSV 0xE0 */
    KEEP_REG(SCB_SHCSR) |= SCB_SHCSR_FAULTS_ENABLE;
    KEEP_REG(SYST_RVR) = clock_hz / ticks_hz - 1;
    KEEP_REG(SYST_CVR) = 0;
    KEEP_REG(SYST_CSR) = 7;
}

void arch_thread_init(struct keep_thread *t, void (*entry)(uint32_t), uint32_t arg,
                      void (*exit)(void))
{
    struct keep_frame *frame =
        (struct keep_frame *)(t->def->abi->stack + t->def->abi->stack_bytes) - 1;
    *frame = (struct keep_frame){
        .r0 = arg, .lr = (uint32_t)exit | 1u, .pc = (uint32_t)entry & ~1u, .xpsr = XPSR_T};
    t->context.psp = (uint32_t)frame;
    t->user_sp = 0;
    t->context.control = CONTROL_SPSEL | (t->def->user ? CONTROL_NPRIV : 0);
    for (uint32_t i = 0; i < 8; i++)
        t->context.r4_r11[i] = 0;
    mpu_compute(t->regions, t->def);
}

uint32_t arch_semihost(uint32_t op, uint32_t arg)
{
    register uint32_t r0 __asm__("r0") = op;
    register uint32_t r1 __asm__("r1") = arg;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}
