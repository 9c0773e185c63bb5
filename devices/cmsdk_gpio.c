/*
 * The GPIO port of Arm's Cortex-M System Design Kit: 16 pins.
 *
 * Source: Cortex-M System Design Kit TRM (DDI 0479), 3.3 "AHB GPIO".
 *
 * Ports: pins.h.
 */
#include "devices/kinds.h"
#include "devices/pins.h"
#include "devices/regs.h"

enum {
    DATA = 0x00,
    DATAOUT = 0x04,
    OUTENSET = 0x10,
    OUTENCLR = 0x14,
    ALTFUNCSET = 0x18,
    ALTFUNCCLR = 0x1C,
    INTENSET = 0x20,
    INTENCLR = 0x24,
    INTTYPESET = 0x28,
    INTTYPECLR = 0x2C,
    INTPOLSET = 0x30,
    INTPOLCLR = 0x34,
    INTSTATUS = 0x38,
    MASKLOW = 0x400,
    MASKHIGH = 0x800,
    MASK_END = 0xC00,
    ID_FIRST = 0xFD0
};
#define PIN_MASK 0xFFFFu
enum {
    CONFIG_IRQ
};

struct gpio {
    struct device dev;
    uint32_t out, outen, altfunc, inten, inttype, intpol, status;
    struct pins pins;
};

static const uint8_t ids[12] = {4, 0, 0, 0, 0x20, 0xB8, 0x1B, 0, 0x0D, 0xF0, 0x05, 0xB1};

/* Levels count while they last; INTTYPE 1 is edges; INTPOL 1 is high or rising. */
static uint32_t pending(const struct gpio *g)
{
    return (g->status | (~g->inttype & ~(g->pins.level ^ g->intpol))) & g->inten & PIN_MASK;
}

static void update_irq(struct gpio *g)
{
    device_irq(&g->dev, g->dev.config[CONFIG_IRQ], pending(g) != 0);
}

static void update(struct gpio *g)
{
    uint32_t level = pins_levels(&g->pins, g->outen, g->out, 0) & PIN_MASK;
    uint32_t changed = pins_set(&g->pins, level);
    g->status |= changed & ~(level ^ g->intpol) & g->inttype & g->inten;
    update_irq(g);
    pins_signal(&g->pins, &g->dev, changed);
}

/* The register pair at @at: set, clear. NULL: none. */
static uint32_t *pair(struct gpio *g, uint32_t at)
{
    uint32_t *const pairs[] = {&g->outen, &g->altfunc, &g->inten, &g->inttype, &g->intpol};
    return at >= OUTENSET && at <= INTPOLCLR ? pairs[(at - OUTENSET) / 8] : NULL;
}

static enum bus_status gpio_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t at = off & ~3u, *p = pair(g, at);
    if (at >= ID_FIRST)
        *val = ids[(at - ID_FIRST) / 4];
    else if (at >= MASKLOW && at < MASKHIGH)
        *val = g->pins.level & (at - MASKLOW) / 4;
    else if (at >= MASKHIGH && at < MASK_END)
        *val = g->pins.level & (at - MASKHIGH) / 4 << 8;
    else if (at == DATA)
        *val = g->pins.level;
    else if (at == DATAOUT)
        *val = g->out;
    else if (p)
        *val = *p;
    else if (at == INTSTATUS)
        *val = pending(g);
    else
        device_unmodelled(d, at, false);
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status gpio_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t at = off & ~3u, *p = pair(g, at), mask;
    uint32_t bits = regs_whole(0, off, bytes, val) & PIN_MASK;
    if (at >= MASKLOW && at < MASK_END) {
        mask = at < MASKHIGH ? (at - MASKLOW) / 4 : (at - MASKHIGH) / 4 << 8;
        g->out = (g->out & ~mask) | (bits & mask);
    } else if (at == DATA || at == DATAOUT) {
        g->out = regs_whole(g->out, off, bytes, val) & PIN_MASK;
    } else if (p) {
        *p = (at - OUTENSET) % 8 ? *p & ~bits : *p | bits;
    } else if (at == INTSTATUS) {
        g->status &= ~bits;
    } else {
        device_unmodelled(d, at, true);
    }
    update(g);
    return BUS_OK;
}

static void gpio_signal(struct device *d, uint32_t port, bool level)
{
    struct gpio *g = (struct gpio *)d;
    pins_drive(&g->pins, port % 16, level);
    update(g);
}

static const struct device_input inputs[] = PINS_INPUTS(16);

static void gpio_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct gpio *g = (struct gpio *)d;
    pins_drive(&g->pins, (uint32_t)device_given(d, bytes, n, 0), device_given(d, bytes, n, 1));
    update(g);
}

static void gpio_reset(struct device *d)
{
    struct gpio *g = (struct gpio *)d;
    g->out = g->outen = g->altfunc = g->inten = g->inttype = g->intpol = g->status = 0;
    update(g);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line of all its pins"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct gpio, out),
    STATE_FIELD(struct gpio, outen),
    STATE_FIELD(struct gpio, altfunc),
    STATE_FIELD(struct gpio, inten),
    STATE_FIELD(struct gpio, inttype),
    STATE_FIELD(struct gpio, intpol),
    STATE_FIELD(struct gpio, status),
    PINS_STATE(struct gpio, pins),
    {0},
};

const struct device_ops cmsdk_gpio_ops = {
    .kind = "cmsdk-gpio",
    .summary = "GPIO port of the Cortex-M System Design Kit: 16 pins",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct gpio),
    .reset = gpio_reset,
    .read = gpio_read,
    .write = gpio_write,
    .input = gpio_input,
    .inputs = inputs,
    .signal = gpio_signal,
};
