/*
 * The watchdog of Arm's SP805 kind, which the Cortex-M System Design Kit and the LM3S have too.
 *
 * Source: Watchdog Module (SP805) TRM (DDI 0270), 3; Cortex-M System Design Kit TRM (DDI
 * 0479), 4.5; LM3S6965 data sheet, 10.
 *
 * Ports: output 0: it resets the machine.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    LOAD = 0x000,
    VALUE = 0x004,
    CONTROL = 0x008,
    INTCLR = 0x00C,
    REG_RIS = 0x010,
    REG_MIS = 0x014,
    LOCK = 0xC00,
    ID_FIRST = 0xFD0
};
enum {
    CONTROL_INTEN = 1,
    CONTROL_RESEN = 2
};
enum {
    CONFIG_IRQ,
    CONFIG_NMI,
    CONFIG_LUMINARY
};
#define UNLOCK 0x1ACCE551u

struct watchdog {
    struct device dev;
    uint32_t load, control, ris, locked;
    uint64_t zero_at; /* DEVICE_NEVER: it does not count */
    uint32_t left;    /* then */
};

static const uint8_t cmsdk_ids[12] = {4, 0, 0, 0, 0x24, 0xB8, 0x1B, 0, 0x0D, 0xF0, 0x05, 0xB1};
static const uint8_t luminary_ids[12] = {0, 0, 0, 0, 0x05, 0x18, 0x18, 1, 0x0D, 0xF0, 0x05, 0xB1};

static void update_irq(struct watchdog *w)
{
    uint32_t line = w->dev.config[CONFIG_NMI] ? DEVICE_LINE_NMI : w->dev.config[CONFIG_IRQ];
    device_irq(&w->dev, line, w->ris && (w->control & CONTROL_INTEN));
}

static void reload(struct watchdog *w, uint64_t at)
{
    bool counts = w->control & CONTROL_INTEN;
    w->zero_at = counts ? at + (uint64_t)w->load + 1 : DEVICE_NEVER;
    w->left = w->load;
    device_schedule(&w->dev, w->zero_at);
}

/* The first time an interrupt; when that was not cleared, the reset. */
static void watchdog_event(struct device *d, uint64_t at)
{
    struct watchdog *w = (struct watchdog *)d;
    bool bites = w->ris && (w->control & CONTROL_RESEN);
    w->ris = 1;
    reload(w, at);
    update_irq(w);
    if (!bites)
        return;
    device_reset(d);
    device_signal(d, 0, true);
}

static uint32_t value(const struct watchdog *w)
{
    return w->zero_at == DEVICE_NEVER ? w->left : (uint32_t)(w->zero_at - device_now(&w->dev) - 1);
}

static void stop(struct watchdog *w)
{
    w->left = value(w);
    w->zero_at = DEVICE_NEVER;
    device_schedule(&w->dev, DEVICE_NEVER);
}

static enum bus_status watchdog_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct watchdog *w = (struct watchdog *)d;
    uint32_t at = off & ~3u;
    switch (at) {
    case LOAD:
        *val = w->load;
        break;
    case VALUE:
        *val = value(w);
        break;
    case CONTROL:
        *val = w->control;
        break;
    case INTCLR:
        break;
    case REG_RIS:
        *val = w->ris;
        break;
    case REG_MIS:
        *val = w->ris && (w->control & CONTROL_INTEN);
        break;
    case LOCK:
        *val = w->locked;
        break;
    default:
        if (at >= ID_FIRST)
            *val = (d->config[CONFIG_LUMINARY] ? luminary_ids : cmsdk_ids)[(at - ID_FIRST) / 4];
        else
            device_unmodelled(d, at, false);
    }
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status watchdog_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct watchdog *w = (struct watchdog *)d;
    uint32_t at = off & ~3u;
    val = regs_whole(0, off, bytes, val);
    if (at == LOCK) {
        w->locked = val != UNLOCK;
        return BUS_OK;
    }
    if (at > REG_MIS) {
        device_unmodelled(d, at, true);
        return BUS_OK;
    }
    if (w->locked)
        return BUS_OK;
    bool counted = w->control & CONTROL_INTEN;
    switch (at) {
    case LOAD:
        w->load = val;
        reload(w, device_now(&w->dev));
        break;
    case CONTROL: /* of the LM3S, once INTEN is set only a reset clears it */
        w->control = (val & 3u) | (d->config[CONFIG_LUMINARY] ? w->control & CONTROL_INTEN : 0);
        if (counted && !(w->control & CONTROL_INTEN))
            stop(w);
        else if (!counted && (w->control & CONTROL_INTEN))
            reload(w, device_now(&w->dev));
        break;
    case INTCLR:
        w->ris = 0;
        reload(w, device_now(&w->dev));
        break;
    default:
        break;
    }
    update_irq(w);
    return BUS_OK;
}

static void watchdog_reset(struct device *d)
{
    struct watchdog *w = (struct watchdog *)d;
    w->load = UINT32_MAX;
    w->control = w->ris = w->locked = 0;
    reload(w, 0);
    update_irq(w);
}

static const struct field config[] = {
    {"irq", FIELD_INT, false, 0, 239, 0, "interrupt line"},
    {"nmi", FIELD_BOOL, false, 0, 1, 0, "its interrupt is the NMI"},
    {"luminary", FIELD_BOOL, false, 0, 1, 0, "is the LM3S's"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct watchdog, load),
    STATE_FIELD(struct watchdog, control),
    STATE_FIELD(struct watchdog, ris),
    STATE_FIELD(struct watchdog, locked),
    STATE_FIELD(struct watchdog, zero_at),
    STATE_FIELD(struct watchdog, left),
    {0},
};

const struct device_ops sp805_ops = {
    .kind = "sp805",
    .summary = "watchdog of Arm's SP805 kind: CMSDK, LM3S",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct watchdog),
    .reset = watchdog_reset,
    .read = watchdog_read,
    .write = watchdog_write,
    .event = watchdog_event,
};
