/*
 * Layouts of kernel objects, and macros that define them.
 *
 * The memory of every object is the kernel's. User code holds only its address, and every use is
 * checked: the address against the table of objects that keeptool makes from the linked image, the
 * type, whether it is initialised, and a permission bit per thread.
 *
 * A variable of one of these structs at file scope is an object; nothing else has to be said. The
 * macros make it ready at boot; without them it is made ready by its init call.
 */
#ifndef KEEP_ABI_OBJECT_H
#define KEEP_ABI_OBJECT_H

#include "kernel/abi/config.h"
#include "kernel/abi/fault.h"
#include "kernel/abi/keep.h"
#include "kernel/abi/offsets.h"
#include "kernel/abi/types.h"

#define KEEP_INITIALISED 1u
#define KEEP_PUBLIC      2u /* every thread may use it */
#define KEEP_DYNAMIC     4u /* made while the system runs; freed when the last permission goes */
#define KEEP_POLLED      8u /* somebody waits in poll for it */

/** Begins every object. Aligned to 8: an address is an object's if its bit in a map is set. */
struct keep_object {
    uint8_t type; /* enum keep_type; 0 until the kernel has started */
    uint8_t flags;
    uint16_t generation;  /* counts its lives */
    uint32_t permissions; /* bit n: the thread with index n may use it */
} __attribute__((aligned(8)));

struct keep_thread;

/** Threads that wait, the most urgent first, equals in order of arrival. */
struct keep_waitq {
    struct keep_thread *first;
};

/** Something to happen at a cycle. In the list of time.c while @when is not 0. */
struct keep_timeout {
    struct keep_timeout *next;
    void (*expire)(struct keep_timeout *t);
    uint64_t when; /* cycle; 0: not in the list */
};

/* ---- Memory. ---- */

enum keep_access {
    KEEP_READ_WRITE, /* by user code; never executed */
    KEEP_READ_ONLY,
    KEEP_READ_EXECUTE
};

/** A part of memory for domains; on PMSAv6 and v7 a power of two in size, aligned to it. */
struct keep_partition {
    uint32_t start, bytes;
    uint32_t access; /* enum keep_access */
};

/** The memory that the threads of one domain share. Changed by privileged code alone. */
struct keep_domain {
    const struct keep_partition *partitions[KEEP_PARTITIONS_MAX];
    uint32_t regions[2 * 4]; /* MPU regions 4 to 7, as they are written */
};

/** Memory for a thread to run on. The memory of a user stack is the user's, this is not. */
struct keep_stack {
    struct keep_object object;
    uint32_t start, bytes;
    struct keep_thread *thread; /* who runs on it, NULL for none */
    uint32_t user;              /* 1: fit for user threads */
};

/* ---- Threads. ---- */

enum keep_thread_state {
    KEEP_DEAD,
    KEEP_READY,
    KEEP_WAITING, /* for an object, a time, or both */
    KEEP_SUSPENDED
};

/* Options of a thread. */
#define KEEP_USER      1u /* unprivileged, and never to be anything else */
#define KEEP_ESSENTIAL 2u /* its end is the end of the system */
#define KEEP_INHERIT   4u /* it gets the permissions of its parent, but not for its parent */
#define KEEP_NO_SLICE  8u /* it runs until it waits or a more urgent one is ready */

enum keep_end {
    KEEP_END_NONE,
    KEEP_END_EXIT,  /* by itself */
    KEEP_END_FAULT, /* see fault */
    KEEP_END_ABORT  /* by another */
};

/* kernel/abi/offsets.h says where some of its fields are. */
struct keep_thread {
    struct keep_object object;
    struct { /* what the exception frame does not hold */
        uint32_t psp, r4_r11[8], exc_return;
    } context;
    uint32_t control;        /* 2 privileged, 3 unprivileged (DDI 0403E B1.4.4) */
    uint32_t slot[2];        /* MPU region 3: a user's stack, or the guard below a privileged one */
    const uint32_t *regions; /* MPU regions 4 to 7, its domain's */
    uint32_t pending;        /* 1: a system call of it waits; its result comes with the switch */
    uint32_t *frame;         /* exception frame of the system call */
    uint32_t stack_limit;    /* PSPLIM on ARMv8-M */
    uint32_t state;          /* enum keep_thread_state */
    struct keep_thread *next; /* in the one queue it is in */
    uint8_t index;            /* its permission bit */
    uint8_t priority; /* now; more urgent than base while it holds a mutex that others want */
    uint8_t base;
    uint8_t options;
    uint8_t no_switch; /* how often the scheduler is locked; cooperative threads begin at 1 */
    uint8_t suspended; /* keeps it from being ready */
    uint8_t again;     /* the wait goes on: use deadline */
    uint8_t end;       /* enum keep_end */
    struct keep_waitq *waiting; /* the queue, when it waits for an object */
    struct keep_timeout timeout;
    uint64_t deadline; /* of a wait that is tried again */
    int32_t result;    /* of the wait that ended */
    int32_t status;    /* of thread_exit */
    struct keep_fault fault;
    struct keep_domain *domain;
    struct keep_program *program;
    struct keep_stack *stack;
    struct keep_waitq joiners;
    struct keep_mutex *held;   /* list, by next_held */
    struct keep_mutex *wants;  /* the mutex it waits for */
    struct keep_mutex *relock; /* the mutex it gets back when its wait for a condition ends */
    uint32_t wait_value;       /* what it waits for: events, the address of a word */
    uint32_t wait_options;
    void (*entry)(void *);
    void *argument;
    uint64_t cycles;   /* it has run; without the present turn */
    uint32_t slice_us; /* 0: the default */
    char name[KEEP_NAME_MAX];
#if KEEP_FPU
    uint32_t s16_s31[16];
#endif
};

#define KEEP_AT(field, offset)                                                             \
    _Static_assert(sizeof(void *) != 4 || offsetof(struct keep_thread, field) == (offset), \
                   "switch.S knows where " #field " is")
KEEP_AT(context, KEEP_THREAD_CONTEXT);
KEEP_AT(control, KEEP_THREAD_CONTROL);
KEEP_AT(slot, KEEP_THREAD_SLOT);
KEEP_AT(regions, KEEP_THREAD_REGIONS);
KEEP_AT(pending, KEEP_THREAD_PENDING);
KEEP_AT(frame, KEEP_THREAD_FRAME);
KEEP_AT(stack_limit, KEEP_THREAD_LIMIT);
KEEP_AT(state, KEEP_THREAD_STATE);
#if KEEP_FPU
KEEP_AT(s16_s31, KEEP_THREAD_FP);
#endif

/** What a new thread is to be. */
struct keep_thread_spec {
    void (*entry)(void *);
    void *argument;
    uint32_t priority; /* a user's: not more urgent than its parent's */
    uint32_t options;  /* a user's: with KEEP_USER, without KEEP_ESSENTIAL */
    uint32_t delay_us; /* KEEP_FOREVER: until keep_thread_start() */
};

/** What can be asked of a thread. */
struct keep_thread_info {
    char name[KEEP_NAME_MAX];
    uint32_t state, end; /* enum keep_thread_state, enum keep_end */
    int32_t status;
    uint32_t priority;
    uint32_t stack_bytes, stack_unused; /* never written since it began */
    uint64_t cycles;                    /* it has run, with KEEP_STATISTICS */
    struct keep_fault fault;
};

/* ---- What threads wait for. ---- */

struct keep_sem {
    struct keep_object object;
    uint32_t count, limit;
    struct keep_waitq waiters;
};

/** Recursive; who holds it inherits the priority of who waits for it. */
struct keep_mutex {
    struct keep_object object;
    struct keep_thread *owner;
    uint32_t depth;
    struct keep_mutex *next_held;
    struct keep_waitq waiters;
};

struct keep_condvar {
    struct keep_object object;
    struct keep_waitq waiters;
};

/** Messages of one size, in order. */
struct keep_msgq {
    struct keep_object object;
    uint8_t *messages; /* @limit of @bytes each, the kernel's */
    uint32_t bytes, limit, first, used;
    struct keep_waitq readers, writers;
};

/** A ring of bytes. */
struct keep_ring {
    uint8_t *bytes;
    uint32_t size, first, used;
};

/** Bytes between threads; each write goes in as a whole. */
struct keep_pipe {
    struct keep_object object;
    struct keep_ring ring;
    struct keep_waitq readers, writers;
};

/** Bytes between threads as they come; readers wait until @trigger bytes are there. */
struct keep_stream {
    struct keep_object object;
    struct keep_ring ring;
    uint32_t trigger;
    struct keep_waitq readers, writers;
};

/** 31 events that threads wait for, any or all of a set. */
struct keep_event {
    struct keep_object object;
    uint32_t events;
    struct keep_waitq waiters;
};

struct keep_timer;
typedef void (*keep_timer_expiry)(struct keep_timer *t);

struct keep_timer {
    struct keep_object object;
    struct keep_timeout timeout;
    uint32_t expired;         /* since it was last asked */
    uint64_t due, period;     /* cycles; period 0: once */
    keep_timer_expiry expiry; /* in interrupt context; privileged code alone sets it */
    struct keep_waitq waiters;
};

/* What keep_poll waits for. */
enum keep_poll_for {
    KEEP_POLL_SEM,    /* a count that is not 0 */
    KEEP_POLL_MSGQ,   /* a message */
    KEEP_POLL_PIPE,   /* a byte */
    KEEP_POLL_STREAM, /* its trigger level */
    KEEP_POLL_EVENT,  /* any event */
    KEEP_POLL_TIMER,  /* expired */
    KEEP_POLL_THREAD, /* ended */
    KEEP_POLL_KINDS
};
#define KEEP_POLL_MAX 8u

struct keep_poll_item {
    struct keep_object *object;
    uint32_t what; /* enum keep_poll_for */
};

/* ---- Drivers. ---- */

struct keep_uart {
    struct keep_object object;
    uint32_t base;
    uint8_t irq_rx, irq_tx;
    struct keep_ring in, out;
    struct keep_waitq readers, writers;
};

/** What configures a device: granted apart from the device, and seldom. */
struct keep_config {
    struct keep_object object;
    struct keep_uart *uart;
};

struct keep_counter {
    struct keep_object object;
    uint32_t base, irq;
    uint32_t alarms; /* since last asked */
    struct keep_waitq waiters;
};

struct keep_gpio {
    struct keep_object object;
    uint32_t base, outputs; /* which pins may be driven */
};

/* ---- Programs: threads with a common fate. ---- */

enum keep_policy {
    KEEP_POLICY_THREAD,  /* a fault ends the thread */
    KEEP_POLICY_PROGRAM, /* ... all threads of the program */
    KEEP_POLICY_RESTART, /* ... and begins it anew, up to restarts times in window_us */
    KEEP_POLICY_HANDLER, /* the thread is suspended, and the program's handler told */
    KEEP_POLICY_STOP     /* the system stops */
};

struct keep_program {
    struct keep_object object;
    uint8_t policy; /* enum keep_policy */
    uint8_t restarts;
    uint8_t restarted;  /* in this window */
    uint8_t restarting; /* it is in a list, by next */
    struct keep_program *next;
    uint32_t window_us;
    uint64_t window_end;
    void (*start)(struct keep_program *p); /* makes its threads; by the work queue */
    uint32_t quota, used;                  /* bytes of the pool */
    struct keep_thread *faulted;           /* for the handler */
    struct keep_waitq handlers;
};

/* ---- Definitions. ---- */

struct keep_grant {
    struct keep_thread *thread;
    struct keep_object *object;
};

/** A thread that is started at boot (unless @delay_us is KEEP_FOREVER). */
struct keep_thread_row {
    struct keep_thread *thread;
    struct keep_stack *stack;
    void (*entry)(void *);
    void *argument;
    struct keep_domain *domain;
    struct keep_program *program;
    uint32_t priority, options, delay_us;
    const char *name;
};

struct keep_irq_row {
    void (*handler)(void *);
    void *argument;
};

#define KEEP_IN(section_name) __attribute__((section(section_name), used))

#if __ARM_ARCH >= 8 /* PMSAv8 */
#define KEEP_STACK_ALIGN(bytes) 32
#else
#define KEEP_STACK_ALIGN(bytes) bytes
#endif

/** A stack of @size bytes for user threads; on PMSAv6 and v7 a power of two, 256 at the least. */
#define KEEP_USER_STACK(id, size)                                                     \
    static uint8_t id##_memory[size] __attribute__((aligned(KEEP_STACK_ALIGN(size)))) \
    KEEP_IN(".noinit.user_stacks." #id);                                              \
    struct keep_stack id = {.object = {.flags = KEEP_INITIALISED},                    \
                            .start = (uint32_t)id##_memory,                           \
                            .bytes = (size),                                          \
                            .user = 1}

/** A stack of @size bytes for privileged threads; the guard below takes KEEP_GUARD of them. */
#define KEEP_KERNEL_STACK(id, size)                                \
    static uint8_t id##_memory[size] __attribute__((aligned(256))) \
    KEEP_IN(".noinit.kernel_stacks." #id);                         \
    struct keep_stack id = {                                       \
        .object = {.flags = KEEP_INITIALISED}, .start = (uint32_t)id##_memory, .bytes = (size)}

#define KEEP_THREAD_ROW(id, entry, arg, in_domain, in_program, prio, opts, delay) \
    struct keep_thread id;                                                        \
    KEEP_IN(".keep_threads." #id)                                                 \
    static const struct keep_thread_row id##_row = {                              \
        &id, &id##_stack, entry, arg, in_domain, in_program, prio, opts, delay, #id}

/** A user thread @id, with a stack of its own; started at boot after @delay microseconds. */
#define KEEP_USER_THREAD(id, stack_size, entry, arg, in_domain, in_program, prio, opts, delay) \
    KEEP_USER_STACK(id##_stack, stack_size);                                                   \
    KEEP_THREAD_ROW(id, entry, arg, in_domain, in_program, prio, (opts) | KEEP_USER, delay)

/** A privileged thread @id, likewise. */
#define KEEP_KERNEL_THREAD(id, stack_size, entry, arg, prio, opts, delay) \
    KEEP_KERNEL_STACK(id##_stack, stack_size);                            \
    KEEP_THREAD_ROW(id, entry, arg, NULL, NULL, prio, opts, delay)

#define KEEP_READY_OBJECT .object = {.flags = KEEP_INITIALISED}

#define KEEP_SEM(id, first, most) \
    struct keep_sem id = {KEEP_READY_OBJECT, .count = (first), .limit = (most)}
#define KEEP_MUTEX(id)            struct keep_mutex id = {KEEP_READY_OBJECT}
#define KEEP_CONDVAR(id)          struct keep_condvar id = {KEEP_READY_OBJECT}
#define KEEP_EVENT(id)            struct keep_event id = {KEEP_READY_OBJECT}
#define KEEP_TIMER(id, on_expiry) struct keep_timer id = {KEEP_READY_OBJECT, .expiry = (on_expiry)}
#define KEEP_MSGQ(id, message_bytes, messages_max)                                                 \
    static uint8_t id##_messages[(message_bytes) * (messages_max)] __attribute__((aligned(4)));    \
    struct keep_msgq id = {KEEP_READY_OBJECT, .messages = id##_messages, .bytes = (message_bytes), \
                           .limit = (messages_max)}
#define KEEP_PIPE(id, ring_bytes)          \
    static uint8_t id##_bytes[ring_bytes]; \
    struct keep_pipe id = {KEEP_READY_OBJECT, .ring = {.bytes = id##_bytes, .size = (ring_bytes)}}
#define KEEP_STREAM(id, ring_bytes, level)                                        \
    static uint8_t id##_bytes[ring_bytes];                                        \
    struct keep_stream id = {KEEP_READY_OBJECT,                                   \
                             .ring = {.bytes = id##_bytes, .size = (ring_bytes)}, \
                             .trigger = (level)}
#define KEEP_PROGRAM(id, ...) struct keep_program id = {KEEP_READY_OBJECT, __VA_ARGS__}

/** At boot, thread @t may use @o. */
#define KEEP_GRANT(t, o) \
    KEEP_IN(".keep_grants") static const struct keep_grant t##_uses_##o = {&t, &o.object}

/** Interrupt @number is @function(@arg)'s; one with two handlers does not link. */
#define KEEP_IRQ(number, function, arg) KEEP_IRQ_(number, function, arg)
#define KEEP_IRQ_(number, function, arg)                \
    extern const struct keep_irq_row keep_irq_##number; \
    const struct keep_irq_row keep_irq_##number = {function, arg}

/* ---- Application memory: keeptool groups it. ---- */

/** Partition @part, of what KEEP_APP_DATA and KEEP_APP_BSS put there. */
#define KEEP_PARTITION(part) extern const struct keep_partition part

/** A variable with a first value, or zero at boot, in partition @part. */
#define KEEP_APP_DATA(part) KEEP_IN(".keep_app." #part ".data")
#define KEEP_APP_BSS(part)  KEEP_IN(".keep_app." #part ".bss")

/** A domain of the partitions that @names lists, with spaces between: "shared mine". */
#define KEEP_DOMAIN(id, names)    \
    extern struct keep_domain id; \
    KEEP_IN(".keep_domain." #id) static const char id##_partitions[] = names

#endif
