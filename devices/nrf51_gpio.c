/*
 * GPIO of the nRF51: one port of 32 pins.
 *
 * Source: nRF51 Series Reference Manual 3.0, 14 "General-Purpose Input/Output (GPIO)".
 *
 * Ports: output n is the level of pin n, output 32 the DETECT signal; input n drives pin n from
 * outside, input 32 + n is GPIOTE as the pin's owner, input 64 + n that it lets go.
 */
#include "devices/kinds.h"
#include "devices/pins.h"
#include "devices/regs.h"

enum {
    REG_OUT = 0x504,
    REG_OUTSET = 0x508,
    REG_OUTCLR = 0x50C,
    REG_IN = 0x510,
    REG_DIR = 0x514,
    REG_DIRSET = 0x518,
    REG_DIRCLR = 0x51C,
    REG_PIN_CNF = 0x700
};
enum {
    CNF_DIR = 1,
    CNF_INPUT_OFF = 2,
    CNF_PULL = 3 << 2,
    CNF_PULL_UP = 3 << 2,
    CNF_DRIVE_SHIFT = 8,
    CNF_SENSE_SHIFT = 16,
    CNF_MASK = 0x3070F
};
enum {
    SENSE_HIGH = 2,
    SENSE_LOW = 3
};
enum {
    DRIVE_DISCONNECTS = 4, /* of CNF_DRIVE: one level is not driven: */
    DRIVE_NO_1 = 2         /* 1, or else 0 */
};
#define PINS       32u
#define PORT_SENSE 32u /* outputs: DETECT */
#define PORT_TAKE  32u /* inputs: GPIOTE drives pin n, */
#define PORT_GIVE  64u /* and no longer */

struct gpio {
    struct device dev;
    uint32_t out, cnf[PINS];
    struct pins pins;
    uint32_t taken, taken_level; /* by GPIOTE */
    uint32_t detect;             /* as was told last */
};

static bool senses(const struct gpio *g, uint32_t n)
{
    uint32_t sense = g->cnf[n] >> CNF_SENSE_SHIFT & 3u, high = g->pins.level >> n & 1u;
    return (sense == SENSE_HIGH && high) || (sense == SENSE_LOW && !high);
}

/* Does the pin, as it is configured, drive a level like that of OUT? */
static bool drives_level(const struct gpio *g, uint32_t n, uint32_t level)
{
    uint32_t drive = g->cnf[n] >> CNF_DRIVE_SHIFT;
    return !(drive & DRIVE_DISCONNECTS) || !(drive & DRIVE_NO_1) == (level != 0);
}

/* Tell what has changed. */
static void update(struct gpio *g)
{
    uint32_t drives = 0, pull = 0, detect = 0;
    uint32_t out = (g->out & ~g->taken) | (g->taken_level & g->taken);
    for (uint32_t n = 0; n < PINS; n++) {
        if (drives_level(g, n, out >> n & 1u))
            drives |= ((g->cnf[n] & CNF_DIR) | (g->taken >> n & 1u)) << n;
        pull |= (uint32_t)((g->cnf[n] & CNF_PULL) == CNF_PULL_UP) << n;
    }
    pins_tell(&g->pins, &g->dev, pins_levels(&g->pins, drives, out, pull));
    for (uint32_t n = 0; n < PINS; n++)
        detect |= senses(g, n);
    if (detect == g->detect)
        return;
    g->detect = detect;
    device_signal(&g->dev, PORT_SENSE, detect != 0);
}

static uint32_t directions(const struct gpio *g)
{
    uint32_t dir = 0;
    for (uint32_t n = 0; n < PINS; n++)
        dir |= (g->cnf[n] & CNF_DIR) << n;
    return dir;
}

static void set_directions(struct gpio *g, uint32_t dir)
{
    for (uint32_t n = 0; n < PINS; n++)
        g->cnf[n] = (g->cnf[n] & ~(uint32_t)CNF_DIR) | (dir >> n & 1u);
}

static uint32_t inputs(const struct gpio *g)
{
    uint32_t in = 0;
    for (uint32_t n = 0; n < PINS; n++)
        if (!(g->cnf[n] & CNF_INPUT_OFF))
            in |= g->pins.level & 1u << n;
    return in;
}

static enum bus_status gpio_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t at = off & ~3u;
    switch (at) {
    case REG_OUT:
    case REG_OUTSET:
    case REG_OUTCLR:
        *val = g->out;
        break;
    case REG_IN:
        *val = inputs(g);
        break;
    case REG_DIR:
    case REG_DIRSET:
    case REG_DIRCLR:
        *val = directions(g);
        break;
    default:
        if (at - REG_PIN_CNF < 4 * PINS)
            *val = g->cnf[(at - REG_PIN_CNF) / 4];
        else
            device_unmodelled(d, at, false);
    }
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status gpio_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t at = off & ~3u;
    val = regs_whole(0, off, bytes, val);
    switch (at) {
    case REG_OUT:
        g->out = val;
        break;
    case REG_OUTSET:
        g->out |= val;
        break;
    case REG_OUTCLR:
        g->out &= ~val;
        break;
    case REG_IN:
        break;
    case REG_DIR:
        set_directions(g, val);
        break;
    case REG_DIRSET:
        set_directions(g, directions(g) | val);
        break;
    case REG_DIRCLR:
        set_directions(g, directions(g) & ~val);
        break;
    default:
        if (at - REG_PIN_CNF < 4 * PINS)
            g->cnf[(at - REG_PIN_CNF) / 4] = val & CNF_MASK;
        else
            device_unmodelled(d, at, true);
    }
    update(g);
    return BUS_OK;
}

static void gpio_signal(struct device *d, uint32_t port, bool level)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t bit = 1u << port % PINS;
    if (port < PORT_TAKE) {
        pins_drive(&g->pins, port, level);
        update(g);
        return;
    }
    g->taken = port < PORT_GIVE ? g->taken | bit : g->taken & ~bit;
    g->taken_level = level ? g->taken_level | bit : g->taken_level & ~bit;
    update(g);
}

static const struct device_input gpio_inputs[] = PINS_INPUTS(32);

static void gpio_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct gpio *g = (struct gpio *)d;
    pins_drive(&g->pins, (uint32_t)device_given(d, bytes, n, 0), device_given(d, bytes, n, 1));
    update(g);
}

static void gpio_reset(struct device *d)
{
    struct gpio *g = (struct gpio *)d;
    g->out = g->taken = g->taken_level = 0;
    for (uint32_t n = 0; n < PINS; n++)
        g->cnf[n] = CNF_INPUT_OFF;
    update(g);
}

static const struct field no_config[] = {{0}};

static const struct state_field state[] = {
    STATE_FIELD(struct gpio, out),
    STATE_FIELD(struct gpio, cnf),
    PINS_STATE(struct gpio, pins),
    STATE_FIELD(struct gpio, taken),
    STATE_FIELD(struct gpio, taken_level),
    STATE_FIELD(struct gpio, detect),
    {0},
};

const struct device_ops nrf51_gpio_ops = {
    .kind = "nrf51-gpio",
    .summary = "GPIO of the nRF51: 32 pins",
    .map_bytes = 0x1000,
    .config = no_config,
    .state = state,
    .instance_bytes = sizeof(struct gpio),
    .reset = gpio_reset,
    .read = gpio_read,
    .write = gpio_write,
    .input = gpio_input,
    .inputs = gpio_inputs,
    .signal = gpio_signal,
};
