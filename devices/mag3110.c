/*
 * MAG3110: the magnetometer of the micro:bit.
 *
 * Source: MAG3110 data sheet (NXP, rev. 9.2), 4 "Digital interface" and 5 "Register descriptions".
 *
 * Ports: output 0 is pin INT1, active high.
 */
#include "devices/i2c.h"
#include "devices/kinds.h"

enum {
    REG_DR_STATUS = 0x00,
    REG_OUT = 0x01,
    REG_OUT_END = 0x06,
    REG_WHO_AM_I = 0x07,
    REG_SYSMOD = 0x08,
    REG_OFF = 0x09,
    REG_DIE_TEMP = 0x0F,
    REG_CTRL1 = 0x10,
    REG_CTRL2 = 0x11,
    REG_COUNT
};
#define WHO_AM_I  0xC4u
#define ACTIVE    1u
#define TRIGGER   2u
#define ALL_READY 0x0Fu
#define RAW       0x20u /* CTRL_REG2: without the user's offset */
enum {
    CONFIG_ADDRESS,
    CONFIG_CLOCK_HZ
};

struct magnetometer {
    struct device dev;
    struct i2c i2c;
    uint8_t reg[REG_COUNT];
    uint32_t ready, given;
    int32_t field[3]; /* tenths of a microtesla */
};

static void update_pin(struct magnetometer *m)
{
    device_signal(&m->dev, 0, m->ready != 0);
}

/* CTRL_REG1.DR and OS: 80 Hz halved by each step of both. Source: table 30. */
static uint64_t period(const struct magnetometer *m)
{
    uint32_t halved = (m->reg[REG_CTRL1] >> 5 & 7u) + (m->reg[REG_CTRL1] >> 3 & 3u);
    return (uint64_t)m->dev.config[CONFIG_CLOCK_HZ] / 80 << halved;
}

static int32_t sample(const struct magnetometer *m, uint32_t axis)
{
    static const int32_t north[] = {200, 0, 400}; /* about what the Earth has in mid-latitudes */
    int32_t v = m->given ? m->field[axis] : north[axis];
    const uint8_t *off = &m->reg[REG_OFF + 2 * axis];
    if (!(m->reg[REG_CTRL2] & RAW))
        v -= (int16_t)(off[0] << 8 | off[1]) / 2;
    return v;
}

static uint8_t read_register(struct magnetometer *m, uint32_t at)
{
    uint32_t n = at - REG_OUT;
    if (at >= REG_OUT && at <= REG_OUT_END) {
        uint32_t v = (uint32_t)sample(m, n / 2);
        m->ready = 0;
        update_pin(m);
        return (uint8_t)(n % 2 ? v : v >> 8);
    }
    switch (at) {
    case REG_DR_STATUS:
        return m->ready ? ALL_READY : 0;
    case REG_WHO_AM_I:
        return WHO_AM_I;
    case REG_SYSMOD:
        return m->reg[REG_CTRL1] & ACTIVE ? 1 : 0;
    case REG_DIE_TEMP:
        return 23;
    default:
        return at < REG_COUNT ? m->reg[at] : 0;
    }
}

static void write_register(struct magnetometer *m, uint32_t at, uint8_t val)
{
    if (at < REG_OFF || at == REG_DIE_TEMP || at >= REG_COUNT)
        return;
    m->reg[at] = val;
    if (at != REG_CTRL1)
        return;
    bool runs = val & (ACTIVE | TRIGGER);
    device_schedule(&m->dev, runs ? device_now(&m->dev) + period(m) : DEVICE_NEVER);
}

static void magnetometer_event(struct device *d, uint64_t now)
{
    struct magnetometer *m = (struct magnetometer *)d;
    m->ready = 1;
    m->reg[REG_CTRL1] &= (uint8_t)~TRIGGER;
    if (m->reg[REG_CTRL1] & ACTIVE)
        device_schedule(d, now + period(m));
    update_pin(m);
}

static bool magnetometer_transfer(struct device *d, enum bus_op op, uint8_t *byte)
{
    struct magnetometer *m = (struct magnetometer *)d;
    enum i2c_does does = i2c_transfer(&m->i2c, d->config[CONFIG_ADDRESS], op, byte);
    uint8_t at = m->i2c.at;
    if (does == I2C_READ)
        *byte = read_register(m, at);
    if (does == I2C_WRITE)
        write_register(m, at, *byte);
    if (does == I2C_READ || does == I2C_WRITE)
        m->i2c.at = (uint8_t)(at + 1);
    return does != I2C_NOTHING;
}

static const struct device_input magnetometer_inputs[] = {
    {"x, tenths of a microtesla", -10000, 10000},
    {"y", -10000, 10000},
    {"z", -10000, 10000},
    {0},
};

static void magnetometer_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct magnetometer *m = (struct magnetometer *)d;
    m->given = 1;
    for (uint32_t i = 0; i < 3; i++)
        m->field[i] = device_given(d, bytes, n, i);
}

static void magnetometer_reset(struct device *d)
{
    update_pin((struct magnetometer *)d);
}

static const struct field magnetometer_config[] = {
    {"address", FIELD_INT, false, 0, 127, 0x0E, "on the bus"},
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0, "the core's clock, for its sample rate"},
    {0},
};

static const struct state_field state[] = {
    I2C_STATE(struct magnetometer, i2c),     STATE_FIELD(struct magnetometer, reg),
    STATE_FIELD(struct magnetometer, ready), STATE_FIELD(struct magnetometer, given),
    STATE_FIELD(struct magnetometer, field), {0},
};

const struct device_ops mag3110_ops = {
    .kind = "mag3110",
    .summary = "MAG3110 magnetometer on an I2C bus; its values come from scripts",
    .config = magnetometer_config,
    .state = state,
    .instance_bytes = sizeof(struct magnetometer),
    .reset = magnetometer_reset,
    .event = magnetometer_event,
    .input = magnetometer_input,
    .inputs = magnetometer_inputs,
    .transfer = magnetometer_transfer,
};
