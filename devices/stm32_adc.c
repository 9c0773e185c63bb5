/*
 * ADC of the STM32F1, F2 and F4: single and continuous conversions of the regular sequence.
 *
 * Source: RM0041 (STM32F100) 10.11; RM0090 (STM32F405/407) 13.13.
 * Deviation: no injected channels, no analog watchdog, no DMA, no external triggers; of a sequence
 * DR keeps the last. A supply of 3.3 V. Conversions take 84 cycles each.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    SR = 0x00 / 4,
    CR1 = 0x04 / 4,
    CR2 = 0x08 / 4,
    SQR1 = 0x2C / 4,
    SQR3 = 0x34 / 4,
    DR = 0x4C / 4,
    WORDS = 0x50 / 4
};
enum {
    SR_EOC = 1u << 1,
    SR_STRT = 1u << 4,
    CR1_EOCIE = 1u << 5,
    CR1_SCAN = 1u << 8,
    CR2_ADON = 1u << 0,
    CR2_CONT = 1u << 1,
    CR2_CAL = 1u << 2,
    CR2_RSTCAL = 1u << 3,
    CR2_ALIGN = 1u << 11
};
#define SWSTART_F1 (1u << 22)
#define SWSTART    (1u << 30)
#define CHANNELS   19u
#define SUPPLY_MV  3300u
#define CYCLES     84u
enum {
    CONFIG_IRQ
};

struct adc {
    struct device dev;
    uint32_t reg[WORDS];
    uint32_t millivolts[CHANNELS]; /* outside: they stay over a reset */
};

static const struct reg regs[] = {
    [0x00 / 4] = {"ADC_SR", .keep_1 = 0x3F},
    [0x04 / 4] = {"ADC_CR1", .mask = UINT32_MAX},
    [0x08 / 4] = {"ADC_CR2", .mask = UINT32_MAX},
    [0x0C / 4] = {"ADC_SMPR1", .mask = 0x07FFFFFF},
    [0x10 / 4] = {"ADC_SMPR2", .mask = 0x3FFFFFFF},
    [0x14 / 4] = {"ADC_JOFR1", .mask = 0xFFF},
    [0x18 / 4] = {"ADC_JOFR2", .mask = 0xFFF},
    [0x1C / 4] = {"ADC_JOFR3", .mask = 0xFFF},
    [0x20 / 4] = {"ADC_JOFR4", .mask = 0xFFF},
    [0x24 / 4] = {"ADC_HTR", .reset = 0xFFF, .mask = 0xFFF},
    [0x28 / 4] = {"ADC_LTR", .mask = 0xFFF},
    [0x2C / 4] = {"ADC_SQR1", .mask = 0x00FFFFFF},
    [0x30 / 4] = {"ADC_SQR2", .mask = 0x3FFFFFFF},
    [0x34 / 4] = {"ADC_SQR3", .mask = 0x3FFFFFFF},
    [0x38 / 4] = {"ADC_JSQR", .mask = 0x003FFFFF},
    [0x3C / 4] = {"ADC_JDR1", 0},
    [0x40 / 4] = {"ADC_JDR2", 0},
    [0x44 / 4] = {"ADC_JDR3", 0},
    [0x48 / 4] = {"ADC_JDR4", 0},
    [0x4C / 4] = {"ADC_DR", 0},
};

static bool is_f1(const struct adc *a)
{
    return a->dev.ops == &stm32f1_adc_ops;
}

static void update_irq(struct adc *a)
{
    bool high = (a->reg[SR] & SR_EOC) && (a->reg[CR1] & CR1_EOCIE);
    device_irq(&a->dev, a->dev.config[CONFIG_IRQ], high);
}

/* Without SCAN only the first is converted. */
static uint32_t sequence_length(const struct adc *a)
{
    if (!(a->reg[CR1] & CR1_SCAN))
        return 1;
    return (a->reg[SQR1] >> 20 & 15u) + 1;
}

static void start(struct adc *a)
{
    a->reg[SR] |= SR_STRT;
    device_schedule(&a->dev, device_now(&a->dev) + (uint64_t)CYCLES * sequence_length(a));
}

static uint32_t convert(const struct adc *a)
{
    uint32_t last = sequence_length(a) - 1; /* SQ1 to SQ6 are in SQR3, and so on backwards */
    uint32_t channel = a->reg[SQR3 - last / 6] >> 5 * (last % 6) & 31u;
    uint32_t mv = channel < CHANNELS ? a->millivolts[channel] : 0, value = mv * 4095u / SUPPLY_MV;
    uint32_t bits = is_f1(a) ? 12 : 12 - 2 * (a->reg[CR1] >> 24 & 3u);
    value = (value > 4095u ? 4095u : value) >> (12 - bits);
    uint32_t left = bits == 6 ? 2 : 16 - bits; /* 6 bits are aligned in a byte */
    return a->reg[CR2] & CR2_ALIGN ? value << left & 0xFFFFu : value;
}

static void adc_event(struct device *d, uint64_t now)
{
    struct adc *a = (struct adc *)d;
    (void)now;
    a->reg[DR] = convert(a);
    a->reg[SR] |= SR_EOC;
    if (a->reg[CR2] & CR2_CONT)
        start(a);
    update_irq(a);
}

static enum bus_status adc_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct adc *a = (struct adc *)d;
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    *val = regs_part(a->reg[off / 4], off, bytes);
    if (off / 4 == DR)
        a->reg[SR] &= ~(uint32_t)SR_EOC;
    update_irq(a);
    return BUS_OK;
}

/* F1: writing ADON to a converter that is on starts it; calibration is over at once. */
static void wrote_cr2(struct adc *a, uint32_t before, uint32_t whole)
{
    uint32_t swstart = is_f1(a) ? SWSTART_F1 : SWSTART;
    bool on = a->reg[CR2] & CR2_ADON;
    bool again = is_f1(a) && before & CR2_ADON && on && before == whole;
    a->reg[CR2] &= ~(swstart | (is_f1(a) ? CR2_CAL | CR2_RSTCAL : 0));
    if (!on)
        device_schedule(&a->dev, DEVICE_NEVER);
    else if (whole & swstart || again)
        start(a);
}

static enum bus_status adc_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct adc *a = (struct adc *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    uint32_t before = a->reg[n], whole = regs_whole(n == SR ? UINT32_MAX : before, off, bytes, val);
    a->reg[n] = regs_written(&regs[n], before, whole);
    if (n == CR2)
        wrote_cr2(a, before, whole);
    update_irq(a);
    return BUS_OK;
}

static const struct device_input inputs[] = {
    {"channel", 0, CHANNELS - 1},
    {"millivolts", 0, SUPPLY_MV},
    {0},
};

static void adc_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct adc *a = (struct adc *)d;
    a->millivolts[(uint32_t)device_given(d, bytes, n, 0)] = (uint32_t)device_given(d, bytes, n, 1);
}

static void adc_reset(struct device *d)
{
    struct adc *a = (struct adc *)d;
    regs_reset(regs, REG_WORDS(regs), a->reg);
    device_schedule(d, DEVICE_NEVER);
    update_irq(a);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct adc, reg),
    STATE_FIELD(struct adc, millivolts),
    {0},
};

#define ADC_OPS(name, text)                                                                  \
    {                                                                                        \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = config, .state = state, \
        .instance_bytes = sizeof(struct adc), .reset = adc_reset, .read = adc_read,          \
        .write = adc_write, .event = adc_event, .input = adc_input, .inputs = inputs,        \
    }

const struct device_ops stm32_adc_ops =
    ADC_OPS("stm32-adc", "ADC of the STM32F2 and F4; its voltages come from scripts");
const struct device_ops stm32f1_adc_ops =
    ADC_OPS("stm32f1-adc", "ADC of the STM32F1; its voltages come from scripts");
