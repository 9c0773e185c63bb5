/*
 * What every program needs: the end of a thread, and what the compiler calls by itself.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);

/* A thread's entry function returns to here, with the thread's own rights. */
void keep_thread_returned(void)
{
    keep_thread_exit(0);
}

void *memcpy(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
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
