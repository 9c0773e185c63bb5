/*
 * WDT of the nRF51: the watchdog.
 *
 * Source: nRF51 Series Reference Manual 3.0, 24 "Watchdog Timer (WDT)".
 * Deviation: it counts in sleep and under a debugger, whatever CONFIG says.
 *
 * Ports (beside those of nrf51.h): output NRF51_DOG: it resets the machine.
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_START
};
enum {
    EVENT_TIMEOUT
};
enum {
    REG_RUNSTATUS = 0x400,
    REG_REQSTATUS = 0x404,
    REG_CRV = 0x504,
    REG_RREN = 0x508,
    REG_RR = 0x600
};
#define RELOAD 0x6E524635u

struct wdt {
    struct nrf51 p;
    uint32_t reg[0x620 / 4];
};

static const struct reg regs[] = {
    [0x400 / 4] = {"RUNSTATUS", 0},
    [0x404 / 4] = {"REQSTATUS", .reset = 1},
    [0x504 / 4] = {"CRV", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x508 / 4] = {"RREN", .reset = 1, .mask = 0xFF},
    [0x50C / 4] = {"CONFIG", .reset = 1, .mask = 9},
    [0x600 / 4] = {"RR[0]", 0},
    [0x604 / 4] = {"RR[1]", 0},
    [0x608 / 4] = {"RR[2]", 0},
    [0x60C / 4] = {"RR[3]", 0},
    [0x610 / 4] = {"RR[4]", 0},
    [0x614 / 4] = {"RR[5]", 0},
    [0x618 / 4] = {"RR[6]", 0},
    [0x61C / 4] = {"RR[7]", 0},
};

/* CRV + 1 periods of 32768 Hz. */
static void reload(struct nrf51 *p)
{
    p->reg[REG_REQSTATUS / 4] = p->reg[REG_RREN / 4];
    nrf51_schedule(p, nrf51_now(p) + ((uint64_t)p->reg[REG_CRV / 4] + 1) * NRF51_HZ / 32768);
}

static void wdt_task(struct nrf51 *p, uint32_t task)
{
    (void)task;
    if (!p->reg[REG_RUNSTATUS / 4])
        reload(p);
    p->reg[REG_RUNSTATUS / 4] = 1;
}

static void wdt_event(struct device *d, uint64_t now)
{
    struct nrf51 *p = (struct nrf51 *)d;
    (void)now;
    nrf51_event(p, EVENT_TIMEOUT);
    device_reset(d);
    device_signal(d, NRF51_DOG, true);
}

/* It reloads once all registers that RREN names were written. */
static void wdt_own_write(struct nrf51 *p, uint32_t off, uint32_t val)
{
    uint32_t *open = &p->reg[REG_REQSTATUS / 4];
    if (off < REG_RR || val != RELOAD || !p->reg[REG_RUNSTATUS / 4])
        return;
    *open &= ~(1u << (off - REG_RR) / 4);
    if (!*open)
        reload(p);
}

static enum bus_status wdt_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct nrf51 *p = (struct nrf51 *)d;
    bool settings = off >= REG_CRV && off < REG_RR;
    return settings && p->reg[REG_RUNSTATUS / 4] ? BUS_OK : nrf51_write(d, off, bytes, val);
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_START, TASK_START),
    .events = NRF51_BITS(EVENT_TIMEOUT, EVENT_TIMEOUT),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = wdt_task,
    .write = wdt_own_write,
};

static void wdt_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct wdt *)d)->reg);
}

static void wdt_reset(struct device *d)
{
    struct wdt *w = (struct wdt *)d;
    nrf51_reset(&w->p);
}

static const struct state_field state[] = {NRF51_STATE(struct wdt), {0}};

const struct device_ops nrf51_wdt_ops = {
    .kind = "nrf51-wdt",
    .summary = "WDT of the nRF51: the watchdog",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct wdt),
    .create = wdt_create,
    .reset = wdt_reset,
    .read = nrf51_read,
    .write = wdt_write,
    .event = wdt_event,
    .signal = nrf51_signal,
};
