/*
 * The types of kernel objects, once: for the kernel, the tools that read its image, and the docs.
 */
#ifndef KEEP_ABI_TYPES_H
#define KEEP_ABI_TYPES_H

/* X(NAME, struct): every type of object. keeptool finds the structs by these names. */
#define KEEP_TYPES(X)        \
    X(THREAD, keep_thread)   \
    X(STACK, keep_stack)     \
    X(SEM, keep_sem)         \
    X(MUTEX, keep_mutex)     \
    X(CONDVAR, keep_condvar) \
    X(MSGQ, keep_msgq)       \
    X(PIPE, keep_pipe)       \
    X(STREAM, keep_stream)   \
    X(EVENT, keep_event)     \
    X(TIMER, keep_timer)     \
    X(UART, keep_uart)       \
    X(COUNTER, keep_counter) \
    X(GPIO, keep_gpio)       \
    X(PROGRAM, keep_program) \
    X(CONFIG, keep_config)

enum keep_type {
    KEEP_TYPE_NONE,
#define KEEP_TYPE_ENUM(name, tag) KEEP_TYPE_##name,
    KEEP_TYPES(KEEP_TYPE_ENUM)
#undef KEEP_TYPE_ENUM
    KEEP_TYPE_COUNT
};

#endif
