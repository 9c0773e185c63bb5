/*
 * The general-purpose timer module of the LM3S: two timers of 16 bits, or one of 32.
 *
 * Source: LM3S6965 data sheet (Texas Instruments), 9 "General-Purpose Timers".
 * Deviation: one-shot and periodic modes, and edge-time capture; no RTC mode, no PWM output, no
 * edge count.
 *
 * Ports: input 0 and 1 are the CCP pins of timer A and B.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    CFG = 0x00 / 4,
    TAMR = 0x04 / 4,
    TBMR = 0x08 / 4,
    CTL = 0x0C / 4,
    IMR = 0x18 / 4,
    RIS = 0x1C / 4,
    MIS = 0x20 / 4,
    ICR = 0x24 / 4,
    TAILR = 0x28 / 4,
    TBILR = 0x2C / 4,
    TAPR = 0x38 / 4,
    TAR = 0x48 / 4,
    WORDS = 0x50 / 4
};
enum {
    MODE_ONE_SHOT = 1,
    MODE_PERIODIC,
    MODE_CAPTURE
};
#define CFG_32      0u
#define TIMERS      2u
#define SHIFT_B     8u /* of the bits of timer B in CTL, IMR and RIS */
#define CTL_ENABLE  1u
#define INT_TIMEOUT 1u
#define INT_CAPTURE 4u
#define INT_MASK    0x70Fu
enum {
    CONFIG_IRQ_A,
    CONFIG_IRQ_B
};

struct timer {
    struct device dev;
    uint32_t reg[WORDS];
    uint32_t left[TIMERS];    /* while stopped: what is left of the count */
    uint64_t zero_at[TIMERS]; /* while running; DEVICE_NEVER: stopped */
    uint32_t pins;
};

static const struct reg regs[] = {
    [CFG] = {"GPTMCFG", .mask = 7},
    [TAMR] = {"GPTMTAMR", .mask = 0xF},
    [TBMR] = {"GPTMTBMR", .mask = 0xF},
    [CTL] = {"GPTMCTL", .mask = 0x6F7F},
    [IMR] = {"GPTMIMR", .mask = INT_MASK},
    [RIS] = {"GPTMRIS", 0},
    [MIS] = {"GPTMMIS", 0},
    [ICR] = {"GPTMICR", 0},
    [TAILR] = {"GPTMTAILR", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [TBILR] = {"GPTMTBILR", .reset = 0xFFFF, .mask = 0xFFFF},
    [0x30 / 4] = {"GPTMTAMATCHR", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x34 / 4] = {"GPTMTBMATCHR", .reset = 0xFFFF, .mask = 0xFFFF},
    [TAPR] = {"GPTMTAPR", .mask = 0xFF},
    [0x3C / 4] = {"GPTMTBPR", .mask = 0xFF},
    [0x40 / 4] = {"GPTMTAPMR", .mask = 0xFF},
    [0x44 / 4] = {"GPTMTBPMR", .mask = 0xFF},
    [TAR] = {"GPTMTAR", .reset = UINT32_MAX},
    [0x4C / 4] = {"GPTMTBR", .reset = 0xFFFF},
};

static bool is_32(const struct timer *t)
{
    return t->reg[CFG] == CFG_32;
}

static uint32_t mode(const struct timer *t, uint32_t i)
{
    return t->reg[TAMR + i] & 3u;
}

static uint64_t tick_cycles(const struct timer *t, uint32_t i)
{
    return is_32(t) || mode(t, i) == MODE_CAPTURE ? 1 : (uint64_t)t->reg[TAPR + i] + 1;
}

static uint32_t interval(const struct timer *t, uint32_t i)
{
    return is_32(t) ? t->reg[TAILR] : t->reg[TAILR + i] & 0xFFFFu;
}

static uint32_t count(const struct timer *t, uint32_t i)
{
    if (t->zero_at[i] == DEVICE_NEVER)
        return t->left[i];
    uint64_t left = t->zero_at[i] > device_now(&t->dev) ? t->zero_at[i] - device_now(&t->dev) : 0;
    return left ? (uint32_t)((left - 1) / tick_cycles(t, i)) : 0; /* zero lasts a tick too */
}

static void update_irqs(struct timer *t)
{
    uint32_t masked = t->reg[RIS] & t->reg[IMR];
    device_irq(&t->dev, t->dev.config[CONFIG_IRQ_A], (masked & 0xFu) != 0);
    device_irq(&t->dev, t->dev.config[CONFIG_IRQ_B], (masked >> SHIFT_B) != 0);
}

static void reschedule(struct timer *t)
{
    uint64_t when = t->zero_at[0] < t->zero_at[1] ? t->zero_at[0] : t->zero_at[1];
    device_schedule(&t->dev, when);
}

static void begin(struct timer *t, uint32_t i, uint64_t at)
{
    t->zero_at[i] = at + ((uint64_t)interval(t, i) + 1) * tick_cycles(t, i);
}

static void stop(struct timer *t, uint32_t i)
{
    t->left[i] = count(t, i);
    t->zero_at[i] = DEVICE_NEVER;
}

static void timer_event(struct device *d, uint64_t at)
{
    struct timer *t = (struct timer *)d;
    for (uint32_t i = 0; i < TIMERS; i++) {
        if (t->zero_at[i] > at)
            continue;
        if (mode(t, i) == MODE_ONE_SHOT) {
            t->zero_at[i] = DEVICE_NEVER;
            t->left[i] = interval(t, i);
            t->reg[CTL] &= ~(CTL_ENABLE << SHIFT_B * i);
        } else {
            begin(t, i, at);
        }
        if (mode(t, i) != MODE_CAPTURE)
            t->reg[RIS] |= INT_TIMEOUT << SHIFT_B * i;
    }
    update_irqs(t);
    reschedule(t);
}

/* An edge on a CCP pin: TxEVENT says which ones count. */
static void timer_signal(struct device *d, uint32_t port, bool level)
{
    struct timer *t = (struct timer *)d;
    uint32_t i = port % TIMERS, bit = 1u << i, event = t->reg[CTL] >> (SHIFT_B * i + 2) & 3u;
    bool changed = ((t->pins & bit) != 0) != level;
    bool counts = event == 3 || (event == 0 && level) || (event == 1 && !level);
    t->pins = level ? t->pins | bit : t->pins & ~bit;
    if (!changed || !counts || mode(t, i) != MODE_CAPTURE || t->zero_at[i] == DEVICE_NEVER)
        return;
    t->reg[TAR + i] = count(t, i);
    t->reg[RIS] |= INT_CAPTURE << SHIFT_B * i;
    update_irqs(t);
}

static enum bus_status timer_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct timer *t = (struct timer *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    uint32_t held = t->reg[n];
    if (n == MIS)
        held = t->reg[RIS] & t->reg[IMR];
    if (n >= TAR && mode(t, n - TAR) != MODE_CAPTURE)
        held = count(t, n - TAR);
    if ((n == TAILR || n == TAR) && !is_32(t)) /* of timer A alone: the upper half reads 0 */
        held &= 0xFFFF;
    *val = regs_part(held, off, bytes);
    return BUS_OK;
}

/* Enable bits that changed; in 32-bit mode timer A is all of it. */
static void wrote_control(struct timer *t, uint32_t before)
{
    uint32_t changed = before ^ t->reg[CTL];
    for (uint32_t i = 0; i < (is_32(t) ? 1 : TIMERS); i++) {
        uint32_t bit = CTL_ENABLE << SHIFT_B * i;
        if (!(changed & bit))
            continue;
        if (t->reg[CTL] & bit && mode(t, i))
            begin(t, i, device_now(&t->dev));
        else
            stop(t, i);
    }
}

static enum bus_status timer_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct timer *t = (struct timer *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    uint32_t before = t->reg[n];
    t->reg[n] = regs_written(&regs[n], before, regs_whole(before, off, bytes, val));
    if (n == CTL)
        wrote_control(t, before);
    else if (n == ICR)
        t->reg[RIS] &= ~val;
    else if ((n == TAILR || n == TBILR) && t->zero_at[n - TAILR] != DEVICE_NEVER)
        begin(t, n - TAILR, device_now(&t->dev)); /* writing it also loads the counter */
    else if (n == TAILR || n == TBILR)
        t->left[n - TAILR] = interval(t, n - TAILR);
    update_irqs(t);
    reschedule(t);
    return BUS_OK;
}

static void timer_reset(struct device *d)
{
    struct timer *t = (struct timer *)d;
    regs_reset(regs, REG_WORDS(regs), t->reg);
    for (uint32_t i = 0; i < TIMERS; i++) {
        t->zero_at[i] = DEVICE_NEVER;
        t->left[i] = i ? 0xFFFF : UINT32_MAX;
    }
    update_irqs(t);
    reschedule(t);
}

static const struct field config[] = {
    {"irq_a", FIELD_INT, true, 0, 239, 0, "interrupt line of timer A"},
    {"irq_b", FIELD_INT, true, 0, 239, 0, "of timer B"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct timer, reg),
    STATE_FIELD(struct timer, left),
    STATE_FIELD(struct timer, zero_at),
    STATE_FIELD(struct timer, pins),
    {0},
};

const struct device_ops lm3s_timer_ops = {
    .kind = "lm3s-timer",
    .summary = "general-purpose timer of the LM3S: two of 16 bits, or one of 32",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct timer),
    .reset = timer_reset,
    .read = timer_read,
    .write = timer_write,
    .event = timer_event,
    .signal = timer_signal,
};
