/*
 * The machine-independent part of Keep, its files among themselves.
 *
 *     sched.c     ready threads, time slices, time
 *     thread.c    start, end, join, faults
 *     sem.c       semaphores
 *     object.c    the object table and permissions
 *     memory.c    what memory a thread may name
 *     syscall.c   from a trap to a checked call
 *     console.c   the console device
 *     boot.c      the first thread, the idle thread, the end
 */
#ifndef KEEP_CORE_CORE_H
#define KEEP_CORE_CORE_H

#include "kernel/abi/supervisor.h"
#include "kernel/abi/syscalls.h"
#include "kernel/arch/arch.h"

#define KEEP_PRIORITIES  8u
#define KEEP_SLICE_TICKS 10u
#define KEEP_TICKS_HZ    1000u
#define KEEP_CLOCK_HZ    25000000u
#define KEEP_NEVER       UINT64_MAX

/* A table that the linker collects from all files: its rows lie between two symbols. */
#define KEEP_TABLE(type, name) extern const type __##name##_start[], __##name##_end[]
#define KEEP_EACH(type, row, name) \
    for (const type *row = __##name##_start; row < __##name##_end; row++)

KEEP_TABLE(struct keep_thread_def, keep_thread_defs);
KEEP_TABLE(struct keep_object_entry, keep_objects);
KEEP_TABLE(struct keep_grant, keep_grants);

/* sched.c; callers hold keep_lock(). */
void sched_ready(struct keep_thread *t);
/** Take the running thread off the processor until something makes it ready again. */
void sched_block(enum keep_thread_state state, uint64_t wake_at);
/** A waiting or sleeping thread goes on; its wait ends with @result. */
void sched_wake(struct keep_thread *t, int32_t result);
/** Take a thread that does not run out of whatever queue it is in. */
uint64_t sched_now(void);
/** The tick @ms milliseconds from now, KEEP_NEVER for KEEP_FOREVER. */
uint64_t sched_deadline(uint32_t ms);

/* sem.c */
void sem_forget(struct keep_thread *t);

/* thread.c */
void thread_end(struct keep_thread *t, enum keep_end why, int32_t status);

/* object.c */
void object_init(void);
/**
 * May @t use the object that user code names by @addr, as one of @type?
 *
 * Returns 0, -KEEP_EBADF (no such object, another type, not initialised) or -KEEP_EPERM.
 */
int32_t object_check(const struct keep_thread *t, uint32_t addr, enum keep_type type);

/* memory.c */
/** 0 when @t may read all of @bytes at @addr, else -KEEP_EFAULT. Safe against wrap-around. */
int32_t memory_check_read(const struct keep_thread *t, uint32_t addr, uint32_t bytes);

/* console.c */
void console_write(const struct keep_uart *uart, const char *text, uint32_t bytes);

#define KEEP_IMPL0(name)                         int32_t keep_impl_##name(void);
#define KEEP_IMPL1(name, t1, a1, k1)             int32_t keep_impl_##name(t1 a1);
#define KEEP_IMPL2(name, t1, a1, k1, t2, a2, k2) int32_t keep_impl_##name(t1 a1, t2 a2);
#define KEEP_IMPL3(name, t1, a1, k1, t2, a2, k2, t3, a3, k3) \
    int32_t keep_impl_##name(t1 a1, t2 a2, t3 a3);
KEEP_SYSCALLS(KEEP_IMPL0, KEEP_IMPL1, KEEP_IMPL2, KEEP_IMPL3)

/** The console of the kernel's own words. */
extern struct keep_uart keep_console;

#endif
