/*
 * The general-purpose timers TIM2 to TIM5 of the STM32.
 *
 * Source: RM0090 (STM32F405/407) 18 "General-purpose timers (TIM2 to TIM5)"; RM0041 (STM32F100) 13.
 * Deviation: counts up only, also where CR1 asks for down or centre-aligned; no external clock, no
 * slave modes, no DMA; input filters and prescalers of captures pass everything.
 *
 * Ports: output n (0 to 3) is channel n + 1 as PWM or compare output; input n is its pin as capture
 * input.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    CR1 = 0x00 / 4,
    CR2 = 0x04 / 4,
    SMCR = 0x08 / 4,
    DIER = 0x0C / 4,
    SR = 0x10 / 4,
    EGR = 0x14 / 4,
    CCMR1 = 0x18 / 4,
    CCMR2 = 0x1C / 4,
    CCER = 0x20 / 4,
    CNT = 0x24 / 4,
    PSC = 0x28 / 4,
    ARR = 0x2C / 4,
    CCR1 = 0x34 / 4,
    WORDS = 0x54 / 4
};
enum {
    CR1_CEN = 1,
    CR1_UDIS = 2,
    CR1_URS = 4,
    CR1_OPM = 8,
    CR1_ARPE = 0x80
};
enum {
    FLAG_UPDATE = 1,
    FLAG_CC1 = 2,
    FLAG_TRIGGER = 0x40,
    FLAG_OVER1 = 0x200
};
enum {
    CONFIG_IRQ,
    CONFIG_BITS,
    CONFIG_CLOCK_DIV
};
#define CHANNELS 4u

struct timer {
    struct device dev;
    uint32_t reg[WORDS];
    uint32_t psc, arr, ccr[CHANNELS]; /* as they count; registers may be ahead of them */
    uint32_t count;                   /* at @since */
    uint64_t since;                   /* cycle of the last tick that @count has */
    uint32_t pins;                    /* levels of the capture inputs */
    uint32_t out;                     /* levels of the outputs, as were told last */
    uint32_t oc;                      /* levels of the compare units, before polarity */
};

static const struct reg regs[] = {
    [CR1] = {"TIM_CR1", .mask = 0x3FF},
    [CR2] = {"TIM_CR2", .mask = 0xF8},
    [SMCR] = {"TIM_SMCR", .mask = 0xFFF7},
    [DIER] = {"TIM_DIER", .mask = 0x5F5F},
    [SR] = {"TIM_SR", .keep_1 = 0x1E5F},
    [EGR] = {"TIM_EGR", 0},
    [CCMR1] = {"TIM_CCMR1", .mask = 0xFFFF},
    [CCMR2] = {"TIM_CCMR2", .mask = 0xFFFF},
    [CCER] = {"TIM_CCER", .mask = 0xBBBB},
    [CNT] = {"TIM_CNT", .mask = UINT32_MAX},
    [PSC] = {"TIM_PSC", .mask = 0xFFFF},
    [ARR] = {"TIM_ARR", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [CCR1] = {"TIM_CCR1", .mask = UINT32_MAX},
    [CCR1 + 1] = {"TIM_CCR2", .mask = UINT32_MAX},
    [CCR1 + 2] = {"TIM_CCR3", .mask = UINT32_MAX},
    [CCR1 + 3] = {"TIM_CCR4", .mask = UINT32_MAX},
    [0x48 / 4] = {"TIM_DCR", .mask = 0x1F1F},
    [0x4C / 4] = {"TIM_DMAR", .mask = 0xFFFF},
    [0x50 / 4] = {"TIM_OR", .mask = 0xFFFF},
};

static uint32_t width_mask(const struct timer *t)
{
    return t->dev.config[CONFIG_BITS] == 32 ? UINT32_MAX : 0xFFFF;
}

static uint64_t tick_cycles(const struct timer *t)
{
    return ((uint64_t)t->psc + 1) * t->dev.config[CONFIG_CLOCK_DIV];
}

/* The half of CCMR1 or 2 that is channel @c's. */
static uint32_t channel_mode(const struct timer *t, uint32_t c)
{
    return t->reg[c < 2 ? CCMR1 : CCMR2] >> 8 * (c % 2) & 0xFFu;
}

static bool is_input(const struct timer *t, uint32_t c)
{
    return channel_mode(t, c) & 3u;
}

static uint32_t channel_enable(const struct timer *t, uint32_t c)
{
    return t->reg[CCER] >> 4 * c & 15u; /* bit 0 on, bit 1 polarity, bit 3 both edges */
}

static void update_irq(struct timer *t)
{
    bool high = t->reg[SR] & t->reg[DIER] & 0x5F;
    device_irq(&t->dev, t->dev.config[CONFIG_IRQ], high);
}

/* ---- Outputs. ---- */

/* What a match does to the compare unit: OCxM. PWM goes by the count, see pwm(). */
static void match(struct timer *t, uint32_t c)
{
    uint32_t bit = 1u << c;
    switch (channel_mode(t, c) >> 4 & 7u) {
    case 1:
        t->oc |= bit;
        break;
    case 2:
        t->oc &= ~bit;
        break;
    case 3:
        t->oc ^= bit;
        break;
    default:
        break;
    }
}

static void pwm(struct timer *t)
{
    for (uint32_t c = 0; c < CHANNELS; c++) {
        uint32_t mode = channel_mode(t, c) >> 4 & 7u, bit = 1u << c;
        bool below = t->count < t->ccr[c];
        bool high = mode == 5 || (mode == 6 && below) || (mode == 7 && !below);
        if (mode >= 4)
            t->oc = high ? t->oc | bit : t->oc & ~bit;
    }
}

static void tell_outputs(struct timer *t)
{
    uint32_t out = 0;
    pwm(t);
    for (uint32_t c = 0; c < CHANNELS; c++) {
        uint32_t enable = channel_enable(t, c), level = t->oc >> c & 1u;
        if (!is_input(t, c) && (enable & 1u))
            out |= (level ^ (enable >> 1 & 1u)) << c;
    }
    uint32_t changed = out ^ t->out;
    t->out = out;
    for (; changed; changed &= changed - 1) {
        uint32_t c = (uint32_t)__builtin_ctz(changed);
        device_signal(&t->dev, c, out >> c & 1u);
    }
}

/* ---- Counting. ---- */

static bool runs(const struct timer *t)
{
    return (t->reg[CR1] & CR1_CEN) && t->arr; /* with ARR 0 the counter is blocked */
}

/* An update event: what waits in the registers counts from now on. */
static void load(struct timer *t)
{
    if (t->reg[CR1] & CR1_UDIS)
        return;
    t->psc = t->reg[PSC];
    t->arr = t->reg[ARR] & width_mask(t);
    for (uint32_t c = 0; c < CHANNELS; c++)
        if (!is_input(t, c))
            t->ccr[c] = t->reg[CCR1 + c] & width_mask(t);
}

/* Ticks until the count is @value; at least one. */
static uint64_t ticks_to(const struct timer *t, uint32_t value)
{
    if (value > t->arr)
        return DEVICE_NEVER;
    if (t->count > t->arr) /* the register was set below it: to the end, and around */
        return (uint64_t)width_mask(t) - t->count + 1 + value + (value == 0 && t->count == 0);
    return value > t->count ? value - t->count : (uint64_t)t->arr - t->count + 1 + value;
}

/* The count arrives at @t->count. */
static void arrive(struct timer *t)
{
    if (t->count == 0) {
        bool tells = !(t->reg[CR1] & CR1_UDIS);
        for (uint32_t c = 0; c < CHANNELS; c++) /* RM0090 18.4.5: a compare value above ARR */
            t->reg[SR] |= !is_input(t, c) && t->ccr[c] > t->arr ? FLAG_CC1 << c : 0;
        load(t);
        t->reg[SR] |= tells ? FLAG_UPDATE : 0;
        if (tells && (t->reg[CR1] & CR1_OPM))
            t->reg[CR1] &= ~(uint32_t)CR1_CEN;
    }
    for (uint32_t c = 0; c < CHANNELS; c++) {
        if (is_input(t, c) || t->count != t->ccr[c])
            continue;
        t->reg[SR] |= FLAG_CC1 << c;
        match(t, c);
    }
}

/* The next tick at which something happens: an update or a match. */
static uint64_t next_ticks(const struct timer *t)
{
    uint64_t next = ticks_to(t, 0);
    for (uint32_t c = 0; c < CHANNELS; c++) {
        uint64_t at = is_input(t, c) ? DEVICE_NEVER : ticks_to(t, t->ccr[c]);
        next = at < next ? at : next;
    }
    return next;
}

/* Does anybody notice when it happens? Else it is enough to look when the registers are. */
static bool noticed(const struct timer *t)
{
    return (t->reg[DIER] & 0x1Fu) || (t->reg[CCER] & 0x1111u);
}

static void advance(struct timer *t, uint64_t ticks)
{
    uint64_t top = t->count > t->arr ? width_mask(t) : t->arr;
    uint64_t sum = t->count + ticks;
    t->since += ticks * tick_cycles(t);
    t->count = sum > top ? (uint32_t)((sum - top - 1) % ((uint64_t)t->arr + 1)) : (uint32_t)sum;
}

/* Bring the count up to now. What nobody notices can be many rounds: at most one has each flag. */
static void settle(struct timer *t)
{
    for (uint32_t steps = 0; runs(t); steps++) {
        uint64_t ticks = (device_now(&t->dev) - t->since) / tick_cycles(t), next = next_ticks(t);
        uint64_t round = (uint64_t)t->arr + 1;
        if (steps > 2 * CHANNELS + 2 && ticks > round) /* all flags are set: whole rounds go by */
            advance(t, ticks / round * round);
        ticks = (device_now(&t->dev) - t->since) / tick_cycles(t);
        if (ticks < next) {
            advance(t, ticks);
            return;
        }
        advance(t, next);
        arrive(t);
    }
    t->since = device_now(&t->dev);
}

static void reschedule(struct timer *t)
{
    uint64_t when = DEVICE_NEVER;
    if (runs(t) && noticed(t) && next_ticks(t) != DEVICE_NEVER)
        when = t->since + next_ticks(t) * tick_cycles(t);
    device_schedule(&t->dev, when);
}

static void finish(struct timer *t)
{
    update_irq(t);
    reschedule(t);
    tell_outputs(t);
}

static void timer_event(struct device *d, uint64_t at)
{
    struct timer *t = (struct timer *)d;
    (void)at;
    settle(t);
    finish(t);
}

/* ---- Captures. ---- */

static void capture(struct timer *t, uint32_t c)
{
    t->reg[SR] |= t->reg[SR] & FLAG_CC1 << c ? FLAG_OVER1 << c : 0;
    t->reg[SR] |= FLAG_CC1 << c;
    t->reg[CCR1 + c] = t->count;
}

static void timer_signal(struct device *d, uint32_t port, bool level)
{
    struct timer *t = (struct timer *)d;
    uint32_t pin = port % CHANNELS, bit = 1u << pin;
    if (((t->pins & bit) != 0) == level)
        return;
    settle(t);
    t->pins ^= bit;
    for (uint32_t c = 0; c < CHANNELS; c++) {
        uint32_t from = channel_mode(t, c) & 3u, enable = channel_enable(t, c);
        uint32_t source = from == 1 ? c : from == 2 ? c ^ 1u : CHANNELS;
        bool falling = enable & 2u, both = (enable & 10u) == 10u;
        if (source == pin && (enable & 1u) && (both || level != falling))
            capture(t, c);
    }
    finish(t);
}

/* ---- Registers. ---- */

static enum bus_status timer_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct timer *t = (struct timer *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    if (n == CNT || n == SR || n == CR1)
        settle(t);
    if (n - CCR1 < CHANNELS && is_input(t, n - CCR1))
        t->reg[SR] &= ~(uint32_t)(FLAG_CC1 << (n - CCR1)); /* reading a capture takes it */
    *val = regs_part(n == CNT ? t->count : t->reg[n], off, bytes);
    update_irq(t);
    return BUS_OK;
}

static void generate(struct timer *t, uint32_t val)
{
    if (val & 1u) {
        t->count = 0;
        t->since = device_now(&t->dev);
        load(t);
        t->reg[SR] |= t->reg[CR1] & (CR1_URS | CR1_UDIS) ? 0 : FLAG_UPDATE;
    }
    t->reg[SR] |= val & FLAG_TRIGGER;
    for (uint32_t c = 0; c < CHANNELS; c++) {
        if (!(val & FLAG_CC1 << c))
            continue;
        if (is_input(t, c))
            capture(t, c);
        else
            t->reg[SR] |= FLAG_CC1 << c;
    }
}

static void wrote(struct timer *t, uint32_t n, uint32_t val)
{
    uint32_t c = n - CCR1;
    if (n == EGR)
        generate(t, val);
    else if (n == CNT)
        t->count = val & width_mask(t);
    else if (n == ARR && !(t->reg[CR1] & CR1_ARPE))
        t->arr = val & width_mask(t);
    else if (c < CHANNELS && !(channel_mode(t, c) & 8u)) /* OCxPE */
        t->ccr[c] = val & width_mask(t);
}

static enum bus_status timer_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct timer *t = (struct timer *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    settle(t);
    uint32_t whole = regs_whole(n == SR ? UINT32_MAX : t->reg[n], off, bytes, val);
    whole &= n >= CNT && n != PSC ? width_mask(t) : UINT32_MAX;
    if (n - CCR1 >= CHANNELS || !is_input(t, n - CCR1)) /* a capture register is read-only */
        t->reg[n] = regs_written(&regs[n], t->reg[n], whole);
    wrote(t, n, whole);
    finish(t);
    return BUS_OK;
}

static void timer_reset(struct device *d)
{
    struct timer *t = (struct timer *)d;
    regs_reset(regs, REG_WORDS(regs), t->reg);
    t->reg[ARR] &= width_mask(t);
    t->psc = t->count = t->oc = 0;
    t->since = 0;
    t->arr = t->reg[ARR];
    for (uint32_t c = 0; c < CHANNELS; c++)
        t->ccr[c] = 0;
    finish(t);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"bits", FIELD_INT, false, 16, 32, 16, "width of the counter: 16 or 32"},
    {"clock_div", FIELD_INT, false, 1, 16, 1, "the core's clock is so many times its own"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct timer, reg),   STATE_FIELD(struct timer, psc),
    STATE_FIELD(struct timer, arr),   STATE_FIELD(struct timer, ccr),
    STATE_FIELD(struct timer, count), STATE_FIELD(struct timer, since),
    STATE_FIELD(struct timer, pins),  STATE_FIELD(struct timer, out),
    STATE_FIELD(struct timer, oc),    {0},
};

const struct device_ops stm32_timer_ops = {
    .kind = "stm32-timer",
    .summary = "general-purpose timer of the STM32: counts, compares, captures, PWM",
    .map_bytes = 0x400,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct timer),
    .reset = timer_reset,
    .read = timer_read,
    .write = timer_write,
    .event = timer_event,
    .signal = timer_signal,
};
