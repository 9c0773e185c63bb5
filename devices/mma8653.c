/*
 * MMA8653FC: the accelerometer of the micro:bit.
 *
 * Source: MMA8653FC data sheet (NXP, rev. 2.1), 5 "Digital interfaces" and 6 "Register
 * descriptions".
 * Deviation: no motion or orientation detection; the self-test changes nothing.
 *
 * Ports: output 0 is pin INT1, output 1 pin INT2, active low.
 */
#include <string.h>

#include "devices/i2c.h"
#include "devices/kinds.h"

enum {
    REG_STATUS = 0x00,
    REG_OUT = 0x01,
    REG_OUT_END = 0x06,
    REG_SYSMOD = 0x0B,
    REG_INT_SOURCE = 0x0C,
    REG_WHO_AM_I = 0x0D,
    REG_XYZ_DATA_CFG = 0x0E,
    REG_CTRL1 = 0x2A,
    REG_CTRL4 = 0x2D,
    REG_CTRL5 = 0x2E,
    REG_COUNT = 0x32
};
#define WHO_AM_I   0x5Au
#define ACTIVE     1u
#define FAST_READ  2u
#define DATA_READY 1u
#define ALL_READY  0x0Fu
enum {
    CONFIG_ADDRESS,
    CONFIG_CLOCK_HZ
};

struct accelerometer {
    struct device dev;
    struct i2c i2c;
    uint8_t reg[REG_COUNT];
    uint32_t ready; /* a sample that was not read */
    uint32_t given; /* @milli_g was given: else it lies on a table */
    int32_t milli_g[3];
};

/* CTRL_REG1.DR: samples in 100 seconds. Source: table 55 "System output data rate". */
static uint64_t period(const struct accelerometer *a)
{
    static const uint32_t rates[] = {80000, 40000, 20000, 10000, 5000, 1250, 625, 156};
    return (uint64_t)a->dev.config[CONFIG_CLOCK_HZ] * 100 / rates[a->reg[REG_CTRL1] >> 3 & 7u];
}

static void update_pins(struct accelerometer *a)
{
    bool tells = a->ready && (a->reg[REG_CTRL4] & DATA_READY);
    bool first = a->reg[REG_CTRL5] & DATA_READY;
    device_signal(&a->dev, 0, !(tells && first));
    device_signal(&a->dev, 1, !(tells && !first));
}

/* 10 bits, at the top of two bytes; the range is 2, 4 or 8 g. */
static uint16_t sample(const struct accelerometer *a, uint32_t axis)
{
    static const int32_t flat[] = {0, 0, -1000}; /* z points up */
    int32_t range = 2000 << (a->reg[REG_XYZ_DATA_CFG] & 3u);
    int32_t v = (a->given ? a->milli_g[axis] : flat[axis]) * 512 / range;
    v = v > 511 ? 511 : v < -512 ? -512 : v;
    return (uint16_t)((uint32_t)v << 6);
}

static uint8_t read_register(struct accelerometer *a, uint32_t at)
{
    uint32_t n = at - REG_OUT;
    if (at >= REG_OUT && at <= REG_OUT_END) {
        uint16_t v = sample(a, n / 2);
        if (a->ready) {
            a->ready = 0;
            update_pins(a);
        }
        return (uint8_t)(n % 2 ? v : v >> 8);
    }
    switch (at) {
    case REG_STATUS:
        return a->ready ? ALL_READY : 0;
    case REG_INT_SOURCE:
        return a->ready ? DATA_READY : 0;
    case REG_SYSMOD: /* standby or awake */
        return a->reg[REG_CTRL1] & ACTIVE;
    case REG_WHO_AM_I:
        return WHO_AM_I;
    default:
        return at < REG_COUNT ? a->reg[at] : 0;
    }
}

static void write_register(struct accelerometer *a, uint32_t at, uint8_t val)
{
    if (at < REG_XYZ_DATA_CFG || at >= REG_COUNT)
        return;
    a->reg[at] = val;
    if (at == REG_CTRL1) {
        bool active = val & ACTIVE;
        device_schedule(&a->dev, active ? device_now(&a->dev) + period(a) : DEVICE_NEVER);
        a->ready = active ? a->ready : 0;
    }
    update_pins(a);
}

static void accelerometer_event(struct device *d, uint64_t now)
{
    struct accelerometer *a = (struct accelerometer *)d;
    a->ready = 1;
    device_schedule(d, now + period(a));
    update_pins(a);
}

/* After the last data register comes STATUS again; with fast reads the low bytes are left out. */
static uint8_t next_register(const struct accelerometer *a, uint8_t at)
{
    bool fast = a->reg[REG_CTRL1] & FAST_READ;
    if (fast && at >= REG_OUT && at < REG_OUT_END)
        return at + 2 > REG_OUT_END ? REG_STATUS : (uint8_t)(at + 2);
    return at == REG_OUT_END ? REG_STATUS : (uint8_t)(at + 1);
}

static bool accelerometer_transfer(struct device *d, enum bus_op op, uint8_t *byte)
{
    struct accelerometer *a = (struct accelerometer *)d;
    enum i2c_does does = i2c_transfer(&a->i2c, d->config[CONFIG_ADDRESS], op, byte);
    uint8_t at = a->i2c.at;
    if (does == I2C_READ)
        *byte = read_register(a, at);
    if (does == I2C_WRITE)
        write_register(a, at, *byte);
    if (does == I2C_READ || does == I2C_WRITE)
        a->i2c.at = next_register(a, at);
    return does != I2C_NOTHING;
}

static const struct device_input accelerometer_inputs[] = {
    {"x, thousandths of g", -8000, 8000},
    {"y", -8000, 8000},
    {"z", -8000, 8000},
    {0},
};

static void accelerometer_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct accelerometer *a = (struct accelerometer *)d;
    a->given = 1;
    for (uint32_t i = 0; i < 3; i++) {
        a->milli_g[i] = device_given(d, bytes, n, i);
    }
}

/* It has a supply of its own: the board's reset does not reach it. */
static void accelerometer_reset(struct device *d)
{
    update_pins((struct accelerometer *)d);
}

static const struct field accelerometer_config[] = {
    {"address", FIELD_INT, false, 0, 127, 0x1D, "on the bus"},
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0, "the core's clock, for its sample rate"},
    {0},
};

static const struct state_field state[] = {
    I2C_STATE(struct accelerometer, i2c),       STATE_FIELD(struct accelerometer, reg),
    STATE_FIELD(struct accelerometer, ready),   STATE_FIELD(struct accelerometer, given),
    STATE_FIELD(struct accelerometer, milli_g), {0},
};

const struct device_ops mma8653_ops = {
    .kind = "mma8653",
    .summary = "MMA8653 accelerometer on an I2C bus; its values come from scripts",
    .config = accelerometer_config,
    .state = state,
    .instance_bytes = sizeof(struct accelerometer),
    .reset = accelerometer_reset,
    .event = accelerometer_event,
    .input = accelerometer_input,
    .inputs = accelerometer_inputs,
    .transfer = accelerometer_transfer,
};
