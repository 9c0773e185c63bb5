/*
 * The two watchdogs of the STM32.
 *
 * Source: RM0090 (STM32F405/407) 21 "Independent watchdog (IWDG)" and 22 "Window watchdog (WWDG)".
 *
 * Ports: output 0 of the independent, output 1 of the window watchdog: it resets the machine.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

/* ---- Independent: counts a clock of its own. ---- */

enum {
    KR,
    PR,
    RLR,
    SR
};
enum {
    KEY_ACCESS = 0x5555,
    KEY_RELOAD = 0xAAAA,
    KEY_START = 0xCCCC
};
enum {
    CONFIG_CLOCK_HZ,
    CONFIG_LSI_HZ
};

struct iwdg {
    struct device dev;
    uint32_t reg[4];
    uint32_t open, running;
    uint32_t count; /* from here it starts */
};

static const struct reg iwdg_regs[] = {
    [KR] = {"IWDG_KR", 0},
    [PR] = {"IWDG_PR", .mask = 7},
    [RLR] = {"IWDG_RLR", .reset = 0xFFF, .mask = 0xFFF},
    [SR] = {"IWDG_SR", 0},
};

static void iwdg_count(struct iwdg *w)
{
    uint32_t pr = w->reg[PR] > 6 ? 6 : w->reg[PR];
    uint64_t ticks = ((uint64_t)w->count + 1) * (4u << pr);
    device_schedule(&w->dev, device_now(&w->dev) + ticks * w->dev.config[CONFIG_CLOCK_HZ] /
                                                       w->dev.config[CONFIG_LSI_HZ]);
}

static void bite(struct device *d, uint32_t port)
{
    device_reset(d);
    device_signal(d, port, true);
}

static void iwdg_event(struct device *d, uint64_t now)
{
    (void)now;
    bite(d, 0);
}

static enum bus_status iwdg_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct iwdg *w = (struct iwdg *)d;
    if (regs_known(iwdg_regs, REG_WORDS(iwdg_regs), d, off, false))
        *val = regs_part(w->reg[off / 4], off, bytes);
    return BUS_OK;
}

static enum bus_status iwdg_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct iwdg *w = (struct iwdg *)d;
    uint32_t n = off / 4;
    if (!regs_known(iwdg_regs, REG_WORDS(iwdg_regs), d, off, true))
        return BUS_OK;
    if (n != KR) {
        if (w->open)
            w->reg[n] =
                regs_written(&iwdg_regs[n], w->reg[n], regs_whole(w->reg[n], off, bytes, val));
        return BUS_OK;
    }
    w->open = val == KEY_ACCESS;
    if (val == KEY_RELOAD)
        w->count = w->reg[RLR];
    bool starts = val == KEY_START && !w->running;
    w->running |= starts;
    if (starts || (w->running && val == KEY_RELOAD))
        iwdg_count(w);
    return BUS_OK;
}

static void iwdg_reset(struct device *d)
{
    struct iwdg *w = (struct iwdg *)d;
    regs_reset(iwdg_regs, REG_WORDS(iwdg_regs), w->reg);
    w->open = w->running = 0;
    w->count = iwdg_regs[RLR].reset;
    device_schedule(d, DEVICE_NEVER);
}

static const struct field iwdg_config[] = {
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0, "the core's clock"},
    {"lsi_hz", FIELD_INT, false, 1000, 100000, 32000, "its own"},
    {0},
};

static const struct state_field iwdg_state[] = {
    STATE_FIELD(struct iwdg, reg),
    STATE_FIELD(struct iwdg, open),
    STATE_FIELD(struct iwdg, running),
    STATE_FIELD(struct iwdg, count),
    {0},
};

const struct device_ops stm32_iwdg_ops = {
    .kind = "stm32-iwdg",
    .summary = "independent watchdog of the STM32",
    .map_bytes = 0x400,
    .config = iwdg_config,
    .state = iwdg_state,
    .instance_bytes = sizeof(struct iwdg),
    .reset = iwdg_reset,
    .read = iwdg_read,
    .write = iwdg_write,
    .event = iwdg_event,
};

/* ---- Window: counts the bus clock / 4096, and must not be fed too early. ---- */

enum {
    CR,
    CFR,
    WSR
};
enum {
    CR_T6 = 0x40,
    CR_WDGA = 0x80,
    CFR_EWI = 0x200
};
enum {
    WCONFIG_IRQ,
    WCONFIG_CLOCK_DIV
};

struct wwdg {
    struct device dev;
    uint32_t reg[3];
    uint64_t since; /* the cycle at which CR held what it holds */
};

static const struct reg wwdg_regs[] = {
    [CR] = {"WWDG_CR", .reset = 0x7F, .mask = 0x7F},
    [CFR] = {"WWDG_CFR", .reset = 0x7F, .mask = 0x1FF},
    [WSR] = {"WWDG_SR", .keep_1 = 1},
};

static uint64_t wwdg_tick(const struct wwdg *w)
{
    return (4096ull << (w->reg[CFR] >> 7 & 3u)) * w->dev.config[WCONFIG_CLOCK_DIV];
}

static uint32_t wwdg_count(const struct wwdg *w)
{
    uint64_t ticks = (device_now(&w->dev) - w->since) / wwdg_tick(w);
    uint32_t t = w->reg[CR] & 0x7Fu;
    return !(w->reg[CR] & CR_WDGA) ? t : ticks > t ? 0 : t - (uint32_t)ticks;
}

/* At 0x40 the early interrupt, at 0x3F the reset. */
static void wwdg_schedule(struct wwdg *w)
{
    uint32_t t = w->reg[CR] & 0x7Fu, now = wwdg_count(w);
    uint32_t next = now > CR_T6 ? CR_T6 : CR_T6 - 1;
    uint64_t when = w->since + (uint64_t)(t > next ? t - next : 0) * wwdg_tick(w);
    device_schedule(&w->dev, w->reg[CR] & CR_WDGA ? when : DEVICE_NEVER);
}

static void wwdg_irq(struct wwdg *w)
{
    bool high = (w->reg[WSR] & 1u) && (w->reg[CFR] & CFR_EWI);
    device_irq(&w->dev, w->dev.config[WCONFIG_IRQ], high);
}

static void wwdg_event(struct device *d, uint64_t now)
{
    struct wwdg *w = (struct wwdg *)d;
    (void)now;
    if (wwdg_count(w) < CR_T6) {
        bite(d, 1);
        return;
    }
    w->reg[WSR] |= 1;
    wwdg_irq(w);
    wwdg_schedule(w);
}

static enum bus_status wwdg_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct wwdg *w = (struct wwdg *)d;
    if (!regs_known(wwdg_regs, REG_WORDS(wwdg_regs), d, off, false))
        return BUS_OK;
    uint32_t held = off / 4 == CR ? (w->reg[CR] & CR_WDGA) | wwdg_count(w) : w->reg[off / 4];
    *val = regs_part(held, off, bytes);
    return BUS_OK;
}

static enum bus_status wwdg_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct wwdg *w = (struct wwdg *)d;
    uint32_t n = off / 4, count = wwdg_count(w);
    if (!regs_known(wwdg_regs, REG_WORDS(wwdg_regs), d, off, true))
        return BUS_OK;
    uint32_t whole = regs_whole(n == WSR ? UINT32_MAX : w->reg[n], off, bytes, val);
    bool active = w->reg[CR] & CR_WDGA;
    bool early = active && count > (w->reg[CFR] & 0x7Fu);
    uint64_t tick = wwdg_tick(w);
    w->reg[n] = regs_written(&wwdg_regs[n], w->reg[n], whole);
    if (n == CFR)
        w->reg[CFR] |= whole & CFR_EWI;
    if (n == CR)
        w->reg[CR] |= whole & CR_WDGA;
    if (tick != wwdg_tick(w)) /* count on from here at another rate */
        w->reg[CR] = (w->reg[CR] & CR_WDGA) | count;
    if (n == CR || tick != wwdg_tick(w))
        w->since = device_now(&w->dev);
    wwdg_irq(w);
    wwdg_schedule(w);
    if (n == CR && (w->reg[CR] & CR_WDGA) && (early || !(whole & CR_T6)))
        bite(d, 1);
    return BUS_OK;
}

static void wwdg_reset(struct device *d)
{
    struct wwdg *w = (struct wwdg *)d;
    regs_reset(wwdg_regs, REG_WORDS(wwdg_regs), w->reg);
    w->since = 0;
    wwdg_schedule(w);
    wwdg_irq(w);
}

static const struct field wwdg_config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"clock_div", FIELD_INT, false, 1, 16, 1, "the core's clock is so many times its own"},
    {0},
};

static const struct state_field wwdg_state[] = {
    STATE_FIELD(struct wwdg, reg),
    STATE_FIELD(struct wwdg, since),
    {0},
};

const struct device_ops stm32_wwdg_ops = {
    .kind = "stm32-wwdg",
    .summary = "window watchdog of the STM32",
    .map_bytes = 0x400,
    .config = wwdg_config,
    .state = wwdg_state,
    .instance_bytes = sizeof(struct wwdg),
    .reset = wwdg_reset,
    .read = wwdg_read,
    .write = wwdg_write,
    .event = wwdg_event,
};
