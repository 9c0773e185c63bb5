/*
 * EXTI of the STM32: interrupts from edges of pins; and the multiplexers before it, which are in
 * SYSCFG (F2, F4), AFIO (F1) or EXTI itself (G0).
 *
 * Source: RM0041 (STM32F100) 8.3 and 7.4; RM0090 (STM32F405/407) 12.3 and 9.2; RM0444
 * (STM32G0) 13.5. Deviation: events (EMR) only wake the core as interrupts do.
 *
 * Ports: of EXTI, input n is line n; of the multiplexer, input 16 * P + n is pin n of port P (A is
 * 0) and output n line n. The G0's EXTI takes what its multiplexer does.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

#define PIN_LINES 16u
#define PORTS_MAX 9u

/* ---- The multiplexer. ---- */

struct mux {
    uint32_t choice[4];        /* EXTICR: 4 lines each */
    uint32_t level[PORTS_MAX]; /* of the pins, by port */
};

/* The level of line @n as chosen; @bits of a choice. */
static bool mux_level(const struct mux *m, uint32_t n, uint32_t bits)
{
    uint32_t port = m->choice[n / 4] >> bits * (n % 4) & 15u;
    return port < PORTS_MAX && m->level[port] >> n & 1u;
}

static void mux_set(struct mux *m, uint32_t port, bool level)
{
    uint32_t bit = 1u << port % PIN_LINES;
    uint32_t *pins = &m->level[port / PIN_LINES % PORTS_MAX];
    *pins = level ? *pins | bit : *pins & ~bit;
}

struct syscfg {
    struct device dev;
    uint32_t reg[0x24 / 4];
    struct mux mux;
    uint32_t told; /* lines as they were told last */
};

static const struct reg syscfg_regs[] = {
    [0x00 / 4] = {"SYSCFG_MEMRMP", .mask = 3},
    [0x04 / 4] = {"SYSCFG_PMC", .mask = 0x00800000},
    [0x08 / 4] = {"SYSCFG_EXTICR1", .mask = 0xFFFF},
    [0x0C / 4] = {"SYSCFG_EXTICR2", .mask = 0xFFFF},
    [0x10 / 4] = {"SYSCFG_EXTICR3", .mask = 0xFFFF},
    [0x14 / 4] = {"SYSCFG_EXTICR4", .mask = 0xFFFF},
    [0x20 / 4] = {"SYSCFG_CMPCR", .reset = 0, .mask = 1},
};
static const struct reg afio_regs[] = {
    [0x00 / 4] = {"AFIO_EVCR", .mask = 0xFF},        [0x04 / 4] = {"AFIO_MAPR", .mask = UINT32_MAX},
    [0x08 / 4] = {"AFIO_EXTICR1", .mask = 0xFFFF},   [0x0C / 4] = {"AFIO_EXTICR2", .mask = 0xFFFF},
    [0x10 / 4] = {"AFIO_EXTICR3", .mask = 0xFFFF},   [0x14 / 4] = {"AFIO_EXTICR4", .mask = 0xFFFF},
    [0x1C / 4] = {"AFIO_MAPR2", .mask = UINT32_MAX},
};
#define REG_EXTICR 0x08u

static const struct reg *syscfg_table(const struct syscfg *s, uint32_t *words)
{
    bool f1 = s->dev.ops == &stm32f1_afio_ops;
    *words = f1 ? REG_WORDS(afio_regs) : REG_WORDS(syscfg_regs);
    return f1 ? afio_regs : syscfg_regs;
}

static void syscfg_tell(struct syscfg *s)
{
    uint32_t lines = 0;
    for (uint32_t n = 0; n < PIN_LINES; n++)
        lines |= (uint32_t)mux_level(&s->mux, n, 4) << n;
    uint32_t changed = lines ^ s->told;
    s->told = lines;
    for (; changed; changed &= changed - 1) {
        uint32_t n = (uint32_t)__builtin_ctz(changed);
        device_signal(&s->dev, n, lines >> n & 1u);
    }
}

static enum bus_status syscfg_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct syscfg *s = (struct syscfg *)d;
    uint32_t words;
    const struct reg *regs = syscfg_table(s, &words);
    if (regs_known(regs, words, d, off, false))
        *val = regs_part(s->reg[off / 4], off, bytes);
    return BUS_OK;
}

static enum bus_status syscfg_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct syscfg *s = (struct syscfg *)d;
    uint32_t words, at = off & ~3u;
    const struct reg *regs = syscfg_table(s, &words);
    if (!regs_known(regs, words, d, off, true))
        return BUS_OK;
    uint32_t *reg = &s->reg[at / 4];
    *reg = regs_written(&regs[at / 4], *reg, regs_whole(*reg, off, bytes, val));
    if (at - REG_EXTICR < 16)
        s->mux.choice[(at - REG_EXTICR) / 4] = *reg;
    syscfg_tell(s);
    return BUS_OK;
}

static void syscfg_signal(struct device *d, uint32_t port, bool level)
{
    struct syscfg *s = (struct syscfg *)d;
    mux_set(&s->mux, port, level);
    syscfg_tell(s);
}

static void syscfg_reset(struct device *d)
{
    struct syscfg *s = (struct syscfg *)d;
    uint32_t words;
    const struct reg *regs = syscfg_table(s, &words);
    regs_reset(regs, words, s->reg);
    for (uint32_t i = 0; i < 4; i++)
        s->mux.choice[i] = 0;
    syscfg_tell(s);
}

static const struct field no_config[] = {{0}};

static const struct state_field syscfg_state[] = {
    STATE_FIELD(struct syscfg, reg),
    STATE_FIELD(struct syscfg, mux.choice),
    STATE_FIELD(struct syscfg, mux.level),
    STATE_FIELD(struct syscfg, told),
    {0},
};

#define SYSCFG_OPS(name, text)                                                                 \
    {                                                                                          \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = no_config,                \
        .state = syscfg_state, .instance_bytes = sizeof(struct syscfg), .reset = syscfg_reset, \
        .read = syscfg_read, .write = syscfg_write, .signal = syscfg_signal,                   \
    }

const struct device_ops stm32_syscfg_ops =
    SYSCFG_OPS("stm32-syscfg", "SYSCFG of the STM32F2 and F4");
const struct device_ops stm32f1_afio_ops = SYSCFG_OPS("stm32f1-afio", "AFIO of the STM32F1");

/* ---- EXTI. ---- */

enum {
    IMR,
    EMR,
    RTSR,
    FTSR,
    SWIER,
    PR, /* of the G0: rising edges; */
    PR2 /* falling edges */
};
#define LINE_MASK 0x7FFFFFu
#define IRQS_MAX  8u

struct exti {
    struct device dev;
    uint32_t reg[7]; /* by the enum above */
    uint32_t level;  /* of the lines */
    struct mux mux;  /* of the G0 */
};

static const struct field exti_config[] = {
    {"irq0", FIELD_INT, true, 0, 239, 0, "interrupt line of line 0"},
    {"irq1", FIELD_INT, true, 0, 239, 0, "of line 1"},
    {"irq2", FIELD_INT, true, 0, 239, 0, "of line 2"},
    {"irq3", FIELD_INT, true, 0, 239, 0, "of line 3"},
    {"irq4", FIELD_INT, true, 0, 239, 0, "of line 4"},
    {"irq5_9", FIELD_INT, true, 0, 239, 0, "of lines 5 to 9"},
    {"irq10_15", FIELD_INT, true, 0, 239, 0, "of lines 10 to 15"},
    {0},
};
static const struct field g0_config[] = {
    {"irq0_1", FIELD_INT, true, 0, 239, 0, "interrupt line of lines 0 and 1"},
    {"irq2_3", FIELD_INT, true, 0, 239, 0, "of lines 2 and 3"},
    {"irq4_15", FIELD_INT, true, 0, 239, 0, "of lines 4 to 15"},
    {0},
};

static bool is_g0(const struct exti *e)
{
    return e->dev.ops == &stm32g0_exti_ops;
}

static void update_irqs(struct exti *e)
{
    static const uint32_t lines[] = {1, 2, 4, 8, 0x10, 0x3E0, 0xFC00};
    static const uint32_t g0_lines[] = {3, 0xC, 0xFFF0};
    uint32_t n = is_g0(e) ? REG_WORDS(g0_lines) : REG_WORDS(lines);
    uint32_t pending = (e->reg[PR] | e->reg[PR2]) & e->reg[IMR];
    for (uint32_t i = 0; i < n; i++)
        device_irq(&e->dev, e->dev.config[i], (pending & (is_g0(e) ? g0_lines[i] : lines[i])) != 0);
}

static void set_line(struct exti *e, uint32_t n, bool level)
{
    uint32_t bit = 1u << n;
    bool was = e->level & bit;
    e->level = level ? e->level | bit : e->level & ~bit;
    if (level && !was && (e->reg[RTSR] & bit))
        e->reg[PR] |= bit;
    if (!level && was && (e->reg[FTSR] & bit))
        e->reg[is_g0(e) ? PR2 : PR] |= bit;
    update_irqs(e);
}

static void choose(struct exti *e)
{
    for (uint32_t n = 0; n < PIN_LINES; n++)
        set_line(e, n, mux_level(&e->mux, n, 8));
}

static void exti_signal(struct device *d, uint32_t port, bool level)
{
    struct exti *e = (struct exti *)d;
    if (!is_g0(e)) {
        set_line(e, port % 32, level);
        return;
    }
    mux_set(&e->mux, port, level);
    choose(e);
}

/* The register at @off: an index of reg[], 16 + n for EXTICR n, or -1. */
static int find(const struct exti *e, uint32_t off)
{
    static const int8_t usual[] = {IMR, EMR, RTSR, FTSR, SWIER, PR};
    static const int8_t g0[] = {RTSR, FTSR, SWIER, PR, PR2};
    if (!is_g0(e))
        return off / 4 < sizeof usual ? usual[off / 4] : -1;
    if (off / 4 < sizeof g0)
        return g0[off / 4];
    if (off - 0x60 < 16)
        return 16 + (int)(off - 0x60) / 4;
    return off == 0x80 ? IMR : off == 0x84 ? EMR : -1;
}

static enum bus_status exti_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct exti *e = (struct exti *)d;
    int n = find(e, off & ~3u);
    if (n < 0)
        device_unmodelled(d, off & ~3u, false);
    else
        *val = regs_part(n >= 16 ? e->mux.choice[n - 16] : e->reg[n], off, bytes);
    return BUS_OK;
}

static void write_register(struct exti *e, int n, uint32_t val)
{
    switch (n) {
    case PR:
    case PR2:
        e->reg[n] &= ~val;
        e->reg[SWIER] &= ~val;
        break;
    case SWIER: /* a bit that becomes 1 makes its line pending; those of the G0 do not stay */
        e->reg[PR] |= val & ~e->reg[SWIER] & (is_g0(e) ? UINT32_MAX : e->reg[IMR]);
        e->reg[SWIER] |= is_g0(e) ? 0 : val;
        break;
    default:
        e->reg[n] = val;
    }
}

static enum bus_status exti_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct exti *e = (struct exti *)d;
    int n = find(e, off & ~3u);
    if (n < 0) {
        device_unmodelled(d, off & ~3u, true);
    } else if (n >= 16) {
        e->mux.choice[n - 16] = regs_whole(e->mux.choice[n - 16], off, bytes, val) & 0x0F0F0F0Fu;
        choose(e);
    } else {
        bool clears = n == PR || n == PR2 || n == SWIER;
        write_register(e, n,
                       regs_whole(clears ? 0 : e->reg[n], off, bytes, val) &
                           (is_g0(e) ? UINT32_MAX : LINE_MASK));
    }
    update_irqs(e);
    return BUS_OK;
}

static void exti_reset(struct device *d)
{
    struct exti *e = (struct exti *)d;
    for (uint32_t i = 0; i < REG_WORDS(e->reg); i++)
        e->reg[i] = 0;
    for (uint32_t i = 0; i < 4; i++)
        e->mux.choice[i] = 0;
    e->reg[IMR] = is_g0(e) ? 0xFFF80000u : 0;
    if (is_g0(e))
        choose(e);
    update_irqs(e);
}

static const struct state_field exti_state[] = {
    STATE_FIELD(struct exti, reg),
    STATE_FIELD(struct exti, level),
    STATE_FIELD(struct exti, mux.choice),
    STATE_FIELD(struct exti, mux.level),
    {0},
};

#define EXTI_OPS(name, text, keys)                                                              \
    {                                                                                           \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = keys, .state = exti_state, \
        .instance_bytes = sizeof(struct exti), .reset = exti_reset, .read = exti_read,          \
        .write = exti_write, .signal = exti_signal,                                             \
    }

const struct device_ops stm32_exti_ops =
    EXTI_OPS("stm32-exti", "EXTI of the STM32F1, F2 and F4", exti_config);
const struct device_ops stm32g0_exti_ops =
    EXTI_OPS("stm32g0-exti", "EXTI of the STM32G0", g0_config);
