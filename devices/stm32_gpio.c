/*
 * GPIO of the STM32: a port of 16 pins, in the old form (F1) and the new one.
 *
 * Source: RM0041 (STM32F100) 7.2; RM0090 (STM32F405/407) 8.4; RM0444 (STM32G0) 6.4.
 * Deviation: which alternate function is chosen does not matter; the port's lock is not modelled.
 *
 * Ports (pins.h): input 16 + n is the level that a peripheral gives pin n when it is an alternate
 * function.
 */
#include "devices/kinds.h"
#include "devices/pins.h"
#include "devices/regs.h"

enum { /* the new form */
    REG_MODER = 0x00,
    REG_OTYPER = 0x04,
    REG_OSPEEDR = 0x08,
    REG_PUPDR = 0x0C,
    REG_IDR = 0x10,
    REG_ODR = 0x14,
    REG_BSRR = 0x18,
    REG_LCKR = 0x1C,
    REG_AFRL = 0x20,
    REG_BRR = 0x28
};
enum { /* F1 */
    REG_CRL = 0x00,
    REG_CRH = 0x04,
    REG1_IDR = 0x08,
    REG1_ODR = 0x0C,
    REG1_BSRR = 0x10,
    REG1_BRR = 0x14
};
enum {
    MODE_INPUT,
    MODE_OUTPUT,
    MODE_ALTERNATE,
    MODE_ANALOG
};
#define PIN_COUNT 16u
#define PIN_MASK  0xFFFFu

enum {
    CONFIG_MODER,
    CONFIG_PUPDR
};

struct gpio {
    struct device dev;
    uint32_t reg[0x2C / 4];
    uint32_t given; /* by peripherals */
    struct pins pins;
};

static const struct reg new_regs[] = {
    [0x00 / 4] = {"MODER", .mask = UINT32_MAX},
    [0x04 / 4] = {"OTYPER", .mask = PIN_MASK},
    [0x08 / 4] = {"OSPEEDR", .mask = UINT32_MAX},
    [0x0C / 4] = {"PUPDR", .mask = UINT32_MAX},
    [0x10 / 4] = {"IDR", 0},
    [0x14 / 4] = {"ODR", .mask = PIN_MASK},
    [0x18 / 4] = {"BSRR", 0},
    [0x1C / 4] = {"LCKR", .mask = 0x1FFFF},
    [0x20 / 4] = {"AFRL", .mask = UINT32_MAX},
    [0x24 / 4] = {"AFRH", .mask = UINT32_MAX},
    [0x28 / 4] = {"BRR", 0},
};
static const struct reg old_regs[] = {
    [0x00 / 4] = {"CRL", .reset = 0x44444444, .mask = UINT32_MAX},
    [0x04 / 4] = {"CRH", .reset = 0x44444444, .mask = UINT32_MAX},
    [0x08 / 4] = {"IDR", 0},
    [0x0C / 4] = {"ODR", .mask = PIN_MASK},
    [0x10 / 4] = {"BSRR", 0},
    [0x14 / 4] = {"BRR", 0},
    [0x18 / 4] = {"LCKR", .mask = 0x1FFFF},
};

static bool is_old(const struct gpio *g)
{
    return g->dev.ops == &stm32f1_gpio_ops;
}

static uint32_t *odr(struct gpio *g)
{
    return &g->reg[(is_old(g) ? REG1_ODR : REG_ODR) / 4];
}

/* How pin @n is set, in terms of the new form. Open drain drives only low. */
static void pin_setting(const struct gpio *g, uint32_t n, uint32_t *mode, bool *open, bool *pull_up)
{
    if (!is_old(g)) {
        *mode = g->reg[REG_MODER / 4] >> 2 * n & 3u;
        *open = g->reg[REG_OTYPER / 4] >> n & 1u;
        *pull_up = (g->reg[REG_PUPDR / 4] >> 2 * n & 3u) == 1;
        return;
    }
    uint32_t cnf = g->reg[(n < 8 ? REG_CRL : REG_CRH) / 4] >> 4 * (n % 8) & 15u;
    bool output = cnf & 3u;
    *mode = output     ? (cnf & 8u ? MODE_ALTERNATE : MODE_OUTPUT)
            : cnf >> 2 ? MODE_INPUT
                       : MODE_ANALOG;
    *open = output && (cnf & 4u);
    *pull_up = !output && cnf >> 2 == 2 && (g->reg[REG1_ODR / 4] >> n & 1u);
}

/* What IDR shows: of an analog pin 0. Source: RM0090 8.3.12. */
static uint32_t idr(const struct gpio *g)
{
    uint32_t shown = g->pins.level;
    for (uint32_t n = 0; n < PIN_COUNT; n++) {
        uint32_t mode;
        bool open, pull_up;
        pin_setting(g, n, &mode, &open, &pull_up);
        shown &= mode == MODE_ANALOG ? ~(1u << n) : UINT32_MAX;
    }
    return shown;
}

static void update(struct gpio *g)
{
    uint32_t drives = 0, out = 0, pull = 0;
    for (uint32_t n = 0; n < PIN_COUNT; n++) {
        uint32_t mode, bit = 1u << n;
        bool open, pull_up;
        pin_setting(g, n, &mode, &open, &pull_up);
        uint32_t level = (mode == MODE_ALTERNATE ? g->given : *odr(g)) & bit;
        if ((mode == MODE_OUTPUT || mode == MODE_ALTERNATE) && !(open && level))
            drives |= bit;
        out |= level;
        pull |= pull_up ? bit : 0;
    }
    pins_tell(&g->pins, &g->dev, pins_levels(&g->pins, drives, out, pull) & PIN_MASK);
}

static const struct reg *table(const struct gpio *g, uint32_t *words)
{
    *words = is_old(g) ? REG_WORDS(old_regs) : REG_WORDS(new_regs);
    return is_old(g) ? old_regs : new_regs;
}

static enum bus_status gpio_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t words, at = off & ~3u;
    const struct reg *regs = table(g, &words);
    if (!regs_known(regs, words, d, off, false))
        return BUS_OK;
    *val = regs_part(at == (is_old(g) ? REG1_IDR : REG_IDR) ? idr(g) : g->reg[at / 4], off, bytes);
    return BUS_OK;
}

static enum bus_status gpio_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t words, at = off & ~3u;
    const struct reg *regs = table(g, &words);
    if (!regs_known(regs, words, d, off, true))
        return BUS_OK;
    uint32_t *reg = &g->reg[at / 4], bits = regs_whole(0, off, bytes, val);
    *reg = regs_written(&regs[at / 4], *reg, regs_whole(*reg, off, bytes, val));
    if (at == (is_old(g) ? REG1_BSRR : REG_BSRR)) /* setting wins */
        *odr(g) = (*odr(g) & ~(bits >> 16)) | (bits & PIN_MASK);
    if (at == (is_old(g) ? REG1_BRR : REG_BRR))
        *odr(g) &= ~bits;
    update(g);
    return BUS_OK;
}

static void gpio_signal(struct device *d, uint32_t port, bool level)
{
    struct gpio *g = (struct gpio *)d;
    uint32_t bit = 1u << port % PIN_COUNT;
    if (port < PIN_COUNT)
        pins_drive(&g->pins, port, level);
    else
        g->given = level ? g->given | bit : g->given & ~bit;
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
    uint32_t words;
    const struct reg *regs = table(g, &words);
    regs_reset(regs, words, g->reg);
    g->given = 0;
    if (!is_old(g)) {
        g->reg[REG_MODER / 4] = d->config[CONFIG_MODER];
        g->reg[REG_PUPDR / 4] = d->config[CONFIG_PUPDR];
    }
    update(g);
}

static const struct field old_config[] = {{0}};
static const struct field new_config[] = {
    {"moder", FIELD_ADDR, false, 0, UINT32_MAX, 0, "MODER after reset"},
    {"pupdr", FIELD_ADDR, false, 0, UINT32_MAX, 0, "PUPDR after reset"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct gpio, reg),
    STATE_FIELD(struct gpio, given),
    PINS_STATE(struct gpio, pins),
    {0},
};

#define GPIO_OPS(name, text, keys)                                                         \
    {                                                                                      \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = keys, .state = state, \
        .instance_bytes = sizeof(struct gpio), .reset = gpio_reset, .read = gpio_read,     \
        .write = gpio_write, .input = gpio_input, .inputs = inputs, .signal = gpio_signal, \
    }

const struct device_ops stm32_gpio_ops =
    GPIO_OPS("stm32-gpio", "GPIO port of the STM32F2, F4 and G0", new_config);
const struct device_ops stm32f1_gpio_ops =
    GPIO_OPS("stm32f1-gpio", "GPIO port of the STM32F1", old_config);
