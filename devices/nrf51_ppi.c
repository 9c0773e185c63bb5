/*
 * PPI of the nRF51: from events to tasks without the core.
 *
 * Source: nRF51 Series Reference Manual 3.0, 16 "Programmable Peripheral Interconnect (PPI)".
 *
 * Ports: input and output 128 * N + n / 4 are the register at offset n of the peripheral with
 * number N (its address / 0x1000, modulo 32).
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    REG_TASKS_CHG = 0x000,
    REG_CHEN = 0x500,
    REG_CHENSET = 0x504,
    REG_CHENCLR = 0x508,
    REG_CH = 0x510,
    REG_CHG = 0x800
};
#define CHANNELS     16u
#define GROUPS       4u
#define FIXED_FIRST  20u
#define CHANNEL_MASK 0xFFF0FFFFu
#define PORTS_EACH   128u
#define PERIPHERALS  0x40000000u

struct ppi {
    struct device dev;
    uint32_t enabled;
    uint32_t ends[2 * CHANNELS]; /* event and task of each channel: addresses */
    uint32_t group[GROUPS];
};

/* Channels that are what they are. Source: table "Pre-programmed channels". */
static const struct {
    uint32_t event, task;
} fixed[] = {
    {0x40008140, 0x40001000}, {0x40008140, 0x40001004}, {0x40008144, 0x40001010},
    {0x40001128, 0x4000F000}, {0x40001100, 0x4000F000}, {0x40001104, 0x4000F004},
    {0x40001104, 0x40008044}, {0x4000110C, 0x40008048}, {0x4000B140, 0x40001000},
    {0x4000B140, 0x40001004}, {0x4000B140, 0x4000800C}, {0x4000B140, 0x40008000},
};

static uint32_t port_of(uint32_t addr)
{
    return (addr >> 12 & 31u) * PORTS_EACH + (addr & 0xFFFu) / 4;
}

static void trigger(struct ppi *p, uint32_t task)
{
    if (task >> 17 == PERIPHERALS >> 17)
        device_signal(&p->dev, port_of(task), true);
}

static void ppi_signal(struct device *d, uint32_t port, bool level)
{
    struct ppi *p = (struct ppi *)d;
    if (!level || !p->enabled)
        return;
    for (uint32_t c = 0; c < CHANNELS; c++)
        if (p->enabled >> c & 1u && p->ends[2 * c] && port_of(p->ends[2 * c]) == port)
            trigger(p, p->ends[2 * c + 1]);
    for (uint32_t c = 0; c < REG_WORDS(fixed); c++)
        if (p->enabled >> (FIXED_FIRST + c) & 1u && port_of(fixed[c].event) == port)
            trigger(p, fixed[c].task);
}

static uint32_t *word_at(struct ppi *p, uint32_t at)
{
    if (at - REG_CH < sizeof p->ends)
        return &p->ends[(at - REG_CH) / 4];
    if (at - REG_CHG < sizeof p->group)
        return &p->group[(at - REG_CHG) / 4];
    return NULL;
}

static enum bus_status ppi_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct ppi *p = (struct ppi *)d;
    uint32_t at = off & ~3u, *word = word_at(p, at);
    if (word)
        *val = *word;
    else if (at >= REG_CHEN && at <= REG_CHENCLR)
        *val = p->enabled;
    else if (at >= 8 * GROUPS) /* tasks read 0 */
        device_unmodelled(d, at, false);
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status ppi_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct ppi *p = (struct ppi *)d;
    uint32_t at = off & ~3u, *word = word_at(p, at);
    val = regs_whole(0, off, bytes, val);
    if (word)
        *word = val;
    else if (at < 8 * GROUPS && (val & 1u)) /* enable, disable in turn */
        p->enabled = at % 8 ? p->enabled & ~p->group[at / 8] : p->enabled | p->group[at / 8];
    else if (at == REG_CHEN)
        p->enabled = val & CHANNEL_MASK;
    else if (at == REG_CHENSET)
        p->enabled |= val & CHANNEL_MASK;
    else if (at == REG_CHENCLR)
        p->enabled &= ~val;
    else if (at >= 8 * GROUPS)
        device_unmodelled(d, at, true);
    return BUS_OK;
}

static void ppi_reset(struct device *d)
{
    struct ppi *p = (struct ppi *)d;
    p->enabled = 0;
    for (uint32_t i = 0; i < 2 * CHANNELS; i++)
        p->ends[i] = 0;
    for (uint32_t i = 0; i < GROUPS; i++)
        p->group[i] = 0;
}

static const struct field no_config[] = {{0}};

static const struct state_field state[] = {
    STATE_FIELD(struct ppi, enabled),
    STATE_FIELD(struct ppi, ends),
    STATE_FIELD(struct ppi, group),
    {0},
};

const struct device_ops nrf51_ppi_ops = {
    .kind = "nrf51-ppi",
    .summary = "PPI of the nRF51: from events to tasks",
    .map_bytes = 0x1000,
    .config = no_config,
    .state = state,
    .instance_bytes = sizeof(struct ppi),
    .reset = ppi_reset,
    .read = ppi_read,
    .write = ppi_write,
    .signal = ppi_signal,
};
