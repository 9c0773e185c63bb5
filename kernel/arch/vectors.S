/* The vector table. Source: DDI 0403E B1.5.3; DDI 0419E B1.5.3. */
#include "kernel/abi/config.h"

    .syntax unified
    .thumb
    .section .vectors, "a"
    .global keep_vectors
keep_vectors:
    .word __main_stack_top
    .word keep_reset
    .word keep_unexpected       /* NMI */
    .word keep_fault_entry      /* HardFault */
    .word keep_fault_entry      /* MemManage */
    .word keep_fault_entry      /* BusFault */
    .word keep_fault_entry      /* UsageFault */
    .word 0, 0, 0, 0
    .word keep_svc_entry        /* SVCall */
    .word keep_fault_entry      /* DebugMonitor */
    .word 0
    .word keep_pendsv           /* PendSV */
    .word keep_systick          /* SysTick */
    .rept BOARD_IRQS
    .word keep_irq_entry
    .endr
