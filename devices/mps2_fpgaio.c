/*
 * The system control and I/O registers of the MPS2 boards' FPGA: LEDs, buttons, free-running
 * counters.
 *
 * Source: Application Note AN385 (DAI 0385), "FPGA system control and I/O".
 * Deviation: MISC (chip selects of the display) only keeps its value.
 *
 * Ports: output n is LED n; from a script the buttons: {button, level}.
 */
#include <string.h>

#include "devices/kinds.h"
#include "devices/pins.h"

enum {
    REG_LED0 = 0x00,
    REG_BUTTON = 0x08,
    REG_CLK1HZ = 0x10,
    REG_CLK100HZ = 0x14,
    REG_COUNTER = 0x18,
    REG_PRESCALE = 0x1C,
    REG_PSCNTR = 0x20,
    REG_MISC = 0x4C
};
enum {
    CONFIG_CLOCK_HZ
};
#define LED_MASK  0x3u
#define MISC_MASK 0x3FFu

/* A counter that goes up with time: what it read, and when. */
struct upcounter {
    uint32_t value;
    uint64_t since; /* cycle */
};

struct fpgaio {
    struct device dev;
    struct pins leds;
    uint32_t led0, buttons, misc, prescale;
    struct upcounter clk1hz, clk100hz, counter;
};

static const struct field fpgaio_config[] = {
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0,
     "the board's clock, which the counters divide"},
    {0},
};

static const struct state_field fpgaio_state[] = {
    PINS_STATE(struct fpgaio, leds),
    STATE_FIELD(struct fpgaio, led0),
    STATE_FIELD(struct fpgaio, misc),
    STATE_FIELD(struct fpgaio, prescale),
    STATE_FIELD(struct fpgaio, buttons),
    STATE_FIELD(struct fpgaio, clk1hz.value),
    STATE_FIELD(struct fpgaio, clk1hz.since),
    STATE_FIELD(struct fpgaio, clk100hz.value),
    STATE_FIELD(struct fpgaio, clk100hz.since),
    STATE_FIELD(struct fpgaio, counter.value),
    STATE_FIELD(struct fpgaio, counter.since),
    {0},
};

static uint32_t read_counter(const struct fpgaio *f, const struct upcounter *c, uint64_t cycles)
{
    return c->value + (uint32_t)((device_now(&f->dev) - c->since) / cycles);
}

static void set_counter(const struct fpgaio *f, struct upcounter *c, uint32_t value)
{
    *c = (struct upcounter){value, device_now(&f->dev)};
}

static uint64_t divider(const struct fpgaio *f)
{
    return (uint64_t)f->prescale + 1;
}

static enum bus_status fpgaio_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct fpgaio *f = (struct fpgaio *)d;
    uint32_t hz = d->config[CONFIG_CLOCK_HZ];
    (void)bytes;
    switch (off) {
    case REG_LED0:
        *val = f->led0;
        break;
    case REG_BUTTON:
        *val = f->buttons;
        break;
    case REG_CLK1HZ:
        *val = read_counter(f, &f->clk1hz, hz);
        break;
    case REG_CLK100HZ:
        *val = read_counter(f, &f->clk100hz, hz / 100);
        break;
    case REG_COUNTER:
        *val = read_counter(f, &f->counter, divider(f));
        break;
    case REG_PRESCALE:
        *val = f->prescale;
        break;
    case REG_PSCNTR: /* counts down to each step of COUNTER */
        *val = f->prescale - (uint32_t)((device_now(&f->dev) - f->counter.since) % divider(f));
        break;
    case REG_MISC:
        *val = f->misc;
        break;
    default:
        device_unmodelled(d, off, false);
    }
    return BUS_OK;
}

static enum bus_status fpgaio_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct fpgaio *f = (struct fpgaio *)d;
    (void)bytes;
    switch (off) {
    case REG_LED0:
        f->led0 = val & LED_MASK;
        pins_tell(&f->leds, d, f->led0);
        break;
    case REG_CLK1HZ:
        set_counter(f, &f->clk1hz, val);
        break;
    case REG_CLK100HZ:
        set_counter(f, &f->clk100hz, val);
        break;
    case REG_COUNTER:
        set_counter(f, &f->counter, val);
        break;
    case REG_PRESCALE:
        set_counter(f, &f->counter, read_counter(f, &f->counter, divider(f)));
        f->prescale = val;
        break;
    case REG_MISC:
        f->misc = val & MISC_MASK;
        break;
    default:
        device_unmodelled(d, off, true);
    }
    return BUS_OK;
}

static const struct device_input fpgaio_inputs[] = {{"button", 0, 1}, {"level", 0, 1}, {0}};

static void fpgaio_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct fpgaio *f = (struct fpgaio *)d;
    uint32_t bit = 1u << device_given(d, bytes, n, 0);
    f->buttons = device_given(d, bytes, n, 1) ? f->buttons | bit : f->buttons & ~bit;
}

static void fpgaio_reset(struct device *d)
{
    struct fpgaio *f = (struct fpgaio *)d;
    uint32_t buttons = f->buttons; /* held by a finger */
    struct pins leds = f->leds;
    memset((char *)f + sizeof f->dev, 0, sizeof *f - sizeof f->dev);
    f->buttons = buttons;
    f->leds = leds;
    set_counter(f, &f->clk1hz, 0);
    set_counter(f, &f->clk100hz, 0);
    set_counter(f, &f->counter, 0);
    pins_tell(&f->leds, d, 0);
}

const struct device_ops mps2_fpgaio_ops = {
    .kind = "mps2-fpgaio",
    .summary = "LEDs, buttons and counters of the MPS2 boards",
    .map_bytes = 0x1000,
    .config = fpgaio_config,
    .state = fpgaio_state,
    .instance_bytes = sizeof(struct fpgaio),
    .reset = fpgaio_reset,
    .read = fpgaio_read,
    .write = fpgaio_write,
    .input = fpgaio_input,
    .inputs = fpgaio_inputs,
};
