/*
 * GPIOTE of the nRF51: events from pins, and tasks that drive pins.
 *
 * Source: nRF51 Series Reference Manual 3.0, 15 "GPIO tasks and events (GPIOTE)".
 *
 * Ports: input GPIOTE_PINS + n is the level of pin n, input GPIOTE_PINS + 32 the DETECT signal;
 * output n drives pin n of the GPIO's input 32 + n, output 32 + n lets go of it (input 64 + n).
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    EVENT_PORT = 31
};
enum {
    REG_CONFIG = 0x510
};
enum {
    MODE_EVENT = 1,
    MODE_TASK = 3
};
enum {
    POLARITY_LO_TO_HI = 1,
    POLARITY_HI_TO_LO,
    POLARITY_TOGGLE
};
#define CHANNELS    4u
#define GPIOTE_PINS 128u
#define PIN_COUNT   32u

struct gpiote {
    struct nrf51 p;
    uint32_t reg[0x520 / 4];
    uint32_t pins;  /* their levels as they were told */
    uint32_t taken; /* pins that channels drive */
    uint32_t level; /* of those */
};

static const struct reg regs[] = {
    [0x510 / 4] = {"CONFIG[0]", .mask = 0x131F03},
    [0x514 / 4] = {"CONFIG[1]", .mask = 0x131F03},
    [0x518 / 4] = {"CONFIG[2]", .mask = 0x131F03},
    [0x51C / 4] = {"CONFIG[3]", .mask = 0x131F03},
};

static uint32_t mode(uint32_t config)
{
    return config & 3u;
}

static uint32_t pin(uint32_t config)
{
    return config >> 8 & 31u;
}

static uint32_t polarity(uint32_t config)
{
    return config >> 16 & 3u;
}

static void drive(struct gpiote *g, uint32_t n, bool level)
{
    g->taken |= 1u << n;
    g->level = level ? g->level | 1u << n : g->level & ~(1u << n);
    device_signal(&g->p.dev, n, level);
}

static void gpiote_task(struct nrf51 *p, uint32_t channel)
{
    struct gpiote *g = (struct gpiote *)p;
    uint32_t config = p->reg[REG_CONFIG / 4 + channel], n = pin(config);
    if (mode(config) != MODE_TASK || polarity(config) == 0)
        return;
    bool toggled = !(g->level >> n & 1u);
    drive(g, n,
          polarity(config) == POLARITY_TOGGLE ? toggled : polarity(config) == POLARITY_LO_TO_HI);
}

/* Pins that no channel drives any longer are given back. */
static void release(struct gpiote *g)
{
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < CHANNELS; i++)
        if (mode(g->reg[REG_CONFIG / 4 + i]) == MODE_TASK)
            wanted |= 1u << pin(g->reg[REG_CONFIG / 4 + i]);
    uint32_t gone = g->taken & ~wanted;
    g->taken &= wanted;
    for (; gone; gone &= gone - 1)
        device_signal(&g->p.dev, PIN_COUNT + (uint32_t)__builtin_ctz(gone), false);
}

static void gpiote_own_write(struct nrf51 *p, uint32_t off, uint32_t val)
{
    struct gpiote *g = (struct gpiote *)p;
    (void)off;
    if (mode(val) == MODE_TASK)
        drive(g, pin(val), val >> 20 & 1u);
    release(g);
}

static void pin_changed(struct gpiote *g, uint32_t n, bool level)
{
    uint32_t edge = level ? POLARITY_LO_TO_HI : POLARITY_HI_TO_LO;
    g->pins = level ? g->pins | 1u << n : g->pins & ~(1u << n);
    for (uint32_t i = 0; i < CHANNELS; i++) {
        uint32_t config = g->reg[REG_CONFIG / 4 + i];
        if (mode(config) == MODE_EVENT && pin(config) == n && (polarity(config) & edge))
            nrf51_event(&g->p, i);
    }
}

static void gpiote_signal(struct device *d, uint32_t port, bool level)
{
    struct gpiote *g = (struct gpiote *)d;
    if (port < GPIOTE_PINS)
        nrf51_signal(d, port, level);
    else if (port < GPIOTE_PINS + PIN_COUNT)
        pin_changed(g, port - GPIOTE_PINS, level);
    else if (level)
        nrf51_event(&g->p, EVENT_PORT);
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(0, CHANNELS - 1),
    .events = NRF51_BITS(0, CHANNELS - 1) | NRF51_BITS(EVENT_PORT, EVENT_PORT),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = gpiote_task,
    .write = gpiote_own_write,
};

static void gpiote_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct gpiote *)d)->reg);
}

static void gpiote_reset(struct device *d)
{
    struct gpiote *g = (struct gpiote *)d;
    nrf51_reset(&g->p);
    g->taken = g->level = 0;
}

static const struct state_field state[] = {
    NRF51_STATE(struct gpiote),
    STATE_FIELD(struct gpiote, pins),
    STATE_FIELD(struct gpiote, taken),
    STATE_FIELD(struct gpiote, level),
    {0},
};

const struct device_ops nrf51_gpiote_ops = {
    .kind = "nrf51-gpiote",
    .summary = "GPIOTE of the nRF51: pins as events and tasks",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct gpiote),
    .create = gpiote_create,
    .reset = gpiote_reset,
    .read = nrf51_read,
    .write = nrf51_write,
    .signal = gpiote_signal,
};
