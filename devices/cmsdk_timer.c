/*
 * The 32-bit down-counter of Arm's Cortex-M System Design Kit.
 *
 * Source: Arm Cortex-M System Design Kit TRM (DDI 0479), 4.2 "APB timer".
 * Deviation: the external input (CTRL bits 1 and 2) is never active: with it selected the timer
 * stands still.
 */
#include <string.h>

#include "devices/kinds.h"

enum {
    REG_CTRL = 0x00,
    REG_VALUE = 0x04,
    REG_RELOAD = 0x08,
    REG_INT = 0x0C,
    ID_FIRST = 0xFD0
};
enum {
    CTRL_ENABLE = 1,
    CTRL_EXT_ENABLE = 2,
    CTRL_EXT_CLOCK = 4,
    CTRL_INT = 8,
    CTRL_MASK = 15
};
enum {
    CONFIG_IRQ
};

struct timer {
    struct device dev;
    uint32_t ctrl, reload, intstatus;
    uint32_t value;   /* while stopped */
    uint64_t zero_at; /* while running: the cycle at which the counter reads 0; else DEVICE_NEVER */
    uint64_t reload_at; /* until then it reads 0 */
};

static const struct field timer_config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line: the counter reached 0"},
    {0},
};

static const struct state_field timer_state[] = {
    STATE_FIELD(struct timer, ctrl),
    STATE_FIELD(struct timer, reload),
    STATE_FIELD(struct timer, intstatus),
    STATE_FIELD(struct timer, value),
    STATE_FIELD(struct timer, zero_at),
    STATE_FIELD(struct timer, reload_at),
    {0},
};

/* PID4-7, PID0-3, CID0-3. Source: DDI 0479 table 4-4. */
static const uint8_t ids[12] = {0x04, 0x00, 0x00, 0x00, 0x22, 0xB8,
                                0x1B, 0x00, 0x0D, 0xF0, 0x05, 0xB1};

static bool running(const struct timer *t)
{
    return (t->ctrl & (CTRL_ENABLE | CTRL_EXT_ENABLE | CTRL_EXT_CLOCK)) == CTRL_ENABLE;
}

static uint32_t current(struct timer *t)
{
    if (t->zero_at == DEVICE_NEVER)
        return t->value;
    return device_now(&t->dev) < t->reload_at ? 0 : (uint32_t)(t->zero_at - device_now(&t->dev));
}

/* Count on from @value as of now, or stand still with it. */
static void restart(struct timer *t, uint32_t value)
{
    t->value = value;
    t->zero_at = DEVICE_NEVER;
    if (running(t) && (value || t->reload))
        t->zero_at = device_now(&t->dev) + (value ? value : (uint64_t)t->reload + 1);
    t->reload_at = value ? 0 : device_now(&t->dev) + 1;
    device_schedule(&t->dev, t->zero_at);
}

static void update_irq(struct timer *t)
{
    device_irq(&t->dev, t->dev.config[CONFIG_IRQ], t->intstatus & 1u);
}

static void timer_event(struct device *d, uint64_t at)
{
    struct timer *t = (struct timer *)d;
    (void)at;
    if (t->ctrl & CTRL_INT)
        t->intstatus = 1;
    uint64_t period = (uint64_t)t->reload + 1;
    t->value = 0;
    t->reload_at = t->zero_at + 1;
    t->zero_at = t->reload ? t->zero_at + period : DEVICE_NEVER;
    device_schedule(d, t->zero_at);
    update_irq(t);
}

static enum bus_status timer_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct timer *t = (struct timer *)d;
    (void)bytes;
    switch (off) {
    case REG_CTRL:
        *val = t->ctrl;
        break;
    case REG_VALUE:
        *val = current(t);
        break;
    case REG_RELOAD:
        *val = t->reload;
        break;
    case REG_INT:
        *val = t->intstatus;
        break;
    default:
        if (off >= ID_FIRST)
            *val = ids[(off - ID_FIRST) / 4];
        else
            device_unmodelled(d, off, false);
    }
    return BUS_OK;
}

static enum bus_status timer_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct timer *t = (struct timer *)d;
    (void)bytes;
    uint32_t value = current(t);
    switch (off) {
    case REG_CTRL:
        t->ctrl = val & CTRL_MASK;
        restart(t, value);
        break;
    case REG_VALUE:
        restart(t, val);
        break;
    case REG_RELOAD: /* writing it also loads the counter */
        t->reload = val;
        restart(t, val);
        break;
    case REG_INT:
        t->intstatus &= ~val;
        update_irq(t);
        break;
    default:
        device_unmodelled(d, off, true);
    }
    return BUS_OK;
}

static void timer_reset(struct device *d)
{
    struct timer *t = (struct timer *)d;
    memset((char *)t + sizeof t->dev, 0, sizeof *t - sizeof t->dev);
    restart(t, 0);
    update_irq(t);
}

const struct device_ops cmsdk_timer_ops = {
    .kind = "cmsdk-timer",
    .summary = "32-bit down-counter of the Cortex-M System Design Kit",
    .map_bytes = 0x1000,
    .config = timer_config,
    .state = timer_state,
    .instance_bytes = sizeof(struct timer),
    .reset = timer_reset,
    .read = timer_read,
    .write = timer_write,
    .event = timer_event,
};
