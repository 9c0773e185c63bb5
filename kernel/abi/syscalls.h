/*
 * Every system call, once. From this list come the stubs that user code calls, the kernel's
 * dispatch table, the checks of the arguments, and the names in traces.
 *
 *     Sn(name, type, argument, KIND, ...)     n arguments, each with its kind
 *
 * A kind says what is checked before the call acts; a row without one does not compile:
 *
 *     VALUE   a plain number; the call itself bounds it
 *     SEM     a semaphore: in the object table, initialised, permitted to the caller
 *     UART    a console device, likewise
 *     READ    memory that the caller may read; its length is the next argument
 *     SIZE    the length of the READ before it
 *
 * All calls return int32_t: 0 or more, or a negative KEEP_E*. To add one: a row here, and
 * keep_impl_NAME() in kernel/core.
 */
#ifndef KEEP_ABI_SYSCALLS_H
#define KEEP_ABI_SYSCALLS_H

#define KEEP_SYSCALLS(S0, S1, S2, S3)                                                            \
    S0(yield)                                                                                    \
    S1(sleep, uint32_t, milliseconds, VALUE)                                                     \
    S1(sem_give, struct keep_sem *, sem, SEM)                                                    \
    S2(sem_take, struct keep_sem *, sem, SEM, uint32_t, timeout_ms, VALUE)                       \
    S3(console_write, struct keep_uart *, uart, UART, const char *, text, READ, uint32_t, bytes, \
       SIZE)                                                                                     \
    S1(thread_exit, int32_t, status, VALUE)

/* Errors, in the manner of POSIX. */
#define KEEP_EPERM     1 /* the caller has no permission for the object */
#define KEEP_EBADF     2 /* not a kernel object, or of another type */
#define KEEP_EFAULT    3 /* memory that the caller may not access so */
#define KEEP_ENOSYS    4 /* no such system call */
#define KEEP_EAGAIN    5 /* not now, and the caller would not wait */
#define KEEP_EOVERFLOW 6 /* the semaphore is at its limit */

#define KEEP_FOREVER 0xFFFFFFFFu /* a timeout that never comes */

#endif
