/*
 * Keep for programs: one function per system call, made from kernel/abi/syscalls.h.
 *
 *     if (keep_sem_take(&ready, KEEP_FOREVER) == 0)
 *         keep_puts(&console, "ready\n");
 *
 * Called by user code they trap; called by privileged threads and interrupt handlers they are plain
 * calls, without checks. Which of the two is found at run time, unless a file says it by defining
 * KEEP_USER_ONLY or KEEP_SUPERVISOR_ONLY before it includes this.
 */
#ifndef KEEP_USER_KEEP_H
#define KEEP_USER_KEEP_H

#include "kernel/abi/calls.h"

/** Is this unprivileged code? Source: DDI 0403E B1.4.4 (CONTROL), B5.1.1 (IPSR reads 0 to it). */
static inline uint32_t keep_is_user(void)
{
#if defined KEEP_USER_ONLY
    return 1;
#elif defined KEEP_SUPERVISOR_ONLY
    return 0;
#else
    uint32_t ipsr, control;
    __asm__ volatile("mrs %0, ipsr" : "=r"(ipsr));
    __asm__ volatile("mrs %0, control" : "=r"(control));
    return !ipsr && (control & 1u);
#endif
}

/** Trap: number in r12, words in r0 to r3. Source: SVC, DDI 0403E A7.7.175. */
static inline int32_t keep_trap(uint32_t number, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    register uint32_t r0 __asm__("r0") = a;
    register uint32_t r1 __asm__("r1") = b;
    register uint32_t r2 __asm__("r2") = c;
    register uint32_t r3 __asm__("r3") = d;
    register uint32_t r12 __asm__("r12") = number;
    __asm__ volatile("svc 0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r12) : "cc", "memory");
    return (int32_t)r0;
}

/* @words are @count: beyond four, the fourth register points to the rest. */
static inline __attribute__((always_inline)) int32_t
keep_call(uint32_t number, const uint32_t *words, uint32_t count)
{
    uint32_t last = count > KEEP_REGISTERS ? (uint32_t)&words[KEEP_REGISTERS - 1] : words[3];
    return keep_trap(number, words[0], words[1], words[2], last);
}

// clang-format off
#define KEEP_STUB(service, name, n, ...) KEEP_CAT(KEEP_STUB_, KEEP_WITH_##service)(name, n, __VA_ARGS__)
#define KEEP_STUB_0(name, n, ...)
#define KEEP_STUB_1(name, n, ...)                                                                  \
    static inline int32_t keep_##name(KEEP_PARAMS_##n(__VA_ARGS__))                                \
    {                                                                                              \
        if (!keep_is_user())                                                                       \
            return keep_impl_##name(KEEP_LIST_##n(KEEP_NAME, __VA_ARGS__));                        \
        const uint32_t words[] = {KEEP_EACH_##n(KEEP_PUT, __VA_ARGS__) 0, 0, 0, 0};                \
        return keep_call(KEEP_SYS_##name, words, 0 KEEP_EACH_##n(KEEP_WORDS, __VA_ARGS__));        \
    }
// clang-format on
KEEP_SYSCALLS(KEEP_STUB)

/** Write a NUL-ended text to a UART the caller may use; waits for room. */
static inline int32_t keep_puts(struct keep_uart *uart, const char *text)
{
    uint32_t bytes = 0;
    while (text[bytes])
        bytes++;
    return keep_uart_write(uart, text, bytes, KEEP_FOREVER);
}

#endif
