/*
 * System call and fault entry, the part in C. What happened is found here; what to do about it is
 * decided in kernel/core.
 *
 * Source: DDI 0403E B1.5.6 (stacking), B3.2.13 (SHCSR), B3.2.15 (CFSR).
 */
#include "kernel/arch/arch.h"

void keep_syscall_start(void);
uint32_t keep_svc(uint32_t exc_return, struct keep_frame *frame);
void keep_fault(uint32_t exc_return, const struct keep_frame *frame);
void keep_unexpected(void);

/*
 * SVCall. The frame was stacked with the caller's own rights, so it lies in memory the caller may
 * write. Returns the new process stack pointer.
 */
uint32_t keep_svc(uint32_t exc_return, struct keep_frame *frame)
{
    struct keep_thread *t = keep_current;
    if (exc_return != EXC_RETURN_THREAD_PSP)
        keep_panic("SVC outside a thread");
    uint8_t number = *(const uint8_t *)(frame->pc - 2);
    if (number != 0) {
        keep_user_oops();
        return (uint32_t)frame;
    }
    uint32_t top =
        t->def->user ? t->def->abi->priv_stack + t->def->abi->priv_stack_bytes : (uint32_t)frame;
    struct keep_frame *call = (struct keep_frame *)top - 1;
    t->user_sp = (uint32_t)frame;
    *call = (struct keep_frame){.r0 = frame->r0,
                                .r1 = frame->r1,
                                .r2 = frame->r2,
                                .r3 = frame->r12,
                                .pc = (uint32_t)keep_syscall_start & ~1u,
                                .xpsr = XPSR_T};
    __asm__ volatile("msr control, %0" ::"r"(CONTROL_SPSEL) : "memory"); /* privileged */
    return (uint32_t)call;
}

/*
 * A configurable fault. From unprivileged thread code it is that thread's; else the kernel's own.
 * When stacking failed there is no frame, and an SVC may be pending whose frame was never written:
 * it must not be served.
 */
void keep_fault(uint32_t exc_return, const struct keep_frame *frame)
{
    uint32_t cfsr = KEEP_REG(SCB_CFSR), addr = 0, pc = 0;
    if (exc_return != EXC_RETURN_THREAD_PSP || !(arch_control() & CONTROL_NPRIV))
        keep_panic("a fault in the kernel");
    if (cfsr & SCB_CFSR_MMARVALID)
        addr = KEEP_REG(SCB_MMFAR);
    else if (cfsr & SCB_CFSR_BFARVALID)
        addr = KEEP_REG(SCB_BFAR);
    if (!(cfsr & (SCB_CFSR_MSTKERR | SCB_CFSR_STKERR)))
        pc = frame->pc;
    KEEP_REG(SCB_CFSR) = cfsr;
    KEEP_REG(SCB_SHCSR) &= ~SCB_SHCSR_SVCALLPENDED;
    keep_user_fault(cfsr, addr, pc);
}

void keep_unexpected(void)
{
    keep_panic("an exception that nobody handles");
}
