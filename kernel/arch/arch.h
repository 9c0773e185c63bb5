/*
 * The Cortex-M part of Keep: what kernel/core calls, and what it must provide.
 */
#ifndef KEEP_ARCH_ARCH_H
#define KEEP_ARCH_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/object.h"
#include "kernel/arch/cortexm.h"

#define KEEP_REG(addr) (*(volatile uint32_t *)(addr))

/** The frame that an exception pushes. Source: DDI 0403E B1.5.6, figure B1-3. */
struct keep_frame {
    uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

/** Keep interrupts out; returns what keep_unlock() restores. Nests. */
static inline uint32_t keep_lock(void)
{
    uint32_t primask;
    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(primask)::"memory");
    return primask;
}

static inline void keep_unlock(uint32_t primask)
{
    __asm__ volatile("msr primask, %0\n\tisb" ::"r"(primask) : "memory");
}

/** Ask for keep_schedule(): taken as soon as no handler runs and interrupts are let in. */
static inline void keep_reschedule(void)
{
    KEEP_REG(SCB_ICSR) = SCB_ICSR_PENDSVSET;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

static inline uint32_t arch_control(void)
{
    uint32_t control;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    return control;
}

/** Priorities of exceptions, fault handlers on, SysTick at @ticks_hz. */
void arch_init(uint32_t clock_hz, uint32_t ticks_hz);

/** Boot regions and the background map; from here on the MPU is on. */
void mpu_boot(void);

/** Region values for a thread: own stack, its domain's partitions, guard. Only computed here. */
void mpu_compute(uint32_t regions[12], const struct keep_thread_def *def);

/** A fresh context that begins at @entry(@arg) and ends in @exit. */
void arch_thread_init(struct keep_thread *t, void (*entry)(uint32_t), uint32_t arg,
                      void (*exit)(void));

/** Semihosting operation; ends the machine for SYS_EXIT. */
uint32_t arch_semihost(uint32_t op, uint32_t arg);

/* Provided by kernel/core. */

/** The running thread; NULL before the first switch. Written by keep_schedule() alone. */
extern struct keep_thread *keep_current;
/** Choose the next thread and make it keep_current. Called in PendSV. */
struct keep_thread *keep_schedule(void);
/** A millisecond has passed. Called in SysTick. */
void keep_tick(void);
/**
 * The running user thread made a fault; blame it. Called in a fault handler. @frame is where its
 * exception frame would be, if it was stacked: to be read only if the thread itself could.
 */
void keep_user_fault(uint32_t cfsr, uint32_t addr, const struct keep_frame *frame);
/** The running user thread trapped with a wrong SVC number. Called in SVCall. */
void keep_user_oops(void);
/** A system call, privileged, in thread context. Returns its result. */
int32_t keep_syscall(uint32_t a, uint32_t b, uint32_t c, uint32_t number);
/** The first code after memory is set up. */
_Noreturn void keep_boot(void);
_Noreturn void keep_panic(const char *why);

#endif
