/*
 * What is measured, twice: as user code calls the kernel, and as privileged code does.
 */
#ifndef KEEP_APPS_LATENCY_WORK_H
#define KEEP_APPS_LATENCY_WORK_H

#include "kernel/abi/object.h"

#define TIMES 1000u

/** Each does its thing TIMES times. */
struct work {
    void (*nothing)(void), (*give)(void), (*take)(void), (*lock_unlock)(void), (*yield)(void);
};
extern const struct work user_work, supervisor_work;

extern struct keep_sem bench_sem;
extern struct keep_mutex bench_mutex;

#endif
