/*
 * SPI of the STM32 as a master.
 *
 * Source: RM0090 (STM32F405/407) 28.5; RM0041 (STM32F100) 22.5.
 * Deviation: no DMA, no CRC, no I2S, no slave mode; with nobody on the bus it reads ones.
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    CR1 = 0x00 / 4,
    CR2 = 0x04 / 4,
    SR = 0x08 / 4,
    DR = 0x0C / 4,
    WORDS = 0x24 / 4
};
enum {
    CR1_MSTR = 1u << 2,
    CR1_SPE = 1u << 6,
    CR1_DFF = 1u << 11,
    CR2_ERRIE = 1u << 5,
    CR2_RXNEIE = 1u << 6,
    CR2_TXEIE = 1u << 7,
    SR_RXNE = 1u << 0,
    SR_TXE = 1u << 1,
    SR_OVR = 1u << 6,
    SR_BSY = 1u << 7
};
enum {
    CONFIG_IRQ,
    CONFIG_CLOCK_DIV
};

struct spi {
    struct device dev;
    uint32_t reg[WORDS];
    uint32_t shifting, waiting; /* frames: on the line, and in the buffer behind it; NONE: none */
    uint32_t received;
    uint32_t dr_read; /* DR was read: the next read of SR clears OVR */
};
#define NONE UINT32_MAX

static const struct reg regs[] = {
    [0x00 / 4] = {"SPI_CR1", .mask = 0xFFFF},
    [0x04 / 4] = {"SPI_CR2", .mask = 0xF7},
    [0x08 / 4] = {"SPI_SR", .reset = SR_TXE, .keep_1 = 0x10},
    [0x0C / 4] = {"SPI_DR", 0},
    [0x10 / 4] = {"SPI_CRCPR", .reset = 7, .mask = 0xFFFF},
    [0x14 / 4] = {"SPI_RXCRCR", 0},
    [0x18 / 4] = {"SPI_TXCRCR", 0},
    [0x1C / 4] = {"SPI_I2SCFGR", .mask = 0xFBF},
    [0x20 / 4] = {"SPI_I2SPR", .reset = 2, .mask = 0x3FF},
};

static void update_irq(struct spi *s)
{
    uint32_t sr = s->reg[SR], cr2 = s->reg[CR2];
    bool high = (sr & SR_TXE && cr2 & CR2_TXEIE) || (sr & SR_RXNE && cr2 & CR2_RXNEIE) ||
                (sr & SR_OVR && cr2 & CR2_ERRIE);
    device_irq(&s->dev, s->dev.config[CONFIG_IRQ], high);
}

static void shift(struct spi *s, uint64_t now, uint32_t frame)
{
    uint64_t bits = s->reg[CR1] & CR1_DFF ? 16 : 8;
    uint64_t bit = (2ull << (s->reg[CR1] >> 3 & 7u)) * s->dev.config[CONFIG_CLOCK_DIV];
    s->shifting = frame;
    s->reg[SR] |= SR_BSY;
    device_schedule(&s->dev, now + bits * bit);
}

static uint32_t exchange(struct spi *s, uint8_t byte)
{
    return device_transfer(&s->dev, BUS_EXCHANGE, &byte) ? byte : 0xFFu;
}

static void spi_event(struct device *d, uint64_t now)
{
    struct spi *s = (struct spi *)d;
    uint32_t high = s->reg[CR1] & CR1_DFF ? exchange(s, (uint8_t)(s->shifting >> 8)) << 8 : 0;
    uint32_t frame = high | exchange(s, (uint8_t)s->shifting);
    if (s->reg[SR] & SR_RXNE) { /* the frame is lost */
        s->reg[SR] |= SR_OVR;
        s->dr_read = 0;
    } else {
        s->received = frame;
    }
    s->reg[SR] = (s->reg[SR] | SR_RXNE) & ~(uint32_t)SR_BSY;
    s->shifting = NONE;
    if (s->waiting != NONE) {
        shift(s, now, s->waiting);
        s->waiting = NONE;
        s->reg[SR] |= SR_TXE;
    }
    update_irq(s);
}

static enum bus_status spi_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct spi *s = (struct spi *)d;
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    *val = regs_part(off / 4 == DR ? s->received : s->reg[off / 4], off, bytes);
    if (off / 4 == DR)
        s->reg[SR] &= ~(uint32_t)SR_RXNE;
    if (off / 4 == SR && s->dr_read)
        s->reg[SR] &= ~(uint32_t)SR_OVR;
    s->dr_read = off / 4 == DR || (s->dr_read && off / 4 != SR);
    update_irq(s);
    return BUS_OK;
}

static void transmit(struct spi *s, uint32_t frame)
{
    if ((s->reg[CR1] & (CR1_SPE | CR1_MSTR)) != (CR1_SPE | CR1_MSTR))
        return;
    if (s->shifting == NONE) {
        shift(s, device_now(&s->dev), frame);
        return;
    }
    s->waiting = frame;
    s->reg[SR] &= ~(uint32_t)SR_TXE;
}

static enum bus_status spi_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct spi *s = (struct spi *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    uint32_t old = n == SR ? UINT32_MAX : s->reg[n];
    s->reg[n] = regs_written(&regs[n], s->reg[n], regs_whole(old, off, bytes, val));
    if (n == DR)
        transmit(s, val & (s->reg[CR1] & CR1_DFF ? 0xFFFFu : 0xFFu));
    update_irq(s);
    return BUS_OK;
}

static void spi_reset(struct device *d)
{
    struct spi *s = (struct spi *)d;
    regs_reset(regs, REG_WORDS(regs), s->reg);
    s->shifting = s->waiting = NONE;
    s->received = s->dr_read = 0;
    device_schedule(d, DEVICE_NEVER);
    update_irq(s);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"clock_div", FIELD_INT, false, 1, 16, 1, "the core's clock is so many times its own"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct spi, reg),     STATE_FIELD(struct spi, shifting),
    STATE_FIELD(struct spi, waiting), STATE_FIELD(struct spi, received),
    STATE_FIELD(struct spi, dr_read), {0},
};

const struct device_ops stm32_spi_ops = {
    .kind = "stm32-spi",
    .summary = "SPI master of the STM32: a bus",
    .map_bytes = 0x400,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct spi),
    .reset = spi_reset,
    .read = spi_read,
    .write = spi_write,
    .event = spi_event,
    .has_bus = true,
};
