/*
 * RTC of the nRF51: a counter of 24 bits at 32768 Hz and below.
 *
 * Source: nRF51 Series Reference Manual 3.0, 19 "Real Time Counter (RTC)".
 * Deviation: the low-frequency clock always runs, exactly.
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_START,
    TASK_STOP,
    TASK_CLEAR,
    TASK_TRIGOVRFLW
};
enum {
    EVENT_TICK,
    EVENT_OVRFLW,
    EVENT_COMPARE = 16
};
enum {
    REG_COUNTER = 0x504,
    REG_PRESCALER = 0x508,
    REG_CC = 0x540
};
#define CCS         4u
#define COUNTER_MAX 0xFFFFFFu
/* Cycles of a period of the 32768 Hz clock: 15625 / 32. */
#define PERIOD_NUM 15625u
#define PERIOD_DEN 32u

struct rtc {
    struct nrf51 p;
    uint32_t reg[0x550 / 4];
    uint32_t running;
    uint32_t start;  /* COUNTER at @since */
    uint64_t since;  /* cycle */
    uint64_t ticked; /* ticks since then whose events have come */
};

static const struct reg regs[] = {
    [0x504 / 4] = {"COUNTER", 0},
    [0x508 / 4] = {"PRESCALER", .mask = 0xFFF},
    [0x540 / 4] = {"CC[0]", .mask = COUNTER_MAX},
    [0x544 / 4] = {"CC[1]", .mask = COUNTER_MAX},
    [0x548 / 4] = {"CC[2]", .mask = COUNTER_MAX},
    [0x54C / 4] = {"CC[3]", .mask = COUNTER_MAX},
};

static uint64_t tick_periods(const struct rtc *r)
{
    return (uint64_t)r->reg[REG_PRESCALER / 4] + 1;
}

static uint64_t ticks_by(const struct rtc *r, uint64_t now)
{
    return r->running ? (now - r->since) * PERIOD_DEN / PERIOD_NUM / tick_periods(r) : 0;
}

static uint64_t cycle_of(const struct rtc *r, uint64_t tick)
{
    return r->since + (tick * tick_periods(r) * PERIOD_NUM + PERIOD_DEN - 1) / PERIOD_DEN;
}

static uint32_t counter_at(const struct rtc *r, uint64_t tick)
{
    return (uint32_t)(r->start + tick) & COUNTER_MAX;
}

/* An event comes only when its interrupt or its event is enabled. */
static bool wanted(const struct rtc *r, uint32_t event)
{
    return (r->p.inten | r->p.evten) >> event & 1u;
}

/* The next tick at which something happens; 0: none. */
static uint64_t next_tick(const struct rtc *r)
{
    uint64_t next = 0;
    uint32_t counter = counter_at(r, r->ticked);
    if (!r->running)
        return 0;
    if (wanted(r, EVENT_TICK))
        return r->ticked + 1;
    for (uint32_t i = 0; i < CCS; i++) {
        uint64_t at = r->ticked + ((r->reg[REG_CC / 4 + i] - counter - 1) & COUNTER_MAX) + 1;
        if (wanted(r, EVENT_COMPARE + i) && (!next || at < next))
            next = at;
    }
    uint64_t wraps = r->ticked + COUNTER_MAX - counter + 1;
    if (wanted(r, EVENT_OVRFLW) && (!next || wraps < next))
        next = wraps;
    return next;
}

static void reschedule(struct rtc *r)
{
    uint64_t next = next_tick(r);
    nrf51_schedule(&r->p, next ? cycle_of(r, next) : DEVICE_NEVER);
}

static void settle(struct rtc *r)
{
    uint64_t ticks = ticks_by(r, nrf51_now(&r->p));
    r->ticked = ticks > r->ticked ? ticks : r->ticked;
}

/* COUNTER is @value from now on. */
static void restart(struct rtc *r, uint32_t value)
{
    r->start = value;
    r->since = nrf51_now(&r->p);
    r->ticked = 0;
}

static void rtc_task(struct nrf51 *p, uint32_t task)
{
    struct rtc *r = (struct rtc *)p;
    uint32_t counter = counter_at(r, ticks_by(r, nrf51_now(p)));
    switch (task) {
    case TASK_START:
        if (!r->running)
            restart(r, counter);
        r->running = 1;
        break;
    case TASK_STOP:
        r->running = 0;
        restart(r, counter);
        break;
    case TASK_CLEAR:
        restart(r, 0);
        break;
    default: /* so that an overflow can be tested soon */
        restart(r, 0xFFFFF0);
    }
    reschedule(r);
}

static void rtc_event(struct device *d, uint64_t now)
{
    struct rtc *r = (struct rtc *)d;
    r->ticked = ticks_by(r, now);
    uint32_t counter = counter_at(r, r->ticked);
    if (wanted(r, EVENT_TICK))
        nrf51_event(&r->p, EVENT_TICK);
    if (counter == 0 && wanted(r, EVENT_OVRFLW))
        nrf51_event(&r->p, EVENT_OVRFLW);
    for (uint32_t i = 0; i < CCS; i++)
        if (r->reg[REG_CC / 4 + i] == counter && wanted(r, EVENT_COMPARE + i))
            nrf51_event(&r->p, EVENT_COMPARE + i);
    reschedule(r);
}

static uint32_t rtc_own_read(struct nrf51 *p, uint32_t off, uint32_t held)
{
    struct rtc *r = (struct rtc *)p;
    return off == REG_COUNTER ? counter_at(r, ticks_by(r, nrf51_now(p))) : held;
}

static enum bus_status rtc_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct rtc *r = (struct rtc *)d;
    if (off == REG_PRESCALER && r->running) /* it can be written only while stopped */
        return BUS_OK;
    settle(r);
    enum bus_status s = nrf51_write(d, off, bytes, val);
    reschedule(r);
    return s;
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_START, TASK_TRIGOVRFLW),
    .events = NRF51_BITS(EVENT_TICK, EVENT_OVRFLW) | NRF51_BITS(EVENT_COMPARE, EVENT_COMPARE + 3),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = rtc_task,
    .read = rtc_own_read,
};

static void rtc_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct rtc *)d)->reg);
}

static void rtc_reset(struct device *d)
{
    struct rtc *r = (struct rtc *)d;
    nrf51_reset(&r->p);
    r->running = 0;
    restart(r, 0);
}

static const struct state_field state[] = {
    NRF51_STATE(struct rtc),         STATE_FIELD(struct rtc, running),
    STATE_FIELD(struct rtc, start),  STATE_FIELD(struct rtc, since),
    STATE_FIELD(struct rtc, ticked), {0},
};

const struct device_ops nrf51_rtc_ops = {
    .kind = "nrf51-rtc",
    .summary = "RTC of the nRF51: counts at 32768 Hz; four compare registers",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct rtc),
    .create = rtc_create,
    .reset = rtc_reset,
    .read = nrf51_read,
    .write = rtc_write,
    .event = rtc_event,
    .signal = nrf51_signal,
};
