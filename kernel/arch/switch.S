/*
 * The ways in and out of a thread: context switch, system call, fault, interrupt.
 *
 * Every system call of user code runs as a whole in the SVCall handler, on the main stack, below
 * the priority of all interrupts and above PendSV: interrupts come in between, other threads do
 * not. A call that must wait marks its thread, and PendSV switches when the handler returns. So
 * there is no privileged stack per thread, no privileged code in Thread mode on behalf of a user,
 * and nothing of the kernel on a stack that user code can write.
 *
 * Source: DDI 0403E B1.5.6 (exception entry), B1.5.8 (return), B1.4.4 (CONTROL), B3.5 (MPU);
 * DDI 0419E B1.5; DDI 0553 B3.
 */
#include "kernel/abi/config.h"
#include "kernel/abi/offsets.h"
#include "kernel/arch/cortexm.h"

#define KEEP_READY          1

    .syntax unified
#if KEEP_FPU
    .fpu    fpv4-sp-d16
#endif
    .thumb
    .section .text.keep_switch, "ax"

/*
 * PendSV: save the old thread in its own object, choose, load MPU regions and registers of the new
 * one. The lowest priority of all, so it interrupts no handler.
 */
    .global keep_pendsv
    .type keep_pendsv, %function
keep_pendsv:
    ldr     r1, =keep_current
    ldr     r0, [r1]
    cmp     r0, #0
    beq     9f
    mrs     r2, psp
#if __ARM_ARCH == 6
    movs    r1, #KEEP_THREAD_CONTEXT
    adds    r1, r0, r1
    stmia   r1!, {r2, r4-r7}
    mov     r4, r8
    mov     r5, r9
    mov     r6, r10
    mov     r7, r11
    mov     r3, lr
    stmia   r1!, {r4-r7}
    str     r3, [r1]
#else
    add     r1, r0, #KEEP_THREAD_CONTEXT
#if KEEP_FPU
    tst     lr, #EXC_RETURN_NO_FP
    beq     save_registers
2:
#endif
    stmia   r1, {r2, r4-r11, lr}
#endif
1:  bl      keep_schedule       /* r0: the old thread, or NULL; then the new */

    /* MPU: region 3 always, 4 to 7 for user threads; on PMSAv8 for all, privileged ones have none. */
    ldr     r1, [r0, #KEEP_THREAD_CONTROL]
#if __ARM_ARCH == 6
    ldr     r2, [r0, #KEEP_THREAD_SLOT]
    ldr     r3, [r0, #KEEP_THREAD_SLOT + 4]
    ldr     r5, =MPU_RBAR
    str     r2, [r5]
    str     r3, [r5, #4]
    lsls    r4, r1, #31
    beq     3f
    ldr     r4, [r0, #KEEP_THREAD_REGIONS]
    .rept 4
    ldmia   r4!, {r2, r3}
    str     r2, [r5]
    str     r3, [r5, #4]
    .endr
3:
#else
    ldrd    r2, r3, [r0, #KEEP_THREAD_SLOT]
    ldr     r12, =MPU_RBAR
#if __ARM_ARCH >= 8
    /* Off while it is written: half a region, new base and old limit, overlaps others. */
    movs    r4, #0
    str     r4, [r12, #MPU_CTRL - MPU_RBAR]
    movs    r4, #3
    str     r4, [r12, #MPU_RNR - MPU_RBAR]
#endif
    strd    r2, r3, [r12]
#if __ARM_ARCH >= 8
    b       load_domain         /* always: what is left of the thread before would overlap */
#else
    lsls    r4, r1, #31
    bne     load_domain
#endif
3:
#if __ARM_ARCH >= 8
    movs    r4, #5              /* ENABLE, PRIVDEFENA */
    str     r4, [r12, #MPU_CTRL - MPU_RBAR]
#endif
#endif
    msr     control, r1
#if __ARM_ARCH >= 8
    ldr     r1, [r0, #KEEP_THREAD_LIMIT]
    movs    r2, #0
    msr     psplim, r2          /* the old limit must not meet the new pointer */
#endif
    adds    r0, #KEEP_THREAD_CONTEXT
#if __ARM_ARCH == 6
    adds    r0, #5 * 4
    ldmia   r0!, {r4-r7}
    mov     r8, r4
    mov     r9, r5
    mov     r10, r6
    mov     r11, r7
    ldr     r3, [r0]
    subs    r0, #9 * 4
    ldmia   r0!, {r2, r4-r7}
    msr     psp, r2
    dsb
    bx      r3
#else
    ldmia   r0, {r2, r4-r11, lr}
    msr     psp, r2
#if __ARM_ARCH >= 8
    msr     psplim, r1
#endif
#if KEEP_FPU
    tst     lr, #EXC_RETURN_NO_FP
    beq     load_registers
4:
#endif
    dsb
    bx      lr
#endif

#if __ARM_ARCH >= 7
load_domain:
    ldr     r3, [r0, #KEEP_THREAD_REGIONS]
#if __ARM_ARCH >= 8
    movs    r4, #4
    str     r4, [r12, #MPU_RNR - MPU_RBAR]
#endif
    ldmia   r3, {r4-r11}
    stmia   r12, {r4-r11}
    b       3b
#endif
#if KEEP_FPU
    /* s16 to s31 into the object; this also makes the core stack s0 to s15 for the thread. Then
     * all are zeroed: the next thread finds nothing. */
save_registers:
    add     r3, r0, #KEEP_THREAD_FP
    vstmia  r3, {s16-s31}
    ldr     r3, =keep_zeros
    vldmia  r3, {s0-s31}
    b       2b
load_registers:
    adds    r0, #KEEP_THREAD_FP - KEEP_THREAD_CONTEXT
    vldmia  r0, {s16-s31}
    b       4b
#endif
    /* The first switch, or a thread that begins anew: what is on the main stack is not needed. */
9:
#if KEEP_FPU
    ldr     r1, =FPU_FPCCR      /* registers that were to be stacked are nobody's: LSPACT */
    ldr     r2, [r1]
    bic     r2, r2, #1
    str     r2, [r1]
    ldr     r1, =keep_zeros
    vldmia  r1, {s0-s31}
#endif
    ldr     r1, =__main_stack_top
    msr     msp, r1
    isb
    b       1b
    .ltorg
    .size keep_pendsv, . - keep_pendsv

/*
 * A privileged thread drops to user mode: off its own stack, which is made anew, and on with
 * keep_user_begin(r0). Interrupts are kept out.
 */
    .global arch_user_enter
    .type arch_user_enter, %function
arch_user_enter:
#if KEEP_FPU
    ldr     r1, =keep_zeros
    vldmia  r1, {s0-s31}
#endif
    movs    r1, #0
    msr     control, r1
    isb
    ldr     r1, =__main_stack_top
    mov     sp, r1
    ldr     r1, =keep_user_begin
    bx      r1
    .ltorg
    .size arch_user_enter, . - arch_user_enter

/*
 * SVCall. The frame was stacked with the caller's own rights, so it lies in memory the caller may
 * write. r12 of the frame is the number of the call, r0 to r3 its words; the result goes into r0 of
 * the frame, and the rest of it comes back as it went: the kernel leaves nothing in registers.
 */
    .global keep_svc_entry
    .type keep_svc_entry, %function
keep_svc_entry:
    mrs     r0, psp
#if __ARM_ARCH == 6
    /* Only user threads trap; one whose frame could not be stacked is dead already. */
    mov     r1, lr
    lsls    r1, r1, #29
    bpl     keep_svc_refused
    mrs     r1, control
    lsls    r1, r1, #31
    beq     keep_svc_refused
    ldr     r2, =keep_current
    ldr     r1, [r2]
    ldr     r2, [r1, #KEEP_THREAD_STATE]
    cmp     r2, #KEEP_READY
    bne     keep_svc_gone
    ldr     r3, [r0, #24]
    subs    r3, #2
    ldrb    r3, [r3]
    cmp     r3, #0
    bne     keep_svc_refused
    ldr     r2, [r0, #16]
    ldr     r3, =keep_calls
    ldr     r3, [r3]            /* how many there are; then the calls */
    cmp     r2, r3
    bhs     keep_svc_refused
    push    {r0, r1, r2, lr}
    str     r0, [r1, #KEEP_THREAD_FRAME]
    ldr     r3, =keep_calls + 4
    lsls    r2, r2, #2
    ldr     r3, [r3, r2]
    blx     r3
    pop     {r1, r2}
    ldr     r3, [r2, #KEEP_THREAD_PENDING]
    cmp     r3, #0
    bne     5f
    str     r0, [r1]
5:
#if KEEP_SCRUB
    ldr     r0, =__main_stack_bottom
    mov     r1, sp
    movs    r2, #0
6:  stmia   r0!, {r2}
    cmp     r0, r1
    blo     6b
#endif
    pop     {r2, pc}
#else
    mrs     r1, control
    lsls    r1, r1, #31
    beq     keep_svc_refused    /* only user threads trap */
    ldr     r3, [r0, #24]
    ldr     r2, [r0, #16]
    ldrb    r3, [r3, #-2]
    cbnz    r3, keep_svc_refused
    ldr     r12, =keep_calls
    ldr     r3, [r12], #4       /* how many there are; then the calls */
    cmp     r2, r3              /* unsigned: a negative number is a large one */
    bhs     keep_svc_refused
    ldr     r1, =keep_current
    ldr     r1, [r1]
    ldr     r3, [r12, r2, lsl #2]
    str     r0, [r1, #KEEP_THREAD_FRAME]
    push    {r0, r1, r2, lr}
    blx     r3
    pop     {r1, r2, r3, lr}
    ldr     r3, [r2, #KEEP_THREAD_PENDING]
    cbnz    r3, 5f
    str     r0, [r1]
5:
#if KEEP_SCRUB
    /* What the call left on the main stack, down to where it can have reached, goes. */
    ldr     r0, =__main_stack_bottom
    mov     r1, sp
    movs    r2, #0
6:  str     r2, [r0], #4
    cmp     r0, r1
    blo     6b
#endif
    bx      lr
#endif
keep_svc_refused:
    mov     r1, lr
    ldr     r3, =keep_svc_bad
    bx      r3
keep_svc_gone:
    bx      lr
    .ltorg
    .size keep_svc_entry, . - keep_svc_entry

/*
 * All faults: r0 EXC_RETURN, r1 the frame. When the main stack is used up it begins anew: then the
 * kernel has made the fault, and nothing is to be returned to.
 */
    .global keep_fault_entry
    .type keep_fault_entry, %function
keep_fault_entry:
    mov     r0, lr
    mrs     r1, psp
    lsls    r2, r0, #29
    bmi     7f                  /* from Thread mode on the process stack */
    mov     r1, sp
    ldr     r2, =__main_stack_bottom + 192
    cmp     r1, r2              /* room enough to find out what happened, and to say it? */
    bhs     7f
    ldr     r2, =__main_stack_top
#if __ARM_ARCH >= 8
    movs    r3, #0
    msr     msplim, r3
#endif
    mov     sp, r2
7:  push    {r0, lr}
#if __ARM_ARCH == 6
    /* The core does not say what happened: the registers of the instruction do. */
    push    {r4-r7}
    mov     r2, sp
#endif
    bl      keep_fault
#if __ARM_ARCH == 6
    add     sp, #16
#endif
    pop     {r0, pc}
    .size keep_fault_entry, . - keep_fault_entry

/* An interrupt: its handler and argument are in the table of irq.c. */
    .global keep_irq_entry
    .type keep_irq_entry, %function
keep_irq_entry:
    mrs     r0, ipsr
    subs    r0, #16
    lsls    r0, r0, #2
    ldr     r1, =keep_irq_rows
    ldr     r1, [r1, r0]
    cmp     r1, #0
    beq     8f
    ldr     r0, [r1, #4]
    ldr     r1, [r1]
    bx      r1
8:  ldr     r1, =keep_unexpected
    bx      r1
    .size keep_irq_entry, . - keep_irq_entry

#if KEEP_FPU
    .section .rodata.keep_zeros, "a"
    .balign 4
keep_zeros:
    .space 32 * 4
#endif
