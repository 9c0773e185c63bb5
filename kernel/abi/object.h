/*
 * Layouts of kernel objects, and macros that make them at build time.
 *
 * The memory of every object is the kernel's. User code holds only its address, and every use is
 * checked: the address against the table of objects, the type, and a permission bit per thread.
 */
#ifndef KEEP_ABI_OBJECT_H
#define KEEP_ABI_OBJECT_H

#include "kernel/abi/keep.h"

#define KEEP_THREADS_MAX    32u /* bits of a permission word */
#define KEEP_PARTITIONS_MAX 4u  /* of a domain: MPU regions 3 to 6 */
#define KEEP_PRIV_STACK     2048u
#define KEEP_GUARD          32u

enum keep_type {
    KEEP_TYPE_THREAD = 1,
    KEEP_TYPE_SEM,
    KEEP_TYPE_UART
};

/** Begins every object. */
struct keep_object {
    uint8_t type;
    uint8_t initialised;
    uint16_t generation;
    uint32_t permissions; /* bit n: the thread with index n may use it */
};

struct keep_thread;

struct keep_sem {
    struct keep_object object;
    uint32_t count, limit;
    struct keep_thread *waiters; /* in order of arrival */
};

struct keep_uart {
    struct keep_object object;
    uint32_t base;
};

/** A part of memory for domains: a power of two in size, aligned to it. Read-write, never executed.
 */
struct keep_partition {
    uint32_t start, bytes;
};

struct keep_domain {
    const struct keep_partition *partitions[KEEP_PARTITIONS_MAX];
};

enum keep_thread_state {
    KEEP_DEAD,
    KEEP_READY,
    KEEP_SLEEPING,
    KEEP_WAITING
};

/** Why a thread ended. */
enum keep_end {
    KEEP_END_NONE,
    KEEP_END_EXIT,
    KEEP_END_FAULT,
    KEEP_END_OOPS
};

/* kernel/arch/switch.S knows these offsets. */
#define KEEP_THREAD_CONTEXT 8
#define KEEP_THREAD_REGIONS 48

struct keep_thread {
    struct keep_object object;
    struct { /* what the exception frame does not hold */
        uint32_t psp, control, r4_r11[8];
    } context;
    uint32_t regions[12]; /* RBAR and RASR of MPU regions 2 to 7, as they are written */
    const struct keep_thread_def *def;
    struct keep_thread *next; /* in the one queue it is in */
    uint32_t index;           /* its permission bit */
    uint32_t state, slice;
    uint64_t wake_at; /* tick; KEEP_NEVER for none */
    struct keep_sem *waiting_for;
    int32_t result;   /* of the wait that ended */
    uint32_t user_sp; /* frame of the system call in progress, 0 for none */
    uint32_t end;     /* enum keep_end */
    int32_t status;   /* of thread_exit */
    uint32_t cfsr, fault_addr, fault_pc;
    struct keep_thread *joiner;
};
_Static_assert(sizeof(void *) != 4 || offsetof(struct keep_thread, context) == KEEP_THREAD_CONTEXT,
               "switch.S");
_Static_assert(sizeof(void *) != 4 || offsetof(struct keep_thread, regions) == KEEP_THREAD_REGIONS,
               "switch.S");

/** What is known of a thread at build time. */
struct keep_thread_def {
    struct keep_thread *thread;
    const struct keep_abi_thread *abi;
    const struct keep_domain *domain; /* NULL: none */
    uint32_t priority;                /* 0 is the most urgent */
    uint32_t user;                    /* 1: unprivileged */
};

struct keep_object_entry {
    struct keep_object *object;
    uint32_t type;
};

struct keep_grant {
    struct keep_thread *thread;
    struct keep_object *object;
};

#define KEEP_IN(section_name) __attribute__((section(section_name), used))

#define KEEP_OBJECT_ENTRY(id, kind) \
    KEEP_IN(".keep_objects")        \
    static const struct keep_object_entry id##_entry = {&id.object, kind}

/** A thread with a user stack of @stack_size bytes, a power of two. */
#define KEEP_USER_THREAD(id, stack_size, prio, in_domain)                      \
    static uint8_t id##_stack[stack_size] __attribute__((aligned(stack_size))) \
    __attribute__((section(".noinit.stacks")));                                \
    KEEP_THREAD(id, id##_stack, stack_size, prio, in_domain, 1u)

/** A privileged thread; its system stack is its only one. */
#define KEEP_SUPERVISOR_THREAD(id, prio) KEEP_THREAD(id, id##_priv, KEEP_PRIV_STACK, prio, NULL, 0u)

#define KEEP_THREAD(id, stack_id, stack_size, prio, in_domain, is_user)                            \
    static uint8_t id##_priv[KEEP_PRIV_STACK] __attribute__((aligned(1024)))                       \
    __attribute__((section(".noinit.privileged_stacks")));                                         \
    extern struct keep_thread id;                                                                  \
    KEEP_IN(".keep_abi_threads")                                                                   \
    static const struct keep_abi_thread id##_abi = {                                               \
        (uint32_t)&id, (uint32_t)stack_id, stack_size, (uint32_t)id##_priv, KEEP_PRIV_STACK, #id}; \
    KEEP_IN(".keep_thread_defs")                                                                   \
    static const struct keep_thread_def id##_def = {&id, &id##_abi, in_domain, prio, is_user};     \
    struct keep_thread id = {.object = {.type = KEEP_TYPE_THREAD}, .def = &id##_def};              \
    KEEP_OBJECT_ENTRY(id, KEEP_TYPE_THREAD)

#define KEEP_SEM(id, first, most)                                                            \
    struct keep_sem id = {                                                                   \
        .object = {.type = KEEP_TYPE_SEM, .initialised = 1}, .count = first, .limit = most}; \
    KEEP_OBJECT_ENTRY(id, KEEP_TYPE_SEM)

#define KEEP_UART(id, address)                                                                     \
    struct keep_uart id = {.object = {.type = KEEP_TYPE_UART, .initialised = 1}, .base = address}; \
    KEEP_OBJECT_ENTRY(id, KEEP_TYPE_UART)

/** At boot, @t may use @o. */
#define KEEP_GRANT(t, o) \
    KEEP_IN(".keep_grants") static const struct keep_grant t##_uses_##o = {&t, &o.object}

#define KEEP_POWER_OF_TWO(n) \
    ((n) <= 32     ? 32      \
     : (n) <= 64   ? 64      \
     : (n) <= 128  ? 128     \
     : (n) <= 256  ? 256     \
     : (n) <= 512  ? 512     \
     : (n) <= 1024 ? 1024    \
     : (n) <= 2048 ? 2048    \
                   : 4096)

/** A partition that holds one variable @id of @type, zero at boot; `id_partition` names it. */
#define KEEP_PARTITION(id, type)                                                    \
    static union {                                                                  \
        type data;                                                                  \
        uint8_t all[KEEP_POWER_OF_TWO(sizeof(type))];                               \
    } id __attribute__((aligned(KEEP_POWER_OF_TWO(sizeof(type)))));                 \
    _Static_assert(sizeof(type) <= 4096, #id " is too large for a partition");      \
    static const struct keep_partition id##_partition = {(uint32_t)&id, sizeof id}; \
    KEEP_IN(".keep_abi_partitions")                                                 \
    static const struct keep_abi_partition id##_abi = {(uint32_t)&id, sizeof id, #id}

#endif
