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
 * SVCall: keep_svc decides between the two kinds of it and gives the process stack pointer to go on
 * with.
 *
 * svc 0, a system call: the caller's frame stays on its stack. A second frame, on the thread's
 * privileged stack, makes the handler "return" into keep_syscall_start, privileged.
 *
 * svc 1, the way back, from keep_syscall_start alone: privilege goes and the caller's frame is
 * unstacked in one exception return, with the caller's own rights. (Writing PSP and CONTROL one after
 * the other would leave a moment in which an interrupt stacks a privileged frame on the user's
 * stack, for another thread of the domain to change.)
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

/* Thread mode, privileged; r0-r2 arguments, r3 number. */
    .global keep_syscall_start
    .type keep_syscall_start, %function
keep_syscall_start:
    bl      keep_syscall
    svc     1
    .size keep_syscall_start, . - keep_syscall_start

/* All faults: r0 EXC_RETURN, r1 process stack pointer. */
    .global keep_fault_entry
    .type keep_fault_entry, %function
keep_fault_entry:
    mov     r0, lr
    mrs     r1, psp
    b       keep_fault
    .size keep_fault_entry, . - keep_fault_entry
