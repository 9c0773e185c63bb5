/*
 * The ways in and out of a thread: context switch, system call, fault.
 *
 * Source: DDI 0403E B1.5.6 (exception entry), B1.5.8 (return), B1.4.4 (CONTROL).
 */
#include "kernel/arch/cortexm.h"

#define KEEP_THREAD_CONTEXT 8
#define KEEP_THREAD_REGIONS 48

    .syntax unified
    .thumb
    .text

/*
 * PendSV: save the old thread in its own object, choose, load MPU regions and registers of the new
 * one. Runs at the lowest priority, so it interrupts no handler. Context lies in the kernel's
 * memory: nothing of it is on a stack that user code can write.
 */
    .global keep_pendsv
    .type keep_pendsv, %function
keep_pendsv:
    ldr     r1, =keep_current
    ldr     r0, [r1]
    cbz     r0, 1f
    mrs     r2, psp
    mrs     r3, control
    adds    r0, #KEEP_THREAD_CONTEXT
    stmia   r0, {r2-r11}
1:  bl      keep_schedule
    /* Regions 2 to 5 in one write of eight words, then 6 and 7. */
    ldr     r12, =MPU_RBAR
    add     r1, r0, #KEEP_THREAD_REGIONS
    ldmia   r1!, {r4-r11}
    stmia   r12, {r4-r11}
    ldmia   r1, {r4-r7}
    stmia   r12, {r4-r7}
    dsb
    isb
    adds    r0, #KEEP_THREAD_CONTEXT
    ldmia   r0, {r2-r11}
    msr     psp, r2
    msr     control, r3
    isb
    mvn     lr, #2              /* EXC_RETURN: Thread mode, process stack */
    bx      lr
    .size keep_pendsv, . - keep_pendsv

/*
 * SVCall: the frame on the user's stack stays there. The handler makes a second frame on the
 * thread's privileged stack, and so "returns" into keep_syscall_start, privileged.
 */
    .global keep_svc_entry
    .type keep_svc_entry, %function
keep_svc_entry:
    mov     r0, lr
    mrs     r1, psp
    push    {r3, lr}
    bl      keep_svc
    pop     {r3, lr}
    msr     psp, r0
    isb
    bx      lr
    .size keep_svc_entry, . - keep_svc_entry

/*
 * Thread mode, privileged; r0-r2 arguments, r3 number. keep_syscall_run gives the result in r0, and
 * in r1 the user's frame, its bit 0 set when the caller is unprivileged. Then back: the caller's
 * stack, its privilege, scratch registers that tell nothing.
 */
    .global keep_syscall_start
    .type keep_syscall_start, %function
keep_syscall_start:
    bl      keep_syscall_run
    and     r2, r1, #1
    orr     r2, r2, #2          /* CONTROL: process stack, nPRIV as at the trap */
    bic     r12, r1, #1
    ldr     lr, [r12, #20]
    ldr     r3, [r12, #24]      /* return address */
    ldr     r1, [r12, #28]
    lsrs    r1, r1, #9          /* was the stack pointer adjusted by 4? */
    and     r1, r1, #1
    add     r12, r12, #32
    add     r12, r12, r1, lsl #2
    msr     psp, r12
    msr     control, r2
    isb
    orr     r12, r3, #1
    movs    r1, #0
    movs    r2, #0
    movs    r3, #0
    bx      r12
    .size keep_syscall_start, . - keep_syscall_start

/* MemManage, BusFault, UsageFault: r0 EXC_RETURN, r1 process stack pointer. */
    .global keep_fault_entry
    .type keep_fault_entry, %function
keep_fault_entry:
    mov     r0, lr
    mrs     r1, psp
    b       keep_fault
    .size keep_fault_entry, . - keep_fault_entry
