/*
 * What privileged code may ask of the kernel beside the system calls, which it calls as plain
 * functions (kernel/user/keep.h). Implemented in kernel/core.
 */
#ifndef KEEP_ABI_SUPERVISOR_H
#define KEEP_ABI_SUPERVISOR_H

#include <stdbool.h>

#include "kernel/abi/calls.h"

/** The first thread runs this; the image defines it. Privileged, priority 16, 1 KiB of stack. */
void keep_main(void);

/* ---- Threads. ---- */

/**
 * Make @t, which is dead, a thread on @stack.
 *
 * Returns 0, -KEEP_EINVAL (stack too small or not fit, priority, options) or -KEEP_EBUSY (a thread
 * runs in @t or on @stack). A parent's domain, program and, if asked, permissions are inherited.
 */
int32_t keep_thread_make(struct keep_thread *t, struct keep_stack *stack,
                         const struct keep_thread_spec *spec);
/** The caller drops its privilege for good: all of its stack anew, then @entry(@argument). */
_Noreturn void keep_user_enter(void (*entry)(void *), void *argument);
/** No switch to another thread until unlocked as often; waiting switches all the same. */
void keep_sched_lock(void);
void keep_sched_unlock(void);
/** The default slice of equals, in microseconds; 0 for none. */
void keep_slice_set(uint32_t us);
/** The slice of one thread; 0 for the default. */
void keep_thread_slice(struct keep_thread *t, uint32_t us);
/** Where a thread's entry function returns to; runs with the thread's own rights. */
void keep_thread_returned(void);
/** Is this the system call of a user thread, in the kernel? */
bool keep_in_call(void);

/* ---- Memory domains. ---- */

/** The domain of threads that nobody put into another; no partitions at first. */
extern struct keep_domain keep_default_domain;

/** An empty domain with the @count partitions of @list. Returns as keep_domain_add(). */
int32_t keep_domain_init(struct keep_domain *d, const struct keep_partition *const *list,
                         uint32_t count);
/**
 * Add @p. Returns 0, -KEEP_EINVAL (empty, wraps, not fit for the MPU, not application memory, or it
 * overlaps one that is there) or -KEEP_ENOSPC (no region is left).
 */
int32_t keep_domain_add(struct keep_domain *d, const struct keep_partition *p);
/** Remove @p; -KEEP_EINVAL when it is not there. */
int32_t keep_domain_remove(struct keep_domain *d, const struct keep_partition *p);
/** Move @t into @d, running or not. */
void keep_domain_join(struct keep_domain *d, struct keep_thread *t);
/** Give @d all partitions of @t's domain; unchanged when they do not fit. */
int32_t keep_domain_inherit(struct keep_domain *d, const struct keep_thread *t);

/* ---- Objects. ---- */

/** Bytes of the pool of dynamic objects that are in use. */
uint32_t keep_pool_used(void);
/** Everybody may use @o. */
void keep_object_public(struct keep_object *o);
/** May @t use the object at @addr? 0, -KEEP_EBADF or -KEEP_EPERM; @type 0 for any. */
int32_t keep_object_check(const struct keep_thread *t, const void *addr, enum keep_type type);

/* ---- Fixed blocks, and blocks of any size: for privileged code. ---- */

struct keep_slab {
    uint8_t *blocks;
    uint32_t bytes, count, used;
    void *free;
    struct keep_waitq waiters;
};
#define KEEP_SLAB(id, block_bytes, blocks_max)                                            \
    static uint8_t id##_blocks[(block_bytes) * (blocks_max)] __attribute__((aligned(8))); \
    struct keep_slab id = {.blocks = id##_blocks, .bytes = (block_bytes), .count = (blocks_max)}

/** A block, NULL when none comes free in @timeout_us. */
void *keep_slab_alloc(struct keep_slab *s, uint32_t timeout_us);
/** Panics for a block that is not in use, or not of @s. */
void keep_slab_free(struct keep_slab *s, void *block);

struct keep_heap {
    uint32_t *start, *end;
    uint32_t used; /* bytes, with their headers */
};
#define KEEP_HEAP(id, size)                                              \
    static uint32_t id##_memory[(size) / 4] __attribute__((aligned(8))); \
    struct keep_heap id = {.start = id##_memory, .end = id##_memory + (size) / 4}

/** 8-byte aligned; NULL when there is no room, @bytes is 0, or the sum would wrap. */
void *keep_heap_alloc(struct keep_heap *h, uint32_t bytes);
/** NULL is fine. Panics for a block that is not in use, or whose header was overwritten. */
void keep_heap_free(struct keep_heap *h, void *block);
/** Every block's header is sound. */
bool keep_heap_check(const struct keep_heap *h);

/* ---- Programs that come after boot (KEEP_WITH_LOADER). ---- */

/**
 * Is @file, @bytes long and aligned to 4, a program that can be loaded? 0; 1 when the image trusts
 * it (keep_trusted); -KEEP_EINVAL: no program, or sizes and relocations do not fit; -KEEP_EIO: its
 * digest is wrong.
 */
int32_t keep_program_check(const void *file, uint32_t bytes);
/**
 * Check and load @file. The thread that will run it, in user mode, entry(@argument); not started:
 * grant it what it may use, then keep_thread_start(). NULL when it cannot be loaded, or the one
 * before still runs. @file is not needed afterwards.
 */
struct keep_thread *keep_program_load(const void *file, uint32_t bytes, uint32_t priority,
                                      struct keep_program *program, void *argument);

/* ---- Work: what an interrupt leaves for a thread. ---- */

struct keep_work {
    struct keep_work *next;
    void (*run)(struct keep_work *w);
    bool queued;
    struct keep_timeout timeout;
};
/** Run it in the work queue's thread; nothing when it is queued already. Any context. */
void keep_work_submit(struct keep_work *w);
/** ... after @us microseconds; an earlier request is replaced. */
void keep_work_delay(struct keep_work *w, uint32_t us);
/** Not run, if it has not begun. */
void keep_work_cancel(struct keep_work *w);

/* ---- Words, and the end. ---- */

/** Every list and table of the kernel is sound: NULL, or what is not. For tests. */
const char *keep_check(void);

/** Text on the console, at once, from privileged code; what is still to be sent goes first. */
void keep_print(const char *text);
void keep_print_number(uint32_t n);
void keep_print_hex(uint32_t n);

/** The name of a kind of fault, and what it is in words. */
const char *keep_fault_name(uint32_t kind);
const char *keep_fault_words(uint32_t kind);

/** End the machine: semihosting exit. 0 is success. */
_Noreturn void keep_shutdown(uint32_t status);

/**
 * A fault or a panic in privileged code, @f->thread running. What an image defines of this name is
 * asked: true ends that thread alone, for images that can do without it, such as tests; else, and
 * always from an interrupt handler, everything is printed and the system stops.
 */
bool keep_fatal(const struct keep_fault *f);

/** A mistake of the kernel: say so and end the machine with status 1. */
_Noreturn void keep_panic(const char *why);

#if KEEP_ASSERTS
#define KEEP_ASSERT(condition)                    \
    do {                                          \
        if (!(condition))                         \
            keep_panic("assertion: " #condition); \
    } while (0)
#else
#define KEEP_ASSERT(condition) ((void)sizeof(condition))
#endif

/* Lines for people; what is above KEEP_LOG_LEVEL is not compiled. */
#define KEEP_LOG(level, text, number)                     \
    do {                                                  \
        if ((level) <= KEEP_LOG_LEVEL)                    \
            keep_log(level, __FILE_NAME__, text, number); \
    } while (0)
void keep_log(uint32_t level, const char *file, const char *text, uint32_t number);

#endif
