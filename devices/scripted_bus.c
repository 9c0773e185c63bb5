/*
 * Devices on a bus that a script plays: what the guest sends comes out as the device's output, and
 * what it receives are the bytes that were given as the device's input, then ones.
 */
#include "devices/i2c.h"
#include "devices/kinds.h"

#define ANSWERS_MAX 256u
enum {
    CONFIG_ADDRESS
};

struct scripted {
    struct device dev;
    uint8_t selected;
    uint8_t answers[ANSWERS_MAX];
    uint32_t head, len;
};

static uint8_t answer(struct scripted *s)
{
    if (!s->len)
        return 0xFF;
    uint8_t byte = s->answers[s->head];
    s->head = (s->head + 1) % ANSWERS_MAX;
    s->len--;
    return byte;
}

static bool i2c_scripted_transfer(struct device *d, enum bus_op op, uint8_t *byte)
{
    struct scripted *s = (struct scripted *)d;
    if (op == BUS_START_WRITE || op == BUS_START_READ)
        s->selected = *byte == d->config[CONFIG_ADDRESS];
    if (!s->selected)
        return false;
    if (op == BUS_WRITE)
        device_output(d, byte, 1);
    if (op == BUS_READ)
        *byte = answer(s);
    if (op == BUS_STOP)
        s->selected = 0;
    return true;
}

static bool spi_scripted_transfer(struct device *d, enum bus_op op, uint8_t *byte)
{
    if (op != BUS_EXCHANGE)
        return false;
    device_output(d, byte, 1);
    *byte = answer((struct scripted *)d);
    return true;
}

static void scripted_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct scripted *s = (struct scripted *)d;
    for (size_t i = 0; i < n && s->len < ANSWERS_MAX; i++)
        s->answers[(s->head + s->len++) % ANSWERS_MAX] = bytes[i];
}

static void scripted_reset(struct device *d)
{
    ((struct scripted *)d)->selected = 0;
}

static const struct field i2c_config[] = {
    {"address", FIELD_INT, true, 0, 127, 0, "on the bus"},
    {0},
};
static const struct field no_config[] = {{0}};

static const struct state_field state[] = {
    STATE_FIELD(struct scripted, selected),
    STATE_FIELD(struct scripted, answers),
    STATE_FIELD(struct scripted, head),
    STATE_FIELD(struct scripted, len),
    {0},
};

const struct device_ops scripted_i2c_ops = {
    .kind = "scripted-i2c",
    .summary = "a device on an I2C bus that a script plays",
    .config = i2c_config,
    .state = state,
    .instance_bytes = sizeof(struct scripted),
    .reset = scripted_reset,
    .input = scripted_input,
    .transfer = i2c_scripted_transfer,
};
const struct device_ops scripted_spi_ops = {
    .kind = "scripted-spi",
    .summary = "a device on an SPI bus that a script plays",
    .config = no_config,
    .state = state,
    .instance_bytes = sizeof(struct scripted),
    .reset = scripted_reset,
    .input = scripted_input,
    .transfer = spi_scripted_transfer,
};
