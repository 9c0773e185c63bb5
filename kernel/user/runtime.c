/*
 * What every program needs: the end of a thread, and what the compiler calls by itself. The kernel
 * uses the latter too: this is in the part of the image that everybody may execute.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* A thread's entry function returns to here, with the thread's own rights. */
void keep_thread_returned(void)
{
    keep_thread_exit(0);
}

void *memcpy(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
    if ((((uint32_t)t | (uint32_t)f) & 3u) == 0)
        for (; n >= 4; n -= 4, t += 4, f += 4)
            *(uint32_t *)t = *(const uint32_t *)f;
    while (n--)
        *t++ = *f++;
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    char *t = to;
    while (n--)
        *t++ = (char)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *x = a, *y = b;
    for (; n--; x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

/* What the compiler puts into frames with -fstack-protector, and calls when it is gone. The same in
 * every run, on purpose: what it catches is a mistake, not an attacker who has read the image. */
extern const uint32_t __stack_chk_guard;
const uint32_t __stack_chk_guard = 0x00FF0AE7u;

_Noreturn void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    if (!keep_is_user())
        keep_panic("a stack canary was overwritten");
    for (;;)
        keep_oops(KEEP_FAULT_STACK_CHECK);
}
