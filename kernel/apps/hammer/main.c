/*
 * A hammer: user threads make random system calls with random and hostile arguments, chosen by the
 * kinds of arguments in the list of calls. After every batch the kernel is checked as a whole.
 *
 * From the console it takes "CALLS SEED"; without an answer within 100 ms, 100000 and 1.
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

#define HAMMERS     4u
#define BATCH_US    10000u
#define PRIORITY    20u
#define BUFFER      64u /* words that user code may write */
#define CALLS_USUAL 100000u

extern struct keep_uart keep_console, keep_uart1;
extern struct keep_counter keep_counter0;
extern struct keep_gpio keep_leds;

KEEP_PARTITION(arena);
KEEP_DOMAIN(arena_domain, "arena");

/* Calls write into the buffers, and somewhat beyond: what counts lies at a distance. */
static volatile struct {
    uint32_t seeds[HAMMERS], calls[HAMMERS];
    uint32_t distance[BUFFER];
    uint32_t buffers[HAMMERS][BUFFER];
    uint32_t margin[BUFFER];
} data KEEP_APP_BSS(arena);

/* ---- The objects that are hammered. ---- */

static KEEP_SEM(sem_a, 1, 3);
static KEEP_SEM(sem_b, 0, 1);
static KEEP_MUTEX(mutex_a);
static KEEP_MUTEX(mutex_b);
static KEEP_CONDVAR(condvar);
static KEEP_EVENT(event);
static KEEP_TIMER(timer, NULL);
KEEP_MSGQ(msgq, 4, 4);
KEEP_PIPE(pipe, 32);
KEEP_STREAM(stream, 32, 4);
KEEP_PROGRAM(program, .policy = KEEP_POLICY_THREAD, .quota = 4096);
KEEP_PROGRAM(handled, .policy = KEEP_POLICY_HANDLER);
KEEP_USER_STACK(stack_0, 1024);
KEEP_USER_STACK(stack_1, 1024);
KEEP_USER_STACK(stack_2, 1024);
KEEP_USER_STACK(stack_3, 1024);
KEEP_USER_STACK(stack_spare, 512);
static struct keep_thread threads[HAMMERS], spare;
static struct keep_stack *const stacks[HAMMERS] = {&stack_0, &stack_1, &stack_2, &stack_3};

#define OBJECT_ROW(type, o)           \
    {                                 \
        &(o).object, KEEP_TYPE_##type \
    }
static const struct {
    struct keep_object *object;
    uint32_t type;
} objects[] = {
    OBJECT_ROW(SEM, sem_a),
    OBJECT_ROW(SEM, sem_b),
    OBJECT_ROW(MUTEX, mutex_a),
    OBJECT_ROW(MUTEX, mutex_b),
    OBJECT_ROW(CONDVAR, condvar),
    OBJECT_ROW(EVENT, event),
    OBJECT_ROW(TIMER, timer),
    OBJECT_ROW(MSGQ, msgq),
    OBJECT_ROW(PIPE, pipe),
    OBJECT_ROW(STREAM, stream),
    OBJECT_ROW(PROGRAM, program),
    OBJECT_ROW(PROGRAM, handled),
    OBJECT_ROW(STACK, stack_0),
    OBJECT_ROW(STACK, stack_spare),
    OBJECT_ROW(THREAD, threads[0]),
    OBJECT_ROW(THREAD, threads[1]),
    OBJECT_ROW(THREAD, spare),
    OBJECT_ROW(UART, keep_uart1),
    OBJECT_ROW(COUNTER, keep_counter0),
    OBJECT_ROW(GPIO, keep_leds),
};
#define OBJECTS (sizeof objects / sizeof *objects)

/* ---- What the list says of each call: the kinds of its words. ---- */

enum kind {
    K_VALUE,
    K_RANGE,
    K_LONG,
    K_OBJECT,
    K_UNREADY,
    K_UNUSED,
    K_ANY,
    K_ADDRESS,
    K_READ,
    K_WRITE,
    K_ARRAY,
    K_WORD,
    K_IN,
    K_OUT,
    K_STRING,
    K_NOTHING
};
struct argument {
    uint8_t kind, type;
};

// clang-format off
#define ARG(kind, ...)          ARG_##kind(__VA_ARGS__)
#define ARG_VALUE(t, n)         {K_VALUE, 0},
#define ARG_RANGE(t, n, lo, hi) {K_RANGE, 0},
#define ARG_LONG(t, n)          {K_LONG, 0},
#define ARG_OBJECT(t, n, k)     {K_OBJECT, KEEP_TYPE_##k},
#define ARG_UNREADY(t, n, k)    {K_UNREADY, KEEP_TYPE_##k},
#define ARG_UNUSED(t, n, k)     {K_UNUSED, KEEP_TYPE_##k},
#define ARG_ANY(t, n)           {K_ANY, 0},
#define ARG_ADDRESS(t, n)       {K_ADDRESS, 0},
#define ARG_READ(t, n, size)    {K_READ, 0},
#define ARG_WRITE(t, n, size)   {K_WRITE, 0},
#define ARG_ARRAY(t, n, c, m)   {K_ARRAY, 0},
#define ARG_WORD(t, n)          {K_WORD, 0},
#define ARG_IN(t, n)            {K_IN, 0},
#define ARG_OUT(t, n)           {K_OUT, 0},
#define ARG_STRING(t, n, m)     {K_STRING, 0},
#define ARG_NOTHING(t, n)       {K_NOTHING, 0},
#define CALL_ROW(service, name, n, ...) {n, {KEEP_EACH_##n(ARG, __VA_ARGS__) {0, 0}}},
// clang-format on

static const struct {
    uint8_t count;
    struct argument arguments[8];
} rows[] = {KEEP_SYSCALLS(CALL_ROW)};
_Static_assert(sizeof rows / sizeof *rows == KEEP_SYS_COUNT, "a row for each call");

/* ---- One hammer: user code. ---- */

static uint32_t dice(uint32_t me)
{
    uint32_t x = data.seeds[me];
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    data.seeds[me] = x;
    return x;
}

/* Numbers that have hurt kernels before. */
static uint32_t hostile(uint32_t me)
{
    static const uint32_t numbers[] = {0,
                                       1,
                                       3,
                                       4,
                                       0x7FFFFFFF,
                                       0x80000000,
                                       0xFFFFFFFF,
                                       0xFFFFFFFC,
                                       0xFFFFFFF0,
                                       0xE000ED94,
                                       BOARD_RAM_BASE,
                                       BOARD_RAM_BASE + 0x400,
                                       BOARD_IMAGE_BASE + 4,
                                       BOARD_UART0,
                                       0x40000000};
    uint32_t n = dice(me) % (sizeof numbers / sizeof *numbers + 4);
    switch (n) {
    case 0:
        return (uint32_t)&threads[0] + 4;
    case 1:
        return (uint32_t)&sem_a.object.permissions;
    case 2:
        return (uint32_t)data.margin - 4; /* half of it is beyond the buffers */
    case 3:
        return dice(me);
    default:
        return numbers[n - 4];
    }
}

static uint32_t object_of(uint32_t me, uint32_t type)
{
    uint32_t from = dice(me) % OBJECTS;
    for (uint32_t i = 0; i < OBJECTS; i++) {
        uint32_t n = (from + i) % OBJECTS;
        if (!type || objects[n].type == type)
            return (uint32_t)objects[n].object;
    }
    return (uint32_t)objects[from].object;
}

/* A struct of any type may be made of the buffer: sometimes one that makes sense. */
static uint32_t filled_buffer(uint32_t me)
{
    volatile uint32_t *b = data.buffers[me];
    switch (dice(me) % 4) {
    case 0: /* a thread's specification */
        b[0] = (uint32_t)keep_thread_returned;
        b[2] = PRIORITY + dice(me) % 8;
        b[3] = KEEP_USER | (dice(me) & KEEP_INHERIT);
        b[4] = dice(me) % 200;
        break;
    case 1: /* items to poll */
        for (uint32_t i = 0; i < 8; i += 2) {
            b[i] = object_of(me, KEEP_TYPE_SEM);
            b[i + 1] = KEEP_POLL_SEM;
        }
        break;
    default:
        b[dice(me) % BUFFER] = hostile(me);
    }
    return (uint32_t)b;
}

static uint32_t number(uint32_t me)
{
    switch (dice(me) % 6) {
    case 0:
        return 0;
    case 1:
        return dice(me) % 500; /* a timeout in microseconds, a size */
    case 2:
        return dice(me);
    default:
        return dice(me) % 8;
    }
}

static uint32_t sound_argument(uint32_t me, const struct argument *a)
{
    switch ((enum kind)a->kind) {
    case K_OBJECT:
    case K_UNREADY:
    case K_UNUSED:
    case K_ANY:
    case K_ADDRESS:
        return object_of(me, a->type);
    case K_READ:
    case K_WRITE:
    case K_ARRAY:
    case K_WORD:
    case K_IN:
    case K_OUT:
    case K_STRING:
        return filled_buffer(me);
    case K_NOTHING:
        return 0;
    default:
        return number(me);
    }
}

static void one_call(uint32_t me)
{
    uint32_t words[12] = {0}, n = 0, call = dice(me) % (KEEP_SYS_COUNT + 1);
    if (call == KEEP_SYS_COUNT)
        call = hostile(me);
    for (uint32_t i = 0; call < KEEP_SYS_COUNT && i < rows[call].count; i++) {
        const struct argument *a = &rows[call].arguments[i];
        words[n++] = dice(me) % 64 ? sound_argument(me, a) : hostile(me);
        if (a->kind == K_LONG)
            words[n++] = dice(me) % 8 ? 0 : dice(me);
    }
    uint32_t last = n > KEEP_REGISTERS ? (uint32_t)&words[KEEP_REGISTERS - 1] : words[3];
    data.calls[me]++;
    keep_trap(call, words[0], words[1], words[2], last);
}

static void hammer(void *arg)
{
    for (;;)
        one_call((uint32_t)arg);
}

/* ---- The first thread: batches and checks. ---- */

static void start(uint32_t i)
{
    const struct keep_thread_spec spec = {hammer, (void *)i, PRIORITY + i, KEEP_USER, KEEP_FOREVER};
    if (keep_thread_make(&threads[i], stacks[i], &spec) < 0)
        return; /* its stack is another's for now */
    keep_domain_join(&arena_domain, &threads[i]);
    threads[i].program = i ? &program : &handled;
    for (uint32_t n = 0; n < OBJECTS; n++)
        keep_object_grant(objects[n].object, &threads[i]);
    keep_thread_start(&threads[i]);
}

static void stop_all(void)
{
    for (uint32_t i = 0; i < HAMMERS; i++)
        keep_thread_abort(&threads[i]);
    keep_thread_abort(&spare);
    handled.faulted = NULL;
    keep_timer_stop(&timer);
    keep_counter_stop(&keep_counter0);
}

static uint32_t sum(const volatile uint32_t *numbers)
{
    uint32_t all = 0;
    for (uint32_t i = 0; i < HAMMERS; i++)
        all += numbers[i];
    return all;
}

/* What the hammers left: nothing. */
static const char *leftovers(void)
{
    if (keep_pool_used())
        return "the pool is not empty";
    if (program.used)
        return "a program's quota is not free";
    for (uint32_t n = 0; n < OBJECTS; n++)
        for (uint32_t i = 0; i < HAMMERS; i++)
            if (objects[n].object->permissions >> threads[i].index & 1u)
                return "a dead thread has a permission";
    return keep_check();
}

static uint32_t read_number(uint32_t otherwise)
{
    uint32_t n = 0, digits = 0;
    uint8_t c;
    while (keep_uart_read(&keep_console, &c, 1, KEEP_MS(100)) == 1 && c >= '0' && c <= '9') {
        n = n * 10 + (c - '0');
        digits++;
    }
    return digits ? n : otherwise;
}

static void report(uint32_t batches, uint32_t restarts, const char *bad)
{
    keep_print_number(sum(data.calls));
    keep_print(" calls, ");
    keep_print_number(restarts);
    keep_print(" threads ended, ");
    keep_print_number(batches);
    keep_print(" checks: ");
    keep_print(bad ? bad : "the kernel is sound");
    keep_print("\n");
}

void keep_main(void)
{
    uint32_t most = read_number(CALLS_USUAL), seed = read_number(1);
    uint32_t batches = 0, restarts = 0;
    const char *bad = NULL;
    for (uint32_t i = 0; i < HAMMERS; i++)
        data.seeds[i] = seed * 2654435761u + i * 40503u + 1;
    while (!bad && sum(data.calls) < most) {
        for (uint32_t i = 0; i < HAMMERS; i++)
            if (threads[i].state == KEEP_DEAD) {
                start(i);
                restarts++;
            }
        keep_sleep(BATCH_US / 10);
        bad = keep_check();
        if (++batches % 10 == 0 && !bad) {
            stop_all();
            bad = leftovers();
        }
    }
    stop_all();
    if (!bad)
        bad = leftovers();
    report(batches, restarts, bad);
    keep_shutdown(bad ? 1 : 0);
}
