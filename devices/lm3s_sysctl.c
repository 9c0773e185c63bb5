/*
 * System control of the LM3S6965: clocks, identity, why there was a reset.
 *
 * Source: LM3S6965 data sheet (Texas Instruments), 5 "System Control".
 * Deviation: everything runs at the board's clock, whatever is chosen here, and whether or not a
 * peripheral's clock is enabled.
 *
 * Ports: input 0 says that the watchdog causes a reset.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    RIS = 0x050 / 4,
    IMC = 0x054 / 4,
    MISC = 0x058 / 4,
    RESC = 0x05C / 4,
    RCC = 0x060 / 4,
    PLLCFG = 0x064 / 4,
    RCC2 = 0x070 / 4,
    WORDS = 0x1E8 / 4
};
enum {
    RIS_PLLLRIS = 1u << 6,
    RCC_PWRDN = 1u << 13,
    RESC_EXT = 1u << 0,
    RESC_POR = 1u << 1,
    RESC_WDT = 1u << 3,
    RESC_SW = 1u << 4
};
enum {
    CONFIG_IRQ,
    CONFIG_CLOCK_HZ
};
#define PLL_LOCK_US 500u /* Source: data sheet, 22.2.1 "PLL specifications" */

struct sysctl {
    struct device dev;
    uint32_t reg[WORDS];
    uint32_t powered, cause;
};

static const struct reg regs[] = {
    [0x000 / 4] = {"DID0", .reset = 0x10010002},
    [0x004 / 4] = {"DID1", .reset = 0x1073402E},
    [0x008 / 4] = {"DC0", .reset = 0x00FF007F},
    [0x010 / 4] = {"DC1", .reset = 0x001133FF},
    [0x014 / 4] = {"DC2", .reset = 0x030F5317},
    [0x018 / 4] = {"DC3", .reset = 0x0F0F87FF},
    [0x01C / 4] = {"DC4", .reset = 0x5000007F},
    [0x030 / 4] = {"PBORCTL", .reset = 0x7FFD, .mask = 0xFFFF},
    [0x034 / 4] = {"LDOPCTL", .mask = 0x3F},
    [0x040 / 4] = {"SRCR0", .mask = UINT32_MAX},
    [0x044 / 4] = {"SRCR1", .mask = UINT32_MAX},
    [0x048 / 4] = {"SRCR2", .mask = UINT32_MAX},
    [RIS] = {"RIS", 0},
    [IMC] = {"IMC", .mask = 0x7F},
    [MISC] = {"MISC", 0},
    [RESC] = {"RESC", .mask = 0x3F},
    [RCC] = {"RCC", .reset = 0x078E3AD1, .mask = 0x07FE2FF3},
    [PLLCFG] = {"PLLCFG", 0},
    [RCC2] = {"RCC2", .reset = 0x07802810, .mask = 0x9F802870},
    [0x100 / 4] = {"RCGC0", .reset = 0x40, .mask = UINT32_MAX},
    [0x104 / 4] = {"RCGC1", .mask = UINT32_MAX},
    [0x108 / 4] = {"RCGC2", .mask = UINT32_MAX},
    [0x110 / 4] = {"SCGC0", .reset = 0x40, .mask = UINT32_MAX},
    [0x114 / 4] = {"SCGC1", .mask = UINT32_MAX},
    [0x118 / 4] = {"SCGC2", .mask = UINT32_MAX},
    [0x120 / 4] = {"DCGC0", .reset = 0x40, .mask = UINT32_MAX},
    [0x124 / 4] = {"DCGC1", .mask = UINT32_MAX},
    [0x128 / 4] = {"DCGC2", .mask = UINT32_MAX},
    [0x144 / 4] = {"DSLPCLKCFG", .reset = 0x07800000, .mask = 0x1F800070},
    [0x1E0 / 4] = {"USER0", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x1E4 / 4] = {"USER1", .reset = UINT32_MAX, .mask = UINT32_MAX},
};

static void update_irq(struct sysctl *s)
{
    device_irq(&s->dev, s->dev.config[CONFIG_IRQ], (s->reg[RIS] & s->reg[IMC]) != 0);
}

/* PLLCFG by the crystal that RCC.XTAL names. Source: table "Crystal field values". */
static uint32_t pllcfg(const struct sysctl *s)
{
    static const uint16_t by_xtal[16] = {0x3200, 0x1B20, 0x1900, 0xF42B, 0x37E3, 0x1B21,
                                         0x0C80, 0x98EE, 0xD5B4, 0x0A00, 0x4E27, 0x1902,
                                         0xEC1C, 0x1B23, 0x0640, 0xB11C};
    return by_xtal[s->reg[RCC] >> 6 & 15u];
}

static enum bus_status sysctl_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct sysctl *s = (struct sysctl *)d;
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    uint32_t n = off / 4, held = s->reg[n];
    held = n == MISC ? s->reg[RIS] & s->reg[IMC] : n == PLLCFG ? pllcfg(s) : held;
    *val = regs_part(held, off, bytes);
    return BUS_OK;
}

/* A PLL that is powered locks some time later. */
static void wrote_clock(struct sysctl *s, uint32_t before, uint32_t after)
{
    if ((before & RCC_PWRDN) && !(after & RCC_PWRDN))
        device_schedule(&s->dev, device_now(&s->dev) + (uint64_t)s->dev.config[CONFIG_CLOCK_HZ] *
                                                           PLL_LOCK_US / 1000000);
}

static enum bus_status sysctl_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct sysctl *s = (struct sysctl *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    uint32_t before = s->reg[n];
    s->reg[n] = regs_written(&regs[n], before, regs_whole(before, off, bytes, val));
    if (n == RCC || n == RCC2)
        wrote_clock(s, before, s->reg[n]);
    if (n == MISC)
        s->reg[RIS] &= ~val;
    update_irq(s);
    return BUS_OK;
}

static void sysctl_event(struct device *d, uint64_t now)
{
    struct sysctl *s = (struct sysctl *)d;
    (void)now;
    s->reg[RIS] |= RIS_PLLLRIS;
    update_irq(s);
}

static void sysctl_signal(struct device *d, uint32_t port, bool level)
{
    (void)port;
    if (level)
        ((struct sysctl *)d)->cause = RESC_WDT;
}

static void sysctl_reset(struct device *d)
{
    struct sysctl *s = (struct sysctl *)d;
    uint32_t why = !s->powered ? RESC_POR : s->reg[RESC] | (s->cause ? s->cause : RESC_SW);
    regs_reset(regs, REG_WORDS(regs), s->reg);
    s->reg[RESC] = why;
    s->powered = 1;
    s->cause = 0;
    device_schedule(d, DEVICE_NEVER);
    update_irq(s);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0, "the core's clock, for the PLL's lock time"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct sysctl, reg),
    STATE_FIELD(struct sysctl, powered),
    STATE_FIELD(struct sysctl, cause),
    {0},
};

const struct device_ops lm3s_sysctl_ops = {
    .kind = "lm3s-sysctl",
    .summary = "system control of the LM3S6965",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct sysctl),
    .reset = sysctl_reset,
    .read = sysctl_read,
    .write = sysctl_write,
    .event = sysctl_event,
    .signal = sysctl_signal,
};
