/*
 * USART of the STM32, in the old form (F1, F2, F4) and the new one (G0).
 *
 * Source: RM0041 (STM32F100) 23.6; RM0090 (STM32F405/407) 30.6; RM0444 (STM32G0) 33.8.
 * Deviation: asynchronous, 8 bits; no DMA, no FIFO, no parity errors; bytes from outside wait for
 * the guest instead of overrunning it. Pins and their alternate functions do not matter.
 */
#include "devices/kinds.h"
#include "devices/regs.h"
#include "devices/serial.h"

enum {
    SR_ORE = 1u << 3,
    SR_IDLE = 1u << 4,
    SR_RXNE = 1u << 5,
    SR_TC = 1u << 6,
    SR_TXE = 1u << 7,
    ISR_TEACK = 1u << 21,
    ISR_REACK = 1u << 22
};
enum {
    CR1_G0_UE = 1u << 0,
    CR1_RE = 1u << 2,
    CR1_TE = 1u << 3,
    CR1_IDLEIE = 1u << 4,
    CR1_RXNEIE = 1u << 5,
    CR1_TCIE = 1u << 6,
    CR1_TXEIE = 1u << 7,
    CR1_UE = 1u << 13,
    CR1_OVER8 = 1u << 15
};
enum { /* what a register does, by either form's table below */
    DOES_STATUS = 1,
    DOES_DATA,
    DOES_RECEIVE,
    DOES_TRANSMIT,
    DOES_CR1,
    DOES_BRR,
    DOES_CLEAR,
    DOES_REQUEST
};
enum {
    CONFIG_IRQ,
    CONFIG_CLOCK_DIV
};
#define PRESC     (0x2C / 4)
#define RQR_RXFRQ (1u << 3)

struct usart {
    struct device dev;
    uint32_t reg[0x30 / 4];
    uint32_t status, data;
    uint32_t waiting; /* a byte is in the buffer behind the one on the line */
    uint32_t sr_read; /* SR was read: the next read or write of DR clears flags */
    uint64_t sent;    /* the byte on the line has left then; DEVICE_NEVER: none is */
    struct serial serial;
};

static const struct reg old_regs[] = {
    [0x00 / 4] = {"USART_SR", 0},
    [0x04 / 4] = {"USART_DR", 0},
    [0x08 / 4] = {"USART_BRR", .mask = 0xFFFF},
    [0x0C / 4] = {"USART_CR1", .mask = 0xBFFF},
    [0x10 / 4] = {"USART_CR2", .mask = 0x7F6F},
    [0x14 / 4] = {"USART_CR3", .mask = 0xFFF},
    [0x18 / 4] = {"USART_GTPR", .mask = 0xFFFF},
};
static const uint8_t old_does[] = {DOES_STATUS, DOES_DATA, DOES_BRR, DOES_CR1, 0, 0, 0};

static const struct reg new_regs[] = {
    [0x00 / 4] = {"USART_CR1", .mask = UINT32_MAX},
    [0x04 / 4] = {"USART_CR2", .mask = UINT32_MAX},
    [0x08 / 4] = {"USART_CR3", .mask = UINT32_MAX},
    [0x0C / 4] = {"USART_BRR", .mask = 0xFFFF},
    [0x10 / 4] = {"USART_GTPR", .mask = 0xFFFF},
    [0x14 / 4] = {"USART_RTOR", .mask = UINT32_MAX},
    [0x18 / 4] = {"USART_RQR", 0},
    [0x1C / 4] = {"USART_ISR", 0},
    [0x20 / 4] = {"USART_ICR", 0},
    [0x24 / 4] = {"USART_RDR", 0},
    [0x28 / 4] = {"USART_TDR", 0},
    [0x2C / 4] = {"USART_PRESC", .mask = 0xF},
};
static const uint8_t new_does[] = {
    DOES_CR1,      0, 0, DOES_BRR, 0, 0, DOES_REQUEST, DOES_STATUS, DOES_CLEAR, DOES_RECEIVE,
    DOES_TRANSMIT, 0};

static bool is_new(const struct usart *u)
{
    return u->dev.ops == &stm32g0_usart_ops;
}

static uint32_t cr1(const struct usart *u)
{
    return u->reg[is_new(u) ? 0 : 3];
}

static bool enabled(const struct usart *u, uint32_t what)
{
    uint32_t ue = is_new(u) ? CR1_G0_UE : CR1_UE;
    return (cr1(u) & (ue | what)) == (ue | what);
}

/* Cycles of the peripheral's clock that are one of what BRR counts: PRESC of the G0. */
static uint32_t prescaler(const struct usart *u)
{
    static const uint16_t by[16] = {1,  2,  4,   6,   8,   10,  12,  16,
                                    32, 64, 128, 256, 256, 256, 256, 256};
    return is_new(u) ? by[u->reg[PRESC] & 15u] : 1;
}

/* BRR is the length of a bit; with OVER8 in units of an eighth, of which there are 8, not 16. */
static uint64_t byte_cycles(const struct usart *u)
{
    uint32_t brr = u->reg[is_new(u) ? 3 : 2];
    uint64_t bit = cr1(u) & CR1_OVER8 ? (brr >> 4) * 8 + (brr & 7u) : brr;
    return SERIAL_BITS * bit * prescaler(u) * u->dev.config[CONFIG_CLOCK_DIV];
}

static void update_irq(struct usart *u)
{
    uint32_t c = cr1(u), s = u->status;
    bool high = (s & SR_TXE && c & CR1_TXEIE) || (s & SR_TC && c & CR1_TCIE) ||
                (s & (SR_RXNE | SR_ORE) && c & CR1_RXNEIE) || (s & SR_IDLE && c & CR1_IDLEIE);
    device_irq(&u->dev, u->dev.config[CONFIG_IRQ], high);
}

static bool listens(const struct usart *u)
{
    return enabled(u, CR1_RE) && !(u->status & SR_RXNE) && byte_cycles(u);
}

static void reschedule(struct usart *u)
{
    uint64_t due = listens(u) ? serial_due(&u->serial) : DEVICE_NEVER;
    device_schedule(&u->dev, u->sent < due ? u->sent : due);
}

static void transmit(struct usart *u, uint8_t byte)
{
    if (!enabled(u, CR1_TE) || !byte_cycles(u) || u->waiting)
        return;
    device_output(&u->dev, &byte, 1);
    u->status &= ~(uint32_t)SR_TC;
    if (u->sent == DEVICE_NEVER) {
        u->sent = device_now(&u->dev) + byte_cycles(u);
        return;
    }
    u->waiting = 1;
    u->status &= ~(uint32_t)SR_TXE;
}

static uint32_t receive(struct usart *u)
{
    if (u->status & SR_RXNE && u->serial.next < device_now(&u->dev) + byte_cycles(u))
        u->serial.next = device_now(&u->dev) + byte_cycles(u); /* the sender waited */
    u->status &= ~(uint32_t)SR_RXNE;
    return u->data;
}

static void usart_event(struct device *d, uint64_t at)
{
    struct usart *u = (struct usart *)d;
    uint8_t byte;
    if (u->sent <= at) {
        u->sent = u->waiting ? at + byte_cycles(u) : DEVICE_NEVER;
        u->status |= u->waiting ? SR_TXE : SR_TXE | SR_TC;
        u->waiting = 0;
    }
    if (listens(u) && serial_take(&u->serial, at, byte_cycles(u), &byte)) {
        u->data = byte;
        u->status |= SR_RXNE;
    }
    update_irq(u);
    reschedule(u);
}

static const struct reg *table(const struct usart *u, uint32_t *words)
{
    *words = is_new(u) ? REG_WORDS(new_regs) : REG_WORDS(old_regs);
    return is_new(u) ? new_regs : old_regs;
}

static uint32_t does(const struct usart *u, uint32_t off)
{
    return is_new(u) ? new_does[off / 4] : old_does[off / 4];
}

static uint32_t status(const struct usart *u)
{
    uint32_t acks = (enabled(u, CR1_TE) ? ISR_TEACK : 0) | (enabled(u, CR1_RE) ? ISR_REACK : 0);
    return u->status | (is_new(u) ? acks : 0);
}

static enum bus_status usart_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct usart *u = (struct usart *)d;
    uint32_t words;
    const struct reg *regs = table(u, &words);
    if (!regs_known(regs, words, d, off, false))
        return BUS_OK;
    switch (does(u, off)) {
    case DOES_STATUS:
        *val = status(u);
        u->sr_read = 1;
        break;
    case DOES_DATA:
    case DOES_RECEIVE:
        *val = receive(u);
        if (u->sr_read)
            u->status &= ~(uint32_t)(SR_ORE | SR_IDLE);
        update_irq(u);
        reschedule(u);
        break;
    default:
        *val = u->reg[off / 4];
    }
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status usart_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct usart *u = (struct usart *)d;
    uint32_t words;
    const struct reg *regs = table(u, &words);
    if (!regs_known(regs, words, d, off, true))
        return BUS_OK;
    uint32_t *reg = &u->reg[off / 4];
    *reg = regs_written(&regs[off / 4], *reg, regs_whole(*reg, off, bytes, val));
    switch (does(u, off)) {
    case DOES_STATUS: /* writing 0 clears RXNE and TC; the new form has ICR for that */
        if (!is_new(u))
            u->status &= val | ~(uint32_t)(SR_RXNE | SR_TC);
        break;
    case DOES_CLEAR:
        u->status &= ~(val & (SR_ORE | SR_IDLE | SR_TC));
        break;
    case DOES_REQUEST:
        if (val & RQR_RXFRQ) /* what was received is discarded */
            receive(u);
        break;
    case DOES_DATA:
    case DOES_TRANSMIT:
        transmit(u, (uint8_t)val);
        break;
    default:
        break;
    }
    update_irq(u);
    reschedule(u);
    return BUS_OK;
}

static void usart_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct usart *u = (struct usart *)d;
    serial_input(&u->serial, bytes, n, device_now(&u->dev), byte_cycles(u));
    reschedule(u);
}

static void usart_reset(struct device *d)
{
    struct usart *u = (struct usart *)d;
    uint32_t words;
    const struct reg *regs = table(u, &words);
    regs_reset(regs, words, u->reg);
    u->status = SR_TXE | SR_TC;
    u->data = u->waiting = u->sr_read = 0;
    u->sent = DEVICE_NEVER;
    update_irq(u);
    reschedule(u);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"clock_div", FIELD_INT, false, 1, 16, 1, "the core's clock is so many times its own"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct usart, reg),     STATE_FIELD(struct usart, status),
    STATE_FIELD(struct usart, data),    STATE_FIELD(struct usart, waiting),
    STATE_FIELD(struct usart, sr_read), STATE_FIELD(struct usart, sent),
    SERIAL_STATE(struct usart, serial), {0},
};

#define USART_OPS(name, text)                                                                \
    {                                                                                        \
        .kind = name, .summary = text, .map_bytes = 0x400, .config = config, .state = state, \
        .instance_bytes = sizeof(struct usart), .reset = usart_reset, .read = usart_read,    \
        .write = usart_write, .event = usart_event, .input = usart_input,                    \
    }

const struct device_ops stm32_usart_ops =
    USART_OPS("stm32-usart", "USART of the STM32F1, F2 and F4: a console with input");
const struct device_ops stm32g0_usart_ops =
    USART_OPS("stm32g0-usart", "USART of the STM32G0: a console with input");
