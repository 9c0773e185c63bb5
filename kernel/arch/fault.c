/*
 * System call and fault entry, the part in C. What happened is found here; what to do about it is
 * decided in kernel/core.
 *
 * Source: DDI 0403E B1.5.6 (stacking), B3.2.13 (SHCSR), B3.2.15 (CFSR).
 */
#include "kernel/arch/arch.h"

#define SVC_CALL  0u
#define SVC_LEAVE 1u

void keep_syscall_start(void);
uint32_t keep_svc(uint32_t exc_return, struct keep_frame *frame);
void keep_fault(uint32_t exc_return, const struct keep_frame *frame);
void keep_unexpected(void);

static void set_privilege(bool user)
{
    __asm__ volatile("msr control, %0\n\tisb" ::"r"(user ? CONTROL_NPRIV : 0) : "memory");
}

/* A system call begins: a frame for keep_syscall_start, and privilege. */
static uint32_t enter_call(struct keep_thread *t, struct keep_frame *frame)
{
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
    set_privilege(false);
    return (uint32_t)call;
}

/* It ends: the result goes to the caller, scratch registers tell nothing, privilege goes. */
static uint32_t leave_call(struct keep_thread *t, const struct keep_frame *call)
{
    struct keep_frame *frame = (struct keep_frame *)t->user_sp;
    frame->r0 = call->r0;
    frame->r1 = frame->r2 = frame->r3 = frame->r12 = 0;
    t->user_sp = 0;
    set_privilege(t->def->user);
    return (uint32_t)frame;
}

/*
 * SVCall. The frame was stacked with the caller's own rights, so it lies in memory the caller may
 * write. Returns the new process stack pointer.
 */
uint32_t keep_svc(uint32_t exc_return, struct keep_frame *frame)
{
    struct keep_thread *t = keep_current;
    bool user = arch_control() & CONTROL_NPRIV;
    if (exc_return != EXC_RETURN_THREAD_PSP)
        keep_panic("SVC outside a thread");
    uint8_t number = *(const uint8_t *)(frame->pc - 2);
    if (number == SVC_CALL)
        return enter_call(t, frame);
    if (number == SVC_LEAVE && !user && t->user_sp)
        return leave_call(t, frame);
    if (!user)
        keep_panic("a wrong SVC in the kernel");
    keep_user_oops();
    return (uint32_t)frame;
}

/*
 * A fault. From unprivileged thread code it is that thread's; else the kernel's own. One mistake
 * can pend more than one exception (a fault, and another for stacking its frame; an SVC whose frame
 * was never written): what is pending besides belongs to the same thread and goes with it.
 */
void keep_fault(uint32_t exc_return, const struct keep_frame *frame)
{
    uint32_t cfsr = KEEP_REG(SCB_CFSR), addr = 0;
    if (exc_return != EXC_RETURN_THREAD_PSP || !(arch_control() & CONTROL_NPRIV))
        keep_panic("a fault in the kernel");
    if (cfsr & SCB_CFSR_MMARVALID)
        addr = KEEP_REG(SCB_MMFAR);
    else if (cfsr & SCB_CFSR_BFARVALID)
        addr = KEEP_REG(SCB_BFAR);
    KEEP_REG(SCB_CFSR) = cfsr;
    KEEP_REG(SCB_HFSR) = KEEP_REG(SCB_HFSR);
    KEEP_REG(SCB_SHCSR) &= ~SCB_SHCSR_PENDED;
    keep_user_fault(cfsr, addr, cfsr & (SCB_CFSR_MSTKERR | SCB_CFSR_STKERR) ? NULL : frame);
}

void keep_unexpected(void)
{
    keep_panic("an exception that nobody handles");
}
