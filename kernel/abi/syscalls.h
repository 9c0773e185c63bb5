/*
 * Every system call, once. From this list come the stubs that programs call, the kernel's dispatch
 * table, the checks of the arguments, the hostile calls of the test, and docs/syscalls.md.
 *
 *     CALL(SERVICE, name, n, (KIND, type, argument, ...), ...)      n arguments, each with its kind
 *
 * SERVICE is a KEEP_WITH_* of kernel/abi/config.h, or CORE. The kind says what is checked before
 * the call acts; a row without one does not compile:
 *
 *     VALUE   (type, name)               a number that the call itself can take whatever it is
 *     RANGE   (type, name, least, most)  a number within bounds
 *     LONG    (type, name)               64 bits; two words of the call
 *     OBJECT  (type, name, TYPE)         an object of the type, initialised, permitted
 *     UNREADY (type, name, TYPE)         ... initialised or not: to be made ready
 *     UNUSED  (type, name, TYPE)         ... not initialised: no thread runs in it
 *     ANY     (type, name)               an object of any type, permitted
 *     ADDRESS (type, name)               a number that is only looked up, never followed
 *     READ    (type, name, bytes)        memory that the caller may read; bytes: another argument
 *     WRITE   (type, name, bytes)        memory that the caller may write
 *     ARRAY   (type, name, count, most)  as many structs to read, copied in: at most so many
 *     WORD    (type, name)               four aligned bytes that the caller may read and write
 *     IN      (type, name)               one struct, copied in
 *     OUT     (type, name)               one struct, copied out when the call is done
 *     STRING  (type, name, most)         a text, copied in: at most so many bytes with its NUL
 *     NOTHING (type, name)               a callback: NULL, for user code
 *
 * What is copied is checked on the copy, which the caller can no longer change. Everything is
 * checked before anything is done. Whoever fails a check is ended with a fault that names the call
 * and the argument (kernel/abi/fault.h).
 *
 * All calls return int32_t: 0 or more, or a negative KEEP_E*. To add one: a row here, and
 * keep_impl_NAME() in kernel/core. Privileged threads call that directly, without checks.
 */
#ifndef KEEP_ABI_SYSCALLS_H
#define KEEP_ABI_SYSCALLS_H

#include "kernel/abi/errors.h"

// clang-format off
#define KEEP_SYSCALLS(CALL)                                                                        \
    /* Threads. */                                                                                 \
    CALL(CORE, yield, 0)                                                                           \
    CALL(CORE, sleep, 1, (VALUE, uint32_t, us))                                                    \
    CALL(CORE, sleep_until, 1, (LONG, uint64_t, cycle))                                            \
    CALL(CORE, uptime, 1, (OUT, uint64_t, cycles))                                                 \
    CALL(CORE, thread_exit, 1, (VALUE, int32_t, status))                                           \
    CALL(CORE, oops, 1, (VALUE, uint32_t, reason))                                                 \
    CALL(CORE, thread_self, 0)                                                                     \
    CALL(CORE, thread_create, 3, (UNUSED, struct keep_thread *, thread, THREAD),                   \
         (OBJECT, struct keep_stack *, stack, STACK), (IN, struct keep_thread_spec, spec))         \
    CALL(CORE, thread_start, 1, (OBJECT, struct keep_thread *, thread, THREAD))                    \
    CALL(CORE, thread_abort, 1, (OBJECT, struct keep_thread *, thread, THREAD))                    \
    CALL(CORE, thread_suspend, 1, (OBJECT, struct keep_thread *, thread, THREAD))                  \
    CALL(CORE, thread_resume, 1, (OBJECT, struct keep_thread *, thread, THREAD))                   \
    CALL(CORE, thread_wakeup, 1, (OBJECT, struct keep_thread *, thread, THREAD))                   \
    CALL(CORE, thread_join, 2, (UNREADY, struct keep_thread *, thread, THREAD),                    \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(CORE, thread_priority, 1, (OBJECT, struct keep_thread *, thread, THREAD))                 \
    CALL(CORE, thread_set_priority, 2, (OBJECT, struct keep_thread *, thread, THREAD),             \
         (RANGE, uint32_t, priority, 0, KEEP_PRIORITIES - 1))                                      \
    CALL(CORE, thread_set_name, 2, (OBJECT, struct keep_thread *, thread, THREAD),                 \
         (STRING, const char *, name, KEEP_NAME_MAX))                                              \
    CALL(CORE, thread_info, 2, (UNREADY, struct keep_thread *, thread, THREAD),                    \
         (OUT, struct keep_thread_info, info))                                                     \
    /* Objects and permissions. */                                                                 \
    CALL(CORE, object_grant, 2, (ANY, struct keep_object *, object),                               \
         (OBJECT, struct keep_thread *, to, THREAD))                                               \
    CALL(CORE, object_revoke, 2, (ANY, struct keep_object *, object),                              \
         (UNREADY, struct keep_thread *, from, THREAD))                                            \
    CALL(CORE, object_release, 1, (ANY, struct keep_object *, object))                             \
    CALL(CORE, access_check, 1, (ADDRESS, const void *, object))                                   \
    CALL(DYNAMIC, object_new, 2, (RANGE, uint32_t, type, 1, KEEP_TYPE_COUNT - 1),                  \
         (RANGE, uint32_t, bytes, 0, KEEP_POOL))                                                   \
    /* Semaphores. */                                                                              \
    CALL(CORE, sem_init, 3, (UNREADY, struct keep_sem *, sem, SEM), (VALUE, uint32_t, count),      \
         (VALUE, uint32_t, limit))                                                                 \
    CALL(CORE, sem_give, 1, (OBJECT, struct keep_sem *, sem, SEM))                                 \
    CALL(CORE, sem_take, 2, (OBJECT, struct keep_sem *, sem, SEM), (VALUE, uint32_t, timeout_us))  \
    CALL(CORE, sem_reset, 1, (OBJECT, struct keep_sem *, sem, SEM))                                \
    CALL(CORE, sem_count, 1, (OBJECT, struct keep_sem *, sem, SEM))                                \
    /* Mutexes and condition variables. */                                                         \
    CALL(MUTEX, mutex_init, 1, (UNREADY, struct keep_mutex *, mutex, MUTEX))                       \
    CALL(MUTEX, mutex_lock, 2, (OBJECT, struct keep_mutex *, mutex, MUTEX),                        \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(MUTEX, mutex_unlock, 1, (OBJECT, struct keep_mutex *, mutex, MUTEX))                      \
    CALL(CONDVAR, condvar_init, 1, (UNREADY, struct keep_condvar *, condvar, CONDVAR))             \
    CALL(CONDVAR, condvar_wait, 3, (OBJECT, struct keep_condvar *, condvar, CONDVAR),              \
         (OBJECT, struct keep_mutex *, mutex, MUTEX), (VALUE, uint32_t, timeout_us))               \
    CALL(CONDVAR, condvar_signal, 1, (OBJECT, struct keep_condvar *, condvar, CONDVAR))            \
    CALL(CONDVAR, condvar_broadcast, 1, (OBJECT, struct keep_condvar *, condvar, CONDVAR))         \
    /* Message queues, pipes, byte streams. */                                                     \
    CALL(MSGQ, msgq_put, 4, (OBJECT, struct keep_msgq *, msgq, MSGQ),                              \
         (READ, const void *, message, bytes), (VALUE, uint32_t, bytes),                           \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(MSGQ, msgq_get, 4, (OBJECT, struct keep_msgq *, msgq, MSGQ),                              \
         (WRITE, void *, message, bytes), (VALUE, uint32_t, bytes), (VALUE, uint32_t, timeout_us)) \
    CALL(MSGQ, msgq_peek, 3, (OBJECT, struct keep_msgq *, msgq, MSGQ),                             \
         (WRITE, void *, message, bytes), (VALUE, uint32_t, bytes))                                \
    CALL(MSGQ, msgq_purge, 1, (OBJECT, struct keep_msgq *, msgq, MSGQ))                            \
    CALL(MSGQ, msgq_used, 1, (OBJECT, struct keep_msgq *, msgq, MSGQ))                             \
    CALL(PIPE, pipe_write, 4, (OBJECT, struct keep_pipe *, pipe, PIPE),                            \
         (READ, const void *, data, bytes), (RANGE, uint32_t, bytes, 0, 0x7FFFFFFF),               \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(PIPE, pipe_read, 4, (OBJECT, struct keep_pipe *, pipe, PIPE),                             \
         (WRITE, void *, data, bytes), (RANGE, uint32_t, bytes, 0, 0x7FFFFFFF),                    \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(PIPE, stream_send, 4, (OBJECT, struct keep_stream *, stream, STREAM),                     \
         (READ, const void *, data, bytes), (RANGE, uint32_t, bytes, 0, 0x7FFFFFFF),               \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(PIPE, stream_receive, 4, (OBJECT, struct keep_stream *, stream, STREAM),                  \
         (WRITE, void *, data, bytes), (RANGE, uint32_t, bytes, 0, 0x7FFFFFFF),                    \
         (VALUE, uint32_t, timeout_us))                                                            \
    /* Events, polling, timers, futex. */                                                          \
    CALL(EVENT, event_post, 2, (OBJECT, struct keep_event *, event, EVENT),                        \
         (RANGE, uint32_t, bits, 0, KEEP_EVENTS))                                                  \
    CALL(EVENT, event_clear, 2, (OBJECT, struct keep_event *, event, EVENT),                       \
         (VALUE, uint32_t, bits))                                                                  \
    CALL(EVENT, event_wait, 4, (OBJECT, struct keep_event *, event, EVENT),                        \
         (RANGE, uint32_t, bits, 1, KEEP_EVENTS),                                                  \
         (RANGE, uint32_t, options, 0, KEEP_EVENT_ALL | KEEP_EVENT_TAKE),                          \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(POLL, poll, 3, (ARRAY, struct keep_poll_item, items, count, KEEP_POLL_MAX),               \
         (RANGE, uint32_t, count, 1, KEEP_POLL_MAX), (VALUE, uint32_t, timeout_us))                \
    CALL(TIMER, timer_start, 3, (OBJECT, struct keep_timer *, timer, TIMER),                       \
         (LONG, uint64_t, first_us), (LONG, uint64_t, period_us))                                  \
    CALL(TIMER, timer_stop, 1, (OBJECT, struct keep_timer *, timer, TIMER))                        \
    CALL(TIMER, timer_expired, 1, (OBJECT, struct keep_timer *, timer, TIMER))                     \
    CALL(TIMER, timer_wait, 2, (OBJECT, struct keep_timer *, timer, TIMER),                        \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(TIMER, timer_set_expiry, 2, (OBJECT, struct keep_timer *, timer, TIMER),                  \
         (NOTHING, keep_timer_expiry, expiry))                                                     \
    CALL(FUTEX, futex_wait, 3, (WORD, const uint32_t *, word), (VALUE, uint32_t, expected),        \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(FUTEX, futex_wake, 2, (WORD, const uint32_t *, word), (VALUE, uint32_t, most))            \
    /* Drivers. */                                                                                 \
    CALL(CORE, uart_write, 4, (OBJECT, struct keep_uart *, uart, UART),                            \
         (READ, const void *, data, bytes), (RANGE, uint32_t, bytes, 0, 0x7FFFFFFF),               \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(CORE, uart_read, 4, (OBJECT, struct keep_uart *, uart, UART),                             \
         (WRITE, void *, data, bytes), (RANGE, uint32_t, bytes, 0, 0x7FFFFFFF),                    \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(CONFIG, uart_configure, 2, (OBJECT, struct keep_config *, config, CONFIG),                \
         (RANGE, uint32_t, baud, 1200, 921600))                                                    \
    CALL(COUNTER, counter_start, 2, (OBJECT, struct keep_counter *, counter, COUNTER),             \
         (RANGE, uint32_t, period, KEEP_COUNTER_LEAST, 0xFFFFFFFF))                                \
    CALL(COUNTER, counter_stop, 1, (OBJECT, struct keep_counter *, counter, COUNTER))              \
    CALL(COUNTER, counter_value, 2, (OBJECT, struct keep_counter *, counter, COUNTER),             \
         (OUT, uint32_t, value))                                                                   \
    CALL(COUNTER, counter_wait, 2, (OBJECT, struct keep_counter *, counter, COUNTER),              \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(GPIO, gpio_write, 3, (OBJECT, struct keep_gpio *, gpio, GPIO), (VALUE, uint32_t, mask),   \
         (VALUE, uint32_t, pins))                                                                  \
    CALL(GPIO, gpio_read, 2, (OBJECT, struct keep_gpio *, gpio, GPIO), (OUT, uint32_t, pins))      \
    /* Programs. */                                                                                \
    CALL(PROGRAM, fault_wait, 3, (OBJECT, struct keep_program *, program, PROGRAM),                \
         (WRITE, struct keep_fault *, fault, sizeof(struct keep_fault)),                           \
         (VALUE, uint32_t, timeout_us))                                                            \
    CALL(PROGRAM, fault_answer, 2, (OBJECT, struct keep_program *, program, PROGRAM),              \
         (RANGE, uint32_t, resume, 0, 1))                                                          \
    /* For tests of the way of a call itself: more than six words, 64 bits among them. */          \
    CALL(TEST, sum, 7, (VALUE, uint32_t, a), (LONG, uint64_t, b), (VALUE, uint32_t, c),            \
         (VALUE, uint32_t, d), (LONG, uint64_t, e), (VALUE, uint32_t, f), (OUT, uint64_t, total))  \
    /* ... and of leaving a call out. */                                                           \
    CALL(EXTRA, nothing, 0)
// clang-format on

/* A period may not be so short that its interrupts leave no time for anything else. */
#define KEEP_COUNTER_LEAST  2000u /* cycles */
#define KEEP_TIMER_LEAST_US 100u

#define KEEP_EVENTS     0x7FFFFFFFu
#define KEEP_EVENT_ALL  1u /* all of the bits, not any */
#define KEEP_EVENT_TAKE 2u /* the bits waited for are cleared as they are seen */

#endif
