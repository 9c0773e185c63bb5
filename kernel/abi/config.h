/*
 * What an image of Keep is made of. Each value may be set for one image by -DNAME=VALUE; docs are
 * in docs/keep.md.
 *
 * A service that is 0 here is not in the image: its calls end a user thread as unknown ones do.
 */
#ifndef KEEP_ABI_CONFIG_H
#define KEEP_ABI_CONFIG_H

#ifndef KEEP_BOARD
#error "set KEEP_BOARD to a header of kernel/boards, in quotes"
#endif
#include KEEP_BOARD

/* ---- Services: 1 or 0. KEEP_MINIMAL=1 makes the default 0. ---- */

#ifdef KEEP_MINIMAL
#define KEEP_DEFAULT 0
#else
#define KEEP_DEFAULT 1
#endif

#ifndef KEEP_WITH_MUTEX
#define KEEP_WITH_MUTEX KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_CONDVAR /* needs mutexes */
#define KEEP_WITH_CONDVAR KEEP_WITH_MUTEX
#endif
#ifndef KEEP_WITH_MSGQ
#define KEEP_WITH_MSGQ KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_PIPE /* pipes and byte streams */
#define KEEP_WITH_PIPE KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_EVENT
#define KEEP_WITH_EVENT KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_POLL
#define KEEP_WITH_POLL KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_TIMER
#define KEEP_WITH_TIMER KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_FUTEX
#define KEEP_WITH_FUTEX KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_DYNAMIC /* objects and stacks made while the system runs */
#define KEEP_WITH_DYNAMIC KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_PROGRAM /* programs: quotas, fault policies, restarts */
#define KEEP_WITH_PROGRAM KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_CONFIG /* user code may configure a device whose configuration it was granted */
#define KEEP_WITH_CONFIG KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_GPIO
#define KEEP_WITH_GPIO KEEP_DEFAULT
#endif
#ifndef KEEP_WITH_COUNTER /* the hardware timer as a driver */
#define KEEP_WITH_COUNTER KEEP_DEFAULT
#endif

#ifndef KEEP_WITH_LOADER /* programs that come after boot */
#define KEEP_WITH_LOADER 0
#endif
#ifndef KEEP_WITH_TEST /* calls that only tests need */
#define KEEP_WITH_TEST 0
#endif
#ifndef KEEP_WITH_EXTRA /* ... of a second configuration */
#define KEEP_WITH_EXTRA 0
#endif
#define KEEP_WITH_CORE 1

/* ---- Measures of safety and of time: 1 or 0. ---- */

#ifndef KEEP_STATISTICS /* cycles each thread has run; about 25 cycles a switch */
#define KEEP_STATISTICS KEEP_DEFAULT
#endif
#ifndef KEEP_SLICING /* time slices among equals */
#define KEEP_SLICING KEEP_DEFAULT
#endif
#ifndef KEEP_STACK_FILL /* stacks are filled before use: no old data, and a high-water mark */
#define KEEP_STACK_FILL 1
#endif
#ifndef KEEP_SCRUB /* wipe the kernel's stack after every system call; see docs/keep.md for its \
                      cost */
#define KEEP_SCRUB 0
#endif
#ifndef KEEP_ASSERTS
#define KEEP_ASSERTS KEEP_DEFAULT
#endif
#ifndef KEEP_CANARIES /* it is compiled with -fstack-protector */
#define KEEP_CANARIES 0
#endif
#ifndef KEEP_RODATA_NX /* constants are not executable; costs one MPU region of a domain's */
#define KEEP_RODATA_NX 0
#endif
#ifndef KEEP_HIDE_KERNEL /* all of the kernel's code is hidden, at the price of flash; on PMSAv8 \
                            free */
#define KEEP_HIDE_KERNEL KEEP_DEFAULT
#endif
#ifndef KEEP_LOG_LEVEL /* 0 nothing, 1 errors, 2 warnings, 3 what happens */
#define KEEP_LOG_LEVEL 0
#endif

#ifndef KEEP_FPU /* the core has an FPU, and threads may use it */
#define KEEP_FPU 0
#endif

/* ---- Sizes. ---- */

/* Bytes of the guard below a privileged stack: a frame that is larger may reach over it. ARMv8-M
 * has limits of the stack pointer instead. */
#define KEEP_GUARD       128u
#define KEEP_THREADS_MAX 32u /* bits of a permission word */
#if KEEP_RODATA_NX
#define KEEP_PARTITIONS_MAX 3u /* of a domain */
#else
#define KEEP_PARTITIONS_MAX 4u
#endif
#define KEEP_PRIORITIES  32u /* 0 the most urgent; the first KEEP_COOPERATIVE are cooperative */
#define KEEP_COOPERATIVE 16u
#ifndef KEEP_MAIN_STACK
#define KEEP_MAIN_STACK 1024 /* bytes: exceptions, and system calls of user code */
#endif
#ifndef KEEP_FIRST_STACK
#define KEEP_FIRST_STACK 1024u /* bytes: the thread that runs keep_main() */
#endif
#ifndef KEEP_WORK_STACK
#define KEEP_WORK_STACK 1024u /* bytes: the thread of the work queue */
#endif
#ifndef KEEP_POOL
#define KEEP_POOL 8192u /* bytes: dynamic objects of all programs together */
#endif
#ifndef KEEP_STACKS
#define KEEP_STACKS 4u /* dynamic stacks of user threads */
#endif
#ifndef KEEP_STACK_BYTES
#define KEEP_STACK_BYTES 1024u /* of each */
#endif
#ifndef KEEP_LOAD_TEXT
#define KEEP_LOAD_TEXT 4096u /* code of a loaded program; a power of two */
#endif
#ifndef KEEP_LOAD_DATA
#define KEEP_LOAD_DATA 1024u
#endif
#ifndef KEEP_LOAD_STACK
#define KEEP_LOAD_STACK 1024u
#endif
#ifndef KEEP_SLICE_US
#define KEEP_SLICE_US 10000u
#endif

#endif
