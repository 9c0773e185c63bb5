/*
 * TIMER of the nRF51: a counter of 8 to 32 bits with four compare and capture registers.
 *
 * Source: nRF51 Series Reference Manual 3.0, 18 "Timer/counter (TIMER)".
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_START,
    TASK_STOP,
    TASK_COUNT,
    TASK_CLEAR,
    TASK_SHUTDOWN,
    TASK_CAPTURE = 16
};
enum {
    EVENT_COMPARE = 16
};
enum {
    REG_MODE = 0x504,
    REG_BITMODE = 0x508,
    REG_PRESCALER = 0x510,
    REG_CC = 0x540
};
#define CCS 4u

struct timer {
    struct nrf51 p;
    uint32_t reg[0x550 / 4];
    uint32_t running;
    uint32_t count;    /* at @since */
    uint64_t since;    /* the cycle of the last tick that @count has */
    uint64_t due[CCS]; /* the cycle at which each compare event comes */
};

static const struct reg regs[] = {
    [0x504 / 4] = {"MODE", .mask = 1},
    [0x508 / 4] = {"BITMODE", .mask = 3},
    [0x510 / 4] = {"PRESCALER", .reset = 4, .mask = 15},
    [0x540 / 4] = {"CC[0]", .mask = UINT32_MAX},
    [0x544 / 4] = {"CC[1]", .mask = UINT32_MAX},
    [0x548 / 4] = {"CC[2]", .mask = UINT32_MAX},
    [0x54C / 4] = {"CC[3]", .mask = UINT32_MAX},
};

static const struct nrf51_short shorts[] = {
    {0, EVENT_COMPARE + 0, TASK_CLEAR}, {1, EVENT_COMPARE + 1, TASK_CLEAR},
    {2, EVENT_COMPARE + 2, TASK_CLEAR}, {3, EVENT_COMPARE + 3, TASK_CLEAR},
    {8, EVENT_COMPARE + 0, TASK_STOP},  {9, EVENT_COMPARE + 1, TASK_STOP},
    {10, EVENT_COMPARE + 2, TASK_STOP}, {11, EVENT_COMPARE + 3, TASK_STOP},
};

static uint32_t width_mask(const struct timer *t)
{
    static const uint32_t masks[] = {0xFFFF, 0xFF, 0xFFFFFF, 0xFFFFFFFF};
    return masks[t->reg[REG_BITMODE / 4]];
}

static uint64_t tick_cycles(const struct timer *t)
{
    uint32_t p = t->reg[REG_PRESCALER / 4];
    return 1ull << (p > 9 ? 9 : p); /* 0 to 9 are allowed */
}

static bool counts_time(const struct timer *t)
{
    return t->running && t->reg[REG_MODE / 4] == 0;
}

/* Bring @count up to now. */
static void settle(struct timer *t, uint64_t now)
{
    if (!counts_time(t)) {
        t->since = now;
        return;
    }
    uint64_t ticks = (now - t->since) / tick_cycles(t);
    t->count = (uint32_t)(t->count + ticks) & width_mask(t);
    t->since += ticks * tick_cycles(t);
}

/* When will each compare register be met next? Of those bits that the counter has. */
static void reschedule(struct timer *t)
{
    uint64_t first = DEVICE_NEVER;
    for (uint32_t i = 0; i < CCS; i++) {
        uint32_t cc = t->reg[REG_CC / 4 + i];
        uint64_t ticks = (uint64_t)((cc - t->count - 1) & width_mask(t)) + 1;
        t->due[i] = counts_time(t) ? t->since + ticks * tick_cycles(t) : DEVICE_NEVER;
        first = t->due[i] < first ? t->due[i] : first;
    }
    nrf51_schedule(&t->p, first);
}

static void compare(struct timer *t, uint32_t i)
{
    nrf51_event(&t->p, EVENT_COMPARE + i);
}

static void count_one(struct timer *t)
{
    t->count = (t->count + 1) & width_mask(t);
    uint32_t count = t->count;
    for (uint32_t i = 0; i < CCS; i++)
        if ((t->reg[REG_CC / 4 + i] & width_mask(t)) == count)
            compare(t, i);
}

static void timer_task(struct nrf51 *p, uint32_t task)
{
    struct timer *t = (struct timer *)p;
    settle(t, nrf51_now(p));
    switch (task) {
    case TASK_START:
        t->running = 1;
        break;
    case TASK_STOP:
        t->running = 0;
        break;
    case TASK_SHUTDOWN:
        t->running = 0;
        t->count = 0;
        break;
    case TASK_COUNT:
        if (t->running && p->reg[REG_MODE / 4] == 1)
            count_one(t);
        break;
    case TASK_CLEAR:
        t->count = 0;
        t->since = nrf51_now(p);
        break;
    default:
        p->reg[REG_CC / 4 + task - TASK_CAPTURE] = t->count;
    }
    reschedule(t);
}

static void timer_event(struct device *d, uint64_t now)
{
    struct timer *t = (struct timer *)d;
    uint32_t met = 0; /* first: a shortcut changes what is due */
    settle(t, now);
    for (uint32_t i = 0; i < CCS; i++)
        met |= (uint32_t)(t->due[i] <= now) << i;
    for (uint32_t i = 0; i < CCS; i++) {
        if (!(met >> i & 1u))
            continue;
        t->due[i] = DEVICE_NEVER;
        compare(t, i);
    }
    reschedule(t);
}

static enum bus_status timer_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct timer *t = (struct timer *)d;
    settle(t, nrf51_now(&t->p));
    enum bus_status s = nrf51_write(d, off, bytes, val);
    if (off >= REG_MODE) {
        t->count &= width_mask(t);
        reschedule(t);
    }
    return s;
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_START, TASK_SHUTDOWN) | NRF51_BITS(TASK_CAPTURE, TASK_CAPTURE + 3),
    .events = NRF51_BITS(EVENT_COMPARE, EVENT_COMPARE + 3),
    .shorts = shorts,
    .short_count = REG_WORDS(shorts),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = timer_task,
};

static void count_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct timer *)d)->reg);
}

static void timer_reset(struct device *d)
{
    struct timer *t = (struct timer *)d;
    nrf51_reset(&t->p);
    t->running = t->count = 0;
    t->since = 0;
    for (uint32_t i = 0; i < CCS; i++)
        t->due[i] = DEVICE_NEVER;
}

static const struct state_field state[] = {
    NRF51_STATE(struct timer),        STATE_FIELD(struct timer, running),
    STATE_FIELD(struct timer, count), STATE_FIELD(struct timer, since),
    STATE_FIELD(struct timer, due),   {0},
};

const struct device_ops nrf51_timer_ops = {
    .kind = "nrf51-timer",
    .summary = "TIMER of the nRF51: counts at 16 MHz, or tasks; four compare registers",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct timer),
    .create = count_create,
    .reset = timer_reset,
    .read = nrf51_read,
    .write = timer_write,
    .event = timer_event,
    .signal = nrf51_signal,
};
