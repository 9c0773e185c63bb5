/*
 * The loops that are measured, for user.c and supervisor.c, which say before how the kernel is
 * called. Included by these two alone.
 */
#ifndef KEEP_APPS_LATENCY_LOOPS_H
#define KEEP_APPS_LATENCY_LOOPS_H

#include "kernel/apps/latency/work.h"
#include "kernel/user/keep.h"

static void nothing(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        __asm__ volatile("" ::: "memory");
}
static void give(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        keep_sem_give(&bench_sem);
}
static void take(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        keep_sem_take(&bench_sem, KEEP_NO_WAIT);
}
static void lock_unlock(void)
{
    for (uint32_t i = 0; i < TIMES; i++) {
        keep_mutex_lock(&bench_mutex, KEEP_NO_WAIT);
        keep_mutex_unlock(&bench_mutex);
    }
}
static void yield(void)
{
    for (uint32_t i = 0; i < TIMES; i++)
        keep_yield();
}

#define LOOPS                                   \
    {                                           \
        nothing, give, take, lock_unlock, yield \
    }

#endif
