/*
 * The Cortex-M part of Keep: what kernel/core calls, and what it must provide.
 *
 * Three architectures: ARMv6-M (one HardFault for every mistake, no status registers), ARMv7-M, and
 * ARMv8-M with the main extension (stack limits, regions by first and last address).
 */
#ifndef KEEP_ARCH_ARCH_H
#define KEEP_ARCH_ARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/object.h"
#include "kernel/arch/cortexm.h"

#define KEEP_REG(addr) (*(volatile uint32_t *)(addr))
#define KEEP_COLD      __attribute__((noinline, cold))

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
    __asm__ volatile("msr primask, %0" ::"r"(primask) : "memory");
}

/** As keep_unlock(); a switch that was asked for happens here (DDI 0403E B5.2.3: ISB). */
static inline void keep_unlock_and_switch(uint32_t primask)
{
    __asm__ volatile("msr primask, %0\n\tisb" ::"r"(primask) : "memory");
}

/** Ask for keep_schedule(): taken as soon as no handler runs and interrupts are let in. */
static inline void arch_switch(void)
{
    KEEP_REG(SCB_ICSR) = SCB_ICSR_PENDSVSET;
    __asm__ volatile("dsb" ::: "memory");
}

/** The number of the exception that runs, 0 for none. Source: DDI 0403E B1.4.2. */
static inline uint32_t arch_exception(void)
{
    uint32_t ipsr;
    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    return ipsr & IPSR_MASK;
}

/** In an interrupt handler, where nothing may wait? A system call of user code is not one. */
static inline bool arch_in_interrupt(void)
{
    uint32_t exception = arch_exception();
    return exception && exception != IPSR_SVCALL;
}

static inline uint32_t arch_control(void)
{
    uint32_t control;
    __asm__ volatile("mrs %0, control" : "=r"(control));
    return control;
}

static inline void arch_wait_for_interrupt(void)
{
    __asm__ volatile("dsb\n\twfi" ::: "memory");
}

/** Priorities of exceptions; fault handlers on; traps and the FPU set. */
void arch_init(void);

/** Let interrupt @irq in, or keep it out. */
void arch_irq_enable(uint32_t irq);
void arch_irq_disable(uint32_t irq);

/** A fresh context on the thread's stack that begins at @entry(@arg) and ends in @exit. */
void arch_thread_init(struct keep_thread *t, void (*entry)(void *), void *arg, void (*exit)(void));

/** Leave the caller's stack for the main stack, and call keep_user_begin(@t) there. */
_Noreturn void arch_user_enter(struct keep_thread *t);

/** The result of a wait goes to the caller, a user thread that does not run. */
void arch_deliver(struct keep_thread *t, int32_t result);
/** Its system call is to be made again. */
void arch_call_again(struct keep_thread *t);

/** The way of the guest to a debugger: semihosting; ends the machine for SYS_EXIT. */
uint32_t arch_semihost(uint32_t op, uint32_t arg);

/* systick.c: time in cycles since the start. */
uint64_t arch_now(void);

/** What systick.c has counted; for the following two alone. */
extern struct keep_clock_state {
    uint64_t start;  /* cycle at which the counter was at its period */
    uint32_t period; /* cycles */
} keep_clock_state;

/** Cycles since the start of the period; interrupts are kept out. A wrap that nobody has served is
 * counted. */
static inline uint32_t arch_elapsed(void)
{
    uint32_t period = keep_clock_state.period, left = KEEP_REG(SYST_CVR);
    if (KEEP_REG(SCB_ICSR) & SCB_ICSR_PENDSTSET) {
        left = KEEP_REG(SYST_CVR);
        return left ? period + SYST_MOST - left : period; /* at 0 it has not begun again */
    }
    return period - left;
}

/** The low half of arch_now(); wraps. Interrupts are kept out. */
static inline uint32_t arch_now_low(void)
{
    return (uint32_t)keep_clock_state.start + arch_elapsed();
}

/** keep_clock() is due at cycle @when, or earlier. */
void arch_alarm(uint64_t when);
void arch_clock_start(void);

/* mpu_*.c. Nothing here is computed at a switch, only when a thread or a domain changes. */

/** Boot regions and the background map; from here on the MPU is on. */
void mpu_boot(void);
/** Values for region 3 of @t: a user's stack, or the guard below a privileged one. */
void mpu_compute_slot(struct keep_thread *t);
/** What @t has in regions 4 to 7. */
const uint32_t *mpu_regions_of(const struct keep_thread *t);
/** Values for regions 4 to 7 from the domain's partitions. */
void mpu_compute_domain(struct keep_domain *d);
/** A partition that a region of this MPU can be? */
bool mpu_partition_fits(const struct keep_partition *p);
/** The regions of @t are to be used from now on: it runs, and they have changed. */
void mpu_load(const struct keep_thread *t);

/* Provided by kernel/core. */

/** The running thread; NULL before the first switch. Written by keep_schedule() alone. */
extern struct keep_thread *keep_current;
/** Choose the next thread after @old (keep_current) and make it keep_current. Called in PendSV. */
struct keep_thread *keep_schedule(struct keep_thread *old);
/** @t, whose stack nobody uses any more, begins as a user thread. */
_Noreturn void keep_user_begin(struct keep_thread *t);
/** The alarm, or any earlier cycle. Called in SysTick. */
void keep_clock(void);
/** The dispatch table, and how many calls there are. */
typedef int32_t (*keep_call_fn)(uint32_t *frame, struct keep_thread *me);
struct keep_call_table {
    uint32_t count;
    keep_call_fn call[];
};
extern const struct keep_call_table keep_calls;
/** The running user thread made a mistake: blame it. Interrupt context. */
void keep_user_fault(const struct keep_fault *f);
/** Privileged code made one; @in_thread: a thread, not a handler. Returns if only that ends. */
void keep_kernel_fault(const struct keep_fault *f, const struct keep_frame *frame, bool in_thread);
/** The first code after memory is set up. */
_Noreturn void keep_boot(void);
_Noreturn void keep_panic(const char *why);
/** May @t access all of [addr, addr + bytes) so? Safe against wrap-around. */
bool memory_allowed(const struct keep_thread *t, uint32_t addr, uint32_t bytes, bool write);
/** May @t execute at @addr? */
bool memory_executable(const struct keep_thread *t, uint32_t addr);

#endif
