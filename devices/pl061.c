/*
 * PL061, a GPIO port of 8 pins; as Arm has it and with what the LM3S adds.
 *
 * Source: PrimeCell GPIO (PL061) TRM (DDI 0190), 3 "Programmer's model"; LM3S6965 data sheet, 8.
 *
 * Ports: pins.h.
 */
#include "devices/kinds.h"
#include "devices/pins.h"
#include "devices/regs.h"

enum {
    DIR = 0x400 / 4,
    IS = 0x404 / 4,
    IBE = 0x408 / 4,
    IEV = 0x40C / 4,
    IE = 0x410 / 4,
    RIS = 0x414 / 4,
    MIS = 0x418 / 4,
    IC = 0x41C / 4,
    ODR = 0x50C / 4,
    PUR = 0x510 / 4,
    PDR = 0x514 / 4,
    LOCK = 0x520 / 4,
    CR = 0x524 / 4,
    FIRST = DIR,
    WORDS = 0x52C / 4
};
#define PIN_MASK 0xFFu
#define UNLOCK   0x1ACCE551u
#define ID_FIRST 0xFD0u
enum {
    CONFIG_IRQ,
    CONFIG_LUMINARY
};

struct gpio {
    struct device dev;
    uint32_t reg[WORDS - FIRST];
    uint32_t data;  /* as it was written */
    uint32_t edges; /* interrupts by edges */
    struct pins pins;
};

static const struct reg regs[] = {
    [DIR] = {"GPIODIR", .mask = PIN_MASK},
    [IS] = {"GPIOIS", .mask = PIN_MASK},
    [IBE] = {"GPIOIBE", .mask = PIN_MASK},
    [IEV] = {"GPIOIEV", .mask = PIN_MASK},
    [IE] = {"GPIOIM", .mask = PIN_MASK},
    [RIS] = {"GPIORIS", 0},
    [MIS] = {"GPIOMIS", 0},
    [IC] = {"GPIOICR", 0},
    [0x420 / 4] = {"GPIOAFSEL", .mask = PIN_MASK}, /* the last of Arm's own */
    [0x500 / 4] = {"GPIODR2R", .reset = 0xFF, .mask = PIN_MASK},
    [0x504 / 4] = {"GPIODR4R", .mask = PIN_MASK},
    [0x508 / 4] = {"GPIODR8R", .mask = PIN_MASK},
    [ODR] = {"GPIOODR", .mask = PIN_MASK},
    [PUR] = {"GPIOPUR", .mask = PIN_MASK},
    [PDR] = {"GPIOPDR", .mask = PIN_MASK},
    [0x518 / 4] = {"GPIOSLR", .mask = PIN_MASK},
    [0x51C / 4] = {"GPIODEN", .mask = PIN_MASK},
    [LOCK] = {"GPIOLOCK", .reset = 1},
    [CR] = {"GPIOCR", .reset = 0xFF},
};
#define ARM_WORDS (0x424 / 4)

static const uint8_t arm_ids[12] = {0, 0, 0, 0, 0x61, 0x10, 0x04, 0x00, 0x0D, 0xF0, 0x05, 0xB1};
static const uint8_t luminary_ids[12] = {0, 0, 0, 0, 0x61, 0, 0x18, 0x01, 0x0D, 0xF0, 0x05, 0xB1};

static uint32_t *reg(struct gpio *g, uint32_t n)
{
    return &g->reg[n - FIRST];
}

static uint32_t words(const struct gpio *g)
{
    return g->dev.config[CONFIG_LUMINARY] ? (uint32_t)REG_WORDS(regs) : ARM_WORDS;
}

/* Raw interrupts: edges that came, and levels as they are. */
static uint32_t raw(struct gpio *g)
{
    uint32_t levels = g->pins.level ^ ~*reg(g, IEV);
    return g->edges | (levels & *reg(g, IS) & PIN_MASK);
}

static void update_irq(struct gpio *g)
{
    device_irq(&g->dev, g->dev.config[CONFIG_IRQ], (raw(g) & *reg(g, IE)) != 0);
}

static void update(struct gpio *g)
{
    uint32_t drives = *reg(g, DIR) & ~(*reg(g, ODR) & g->data); /* open drain: only low */
    uint32_t level = pins_levels(&g->pins, drives, g->data, *reg(g, PUR)) & PIN_MASK;
    uint32_t changed = pins_set(&g->pins, level), rises = changed & level;
    uint32_t wanted =
        (rises & *reg(g, IEV)) | (changed & ~rises & ~*reg(g, IEV)) | (changed & *reg(g, IBE));
    g->edges |= wanted & ~*reg(g, IS);
    update_irq(g);
    pins_signal(&g->pins, &g->dev, changed);
}

static enum bus_status gpio_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t n = off / 4;
    if (n < FIRST) { /* the address has a mask */
        *val = regs_part(g->pins.level & n, off, bytes);
        return BUS_OK;
    }
    if (off >= ID_FIRST) {
        *val = (d->config[CONFIG_LUMINARY] ? luminary_ids : arm_ids)[(off - ID_FIRST) / 4];
        return BUS_OK;
    }
    if (!regs_known(regs, words(g), d, off, false))
        return BUS_OK;
    *val = regs_part(n == RIS ? raw(g) : n == MIS ? raw(g) & *reg(g, IE) : *reg(g, n), off, bytes);
    return BUS_OK;
}

static enum bus_status gpio_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t n = off / 4;
    val = regs_whole(0, off, bytes, val);
    if (n < FIRST) {
        g->data = (g->data & ~n) | (val & n);
    } else if (regs_known(regs, words(g), d, off, true)) {
        *reg(g, n) = regs_written(&regs[n], *reg(g, n), val);
        if (n == IC)
            g->edges &= ~val;
        if (n == PUR || n == PDR) /* one pull at most */
            *reg(g, n == PUR ? PDR : PUR) &= ~val;
        if (n == LOCK)
            *reg(g, LOCK) = val != UNLOCK;
        if (n == CR && !*reg(g, LOCK))
            *reg(g, CR) = val & PIN_MASK;
    }
    update(g);
    return BUS_OK;
}

static void gpio_signal(struct device *d, uint32_t port, bool level)
{
    struct gpio *g = (struct gpio *)d;
    pins_drive(&g->pins, port % 8, level);
    update(g);
}

static const struct device_input inputs[] = PINS_INPUTS(8);

static void gpio_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct gpio *g = (struct gpio *)d;
    pins_drive(&g->pins, (uint32_t)device_given(d, bytes, n, 0), device_given(d, bytes, n, 1));
    update(g);
}

static void gpio_reset(struct device *d)
{
    struct gpio *g = (struct gpio *)d;
    regs_reset(regs + FIRST, WORDS - FIRST - 1, g->reg);
    g->data = g->edges = 0;
    update(g);
    g->edges = 0;
    update_irq(g);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"luminary", FIELD_BOOL, false, 0, 1, 0, "has what the LM3S adds"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct gpio, reg),
    STATE_FIELD(struct gpio, data),
    STATE_FIELD(struct gpio, edges),
    PINS_STATE(struct gpio, pins),
    {0},
};

const struct device_ops pl061_ops = {
    .kind = "pl061",
    .summary = "PL061 GPIO port of 8 pins",
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
