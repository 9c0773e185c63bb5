/*
 * Keep for user programs: one stub per system call, made from kernel/abi/syscalls.h.
 *
 *     if (keep_sem_take(&ready, KEEP_FOREVER) == 0)
 *         keep_console_write(&console, "ready\n", 6);
 *
 * Privileged threads call the same functions; they trap alike.
 */
#ifndef KEEP_USER_KEEP_H
#define KEEP_USER_KEEP_H

#include "kernel/abi/object.h"
#include "kernel/abi/syscalls.h"

/** Trap with number and arguments. Source: SVC, DDI 0403E A7.7.175; the kernel's entry is switch.S.
 */
static inline int32_t keep_trap(uint32_t number, uint32_t a, uint32_t b, uint32_t c)
{
    register uint32_t r0 __asm__("r0") = a;
    register uint32_t r1 __asm__("r1") = b;
    register uint32_t r2 __asm__("r2") = c;
    register uint32_t r12 __asm__("r12") = number;
    __asm__ volatile("svc 0"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r12)
                     :
                     : "r3", "lr", "cc", "memory");
    return (int32_t)r0;
}

#define KEEP_N0(name)      KEEP_SYS_##name,
#define KEEP_N1(name, ...) KEEP_SYS_##name,
enum keep_syscall_number {
    KEEP_SYSCALLS(KEEP_N0, KEEP_N1, KEEP_N1, KEEP_N1) KEEP_SYS_COUNT
};
#undef KEEP_N0
#undef KEEP_N1

#define KEEP_STUB0(name)                            \
    static inline int32_t keep_##name(void)         \
    {                                               \
        return keep_trap(KEEP_SYS_##name, 0, 0, 0); \
    }
#define KEEP_STUB1(name, t1, a1, k1)                           \
    static inline int32_t keep_##name(t1 a1)                   \
    {                                                          \
        return keep_trap(KEEP_SYS_##name, (uint32_t)a1, 0, 0); \
    }
#define KEEP_STUB2(name, t1, a1, k1, t2, a2, k2)                          \
    static inline int32_t keep_##name(t1 a1, t2 a2)                       \
    {                                                                     \
        return keep_trap(KEEP_SYS_##name, (uint32_t)a1, (uint32_t)a2, 0); \
    }
#define KEEP_STUB3(name, t1, a1, k1, t2, a2, k2, t3, a3, k3)                         \
    static inline int32_t keep_##name(t1 a1, t2 a2, t3 a3)                           \
    {                                                                                \
        return keep_trap(KEEP_SYS_##name, (uint32_t)a1, (uint32_t)a2, (uint32_t)a3); \
    }
KEEP_SYSCALLS(KEEP_STUB0, KEEP_STUB1, KEEP_STUB2, KEEP_STUB3)

/** Write a NUL-ended text to a console the caller may use. */
static inline int32_t keep_puts(struct keep_uart *uart, const char *text)
{
    uint32_t n = 0;
    while (text[n])
        n++;
    return keep_console_write(uart, text, n);
}

#endif
