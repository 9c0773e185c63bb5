/*
 * TWI and SPI masters of the nRF51: two peripherals at one address, of which ENABLE chooses one.
 *
 * Source: nRF51 Series Reference Manual 3.0, 28 "I2C compatible Two Wire Interface (TWI)" and 26
 * "Serial Peripheral Interface (SPI) Master".
 * Deviation: SPI has one byte of buffer each way instead of two; nobody stretches the clock.
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_STARTRX = 0,
    TASK_STARTTX = 2,
    TASK_STOP = 5,
    TASK_SUSPEND = 7,
    TASK_RESUME = 8
};
enum {
    EVENT_STOPPED = 1,
    EVENT_RXDREADY = 2, /* SPI: READY */
    EVENT_TXDSENT = 7,
    EVENT_ERROR = 9,
    EVENT_BB = 14,
    EVENT_SUSPENDED = 18
};
enum {
    REG_ERRORSRC = 0x4C4,
    REG_ENABLE = 0x500,
    REG_RXD = 0x518,
    REG_TXD = 0x51C,
    REG_FREQUENCY = 0x524,
    REG_ADDRESS = 0x588
};
enum {
    ENABLE_SPI = 1,
    ENABLE_TWI = 5
};
enum {
    ERROR_ANACK = 2,
    ERROR_DNACK = 4
};
enum {
    IDLE,
    SENDS,
    RECEIVES
};
#define I2C_BITS 9u
#define SPI_BITS 8u

struct twi {
    struct nrf51 p;
    uint32_t reg[0x58C / 4];
    uint32_t mode;      /* IDLE, SENDS, RECEIVES */
    uint32_t suspended; /* no byte is received until RESUME */
    uint32_t unread;    /* RXD was not read */
    uint64_t due;       /* the byte on the bus is over then */
    uint32_t byte;      /* the one being sent */
};

static const struct reg regs[] = {
    [0x4C4 / 4] = {"ERRORSRC", .clear = 7},
    [0x500 / 4] = {"ENABLE", .mask = 7},
    [0x508 / 4] = {"PSELSCL", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x50C / 4] = {"PSELSDA", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x510 / 4] = {"PSELMISO", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x518 / 4] = {"RXD", 0},
    [0x51C / 4] = {"TXD", .mask = 0xFF},
    [0x524 / 4] = {"FREQUENCY", .reset = 0x04000000, .mask = UINT32_MAX},
    [0x554 / 4] = {"CONFIG", .mask = 7},
    [0x588 / 4] = {"ADDRESS", .mask = 0x7F},
};

static const struct nrf51_short shorts[] = {
    {0, EVENT_BB, TASK_SUSPEND},
    {1, EVENT_BB, TASK_STOP},
};

/* FREQUENCY is the bit rate times 2^32 / 16 MHz, nearly. */
static uint64_t bit_cycles(const struct twi *t)
{
    uint32_t f = t->reg[REG_FREQUENCY / 4];
    return f ? (1ull << 32) / f : 1;
}

static bool on_bus(struct twi *t, enum bus_op op, uint8_t *byte)
{
    return device_transfer(&t->p.dev, op, byte);
}

static void wait_bits(struct twi *t, uint32_t bits)
{
    t->due = nrf51_now(&t->p) + bits * bit_cycles(t);
    nrf51_schedule(&t->p, t->due);
}

static void fail(struct twi *t, uint32_t why)
{
    t->reg[REG_ERRORSRC / 4] |= why;
    nrf51_event(&t->p, EVENT_ERROR);
}

static void start(struct twi *t, uint32_t mode)
{
    uint8_t address = (uint8_t)t->reg[REG_ADDRESS / 4];
    bool there = on_bus(t, mode == SENDS ? BUS_START_WRITE : BUS_START_READ, &address);
    t->mode = there ? mode : IDLE;
    t->suspended = t->unread = 0;
    t->due = DEVICE_NEVER; /* a byte that was stopped is forgotten */
    nrf51_schedule(&t->p, t->due);
    if (!there)
        fail(t, ERROR_ANACK);
    else if (mode == RECEIVES)
        wait_bits(t, 2 * I2C_BITS); /* the address and the first byte */
}

static void twi_task(struct nrf51 *p, uint32_t task)
{
    struct twi *t = (struct twi *)p;
    uint8_t none = 0;
    if (p->reg[REG_ENABLE / 4] != ENABLE_TWI)
        return;
    switch (task) {
    case TASK_STARTRX:
        start(t, RECEIVES);
        break;
    case TASK_STARTTX:
        start(t, SENDS);
        break;
    case TASK_STOP:
        on_bus(t, BUS_STOP, &none);
        t->mode = IDLE;
        nrf51_event(p, EVENT_STOPPED);
        break;
    case TASK_SUSPEND:
        t->suspended = 1;
        nrf51_event(p, EVENT_SUSPENDED);
        break;
    default: /* resume */
        t->suspended = 0;
        if (t->mode == RECEIVES && t->due == DEVICE_NEVER && !t->unread)
            wait_bits(t, I2C_BITS);
    }
}

static void byte_sent(struct twi *t)
{
    uint8_t byte = (uint8_t)t->byte;
    if (on_bus(t, BUS_WRITE, &byte))
        nrf51_event(&t->p, EVENT_TXDSENT);
    else
        fail(t, ERROR_DNACK);
}

/* The byte boundary comes just before the byte is ready, so that its shortcut can end it there. */
static void byte_received(struct twi *t)
{
    uint8_t byte = 0xFF;
    on_bus(t, BUS_READ, &byte);
    nrf51_event(&t->p, EVENT_BB);
    t->reg[REG_RXD / 4] = byte;
    t->unread = 1;
    nrf51_event(&t->p, EVENT_RXDREADY);
}

static void byte_exchanged(struct twi *t)
{
    uint8_t byte = (uint8_t)t->byte;
    if (!on_bus(t, BUS_EXCHANGE, &byte))
        byte = 0xFF;
    t->reg[REG_RXD / 4] = byte;
    nrf51_event(&t->p, EVENT_RXDREADY);
}

static void twi_event(struct device *d, uint64_t now)
{
    struct twi *t = (struct twi *)d;
    (void)now;
    t->due = DEVICE_NEVER;
    if (t->reg[REG_ENABLE / 4] == ENABLE_SPI)
        byte_exchanged(t);
    else if (t->mode == SENDS)
        byte_sent(t);
    else if (t->mode == RECEIVES)
        byte_received(t);
}

static uint32_t twi_own_read(struct nrf51 *p, uint32_t off, uint32_t held)
{
    struct twi *t = (struct twi *)p;
    if (off == REG_RXD && t->unread) {
        t->unread = 0;
        if (t->mode == RECEIVES && !t->suspended)
            wait_bits(t, I2C_BITS);
    }
    return held;
}

static void twi_own_write(struct nrf51 *p, uint32_t off, uint32_t val)
{
    struct twi *t = (struct twi *)p;
    if (off != REG_TXD)
        return;
    bool spi = p->reg[REG_ENABLE / 4] == ENABLE_SPI;
    if (!spi && t->mode != SENDS)
        return;
    t->byte = val & 0xFFu;
    wait_bits(t, spi ? SPI_BITS : I2C_BITS);
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(0, 0) | NRF51_BITS(2, 2) | NRF51_BITS(5, 5) | NRF51_BITS(7, 8),
    .events = NRF51_BITS(1, 2) | NRF51_BITS(7, 7) | NRF51_BITS(9, 9) | NRF51_BITS(14, 14) |
              NRF51_BITS(18, 18),
    .shorts = shorts,
    .short_count = REG_WORDS(shorts),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = twi_task,
    .read = twi_own_read,
    .write = twi_own_write,
};

static void twi_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct twi *)d)->reg);
}

static void twi_reset(struct device *d)
{
    struct twi *t = (struct twi *)d;
    nrf51_reset(&t->p);
    t->mode = IDLE;
    t->suspended = t->unread = t->byte = 0;
    t->due = DEVICE_NEVER;
}

static const struct state_field state[] = {
    NRF51_STATE(struct twi),
    STATE_FIELD(struct twi, mode),
    STATE_FIELD(struct twi, suspended),
    STATE_FIELD(struct twi, unread),
    STATE_FIELD(struct twi, due),
    STATE_FIELD(struct twi, byte),
    {0},
};

const struct device_ops nrf51_twi_ops = {
    .kind = "nrf51-twi",
    .summary = "TWI and SPI masters of the nRF51: a bus",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct twi),
    .create = twi_create,
    .reset = twi_reset,
    .read = nrf51_read,
    .write = nrf51_write,
    .event = twi_event,
    .signal = nrf51_signal,
    .has_bus = true,
};
