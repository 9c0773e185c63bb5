/*
 * From a trap to a checked call: decode, check every argument, then act.
 *
 * All three tables come from the list in kernel/abi/syscalls.h. The arguments are copies in the
 * kernel's registers: what was checked is what is used.
 */
#include "kernel/core/core.h"

enum arg_kind {
    ARG_NONE,
    ARG_VALUE,
    ARG_SEM,
    ARG_UART,
    ARG_READ,
    ARG_SIZE
};

/* Call each implementation with its own types. */
#define CALL0(name)                               \
    static int32_t call_##name(const uint32_t *a) \
    {                                             \
        (void)a;                                  \
        return keep_impl_##name();                \
    }
#define CALL1(name, t1, a1, k1)                   \
    static int32_t call_##name(const uint32_t *a) \
    {                                             \
        return keep_impl_##name((t1)a[0]);        \
    }
#define CALL2(name, t1, a1, k1, t2, a2, k2)          \
    static int32_t call_##name(const uint32_t *a)    \
    {                                                \
        return keep_impl_##name((t1)a[0], (t2)a[1]); \
    }
#define CALL3(name, t1, a1, k1, t2, a2, k2, t3, a3, k3)        \
    static int32_t call_##name(const uint32_t *a)              \
    {                                                          \
        return keep_impl_##name((t1)a[0], (t2)a[1], (t3)a[2]); \
    }
KEEP_SYSCALLS(CALL0, CALL1, CALL2, CALL3)

#define ROW0(name)                         {call_##name, {ARG_NONE, ARG_NONE, ARG_NONE}},
#define ROW1(name, t1, a1, k1)             {call_##name, {ARG_##k1, ARG_NONE, ARG_NONE}},
#define ROW2(name, t1, a1, k1, t2, a2, k2) {call_##name, {ARG_##k1, ARG_##k2, ARG_NONE}},
#define ROW3(name, t1, a1, k1, t2, a2, k2, t3, a3, k3) \
    {call_##name, {ARG_##k1, ARG_##k2, ARG_##k3}},

static const struct {
    int32_t (*call)(const uint32_t *args);
    uint8_t kinds[3]; /* enum arg_kind */
} calls[] = {KEEP_SYSCALLS(ROW0, ROW1, ROW2, ROW3)};
#define CALL_COUNT (sizeof calls / sizeof calls[0])

static int32_t check_arg(const struct keep_thread *t, enum arg_kind kind, const uint32_t *arg)
{
    switch (kind) {
    case ARG_SEM:
        return object_check(t, arg[0], KEEP_TYPE_SEM);
    case ARG_UART:
        return object_check(t, arg[0], KEEP_TYPE_UART);
    case ARG_READ: /* its ARG_SIZE is the next */
        return memory_check_read(t, arg[0], arg[1]);
    case ARG_NONE:
    case ARG_VALUE:
    case ARG_SIZE:
        break;
    }
    return 0;
}

int32_t keep_syscall(uint32_t a, uint32_t b, uint32_t c, uint32_t number)
{
    uint32_t args[3] = {a, b, c};
    if (number >= CALL_COUNT) /* unsigned: a negative number is a large one */
        return -KEEP_ENOSYS;
    for (uint32_t i = 0; i < 3; i++) {
        int32_t rc = check_arg(keep_current, (enum arg_kind)calls[number].kinds[i], &args[i]);
        if (rc < 0)
            return rc;
    }
    return calls[number].call(args);
}
