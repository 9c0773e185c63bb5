/*
 * CLOCK and POWER of the nRF51, which share their registers.
 *
 * Source: nRF51 Series Reference Manual 3.0, 12 "POWER" and 13 "CLOCK"; start-up times: nRF51822
 * Product Specification 3.1, 8.1 "Clock sources".
 * Deviation: everything always runs at 16 MHz from the core's cycles; SYSTEM OFF is a sleep that
 * only a reset ends.
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_HFCLKSTART,
    TASK_HFCLKSTOP,
    TASK_LFCLKSTART,
    TASK_LFCLKSTOP,
    TASK_CAL,
    TASK_CTSTART,
    TASK_CTSTOP,
    TASK_CONSTLAT = 30,
    TASK_LOWPWR
};
enum {
    EVENT_HFCLKSTARTED,
    EVENT_LFCLKSTARTED,
    EVENT_POFWARN,
    EVENT_DONE,
    EVENT_CTTO,
    EVENT_COUNT
};
enum {
    REG_RESETREAS = 0x400,
    REG_HFCLKRUN = 0x408,
    REG_HFCLKSTAT = 0x40C,
    REG_LFCLKRUN = 0x414,
    REG_LFCLKSTAT = 0x418,
    REG_LFCLKSRCCOPY = 0x41C,
    REG_GPREGRET = 0x51C,
    REG_LFCLKSRC = 0x518,
    REG_CTIV = 0x538
};
#define HFCLK_CYCLES  12800u /* 0.8 ms */
#define LFCLK_CYCLES  9600u  /* 0.6 ms, RC oscillator */
#define CAL_CYCLES    256000u
#define CTIV_CYCLES   4000000u /* a quarter of a second */
#define STAT_RUNNING  0x10000u
#define RESETREAS_DOG 2u /* the watchdog */
#define RESETREAS_REQ 4u /* a soft reset */

struct clock {
    struct nrf51 p;
    uint32_t reg[0x57C / 4];
    uint32_t powered, cause;   /* it was reset before; and why it is now */
    uint64_t due[EVENT_COUNT]; /* of each event */
};

static const struct reg regs[] = {
    [0x400 / 4] = {"RESETREAS", .clear = 0x7000F},
    [0x408 / 4] = {"HFCLKRUN", 0},
    [0x40C / 4] = {"HFCLKSTAT", .reset = STAT_RUNNING},
    [0x414 / 4] = {"LFCLKRUN", 0},
    [0x418 / 4] = {"LFCLKSTAT", 0},
    [0x41C / 4] = {"LFCLKSRCCOPY", 0},
    [0x428 / 4] = {"RAMSTATUS", .reset = 3},
    [0x500 / 4] = {"SYSTEMOFF", 0},
    [0x510 / 4] = {"POFCON", .mask = 7},
    [0x518 / 4] = {"LFCLKSRC", .mask = 3},
    [0x51C / 4] = {"GPREGRET", .mask = 0xFF},
    [0x524 / 4] = {"RAMON", .reset = 3, .mask = 0x30003},
    [0x538 / 4] = {"CTIV", .mask = 0x7F},
    [0x544 / 4] = {"RESET", .mask = 1},
    [0x550 / 4] = {"XTALFREQ", .reset = 0xFF, .mask = 0xFF},
    [0x554 / 4] = {"RAMONB", .mask = 0x30003},
    [0x578 / 4] = {"DCDCEN", .mask = 1},
};

static void reschedule(struct clock *c)
{
    uint64_t when = DEVICE_NEVER;
    for (uint32_t i = 0; i < EVENT_COUNT; i++)
        when = c->due[i] < when ? c->due[i] : when;
    nrf51_schedule(&c->p, when);
}

static void clock_task(struct nrf51 *p, uint32_t task)
{
    struct clock *c = (struct clock *)p;
    uint64_t now = nrf51_now(p);
    switch (task) {
    case TASK_HFCLKSTART:
        p->reg[REG_HFCLKRUN / 4] = 1;
        c->due[EVENT_HFCLKSTARTED] = now + HFCLK_CYCLES;
        break;
    case TASK_HFCLKSTOP: /* the RC oscillator goes on */
        p->reg[REG_HFCLKRUN / 4] = 0;
        p->reg[REG_HFCLKSTAT / 4] = STAT_RUNNING;
        c->due[EVENT_HFCLKSTARTED] = DEVICE_NEVER;
        break;
    case TASK_LFCLKSTART:
        p->reg[REG_LFCLKRUN / 4] = 1;
        p->reg[REG_LFCLKSRCCOPY / 4] = p->reg[REG_LFCLKSRC / 4];
        c->due[EVENT_LFCLKSTARTED] = now + LFCLK_CYCLES;
        break;
    case TASK_LFCLKSTOP:
        p->reg[REG_LFCLKRUN / 4] = p->reg[REG_LFCLKSTAT / 4] = 0;
        c->due[EVENT_LFCLKSTARTED] = DEVICE_NEVER;
        break;
    case TASK_CAL:
        c->due[EVENT_DONE] = now + CAL_CYCLES;
        break;
    case TASK_CTSTART:
        if (p->reg[REG_CTIV / 4])
            c->due[EVENT_CTTO] = now + (uint64_t)p->reg[REG_CTIV / 4] * CTIV_CYCLES;
        break;
    case TASK_CTSTOP:
        c->due[EVENT_CTTO] = DEVICE_NEVER;
        break;
    default: /* constant latency, low power: no difference here */
        break;
    }
    reschedule(c);
}

static void clock_event(struct device *d, uint64_t now)
{
    struct clock *c = (struct clock *)d;
    for (uint32_t i = 0; i < EVENT_COUNT; i++) {
        if (c->due[i] > now)
            continue;
        c->due[i] = DEVICE_NEVER;
        if (i == EVENT_HFCLKSTARTED)
            c->reg[REG_HFCLKSTAT / 4] = STAT_RUNNING | 1u;
        if (i == EVENT_LFCLKSTARTED)
            c->reg[REG_LFCLKSTAT / 4] = STAT_RUNNING | c->reg[REG_LFCLKSRCCOPY / 4];
        nrf51_event(&c->p, i);
    }
    reschedule(c);
}

static void clock_signal(struct device *d, uint32_t port, bool level)
{
    if (port == NRF51_DOG && level)
        ((struct clock *)d)->cause = RESETREAS_DOG;
    else
        nrf51_signal(d, port, level);
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_HFCLKSTART, TASK_CTSTOP) | NRF51_BITS(TASK_CONSTLAT, TASK_LOWPWR),
    .events = NRF51_BITS(0, EVENT_COUNT - 1),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = clock_task,
};

/* RESETREAS and GPREGRET outlive a reset. */
static void clock_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct clock *)d)->reg);
}

static void clock_reset(struct device *d)
{
    struct clock *c = (struct clock *)d;
    uint32_t why = c->reg[REG_RESETREAS / 4] | (!c->powered ? 0
                                                : c->cause  ? c->cause
                                                            : RESETREAS_REQ);
    uint32_t retained = c->reg[REG_GPREGRET / 4];
    nrf51_reset(&c->p);
    c->reg[REG_RESETREAS / 4] = why;
    c->reg[REG_GPREGRET / 4] = retained;
    c->powered = 1;
    c->cause = 0;
    for (uint32_t i = 0; i < EVENT_COUNT; i++)
        c->due[i] = DEVICE_NEVER;
}

static const struct state_field state[] = {
    NRF51_STATE(struct clock),
    STATE_FIELD(struct clock, powered),
    STATE_FIELD(struct clock, cause),
    STATE_FIELD(struct clock, due),
    {0},
};

const struct device_ops nrf51_clock_ops = {
    .kind = "nrf51-clock",
    .summary = "CLOCK and POWER of the nRF51",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct clock),
    .create = clock_create,
    .reset = clock_reset,
    .read = nrf51_read,
    .write = nrf51_write,
    .event = clock_event,
    .signal = clock_signal,
};
