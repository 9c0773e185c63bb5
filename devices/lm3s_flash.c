/*
 * The flash controller of the LM3S: programs words and erases pages by its registers.
 *
 * Source: LM3S6965 data sheet (Texas Instruments), 7 "Internal Memory"; times: 22.2.9.
 * Deviation: no protection registers; the core is not stalled while it works: FMC tells.
 */
#include <string.h>

#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    FMA = 0x00 / 4,
    FMD = 0x04 / 4,
    FMC = 0x08 / 4,
    FCRIS = 0x0C / 4,
    FCIM = 0x10 / 4,
    FCMISC = 0x14 / 4,
    WORDS = 0x18 / 4
};
enum {
    FMC_WRITE = 1,
    FMC_ERASE = 2,
    FMC_MERASE = 4,
    FMC_COMT = 8,
    INT_ACCESS = 1,
    INT_PROGRAMMED = 2
};
#define WRKEY    0xA442u
#define PAGE     1024u
#define WRITE_US 20u
#define ERASE_US 20000u
enum {
    CONFIG_IRQ,
    CONFIG_CLOCK_HZ,
    CONFIG_BYTES
};

struct flash {
    struct device dev;
    uint32_t reg[WORDS];
};

static const struct reg regs[] = {
    [FMA] = {"FMA", .mask = 0x3FFFF}, [FMD] = {"FMD", .mask = UINT32_MAX}, [FMC] = {"FMC", 0},
    [FCRIS] = {"FCRIS", 0},           [FCIM] = {"FCIM", .mask = 3},        [FCMISC] = {"FCMISC", 0},
};

static void update_irq(struct flash *f)
{
    device_irq(&f->dev, f->dev.config[CONFIG_IRQ], (f->reg[FCRIS] & f->reg[FCIM]) != 0);
}

static void work(struct flash *f, uint32_t what, uint32_t microseconds)
{
    f->reg[FMC] = what;
    device_schedule(&f->dev, device_now(&f->dev) +
                                 (uint64_t)f->dev.config[CONFIG_CLOCK_HZ] * microseconds / 1000000);
}

static void erase(struct flash *f, uint32_t at, uint32_t bytes)
{
    uint8_t erased[PAGE];
    memset(erased, 0xFF, sizeof erased);
    for (uint32_t i = 0; i < bytes; i += PAGE)
        device_store(&f->dev, at + i, erased, PAGE);
}

static void command(struct flash *f, uint32_t val)
{
    uint32_t at = f->reg[FMA] & ~3u, old = 0, bytes = f->dev.config[CONFIG_BYTES];
    if (val >> 16 != WRKEY || f->reg[FMC])
        return;
    if (val & FMC_MERASE) {
        erase(f, 0, bytes);
        work(f, FMC_MERASE, ERASE_US);
    } else if (at >= bytes) {
        f->reg[FCRIS] |= INT_ACCESS;
    } else if (val & FMC_ERASE) {
        erase(f, at & ~(PAGE - 1), PAGE);
        work(f, FMC_ERASE, ERASE_US);
    } else if (val & FMC_WRITE && device_fetch(&f->dev, at, &old, 4)) {
        old &= f->reg[FMD]; /* programming clears bits */
        device_store(&f->dev, at, &old, 4);
        work(f, FMC_WRITE, WRITE_US);
    }
}

static void flash_event(struct device *d, uint64_t now)
{
    struct flash *f = (struct flash *)d;
    (void)now;
    f->reg[FMC] = 0;
    f->reg[FCRIS] |= INT_PROGRAMMED;
    update_irq(f);
}

/* A plain store to flash is an access error. */
static enum bus_status flash_program(struct device *d, uint32_t addr, uint32_t bytes, uint32_t val)
{
    struct flash *f = (struct flash *)d;
    (void)addr;
    (void)bytes;
    (void)val;
    f->reg[FCRIS] |= INT_ACCESS;
    update_irq(f);
    return BUS_OK;
}

static enum bus_status flash_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct flash *f = (struct flash *)d;
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    *val =
        regs_part(off / 4 == FCMISC ? f->reg[FCRIS] & f->reg[FCIM] : f->reg[off / 4], off, bytes);
    return BUS_OK;
}

static enum bus_status flash_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct flash *f = (struct flash *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    f->reg[n] = regs_written(&regs[n], f->reg[n], regs_whole(f->reg[n], off, bytes, val));
    if (n == FMC)
        command(f, val);
    if (n == FCMISC)
        f->reg[FCRIS] &= ~val;
    update_irq(f);
    return BUS_OK;
}

static void flash_reset(struct device *d)
{
    struct flash *f = (struct flash *)d;
    regs_reset(regs, REG_WORDS(regs), f->reg);
    device_schedule(d, DEVICE_NEVER);
    update_irq(f);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"clock_hz", FIELD_INT, true, 1000, 1000000000, 0, "the core's clock, for how long it works"},
    {"flash_bytes", FIELD_SIZE, true, PAGE, 1u << 18, 0, "size of the flash at address 0"},
    {0},
};

static const struct state_field state[] = {STATE_FIELD(struct flash, reg), {0}};

const struct device_ops lm3s_flash_ops = {
    .kind = "lm3s-flash",
    .summary = "flash controller of the LM3S",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct flash),
    .reset = flash_reset,
    .read = flash_read,
    .write = flash_write,
    .event = flash_event,
    .program = flash_program,
};
