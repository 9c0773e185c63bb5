/*
 * From a trap to a checked call: fetch the words, copy what is copied, check every argument, act.
 *
 * All of it comes from the list in kernel/abi/syscalls.h, where the kinds of arguments are
 * explained. This runs in the SVCall handler (kernel/arch/switch.S): no other thread runs between
 * check and use, and nothing that was checked is read from the caller's memory again.
 */
#include "kernel/core/core.h"

#define KEEP_MAYBE __attribute__((unused)) /* no call of a small image may need it */

/* ---- The checks. Each gives false when it has ended the caller. ---- */

static KEEP_COLD bool refuse(enum keep_fault_kind kind, uint32_t call, uint32_t argument,
                             uint32_t value)
{
    fault_refuse(kind, call, argument, value);
    return false;
}

/* Three things that may be asked of an object. Each gives the fault, 0 for none. */

static enum keep_fault_kind ready_fault(const struct keep_thread *me, uint32_t addr, uint32_t type)
{
    return object_fault(me, addr, type);
}

static __attribute__((noinline)) enum keep_fault_kind unready_fault(const struct keep_thread *me,
                                                                    uint32_t addr, uint32_t type)
{
    enum keep_fault_kind kind = object_fault(me, addr, type);
    return kind == KEEP_FAULT_OBJECT_UNINITIALISED ? KEEP_FAULT_NONE : kind;
}

static __attribute__((noinline)) enum keep_fault_kind unused_fault(const struct keep_thread *me,
                                                                   uint32_t addr, uint32_t type)
{
    enum keep_fault_kind kind = object_fault(me, addr, type);
    return kind == KEEP_FAULT_OBJECT_UNINITIALISED ? KEEP_FAULT_NONE
           : kind == KEEP_FAULT_NONE               ? KEEP_FAULT_OBJECT_IN_USE
                                                   : kind;
}

static bool check_memory(const struct keep_thread *me, uint32_t call, uint32_t argument,
                         uint32_t addr, uint32_t bytes, bool write)
{
    return memory_allowed(me, addr, bytes, write) ||
           refuse(KEEP_FAULT_BUFFER, call, argument, addr);
}

static bool check_range(uint32_t call, uint32_t argument, uint32_t value, uint32_t least,
                        uint32_t most)
{
    return (value >= least && value <= most) || refuse(KEEP_FAULT_BOUNDS, call, argument, value);
}

static KEEP_MAYBE bool check_word(const struct keep_thread *me, uint32_t call, uint32_t argument,
                                  uint32_t addr)
{
    return (!(addr & 3u) && memory_allowed(me, addr, 4, true)) ||
           refuse(KEEP_FAULT_BUFFER, call, argument, addr);
}

static void copy_in(void *to, uint32_t from, uint32_t bytes)
{
    __builtin_memcpy(to, (const void *)from, bytes);
}

/* An array: a count that cannot make the size wrap, then the memory, then the copy. */
static KEEP_MAYBE bool copy_array(const struct keep_thread *me, uint32_t call, uint32_t argument,
                                  void *to, uint32_t from, uint32_t count, uint32_t most,
                                  uint32_t size)
{
    if (count > most)
        return refuse(KEEP_FAULT_BOUNDS, call, argument, count);
    if (!check_memory(me, call, argument, from, count * size, false))
        return false;
    copy_in(to, from, count * size);
    return true;
}

/* A text, byte by byte: each must be readable up to its NUL, which must come in time. */
static bool copy_string(const struct keep_thread *me, uint32_t call, uint32_t argument, char *to,
                        uint32_t from, uint32_t most)
{
    for (uint32_t i = 0; i < most; i++) {
        if (!check_memory(me, call, argument, from + i, 1, false))
            return false;
        to[i] = *(const char *)(from + i);
        if (!to[i])
            return true;
    }
    return refuse(KEEP_FAULT_BOUNDS, call, argument, from);
}

/* The words beyond the registers, which the last register points to. */
static bool fetch_more(const struct keep_thread *me, uint32_t call, const uint32_t *frame,
                       uint32_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < KEEP_REGISTERS - 1; i++)
        words[i] = frame[i];
    uint32_t more = frame[KEEP_REGISTERS - 1], rest = count - (KEEP_REGISTERS - 1);
    if ((more & 3u) || !memory_allowed(me, more, rest * 4, false))
        return refuse(KEEP_FAULT_BUFFER, call, KEEP_REGISTERS - 1, more);
    copy_in(words + KEEP_REGISTERS - 1, more, rest * 4);
    return true;
}

// clang-format off

/* ---- GET: a variable for each argument, from the next of the words @w. ---- */

#define GET(kind, ...)            GET_##kind(__VA_ARGS__)
#define GET_PLAIN(t, n)           t n = (t)*w++;
#define GET_VALUE(t, n)           GET_PLAIN(t, n)
#define GET_RANGE(t, n, lo, hi)   GET_PLAIN(t, n)
#define GET_LONG(t, n)            t n = (t)(w[0] | (uint64_t)w[1] << 32); w += 2;
#define GET_OBJECT(t, n, k)       GET_PLAIN(t, n)
#define GET_UNREADY(t, n, k)      GET_PLAIN(t, n)
#define GET_UNUSED(t, n, k)       GET_PLAIN(t, n)
#define GET_ANY(t, n)             GET_PLAIN(t, n)
#define GET_ADDRESS(t, n)         GET_PLAIN(t, n)
#define GET_READ(t, n, size)      GET_PLAIN(t, n)
#define GET_WRITE(t, n, size)     GET_PLAIN(t, n)
#define GET_ARRAY(t, n, c, most)  uint32_t n##_user = *w++; t n[most];
#define GET_WORD(t, n)            GET_PLAIN(t, n)
#define GET_IN(t, n)              uint32_t n##_user = *w++; t n##_copy; t *n = &n##_copy;
#define GET_OUT(t, n)             uint32_t n##_user = *w++; t n##_copy = {0}; t *n = &n##_copy;
#define GET_STRING(t, n, most)    uint32_t n##_user = *w++; char n[most];
#define GET_NOTHING(t, n)         GET_PLAIN(t, n)

/* ---- CHECK: each argument; whoever fails has been ended. @arg counts them. ---- */

#define CHECK(kind, ...)          CHECK_##kind(__VA_ARGS__) arg++;
#define OR_REFUSED(check)         if (!(check)) return 0;
#define CHECK_VALUE(t, n)
#define CHECK_RANGE(t, n, lo, hi) OR_REFUSED(check_range(call, arg, (uint32_t)n, lo, hi))
#define CHECK_LONG(t, n)
#define CHECK_STATE(state, n, k) { \
    enum keep_fault_kind kind = state##_fault(me, (uint32_t)n, k); \
    if (kind) return refuse(kind, call, arg, (uint32_t)n); }
#define CHECK_OBJECT(t, n, k)     CHECK_STATE(ready, n, KEEP_TYPE_##k)
#define CHECK_UNREADY(t, n, k)    CHECK_STATE(unready, n, KEEP_TYPE_##k)
#define CHECK_UNUSED(t, n, k)     CHECK_STATE(unused, n, KEEP_TYPE_##k)
#define CHECK_ANY(t, n)           CHECK_STATE(unready, n, KEEP_TYPE_NONE)
#define CHECK_ADDRESS(t, n)
#define CHECK_READ(t, n, size)    OR_REFUSED(check_memory(me, call, arg, (uint32_t)n, size, false))
#define CHECK_WRITE(t, n, size)   OR_REFUSED(check_memory(me, call, arg, (uint32_t)n, size, true))
#define CHECK_ARRAY(t, n, c, most) \
    OR_REFUSED(copy_array(me, call, arg, n, n##_user, c, most, sizeof(t)))
#define CHECK_WORD(t, n)          OR_REFUSED(check_word(me, call, arg, (uint32_t)n))
#define CHECK_IN(t, n) \
    OR_REFUSED(check_memory(me, call, arg, n##_user, sizeof(t), false)) \
    copy_in(n, n##_user, sizeof(t));
#define CHECK_OUT(t, n)           OR_REFUSED(check_memory(me, call, arg, n##_user, sizeof(t), true))
#define CHECK_STRING(t, n, most)  OR_REFUSED(copy_string(me, call, arg, n, n##_user, most))
#define CHECK_NOTHING(t, n) \
    OR_REFUSED(!n || refuse(KEEP_FAULT_CALLBACK, call, arg, (uint32_t)n))

/* ---- DONE: what is copied out. ---- */

#define DONE(kind, ...)           DONE_##kind(__VA_ARGS__)
#define DONE_VALUE(t, n)
#define DONE_RANGE(t, n, lo, hi)
#define DONE_LONG(t, n)
#define DONE_OBJECT(t, n, k)
#define DONE_UNREADY(t, n, k)
#define DONE_UNUSED(t, n, k)
#define DONE_ANY(t, n)
#define DONE_ADDRESS(t, n)
#define DONE_READ(t, n, size)
#define DONE_WRITE(t, n, size)
#define DONE_ARRAY(t, n, c, most)
#define DONE_WORD(t, n)
#define DONE_IN(t, n)
#define DONE_OUT(t, n)            __builtin_memcpy((void *)n##_user, n, sizeof(t));
#define DONE_STRING(t, n, most)
#define DONE_NOTHING(t, n)

/* ---- A function for each call that is in the image, and the table of them all. ---- */

#define DEFINE(service, name, n, ...) KEEP_CAT(DEFINE_, KEEP_WITH_##service)(name, n, __VA_ARGS__)
#define DEFINE_0(name, n, ...)
#define DEFINE_1(name, n, ...)                                                                     \
    static int32_t call_##name(uint32_t *frame, struct keep_thread *me)                            \
    {                                                                                              \
        enum { call = KEEP_SYS_##name, word_count = 0 KEEP_EACH_##n(KEEP_WORDS, __VA_ARGS__) };         \
        uint32_t words[word_count > KEEP_REGISTERS ? word_count : 1], arg = 0;                               \
        const uint32_t *w = frame;                                                                 \
        if (word_count > KEEP_REGISTERS) {                                                              \
            OR_REFUSED(fetch_more(me, call, frame, words, word_count))                                  \
            w = words;                                                                             \
        }                                                                                          \
        KEEP_EACH_##n(GET, __VA_ARGS__)                                                            \
        KEEP_EACH_##n(CHECK, __VA_ARGS__)                                                          \
        int32_t result = keep_impl_##name(KEEP_LIST_##n(KEEP_NAME, __VA_ARGS__));                  \
        KEEP_EACH_##n(DONE, __VA_ARGS__)                                                           \
        (void)w, (void)arg, (void)words, (void)me;                                                 \
        return result;                                                                             \
    }
KEEP_SYSCALLS(DEFINE)

#define ROW(service, name, n, ...) KEEP_CAT(ROW_, KEEP_WITH_##service)(name)
#define ROW_0(name)                excluded,
#define ROW_1(name)                call_##name,
// clang-format on

/* A call that the configuration leaves out. */
static int32_t excluded(uint32_t *frame, struct keep_thread *me)
{
    (void)me;
    return fault_refuse(KEEP_FAULT_CALL_EXCLUDED, frame[4], 0, frame[4]); /* r12 */
}

const struct keep_call_table keep_calls = {KEEP_SYS_COUNT, {KEEP_SYSCALLS(ROW) excluded}};

bool keep_in_call(void)
{
    return arch_exception() == IPSR_SVCALL;
}

#if KEEP_WITH_TEST
int32_t keep_impl_sum(uint32_t a, uint64_t b, uint32_t c, uint32_t d, uint64_t e, uint32_t f,
                      uint64_t *total)
{
    *total = a + b + c + d + e + f;
    return (int32_t)(a ^ c ^ d ^ f);
}
#endif
#if KEEP_WITH_EXTRA
int32_t keep_impl_nothing(void)
{
    return 0;
}
#endif
