/*
 * PWR of the STM32: registers that keep their bits, and regulators that are ready at once.
 *
 * Source: RM0041 (STM32F100) 4.4; RM0090 (STM32F405/407) 5.4; RM0444 (STM32G0) 4.4.
 * Deviation: standby is a sleep; no voltage detector.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

#define WORDS (0x60 / 4)

struct pwr {
    struct device dev;
    uint32_t reg[WORDS];
};

static const struct reg f1_regs[] = {
    [0x00 / 4] = {"PWR_CR", .mask = 0x1F3},
    [0x04 / 4] = {"PWR_CSR", .mask = 0x100},
};
static const struct reg f4_regs[] = {
    [0x00 / 4] = {"PWR_CR", .reset = 0x4000, .mask = 0x43F3},
    [0x04 / 4] = {"PWR_CSR", .reset = 0x4000, .mask = 0x300}, /* VOSRDY */
};
static const struct reg g0_regs[] = {
    [0x00 / 4] = {"PWR_CR1", .reset = 0x208, .mask = 0x477F},
    [0x04 / 4] = {"PWR_CR2", .mask = 0x7F},
    [0x08 / 4] = {"PWR_CR3", .reset = 0x8000, .mask = 0xFFFF},
    [0x0C / 4] = {"PWR_CR4", .mask = 0x3FF},
    [0x10 / 4] = {"PWR_SR1", 0},
    [0x14 / 4] = {"PWR_SR2", .reset = 0x80}, /* the flash is ready; VOSF 0: the voltage is there */
    [0x18 / 4] = {"PWR_SCR", 0},
    [0x20 / 4] = {"PWR_PUCRA", .mask = 0xFFFF},
    [0x24 / 4] = {"PWR_PDCRA", .mask = 0xFFFF},
    [0x28 / 4] = {"PWR_PUCRB", .mask = 0xFFFF},
    [0x2C / 4] = {"PWR_PDCRB", .mask = 0xFFFF},
    [0x30 / 4] = {"PWR_PUCRC", .mask = 0xFFFF},
    [0x34 / 4] = {"PWR_PDCRC", .mask = 0xFFFF},
    [0x38 / 4] = {"PWR_PUCRD", .mask = 0xFFFF},
    [0x3C / 4] = {"PWR_PDCRD", .mask = 0xFFFF},
};

static const struct reg *table(const struct device *d, uint32_t *words)
{
    bool f1 = d->ops == &stm32f1_pwr_ops, f4 = d->ops == &stm32f4_pwr_ops;
    *words = f1 ? REG_WORDS(f1_regs) : f4 ? REG_WORDS(f4_regs) : REG_WORDS(g0_regs);
    return f1 ? f1_regs : f4 ? f4_regs : g0_regs;
}

static enum bus_status pwr_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    uint32_t words;
    const struct reg *regs = table(d, &words);
    if (regs_known(regs, words, d, off, false))
        *val = regs_part(((struct pwr *)d)->reg[off / 4], off, bytes);
    return BUS_OK;
}

static enum bus_status pwr_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    uint32_t words, *reg = &((struct pwr *)d)->reg[off / 4 % WORDS];
    const struct reg *regs = table(d, &words);
    if (regs_known(regs, words, d, off, true))
        *reg = regs_written(&regs[off / 4], *reg, regs_whole(*reg, off, bytes, val));
    return BUS_OK;
}

static void pwr_reset(struct device *d)
{
    uint32_t words;
    const struct reg *regs = table(d, &words);
    regs_reset(regs, words, ((struct pwr *)d)->reg);
}

static const struct field no_config[] = {{0}};
static const struct state_field state[] = {STATE_FIELD(struct pwr, reg), {0}};

#define PWR_OPS(name, text)                                                                     \
    {                                                                                           \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = no_config, .state = state, \
        .instance_bytes = sizeof(struct pwr), .reset = pwr_reset, .read = pwr_read,             \
        .write = pwr_write,                                                                     \
    }

const struct device_ops stm32f1_pwr_ops = PWR_OPS("stm32f1-pwr", "PWR of the STM32F1");
const struct device_ops stm32f4_pwr_ops = PWR_OPS("stm32f4-pwr", "PWR of the STM32F2 and F4");
const struct device_ops stm32g0_pwr_ops = PWR_OPS("stm32g0-pwr", "PWR of the STM32G0");
