/*
 * What calls return when they cannot do what was asked, in the manner of POSIX: negated.
 */
#ifndef KEEP_ABI_ERRORS_H
#define KEEP_ABI_ERRORS_H

#define KEEP_EPERM       1  /* the caller has no permission for it */
#define KEEP_EBADF       2  /* not a kernel object, or of another type */
#define KEEP_EAGAIN      3  /* not now, or not in the time given */
#define KEEP_EINVAL      4  /* arguments that do not go together */
#define KEEP_ENOMEM      5  /* no memory left in the pool or quota */
#define KEEP_EOVERFLOW   6  /* a limit is reached */
#define KEEP_EBUSY       7  /* somebody else has it */
#define KEEP_EDEADLK     8  /* it would wait for itself */
#define KEEP_ENOSPC      9  /* no room: MPU regions, table rows */
#define KEEP_EOWNERDEAD  10 /* the mutex is yours; who had it ended without unlocking */
#define KEEP_ECANCELED   11 /* the object was reset or removed while the caller waited */
#define KEEP_EFAULT      12 /* memory that was the caller's when it asked is so no more */
#define KEEP_EWOULDBLOCK 13 /* an interrupt handler may not wait */
#define KEEP_EIO         14 /* the device could not */

/* Timeouts are in microseconds. */
#define KEEP_NO_WAIT 0u
#define KEEP_FOREVER 0xFFFFFFFFu
#define KEEP_MS(ms)  ((uint32_t)(ms)*1000u)

#endif
