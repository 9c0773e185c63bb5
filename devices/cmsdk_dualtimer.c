/*
 * The dual timer of Arm's Cortex-M System Design Kit: two down-counters of 16 or 32 bits.
 *
 * Source: Cortex-M System Design Kit TRM (DDI 0479), 4.4 "APB dual timers".
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    LOAD = 0x00,
    VALUE = 0x04,
    CONTROL = 0x08,
    INTCLR = 0x0C,
    REG_RIS = 0x10,
    REG_MIS = 0x14,
    BGLOAD = 0x18,
    EACH = 0x20,
    ID_FIRST = 0xFD0
};
enum {
    CONTROL_ONE_SHOT = 1u << 0,
    CONTROL_32 = 1u << 1,
    CONTROL_INT = 1u << 5,
    CONTROL_PERIODIC = 1u << 6,
    CONTROL_ENABLE = 1u << 7,
    CONTROL_MASK = 0xEF
};
enum {
    CONFIG_IRQ,
};
#define TIMERS 2u

struct counter {
    uint32_t load, control, ris;
    uint32_t value;   /* while it stands */
    uint64_t zero_at; /* DEVICE_NEVER: it stands */
};

struct dualtimer {
    struct device dev;
    struct counter timer[TIMERS];
};

static const uint8_t ids[12] = {4, 0, 0, 0, 0x23, 0xB8, 0x1B, 0, 0x0D, 0xF0, 0x05, 0xB1};

static uint64_t tick_cycles(const struct counter *c)
{
    static const uint32_t cycles[] = {1, 16, 256, 256};
    return cycles[c->control >> 2 & 3u];
}

static uint32_t width_mask(const struct counter *c)
{
    return c->control & CONTROL_32 ? UINT32_MAX : 0xFFFF;
}

static uint32_t current(const struct dualtimer *t, const struct counter *c)
{
    if (c->zero_at == DEVICE_NEVER)
        return c->value; /* with 16 bits the upper ones stay as they are: DDI 0271 3.3.2 */
    uint64_t left = c->zero_at > device_now(&t->dev) ? c->zero_at - device_now(&t->dev) : 0;
    return (uint32_t)((left + tick_cycles(c) - 1) / tick_cycles(c)) & width_mask(c);
}

static void update(struct dualtimer *t)
{
    uint64_t when = DEVICE_NEVER;
    bool high = false;
    for (uint32_t i = 0; i < TIMERS; i++) {
        const struct counter *c = &t->timer[i];
        when = c->zero_at < when ? c->zero_at : when;
        high |= c->ris && (c->control & CONTROL_INT);
    }
    device_irq(&t->dev, t->dev.config[CONFIG_IRQ], high);
    device_schedule(&t->dev, when);
}

/* Count on from @value as of @at, or stand with it. */
static void restart(struct counter *c, uint32_t value, uint64_t at)
{
    uint64_t ticks = value & width_mask(c);
    c->value = value;
    c->zero_at = c->control & CONTROL_ENABLE && ticks ? at + ticks * tick_cycles(c) : DEVICE_NEVER;
}

/* At zero: stop, or begin again with the load value, or with all ones. */
static void expire(struct counter *c)
{
    uint64_t at = c->zero_at;
    c->ris = 1;
    c->value = 0;
    c->zero_at = DEVICE_NEVER;
    if (c->control & CONTROL_ONE_SHOT)
        return;
    uint32_t next = c->control & CONTROL_PERIODIC ? c->load : width_mask(c);
    restart(c, next, at + tick_cycles(c)); /* zero lasts a tick */
}

static void dualtimer_event(struct device *d, uint64_t at)
{
    struct dualtimer *t = (struct dualtimer *)d;
    for (uint32_t i = 0; i < TIMERS; i++)
        if (t->timer[i].zero_at <= at)
            expire(&t->timer[i]);
    update(t);
}

static enum bus_status dualtimer_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct dualtimer *t = (struct dualtimer *)d;
    uint32_t at = off & ~3u;
    const struct counter *c = &t->timer[at / EACH % TIMERS];
    if (at >= ID_FIRST) {
        *val = ids[(at - ID_FIRST) / 4];
        return BUS_OK;
    }
    switch (at < TIMERS * EACH ? at % EACH : UINT32_MAX) {
    case LOAD:
    case BGLOAD:
        *val = c->load;
        break;
    case VALUE:
        *val = current(t, c);
        break;
    case CONTROL:
        *val = c->control;
        break;
    case INTCLR:
        break;
    case REG_RIS:
        *val = c->ris;
        break;
    case REG_MIS:
        *val = c->ris && (c->control & CONTROL_INT);
        break;
    default:
        device_unmodelled(d, at, false);
    }
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status dualtimer_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct dualtimer *t = (struct dualtimer *)d;
    uint32_t at = off & ~3u;
    struct counter *c = &t->timer[at / EACH % TIMERS];
    uint32_t value = current(t, c);
    val = regs_whole(0, off, bytes, val);
    switch (at < TIMERS * EACH ? at % EACH : UINT32_MAX) {
    case LOAD:
        c->load = val;
        restart(c, val, device_now(&t->dev));
        break;
    case BGLOAD: /* the count goes on */
        c->load = val;
        break;
    case CONTROL:
        c->control = val & CONTROL_MASK;
        restart(c, value, device_now(&t->dev));
        break;
    case INTCLR:
        c->ris = 0;
        break;
    default:
        device_unmodelled(d, at, true);
    }
    update(t);
    return BUS_OK;
}

static void dualtimer_reset(struct device *d)
{
    struct dualtimer *t = (struct dualtimer *)d;
    for (uint32_t i = 0; i < TIMERS; i++)
        t->timer[i] =
            (struct counter){.control = CONTROL_INT, .value = UINT32_MAX, .zero_at = DEVICE_NEVER};
    update(t);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line of both"},
    {0},
};

#define COUNTER_STATE(i)                                                                           \
    STATE_FIELD(struct dualtimer, timer[i].load), STATE_FIELD(struct dualtimer, timer[i].control), \
        STATE_FIELD(struct dualtimer, timer[i].ris),                                               \
        STATE_FIELD(struct dualtimer, timer[i].value),                                             \
        STATE_FIELD(struct dualtimer, timer[i].zero_at)
static const struct state_field state[] = {COUNTER_STATE(0), COUNTER_STATE(1), {0}};

const struct device_ops cmsdk_dualtimer_ops = {
    .kind = "cmsdk-dualtimer",
    .summary = "dual timer of the Cortex-M System Design Kit",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct dualtimer),
    .reset = dualtimer_reset,
    .read = dualtimer_read,
    .write = dualtimer_write,
    .event = dualtimer_event,
};
