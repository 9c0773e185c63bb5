/*
 * The machine-independent part of Keep, its files among themselves.
 *
 *     boot.c      the first thread, the idle thread, the end
 *     sched.c     ready threads, waiting threads, which runs next
 *     time.c      timeouts, time slices
 *     thread.c    start, end, join, priority, suspend
 *     object.c    the object table and permissions
 *     pool.c      objects made while the system runs
 *     domain.c    memory domains; what memory a thread may name
 *     syscall.c   from a trap to a checked call
 *     fault.c     faults of programs and of the kernel
 *     program.c   programs: what becomes of a fault
 *     ipc/        semaphores and all else that threads wait for
 *     console.c   the kernel's own words
 *     heap.c, slab.c, work.c   for privileged code
 */
#ifndef KEEP_CORE_CORE_H
#define KEEP_CORE_CORE_H

#include "kernel/abi/supervisor.h"
#include "kernel/arch/arch.h"

#define KEEP_NEVER UINT64_MAX
#define KEEP_IDLE  KEEP_PRIORITIES /* the priority of the idle thread alone */

/** The result of a wait that is to be tried again; never seen by a caller. */
#define KEEP_AGAIN INT32_MIN

/* The struct of type struct @tag that has @timeout as its member of that name. */
#define KEEP_TIMEOUT_OWNER(pointer, tag) \
    ((struct tag *)((char *)(pointer)-offsetof(struct tag, timeout)))

/* A table that the linker collects from all files: its rows lie between two symbols. */
#define KEEP_TABLE(type, name) extern const type __##name##_start[], __##name##_end[]
#define KEEP_EACH(type, row, name) \
    for (const type *row = __##name##_start; row < __##name##_end; row++)

KEEP_TABLE(struct keep_thread_row, keep_threads);
KEEP_TABLE(struct keep_grant, keep_grants);

/* Made by keeptool from the linked image. */
struct keep_object_row {
    struct keep_object *object;
    uint32_t type;
};
extern const struct keep_object_row keep_object_rows[];
extern const uint32_t keep_object_count;
extern const uint8_t keep_map[]; /* a bit for each 8 bytes of the kernel's memory */
extern const char __kernel_ram_start[], __kernel_ram_end[];
extern struct keep_domain *const keep_domains[];
extern const uint32_t keep_domain_count;

/* ---- sched.c; callers hold keep_lock(). ---- */

/** All threads that have an index, by it. */
extern struct keep_thread *keep_threads[KEEP_THREADS_MAX];

void sched_ready(struct keep_thread *t);
/** Out of the ready queue, the queue it waits in and the timeouts. */
void sched_remove(struct keep_thread *t);
/** @t goes on; its wait ends with @result. */
void sched_wake(struct keep_thread *t, int32_t result);
/** The first that waits in @q goes on with @result. Returns it, or NULL. */
struct keep_thread *sched_wake_first(struct keep_waitq *q, int32_t result);
void sched_wake_all(struct keep_waitq *q, int32_t result);
/**
 * The running thread waits in @q until it is woken or @deadline is past (-KEEP_EAGAIN; at once when
 * it is 0); lets go of the lock @key. To be the last thing a call does: for a system call of user
 * code it returns at once, with a number that means nothing; the result comes with the switch.
 * -KEEP_EWOULDBLOCK in an interrupt handler.
 */
int32_t sched_wait(struct keep_waitq *q, uint64_t deadline, uint32_t key);
/** @t, in whatever queue it is, has priority @priority from now on. */
void sched_reprioritise(struct keep_thread *t, uint32_t priority);
/** The running thread to the end of its queue. */
void sched_rotate(void);
/** Put @t into @q, behind the more urgent and the equals that came before. */
void waitq_add(struct keep_waitq *q, struct keep_thread *t);
/** The next context of @t is a new one: what it had is not to be saved. */
void sched_forget_current(void);

/** The ready queues are sound: NULL, or what is not. */
const char *sched_check(void);

/* ---- time.c ---- */

/** The cycle @us microseconds from now; KEEP_NEVER for KEEP_FOREVER, 0 for KEEP_NO_WAIT. That of
 * before when a call is made again. */
uint64_t time_deadline(uint32_t us);
uint64_t time_cycles(uint64_t us);
void timeout_add(struct keep_timeout *t, uint64_t when);
void timeout_cancel(struct keep_timeout *t);
/** The slice of @t, which begins to run, and has equals. */
void time_slice(const struct keep_thread *t);
/** No slice. */
void time_no_slice(void);
uint32_t time_check(void); /* pending timeouts, for tests: -1 when the list is not in order */

/* ---- thread.c ---- */
void thread_init(void);
void thread_end(struct keep_thread *t, enum keep_end why, int32_t status);
/** Not ready until it is resumed. */
void thread_suspend(struct keep_thread *t);

/* ---- object.c ---- */
void object_init(void);
/** Does @map, a bit for each 8 bytes of the @bytes from @start, say that an object begins at @addr?
 */
static inline bool object_in_map(const uint8_t *map, uint32_t start, uint32_t bytes, uint32_t addr)
{
    uint32_t at = addr - start;
    return at < bytes && !(at & 7u) && (map[at >> 6] >> (at >> 3 & 7u) & 1u);
}
/** Is there an object at @addr? Constant time. */
bool object_known(uint32_t addr);
/** A free index, or -KEEP_ENOSPC. */
int32_t object_take_index(struct keep_thread *t);
/** @t loses all its permissions. */
void object_forget_thread(const struct keep_thread *t);
/** @child gets what @parent may use, but for @parent itself. */
void object_inherit(const struct keep_thread *parent, const struct keep_thread *child);
static inline bool object_permitted(const struct keep_thread *t, const struct keep_object *o)
{
    return (o->flags & KEEP_PUBLIC) || (o->permissions >> t->index & 1u);
}
/**
 * The one place that decides: may @me use the object that it names by @addr, as one of @type (0: of
 * any)? KEEP_FAULT_NONE, or what is wrong, in the order of what can be trusted.
 */
static inline enum keep_fault_kind object_fault(const struct keep_thread *me, uint32_t addr,
                                                uint32_t type)
{
    const struct keep_object *o = (const struct keep_object *)addr;
    if (!object_known(addr))
        return KEEP_FAULT_OBJECT;
    if (type && o->type != type)
        return KEEP_FAULT_OBJECT_TYPE;
    if (!object_permitted(me, o))
        return KEEP_FAULT_PERMISSION;
    return o->flags & KEEP_INITIALISED ? KEEP_FAULT_NONE : KEEP_FAULT_OBJECT_UNINITIALISED;
}
/** An object is ready to be used: its init call. */
void object_ready(struct keep_object *o);

/* ---- pool.c ---- */
bool pool_known(uint32_t addr);
/** For each dynamic object: call @visit. */
void pool_each(void (*visit)(struct keep_object *o, const void *ctx), const void *ctx);
/** Free every object that nobody has permission for. */
void pool_sweep(void);
/** Its heap, list and map are sound: NULL, or what is not. */
const char *pool_check(void);

/* ---- fault.c ---- */
/** The running user thread failed a check. Always returns 0. */
int32_t fault_refuse(enum keep_fault_kind kind, uint32_t call, uint32_t argument, uint32_t value);

/* ---- program.c ---- */
/** What the policy of its program says of @t, which is to blame for t->fault. */
void program_fault(struct keep_thread *t);

/** @t has ended: its program's handler need not answer for it. */
void program_forget(const struct keep_thread *t);

/* ---- ipc/ ---- */
/** @t has the priority that its base and those who wait for its mutexes give it; so have those it
 * waits for. */
void mutex_settle(struct keep_thread *t);
/** @c is to be freed: who waits for it gets its mutex back, or waits on for that. */
void condvar_dispose(struct keep_condvar *c);
/** @t is to be freed. */
void timer_dispose(struct keep_timer *t);
void mutex_release_all(struct keep_thread *t);
/** @m is to be freed: nobody has it or waits for it any more. */
void mutex_dispose(struct keep_mutex *m);
/** @t waits no more for the mutex it wanted. */
void mutex_give_up(struct keep_thread *t);
/** The time of @t, which waits for a condition, is up: it gets the mutex back first. */
void condvar_give_up(struct keep_thread *t);
void poll_notify(struct keep_object *o);
/** Somebody polls @o? Then they look again. */
static inline void poll_changed(struct keep_object *o)
{
#if KEEP_WITH_POLL
    if (o->flags & KEEP_POLLED)
        poll_notify(o);
#else
    (void)o;
#endif
}
/** Copy up to @bytes in or out; returns how many. */
uint32_t ring_put(struct keep_ring *r, const uint8_t *from, uint32_t bytes);
uint32_t ring_get(struct keep_ring *r, uint8_t *to, uint32_t bytes);
static inline uint32_t ring_room(const struct keep_ring *r)
{
    return r->size - r->used;
}

/* ---- work.c ---- */
void work_init(void);

/* ---- Drivers. ---- */
/** The console of the kernel's own words; all that waits to be sent is sent. */
extern struct keep_uart keep_console;
void uart_init(void);
void uart_flush(struct keep_uart *u);
/** ... and has left the device. */
void uart_drain(struct keep_uart *u);
void uart_put_now(struct keep_uart *u, const char *text, uint32_t bytes);

#endif
