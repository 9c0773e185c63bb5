/*
 * The flash interface of the STM32: unlocking, erasing and programming.
 *
 * Source: PM0063 (STM32F100 flash programming) 2.3 and 3; RM0090 (STM32F405/407) 3.5 to 3.9; RM0444
 * (STM32G0) 3.3 and 3.7. Times: the data sheets' "Memory characteristics".
 * Deviation: option bytes cannot be changed; the core is not stalled while it works: BSY tells.
 */
#include <string.h>

#include "devices/kinds.h"
#include "devices/regs.h"

#define KEY1       0x45670123u
#define KEY2       0xCDEF89ABu
#define CR_LOCK_F1 (1u << 7)
#define CR_LOCK    (1u << 31)
#define PROGERR_G0 (1u << 3)
#define WORDS      (0x24 / 4)

enum {
    CONFIG_IRQ,
    CONFIG_CLOCK_HZ,
    CONFIG_BASE,
    CONFIG_BYTES
};

/* Where the families have what. */
struct flash_kind {
    const struct reg *regs;
    uint32_t words;
    uint32_t keyr, sr, cr, ar; /* word indices; ar: of the F1 */
    uint32_t lock, program, erase, erase_all, start;
    uint32_t busy, done, refused; /* bits of SR; refused: it was locked, or not asked for */
    uint32_t failed;              /* of SR: what ERRIE makes an interrupt of */
    uint32_t eopie, errie;        /* of CR */
    uint32_t program_us, erase_us;
};

struct flash {
    struct device dev;
    uint32_t reg[WORDS];
    uint32_t keys;       /* how many were given; 3: wrong, locked until reset */
    uint64_t busy_until; /* DEVICE_NEVER: idle */
};

static const struct reg f1_regs[] = {
    [0x00 / 4] = {"FLASH_ACR", .reset = 0x30, .mask = 0x1F},
    [0x04 / 4] = {"FLASH_KEYR", 0},
    [0x08 / 4] = {"FLASH_OPTKEYR", 0},
    [0x0C / 4] = {"FLASH_SR", .clear = 0x34},
    [0x10 / 4] = {"FLASH_CR", .reset = CR_LOCK_F1, .mask = 0x1677},
    [0x14 / 4] = {"FLASH_AR", .mask = UINT32_MAX},
    [0x1C / 4] = {"FLASH_OBR", .reset = 0x03FFFFFC},
    [0x20 / 4] = {"FLASH_WRPR", .reset = UINT32_MAX},
};
static const struct flash_kind f1 = {.regs = f1_regs,
                                     .words = REG_WORDS(f1_regs),
                                     .keyr = 1,
                                     .sr = 3,
                                     .cr = 4,
                                     .ar = 5,
                                     .lock = CR_LOCK_F1,
                                     .program = 1u << 0,
                                     .erase = 1u << 1,
                                     .erase_all = 1u << 2,
                                     .start = 1u << 6,
                                     .busy = 1u << 0,
                                     .done = 1u << 5,
                                     .refused = 1u << 2,
                                     .failed = 1u << 2 | 1u << 4,
                                     .eopie = 1u << 12,
                                     .errie = 1u << 10,
                                     .program_us = 53,
                                     .erase_us = 20000};

/* What CR and SR of the F2, F4 and G0 have at the same bits. */
#define F4_AND_G0_BITS                                                                           \
    .lock = CR_LOCK, .program = 1u << 0, .erase = 1u << 1, .erase_all = 1u << 2,                 \
    .start = 1u << 16, .busy = 1u << 16, .done = 1u << 0, .refused = 1u << 7, .failed = 1u << 1, \
    .eopie = 1u << 24, .errie = 1u << 25

static const struct reg f4_regs[] = {
    [0x00 / 4] = {"FLASH_ACR", .mask = 0x1F07},
    [0x04 / 4] = {"FLASH_KEYR", 0},
    [0x08 / 4] = {"FLASH_OPTKEYR", 0},
    [0x0C / 4] = {"FLASH_SR", .clear = 0xF3},
    [0x10 / 4] = {"FLASH_CR", .reset = CR_LOCK, .mask = 0x0301037F},
    [0x14 / 4] = {"FLASH_OPTCR", .reset = 0x0FFFAAED},
};
static const struct flash_kind f4 = {.regs = f4_regs,
                                     .words = REG_WORDS(f4_regs),
                                     .keyr = 1,
                                     .sr = 3,
                                     .cr = 4,
                                     F4_AND_G0_BITS,
                                     .program_us = 16,
                                     .erase_us = 250000};

static const struct reg g0_regs[] = {
    [0x00 / 4] = {"FLASH_ACR", .reset = 0x600, .mask = 0x00050F07},
    [0x08 / 4] = {"FLASH_KEYR", 0},
    [0x0C / 4] = {"FLASH_OPTKEYR", 0},
    [0x10 / 4] = {"FLASH_SR", .clear = 0xC3FB},
    [0x14 / 4] = {"FLASH_CR", .reset = 0xC0000000, .mask = 0x0F0703FF},
    [0x18 / 4] = {"FLASH_ECCR", .mask = 0x01000000},
    [0x20 / 4] = {"FLASH_OPTR", .reset = 0xFFFFFEAA},
};
static const struct flash_kind g0 = {.regs = g0_regs,
                                     .words = REG_WORDS(g0_regs),
                                     .keyr = 2,
                                     .sr = 4,
                                     .cr = 5,
                                     F4_AND_G0_BITS,
                                     .program_us = 85,
                                     .erase_us = 22000};

static const struct flash_kind *kind_of(const struct flash *f)
{
    return f->dev.ops == &stm32f1_flash_ops ? &f1 : f->dev.ops == &stm32f4_flash_ops ? &f4 : &g0;
}

static bool tells_done(const struct flash *f)
{
    return f->reg[kind_of(f)->cr] & kind_of(f)->eopie;
}

static void update_irq(struct flash *f)
{
    const struct flash_kind *k = kind_of(f);
    bool done = f->reg[k->sr] & k->done && f->reg[k->cr] & k->eopie;
    bool failed = f->reg[k->sr] & k->failed && f->reg[k->cr] & k->errie;
    device_irq(&f->dev, f->dev.config[CONFIG_IRQ], done || failed);
}

/* Errors come; F2, F4, G0: with OPERR, when its interrupt is enabled. RM0090 3.9.5, RM0444 3.7.4.
 */
static void fail(struct flash *f, uint32_t errors)
{
    const struct flash_kind *k = kind_of(f);
    f->reg[k->sr] |= errors | (k != &f1 && f->reg[k->cr] & k->errie ? k->failed : 0);
    update_irq(f);
}

static void work(struct flash *f, uint32_t microseconds)
{
    f->reg[kind_of(f)->sr] |= kind_of(f)->busy;
    f->busy_until =
        device_now(&f->dev) + (uint64_t)f->dev.config[CONFIG_CLOCK_HZ] * microseconds / 1000000;
    device_schedule(&f->dev, f->busy_until);
}

/* F2, F4, G0: EOP is set only when its interrupt is enabled. */
static void flash_event(struct device *d, uint64_t now)
{
    struct flash *f = (struct flash *)d;
    const struct flash_kind *k = kind_of(f);
    (void)now;
    f->busy_until = DEVICE_NEVER;
    f->reg[k->sr] &= ~k->busy;
    f->reg[k->sr] |= k == &f1 || tells_done(f) ? k->done : 0;
    f->reg[k->cr] &= ~k->start;
    update_irq(f);
}

static void erase(struct flash *f, uint32_t at, uint32_t bytes)
{
    uint8_t erased[1024];
    memset(erased, 0xFF, sizeof erased);
    for (uint32_t i = 0; i < bytes && at + i < f->dev.config[CONFIG_BYTES]; i += sizeof erased)
        device_store(&f->dev, f->dev.config[CONFIG_BASE] + at + i, erased, sizeof erased);
}

/* F2 and F4: four sectors of 16 KiB, one of 64, the rest of 128. */
static void erase_sector(struct flash *f, uint32_t n)
{
    uint32_t at = n < 4 ? n << 14 : n == 4 ? 1u << 16 : (n - 4) << 17;
    erase(f, at, n < 4 ? 1u << 14 : n == 4 ? 1u << 16 : 1u << 17);
}

static void start(struct flash *f)
{
    const struct flash_kind *k = kind_of(f);
    uint32_t cr = f->reg[k->cr];
    if (cr & k->erase_all)
        erase(f, 0, f->dev.config[CONFIG_BYTES]);
    else if (!(cr & k->erase))
        return;
    else if (k == &f1)
        erase(f, (f->reg[k->ar] - f->dev.config[CONFIG_BASE]) & ~1023u, 1024);
    else if (k == &f4)
        erase_sector(f, cr >> 3 & 15u);
    else
        erase(f, (cr >> 3 & 0x7Fu) << 11, 2048);
    work(f, k->erase_us);
}

/* May a store of so many bytes program? F2 and F4: PSIZE says how many; G0: words, in pairs. */
static bool right_size(const struct flash *f, uint32_t bytes)
{
    const struct flash_kind *k = kind_of(f);
    if (k == &f1)
        return bytes == 2;
    if (k == &g0)
        return bytes == 4;
    uint32_t psize = f->reg[k->cr] >> 8 & 3u;
    return bytes == (psize == 3 ? 4 : 1u << psize);
}

static enum bus_status flash_program(struct device *d, uint32_t addr, uint32_t bytes, uint32_t val)
{
    struct flash *f = (struct flash *)d;
    const struct flash_kind *k = kind_of(f);
    uint32_t old = 0;
    if ((f->reg[k->cr] & (k->program | k->lock)) != k->program) {
        fail(f, k->refused);
        return BUS_OK;
    }
    if (!right_size(f, bytes)) {
        if (k == &f1)
            return BUS_ERROR;
        fail(f, 1u << 6); /* PGPERR; G0: SIZERR */
        return BUS_OK;
    }
    if (!device_fetch(d, addr, &old, bytes))
        return BUS_OK;
    if (k != &f4 && val && old != (k == &f1 ? 0xFFFF : UINT32_MAX)) { /* not erased */
        fail(f, k == &f1 ? k->refused : PROGERR_G0);
        return BUS_OK;
    }
    val &= old; /* programming clears bits */
    device_store(d, addr, &val, bytes);
    work(f, k->program_us);
    return BUS_OK;
}

/* A wrong one is a bus error, and so is every one after it. */
static enum bus_status key(struct flash *f, uint32_t val)
{
    const struct flash_kind *k = kind_of(f);
    if (f->keys == 0 && val == KEY1) {
        f->keys = 1;
    } else if (f->keys == 1 && val == KEY2) {
        f->keys = 0;
        f->reg[k->cr] &= ~k->lock;
    } else {
        f->keys = 3;
    }
    return f->keys == 3 ? BUS_ERROR : BUS_OK;
}

static enum bus_status flash_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct flash *f = (struct flash *)d;
    const struct flash_kind *k = kind_of(f);
    if (regs_known(k->regs, k->words, d, off, false))
        *val = regs_part(f->reg[off / 4], off, bytes);
    return BUS_OK;
}

static enum bus_status flash_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct flash *f = (struct flash *)d;
    const struct flash_kind *k = kind_of(f);
    uint32_t n = off / 4;
    if (!regs_known(k->regs, k->words, d, off, true))
        return BUS_OK;
    bool locked = f->reg[k->cr] & k->lock;
    if (n == k->keyr)
        return key(f, val);
    if (n == k->cr && locked)
        return BUS_OK;
    f->reg[n] = regs_written(&k->regs[n], f->reg[n],
                             regs_whole(n == k->sr ? 0 : f->reg[n], off, bytes, val));
    if (n == k->cr && (val & k->lock))
        f->reg[n] |= k->lock;
    if (n == k->cr && (f->reg[n] & k->start) && f->busy_until == DEVICE_NEVER)
        start(f);
    update_irq(f);
    return BUS_OK;
}

static void flash_reset(struct device *d)
{
    struct flash *f = (struct flash *)d;
    const struct flash_kind *k = kind_of(f);
    regs_reset(k->regs, k->words, f->reg);
    f->keys = 0;
    f->busy_until = DEVICE_NEVER;
    device_schedule(d, DEVICE_NEVER);
    update_irq(f);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0, "the core's clock, for how long it works"},
    {"flash_base", FIELD_ADDR, true, 0, UINT32_MAX, 0, "where the flash begins"},
    {"flash_bytes", FIELD_SIZE, true, 1024, 1u << 21, 0, "its size"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct flash, reg),
    STATE_FIELD(struct flash, keys),
    STATE_FIELD(struct flash, busy_until),
    {0},
};

#define FLASH_OPS(name, text)                                                                \
    {                                                                                        \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = config, .state = state, \
        .instance_bytes = sizeof(struct flash), .reset = flash_reset, .read = flash_read,    \
        .write = flash_write, .event = flash_event, .program = flash_program,                \
    }

const struct device_ops stm32f1_flash_ops =
    FLASH_OPS("stm32f1-flash", "flash interface of the STM32F1");
const struct device_ops stm32f4_flash_ops =
    FLASH_OPS("stm32f4-flash", "flash interface of the STM32F2 and F4");
const struct device_ops stm32g0_flash_ops =
    FLASH_OPS("stm32g0-flash", "flash interface of the STM32G0");
