/*
 * The macros that make something of each row of KEEP_SYSCALLS: over its arguments, by their kind.
 *
 *     KEEP_EACH_n(M, ...)   M(argument) for each, nothing between
 *     KEEP_LIST_n(M, ...)   with commas between
 */
#ifndef KEEP_ABI_CALLS_H
#define KEEP_ABI_CALLS_H

#include "kernel/abi/object.h"
#include "kernel/abi/syscalls.h"

#define KEEP_CAT(a, b)  KEEP_CAT_(a, b)
#define KEEP_CAT_(a, b) a##b

#define KEEP_EACH_0(M, ...)
#define KEEP_EACH_1(M, a)      M a
#define KEEP_EACH_2(M, a, ...) M a KEEP_EACH_1(M, __VA_ARGS__)
#define KEEP_EACH_3(M, a, ...) M a KEEP_EACH_2(M, __VA_ARGS__)
#define KEEP_EACH_4(M, a, ...) M a KEEP_EACH_3(M, __VA_ARGS__)
#define KEEP_EACH_5(M, a, ...) M a KEEP_EACH_4(M, __VA_ARGS__)
#define KEEP_EACH_6(M, a, ...) M a KEEP_EACH_5(M, __VA_ARGS__)
#define KEEP_EACH_7(M, a, ...) M a KEEP_EACH_6(M, __VA_ARGS__)
#define KEEP_LIST_0(M, ...)
#define KEEP_LIST_1(M, a)      M a
#define KEEP_LIST_2(M, a, ...) M a, KEEP_LIST_1(M, __VA_ARGS__)
#define KEEP_LIST_3(M, a, ...) M a, KEEP_LIST_2(M, __VA_ARGS__)
#define KEEP_LIST_4(M, a, ...) M a, KEEP_LIST_3(M, __VA_ARGS__)
#define KEEP_LIST_5(M, a, ...) M a, KEEP_LIST_4(M, __VA_ARGS__)
#define KEEP_LIST_6(M, a, ...) M a, KEEP_LIST_5(M, __VA_ARGS__)
#define KEEP_LIST_7(M, a, ...) M a, KEEP_LIST_6(M, __VA_ARGS__)

/* The type of a parameter. */
#define KEEP_PARAM(kind, ...)          KEEP_PARAM_##kind(__VA_ARGS__)
#define KEEP_PARAM_VALUE(t, n)         t n
#define KEEP_PARAM_RANGE(t, n, lo, hi) t n
#define KEEP_PARAM_LONG(t, n)          t n
#define KEEP_PARAM_OBJECT(t, n, k)     t n
#define KEEP_PARAM_UNREADY(t, n, k)    t n
#define KEEP_PARAM_UNUSED(t, n, k)     t n
#define KEEP_PARAM_ANY(t, n)           t n
#define KEEP_PARAM_ADDRESS(t, n)       t n
#define KEEP_PARAM_READ(t, n, size)    t n
#define KEEP_PARAM_WRITE(t, n, size)   t n
#define KEEP_PARAM_ARRAY(t, n, c, m)   const t *n
#define KEEP_PARAM_WORD(t, n)          t n
#define KEEP_PARAM_IN(t, n)            const t *n
#define KEEP_PARAM_OUT(t, n)           t *n
#define KEEP_PARAM_STRING(t, n, most)  t n
#define KEEP_PARAM_NOTHING(t, n)       t n
#define KEEP_PARAMS_0(...)             void
#define KEEP_PARAMS_1(...)             KEEP_LIST_1(KEEP_PARAM, __VA_ARGS__)
#define KEEP_PARAMS_2(...)             KEEP_LIST_2(KEEP_PARAM, __VA_ARGS__)
#define KEEP_PARAMS_3(...)             KEEP_LIST_3(KEEP_PARAM, __VA_ARGS__)
#define KEEP_PARAMS_4(...)             KEEP_LIST_4(KEEP_PARAM, __VA_ARGS__)
#define KEEP_PARAMS_5(...)             KEEP_LIST_5(KEEP_PARAM, __VA_ARGS__)
#define KEEP_PARAMS_6(...)             KEEP_LIST_6(KEEP_PARAM, __VA_ARGS__)
#define KEEP_PARAMS_7(...)             KEEP_LIST_7(KEEP_PARAM, __VA_ARGS__)

/* Its name. */
#define KEEP_NAME(kind, type, name, ...) name

/* The words it takes in a call: how many, and their values. */
#define KEEP_WORDS(kind, ...)           +KEEP_WORDS_##kind
#define KEEP_WORDS_VALUE                1
#define KEEP_WORDS_RANGE                1
#define KEEP_WORDS_LONG                 2
#define KEEP_WORDS_OBJECT               1
#define KEEP_WORDS_UNREADY              1
#define KEEP_WORDS_UNUSED               1
#define KEEP_WORDS_ANY                  1
#define KEEP_WORDS_ADDRESS              1
#define KEEP_WORDS_READ                 1
#define KEEP_WORDS_WRITE                1
#define KEEP_WORDS_ARRAY                1
#define KEEP_WORDS_WORD                 1
#define KEEP_WORDS_IN                   1
#define KEEP_WORDS_OUT                  1
#define KEEP_WORDS_STRING               1
#define KEEP_WORDS_NOTHING              1
#define KEEP_PUT(kind, type, name, ...) KEEP_CAT(KEEP_PUT_, KEEP_WORDS_##kind)(name)
#define KEEP_PUT_1(name)                (uint32_t)(name),
#define KEEP_PUT_2(name)                (uint32_t)(name), (uint32_t)((name) >> 32),

/** Words that go in registers; of a call with more, the last register points to the others. */
#define KEEP_REGISTERS 4u

/* Numbers of the calls, in the order of the list. */
#define KEEP_NUMBER(service, name, n, ...) KEEP_SYS_##name,
enum keep_syscall_number {
    KEEP_SYSCALLS(KEEP_NUMBER) KEEP_SYS_COUNT
};
#undef KEEP_NUMBER

/* What does the work, of the services that are in the image. */
#define KEEP_IMPL(service, name, n, ...) \
    KEEP_CAT(KEEP_IMPL_, KEEP_WITH_##service)(name, n, __VA_ARGS__)
#define KEEP_IMPL_0(name, n, ...)
#define KEEP_IMPL_1(name, n, ...) int32_t keep_impl_##name(KEEP_PARAMS_##n(__VA_ARGS__));
KEEP_SYSCALLS(KEEP_IMPL)

#endif
