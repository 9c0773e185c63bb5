/*
 * The serial communication controller of the MPS2: board identity, LEDs, oscillators.
 *
 * Source: Application Note AN385 (DAI 0385), "SCC registers".
 * Deviation: the board's configuration bus answers at once; of it there are the oscillators.
 *
 * Ports: output n is LED n, 0 to 7; from a script the DIP switches: {switch, level}.
 */
#include "devices/kinds.h"
#include "devices/pins.h"
#include "devices/regs.h"

enum {
    CFG0 = 0x000 / 4,
    CFG1 = 0x004 / 4,
    CFG3 = 0x00C / 4,
    DATA_RTN = 0x0A0 / 4,
    CFGCTRL = 0x0A8 / 4,
    CFGSTAT = 0x0AC / 4,
    ID = 0xFFC,
    AID = 0xFF8,
    WORDS = 0x104 / 4
};
enum {
    CTRL_START = 1u << 31,
    CTRL_WRITE = 1u << 30,
    STAT_DONE = 1,
    STAT_ERROR = 2
};
#define FUNCTION_OSC 1u
enum {
    CONFIG_ID,
    CONFIG_OSC0,
    CONFIG_OSC1,
    CONFIG_OSC2
};
#define AID_VALUE 0x00200008u

struct scc {
    struct device dev;
    uint32_t reg[WORDS];
    struct pins leds;
    uint32_t switches;
};

static const struct reg regs[] = {
    [CFG0] = {"SCC_CFG0", .mask = UINT32_MAX},
    [CFG1] = {"SCC_CFG1", .mask = UINT32_MAX},
    [CFG3] = {"SCC_CFG3", 0},
    [0x010 / 4] = {"SCC_CFG4", .reset = 2},
    [DATA_RTN] = {"SYS_CFGDATA_RTN", 0},
    [0x0A4 / 4] = {"SYS_CFGDATA_OUT", .mask = UINT32_MAX},
    [CFGCTRL] = {"SYS_CFGCTRL", .reset = 0x00100000, .mask = 0x7FFFFFFF},
    [CFGSTAT] = {"SYS_CFGSTAT", .mask = 3},
    [0x100 / 4] = {"SCC_DLL", .reset = 0xFFFF0001, .mask = 0xFF000000},
};

static enum bus_status scc_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct scc *s = (struct scc *)d;
    uint32_t at = off & ~3u;
    if (at == ID)
        *val = d->config[CONFIG_ID];
    else if (at == AID)
        *val = AID_VALUE;
    else if (regs_known(regs, REG_WORDS(regs), d, off, false))
        *val = at / 4 == CFG3 ? s->switches : s->reg[at / 4];
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static void transact(struct scc *s, uint32_t ctrl)
{
    uint32_t function = ctrl >> 20 & 0x3Fu, device = ctrl & 0xFFFu;
    bool known = function == FUNCTION_OSC && device < 3 && !(ctrl & CTRL_WRITE);
    s->reg[CFGSTAT] = known ? STAT_DONE : STAT_DONE | STAT_ERROR;
    s->reg[DATA_RTN] = known ? s->dev.config[CONFIG_OSC0 + device] : 0;
}

static enum bus_status scc_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct scc *s = (struct scc *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    s->reg[n] = regs_written(&regs[n], s->reg[n], regs_whole(s->reg[n], off, bytes, val));
    if (n == CFGCTRL)
        s->reg[CFGSTAT] = 0;
    if (n == CFGCTRL && (val & CTRL_START))
        transact(s, val);
    pins_tell(&s->leds, d, s->reg[CFG1] & 0xFFu);
    return BUS_OK;
}

static const struct device_input inputs[] = {{"switch", 0, 7}, {"level", 0, 1}, {0}};

static void scc_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct scc *s = (struct scc *)d;
    uint32_t bit = 1u << device_given(d, bytes, n, 0);
    s->switches = device_given(d, bytes, n, 1) ? s->switches | bit : s->switches & ~bit;
}

static void scc_reset(struct device *d)
{
    struct scc *s = (struct scc *)d;
    regs_reset(regs, REG_WORDS(regs), s->reg);
    pins_tell(&s->leds, d, 0);
}

static const struct field config[] = {
    {"id", FIELD_ADDR, true, 0, UINT32_MAX, 0, "SCC_ID: which application note"},
    {"osc0_hz", FIELD_INT, false, 0, UINT32_MAX, 50000000, "oscillator 0"},
    {"osc1_hz", FIELD_INT, false, 0, UINT32_MAX, 24576000, "oscillator 1"},
    {"osc2_hz", FIELD_INT, false, 0, UINT32_MAX, 25000000, "oscillator 2"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct scc, reg),
    PINS_STATE(struct scc, leds),
    STATE_FIELD(struct scc, switches),
    {0},
};

const struct device_ops mps2_scc_ops = {
    .kind = "mps2-scc",
    .summary = "serial communication controller of the MPS2: identity, 8 LEDs",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct scc),
    .reset = scc_reset,
    .read = scc_read,
    .write = scc_write,
    .input = scc_input,
    .inputs = inputs,
};
