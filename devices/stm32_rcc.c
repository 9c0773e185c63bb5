/*
 * RCC of the STM32: clocks become ready, the switch follows, and why there was a reset.
 *
 * Source: RM0041 (STM32F100) 6.3, RM0033 (STM32F2) 5.3, RM0090 (STM32F405/407) 7.3, RM0444
 * (STM32G0) 5.4; start-up times from the data sheets' "Clock characteristics", rounded.
 * Deviation: the core and all peripherals run at the board's clock, whatever is chosen here, and
 * whether or not a peripheral's clock is enabled.
 *
 * Ports: input 0 and 1 say that the independent or the window watchdog causes a reset.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    CONFIG_CLOCK_HZ
};
#define WORDS     0x98u / 4
#define READY_MAX 6u

/* Why there was a reset, with the pin's flag: the same bits in all families. */
enum {
    RESET_SOFT = 1 << 28 | 1 << 26,
    RESET_IWDG = 1 << 29 | 1 << 26,
    RESET_WWDG = 1 << 30 | 1 << 26
};

/** A clock: on at a bit, ready at another, some time later. */
struct source {
    uint32_t off, on, ready;
    uint32_t microseconds;
};

/** What the families differ in. The switch names the first sources by their order. */
struct rcc_kind {
    const struct reg *regs;
    uint32_t words;
    struct source sources[READY_MAX];  /* ends with off == NONE, or is full */
    uint32_t cfgr, sw_mask, sws_shift; /* the switch, and what follows it */
    uint32_t sw_count, bdcr;           /* clocks it knows; the register of the backup domain */
    uint32_t csr, rmvf;                /* reset flags, and the bit that clears them */
    uint32_t flags, power_on;
};
#define NONE UINT32_MAX

struct rcc {
    struct device dev;
    uint32_t reg[WORDS];
    uint64_t due[READY_MAX];
    uint32_t powered, cause;
};

static const struct rcc_kind *kind_of(const struct rcc *r);

static void reschedule(struct rcc *r)
{
    uint64_t when = DEVICE_NEVER;
    for (uint32_t i = 0; i < READY_MAX; i++)
        when = r->due[i] < when ? r->due[i] : when;
    device_schedule(&r->dev, when);
}

/* The switch follows when the clock that is asked for is ready. */
static void switch_clock(struct rcc *r)
{
    const struct rcc_kind *k = kind_of(r);
    uint32_t *cfgr = &r->reg[k->cfgr / 4], sw = *cfgr & k->sw_mask;
    if (sw < k->sw_count && (r->reg[k->sources[sw].off / 4] & k->sources[sw].ready))
        *cfgr = (*cfgr & ~(k->sw_mask << k->sws_shift)) | sw << k->sws_shift;
}

/* Clocks that were switched on or off. */
static void follow(struct rcc *r)
{
    const struct rcc_kind *k = kind_of(r);
    uint64_t now = device_now(&r->dev);
    for (uint32_t i = 0; i < READY_MAX && k->sources[i].off != NONE; i++) {
        const struct source *s = &k->sources[i];
        uint32_t *reg = &r->reg[s->off / 4];
        if (!(*reg & s->on)) {
            *reg &= ~s->ready;
            r->due[i] = DEVICE_NEVER;
        } else if (!(*reg & s->ready) && r->due[i] == DEVICE_NEVER) {
            r->due[i] = now + (uint64_t)r->dev.config[CONFIG_CLOCK_HZ] * s->microseconds / 1000000;
        }
    }
    switch_clock(r);
    reschedule(r);
}

static void rcc_event(struct device *d, uint64_t now)
{
    struct rcc *r = (struct rcc *)d;
    const struct rcc_kind *k = kind_of(r);
    for (uint32_t i = 0; i < READY_MAX; i++) {
        if (r->due[i] > now)
            continue;
        r->due[i] = DEVICE_NEVER;
        r->reg[k->sources[i].off / 4] |= k->sources[i].ready;
    }
    switch_clock(r);
    reschedule(r);
}

static enum bus_status rcc_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct rcc *r = (struct rcc *)d;
    const struct rcc_kind *k = kind_of(r);
    if (regs_known(k->regs, k->words, d, off, false))
        *val = regs_part(r->reg[off / 4], off, bytes);
    return BUS_OK;
}

static enum bus_status rcc_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct rcc *r = (struct rcc *)d;
    const struct rcc_kind *k = kind_of(r);
    uint32_t at = off & ~3u;
    if (!regs_known(k->regs, k->words, d, off, true))
        return BUS_OK;
    uint32_t *reg = &r->reg[at / 4];
    *reg = regs_written(&k->regs[at / 4], *reg, regs_whole(*reg, off, bytes, val));
    if (at == k->csr && (*reg & k->rmvf))
        *reg &= ~(k->flags | k->rmvf);
    follow(r);
    return BUS_OK;
}

static void rcc_signal(struct device *d, uint32_t port, bool level)
{
    struct rcc *r = (struct rcc *)d;
    if (level)
        r->cause = port ? RESET_WWDG : RESET_IWDG;
}

/* The flags of earlier resets stay until they are cleared, the backup domain stays. */
static void rcc_reset(struct device *d)
{
    struct rcc *r = (struct rcc *)d;
    const struct rcc_kind *k = kind_of(r);
    uint32_t flags = r->powered
                         ? (r->reg[k->csr / 4] & k->flags) | (r->cause ? r->cause : RESET_SOFT)
                         : k->power_on;
    uint32_t backup = r->reg[k->bdcr / 4];
    regs_reset(k->regs, k->words, r->reg);
    r->reg[k->bdcr / 4] = backup;
    r->reg[k->csr / 4] |= flags;
    r->cause = 0;
    r->powered = 1;
    for (uint32_t i = 0; i < READY_MAX; i++)
        r->due[i] = DEVICE_NEVER;
    follow(r);
}

static const struct reg f1_regs[] = {
    [0x00 / 4] = {"RCC_CR", .reset = 0x83, .mask = 0x010D00F9},
    [0x04 / 4] = {"RCC_CFGR", .mask = 0x073FFFF3},
    [0x08 / 4] = {"RCC_CIR", .mask = 0x1F00},
    [0x0C / 4] = {"RCC_APB2RSTR", .mask = UINT32_MAX},
    [0x10 / 4] = {"RCC_APB1RSTR", .mask = UINT32_MAX},
    [0x14 / 4] = {"RCC_AHBENR", .reset = 0x14, .mask = UINT32_MAX},
    [0x18 / 4] = {"RCC_APB2ENR", .mask = UINT32_MAX},
    [0x1C / 4] = {"RCC_APB1ENR", .mask = UINT32_MAX},
    [0x20 / 4] = {"RCC_BDCR", .mask = 0x18305},
    [0x24 / 4] = {"RCC_CSR", .mask = 0x01000001},
    [0x2C / 4] = {"RCC_CFGR2", .mask = 0xF},
};
static const struct rcc_kind f1 = {
    .regs = f1_regs,
    .words = REG_WORDS(f1_regs),
    .sources = {{0x00, 1u << 0, 1u << 1, 2},
                {0x00, 1u << 16, 1u << 17, 2000},
                {0x00, 1u << 24, 1u << 25, 200},
                {0x20, 1u << 0, 1u << 1, 100000},
                {0x24, 1u << 0, 1u << 1, 85},
                {NONE}},
    .cfgr = 0x04,
    .sw_mask = 3,
    .sws_shift = 2,
    .sw_count = 3,
    .bdcr = 0x20,
    .csr = 0x24,
    .rmvf = 1u << 24,
    .flags = 0xFC000000,
    .power_on = 0x0C000000,
};

static const struct reg f4_regs[] = {
    [0x00 / 4] = {"RCC_CR", .reset = 0x83, .mask = 0x150D00F9},
    [0x04 / 4] = {"RCC_PLLCFGR", .reset = 0x24003010, .mask = 0x0F437FFF},
    [0x08 / 4] = {"RCC_CFGR", .mask = 0xFFFFFCF3},
    [0x0C / 4] = {"RCC_CIR", .mask = 0x3F00},
    [0x10 / 4] = {"RCC_AHB1RSTR", .mask = UINT32_MAX},
    [0x14 / 4] = {"RCC_AHB2RSTR", .mask = UINT32_MAX},
    [0x18 / 4] = {"RCC_AHB3RSTR", .mask = UINT32_MAX},
    [0x20 / 4] = {"RCC_APB1RSTR", .mask = UINT32_MAX},
    [0x24 / 4] = {"RCC_APB2RSTR", .mask = UINT32_MAX},
    [0x30 / 4] = {"RCC_AHB1ENR", .reset = 0x00100000, .mask = UINT32_MAX},
    [0x34 / 4] = {"RCC_AHB2ENR", .mask = UINT32_MAX},
    [0x38 / 4] = {"RCC_AHB3ENR", .mask = UINT32_MAX},
    [0x40 / 4] = {"RCC_APB1ENR", .mask = UINT32_MAX},
    [0x44 / 4] = {"RCC_APB2ENR", .mask = UINT32_MAX},
    [0x50 / 4] = {"RCC_AHB1LPENR", .reset = 0x7E6791FF, .mask = UINT32_MAX},
    [0x54 / 4] = {"RCC_AHB2LPENR", .reset = 0xF1, .mask = UINT32_MAX},
    [0x58 / 4] = {"RCC_AHB3LPENR", .reset = 1, .mask = UINT32_MAX},
    [0x60 / 4] = {"RCC_APB1LPENR", .reset = 0x36FEC9FF, .mask = UINT32_MAX},
    [0x64 / 4] = {"RCC_APB2LPENR", .reset = 0x00075F33, .mask = UINT32_MAX},
    [0x70 / 4] = {"RCC_BDCR", .mask = 0x18305},
    [0x74 / 4] = {"RCC_CSR", .mask = 0x01000001},
    [0x80 / 4] = {"RCC_SSCGR", .mask = UINT32_MAX},
    [0x84 / 4] = {"RCC_PLLI2SCFGR", .reset = 0x20003000, .mask = 0x70007FC0},
};
static const struct rcc_kind f4 = {
    .regs = f4_regs,
    .words = REG_WORDS(f4_regs),
    .sources = {{0x00, 1u << 0, 1u << 1, 2},
                {0x00, 1u << 16, 1u << 17, 2000},
                {0x00, 1u << 24, 1u << 25, 200},
                {0x00, 1u << 26, 1u << 27, 200},
                {0x70, 1u << 0, 1u << 1, 100000},
                {0x74, 1u << 0, 1u << 1, 40}},
    .cfgr = 0x08,
    .sw_mask = 3,
    .sws_shift = 2,
    .sw_count = 3,
    .bdcr = 0x70,
    .csr = 0x74,
    .rmvf = 1u << 24,
    .flags = 0xFE000000,
    .power_on = 0x0E000000,
};

static const struct reg g0_regs[] = {
    [0x00 / 4] = {"RCC_CR", .reset = 0x500, .mask = 0x010D3B00},
    [0x04 / 4] = {"RCC_ICSCR", .reset = 0x4000, .mask = 0x7F00},
    [0x08 / 4] = {"RCC_CFGR", .mask = 0x77007F07},
    [0x0C / 4] = {"RCC_PLLCFGR", .reset = 0x1000, .mask = 0xFF3F7F73},
    [0x18 / 4] = {"RCC_CIER", .mask = 0x3B},
    [0x1C / 4] = {"RCC_CIFR", 0},
    [0x20 / 4] = {"RCC_CICR", 0},
    [0x24 / 4] = {"RCC_IOPRSTR", .mask = 0x2F},
    [0x28 / 4] = {"RCC_AHBRSTR", .mask = UINT32_MAX},
    [0x2C / 4] = {"RCC_APBRSTR1", .mask = UINT32_MAX},
    [0x30 / 4] = {"RCC_APBRSTR2", .mask = UINT32_MAX},
    [0x34 / 4] = {"RCC_IOPENR", .mask = 0x2F},
    [0x38 / 4] = {"RCC_AHBENR", .reset = 0x100, .mask = UINT32_MAX},
    [0x3C / 4] = {"RCC_APBENR1", .mask = UINT32_MAX},
    [0x40 / 4] = {"RCC_APBENR2", .mask = UINT32_MAX},
    [0x44 / 4] = {"RCC_IOPSMENR", .reset = 0x3F, .mask = 0x3F},
    [0x48 / 4] = {"RCC_AHBSMENR", .reset = 0x51303, .mask = UINT32_MAX},
    [0x4C / 4] = {"RCC_APBSMENR1", .reset = 0xFFFFB7B3, .mask = UINT32_MAX},
    [0x50 / 4] = {"RCC_APBSMENR2", .reset = 0x0017D801, .mask = UINT32_MAX},
    [0x54 / 4] = {"RCC_CCIPR", .mask = UINT32_MAX},
    [0x5C / 4] = {"RCC_BDCR", .mask = 0x03018369},
    [0x60 / 4] = {"RCC_CSR", .mask = 0x00800001},
};
static const struct rcc_kind g0 = {
    .regs = g0_regs,
    .words = REG_WORDS(g0_regs),
    .sources = {{0x00, 1u << 8, 1u << 10, 2},
                {0x00, 1u << 16, 1u << 17, 2000},
                {0x00, 1u << 24, 1u << 25, 15},
                {0x60, 1u << 0, 1u << 1, 80},
                {0x5C, 1u << 0, 1u << 1, 100000},
                {NONE}},
    .cfgr = 0x08,
    .sw_mask = 7,
    .sws_shift = 3,
    .sw_count = 5,
    .bdcr = 0x5C,
    .csr = 0x60,
    .rmvf = 1u << 23,
    .flags = 0xFE000000,
    .power_on = 0x0C000000,
};

static const struct field config[] = {
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0, "the core's clock, for start-up times"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct rcc, reg),
    STATE_FIELD(struct rcc, due),
    STATE_FIELD(struct rcc, powered),
    STATE_FIELD(struct rcc, cause),
    {0},
};

#define RCC_OPS(name, text)                                                                  \
    {                                                                                        \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = config, .state = state, \
        .instance_bytes = sizeof(struct rcc), .reset = rcc_reset, .read = rcc_read,          \
        .write = rcc_write, .event = rcc_event, .signal = rcc_signal,                        \
    }

const struct device_ops stm32f1_rcc_ops = RCC_OPS("stm32f1-rcc", "RCC of the STM32F100");
const struct device_ops stm32f4_rcc_ops = RCC_OPS("stm32f4-rcc", "RCC of the STM32F2 and F4");
const struct device_ops stm32g0_rcc_ops = RCC_OPS("stm32g0-rcc", "RCC of the STM32G0");

static const struct rcc_kind *kind_of(const struct rcc *r)
{
    return r->dev.ops == &stm32f1_rcc_ops ? &f1 : r->dev.ops == &stm32f4_rcc_ops ? &f4 : &g0;
}
