/*
 * ADC of the nRF51.
 *
 * Source: nRF51 Series Reference Manual 3.0, 31 "Analog to Digital Converter (ADC)"; time of a
 * conversion: nRF51822 Product Specification 3.1, 8.13.
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_START,
    TASK_STOP
};
enum {
    EVENT_END
};
enum {
    REG_BUSY = 0x400,
    REG_ENABLE = 0x500,
    REG_CONFIG = 0x504,
    REG_RESULT = 0x508
};
#define CHANNELS     8u
#define SUPPLY_MV    3300u
#define BAND_GAP_MV  1200u
#define CYCLES_FIXED 64u  /* 4 us, */
#define CYCLES_8_BIT 256u /* and 16 us, twice as long for each more bit */

struct adc {
    struct nrf51 p;
    uint32_t reg[0x50C / 4];
    uint32_t millivolts[CHANNELS]; /* outside: they stay over a reset */
};

static const struct reg regs[] = {
    [0x400 / 4] = {"BUSY", 0},
    [0x500 / 4] = {"ENABLE", .mask = 3},
    [0x504 / 4] = {"CONFIG", .reset = 0x18, .mask = 0x3FF7F},
    [0x508 / 4] = {"RESULT", 0},
};

/* The voltage at the converter, and what full scale is, in thirds of a millivolt. */
static uint32_t convert(const struct adc *a)
{
    static const uint32_t input_thirds[] = {3, 2, 1}; /* of INPSEL 0 to 2 */
    uint32_t config = a->reg[REG_CONFIG / 4], inpsel = config >> 2 & 7u, refsel = config >> 5 & 3u;
    uint32_t pins = config >> 8 & 0xFFu, thirds;
    uint32_t bits = 8 + ((config & 3u) > 2u ? 2u : config & 3u);
    uint32_t full = refsel == 0   ? 3 * BAND_GAP_MV
                    : refsel == 2 ? SUPPLY_MV * 3 / 2
                    : refsel == 3 ? SUPPLY_MV
                                  : 3 * BAND_GAP_MV;
    if (inpsel >= 5) /* the supply: two thirds or one third */
        thirds = SUPPLY_MV * (inpsel == 5 ? 2u : 1u);
    else if (inpsel <= 2 && pins)
        thirds = a->millivolts[__builtin_ctz(pins)] * input_thirds[inpsel];
    else
        thirds = 0;
    uint32_t most = (1u << bits) - 1, value = thirds * (most + 1) / full;
    return value > most ? most : value;
}

static void adc_task(struct nrf51 *p, uint32_t task)
{
    bool starts = task == TASK_START && (p->reg[REG_ENABLE / 4] & 1u);
    p->reg[REG_BUSY / 4] = starts;
    nrf51_schedule(p, starts ? nrf51_now(p) + CYCLES_FIXED +
                                   ((uint64_t)CYCLES_8_BIT << (p->reg[REG_CONFIG / 4] & 3u))
                             : DEVICE_NEVER);
}

static void adc_event(struct device *d, uint64_t now)
{
    struct adc *a = (struct adc *)d;
    (void)now;
    a->reg[REG_BUSY / 4] = 0;
    a->reg[REG_RESULT / 4] = convert(a);
    nrf51_event(&a->p, EVENT_END);
}

static const struct device_input adc_inputs[] = {
    {"channel", 0, CHANNELS - 1},
    {"millivolts", 0, 3600},
    {0},
};

static void adc_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct adc *a = (struct adc *)d;
    a->millivolts[(uint32_t)device_given(d, bytes, n, 0)] = (uint32_t)device_given(d, bytes, n, 1);
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_START, TASK_STOP),
    .events = NRF51_BITS(EVENT_END, EVENT_END),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = adc_task,
};

static void adc_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct adc *)d)->reg);
}

static void adc_reset(struct device *d)
{
    struct adc *a = (struct adc *)d;
    nrf51_reset(&a->p);
}

static const struct state_field state[] = {
    NRF51_STATE(struct adc),
    STATE_FIELD(struct adc, millivolts),
    {0},
};

const struct device_ops nrf51_adc_ops = {
    .kind = "nrf51-adc",
    .summary = "ADC of the nRF51; its voltages come from scripts",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct adc),
    .create = adc_create,
    .reset = adc_reset,
    .read = nrf51_read,
    .write = nrf51_write,
    .event = adc_event,
    .input = adc_input,
    .inputs = adc_inputs,
    .signal = nrf51_signal,
};
