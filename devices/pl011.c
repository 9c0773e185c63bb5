/*
 * PL011, the UART with FIFOs; as Arm has it and as in the LM3S.
 *
 * Source: PrimeCell UART (PL011) TRM (DDI 0183), 3 "Programmers model"; LM3S6965 data sheet, 12.
 * Deviation: 8 bits; no modem lines, no IrDA, no DMA, no errors; bytes from outside wait for the
 * guest instead of overrunning it.
 */
#include "devices/kinds.h"
#include "devices/regs.h"
#include "devices/serial.h"

enum {
    DR = 0x00 / 4,
    RSR = 0x04 / 4,
    FR = 0x18 / 4,
    IBRD = 0x24 / 4,
    FBRD = 0x28 / 4,
    LCRH = 0x2C / 4,
    CR = 0x30 / 4,
    IFLS = 0x34 / 4,
    IMSC = 0x38 / 4,
    RIS = 0x3C / 4,
    MIS = 0x40 / 4,
    ICR = 0x44 / 4,
    WORDS = 0x4C / 4
};
enum {
    FR_CTS = 1u << 0,
    FR_BUSY = 1u << 3,
    FR_RXFE = 1u << 4,
    FR_TXFF = 1u << 5,
    FR_RXFF = 1u << 6,
    FR_TXFE = 1u << 7
};
enum {
    CR_UARTEN = 1u << 0,
    CR_LBE = 1u << 7,
    CR_TXE = 1u << 8,
    CR_RXE = 1u << 9,
    LCRH_FEN = 1u << 4
};
enum {
    INT_RX = 1u << 4,
    INT_TX = 1u << 5,
    INT_RT = 1u << 6
};
#define FIFO_MAX     16u
#define ID_FIRST     0xFD0u
#define TIMEOUT_BITS 32u
enum {
    CONFIG_IRQ,
    CONFIG_LUMINARY
};

struct uart {
    struct device dev;
    uint32_t reg[WORDS];
    uint32_t sending;    /* bytes that have not left, the one on the line included */
    uint64_t sent;       /* that one has left then; DEVICE_NEVER: none is */
    uint32_t head, held; /* of the receive FIFO */
    uint8_t fifo[FIFO_MAX];
    uint64_t timeout; /* of bytes that nobody reads; DEVICE_NEVER: none */
    struct serial serial;
};

static const struct reg regs[] = {
    [DR] = {"UARTDR", 0},
    [RSR] = {"UARTRSR", 0},
    [FR] = {"UARTFR", 0},
    [0x20 / 4] = {"UARTILPR", .mask = 0xFF},
    [IBRD] = {"UARTIBRD", .mask = 0xFFFF},
    [FBRD] = {"UARTFBRD", .mask = 0x3F},
    [LCRH] = {"UARTLCR_H", .mask = 0xFF},
    [CR] = {"UARTCR", .reset = 0x300, .mask = 0xFF87},
    [IFLS] = {"UARTIFLS", .reset = 0x12, .mask = 0x3F},
    [IMSC] = {"UARTIMSC", .mask = 0x7FF},
    [RIS] = {"UARTRIS", 0},
    [MIS] = {"UARTMIS", 0},
    [ICR] = {"UARTICR", 0},
    [0x48 / 4] = {"UARTDMACR", .mask = 7},
};

/* From 0xFD0 on. Source: DDI 0183, 3.3.15 on; LM3S6965, register map of the UART. */
static const uint8_t arm_ids[12] = {0, 0, 0, 0, 0x11, 0x10, 0x34, 0x00, 0x0D, 0xF0, 0x05, 0xB1};
static const uint8_t luminary_ids[12] = {0, 0, 0, 0, 0x11, 0, 0x18, 0x01, 0x0D, 0xF0, 0x05, 0xB1};

/* A bit takes 16 times the divisor, which has six bits behind the point. */
static uint64_t bit_cycles_4(const struct uart *u)
{
    return (uint64_t)u->reg[IBRD] * 64 + u->reg[FBRD];
}

static uint64_t byte_cycles(const struct uart *u)
{
    return SERIAL_BITS * bit_cycles_4(u) / 4;
}

static uint32_t depth(const struct uart *u)
{
    return u->reg[LCRH] & LCRH_FEN ? FIFO_MAX : 1;
}

/* Level of a FIFO that IFLS names: an eighth, a quarter, half, three quarters, seven eighths. */
static uint32_t trigger(uint32_t select)
{
    static const uint8_t levels[8] = {2, 4, 8, 12, 14, 14, 14, 14};
    return levels[select & 7u];
}

static uint32_t flags(const struct uart *u)
{
    uint32_t queued = u->sending ? u->sending - 1 : 0;            /* behind the one on the line */
    uint32_t modem = u->dev.config[CONFIG_LUMINARY] ? 0 : FR_CTS; /* the LM3S has no such lines */
    return modem | (u->sending ? FR_BUSY : 0) | (u->held ? 0 : FR_RXFE) |
           (queued >= depth(u) ? FR_TXFF : 0) | (u->held >= depth(u) ? FR_RXFF : 0) |
           (queued ? 0 : FR_TXFE);
}

static void update_irq(struct uart *u)
{
    device_irq(&u->dev, u->dev.config[CONFIG_IRQ], (u->reg[RIS] & u->reg[IMSC]) != 0);
}

static bool can_receive(const struct uart *u)
{
    uint32_t on = CR_UARTEN | CR_RXE;
    return (u->reg[CR] & on) == on && u->held < depth(u) && byte_cycles(u);
}

static void reschedule(struct uart *u)
{
    uint64_t due = can_receive(u) ? serial_due(&u->serial) : DEVICE_NEVER;
    due = u->sent < due ? u->sent : due;
    due = u->timeout < due ? u->timeout : due;
    device_schedule(&u->dev, due);
}

static void store(struct uart *u, uint8_t byte, uint64_t at)
{
    u->fifo[(u->head + u->held++) % FIFO_MAX] = byte;
    if (u->held >= (depth(u) > 1 ? trigger(u->reg[IFLS] >> 3) : 1))
        u->reg[RIS] |= INT_RX;
    u->timeout = at + TIMEOUT_BITS * bit_cycles_4(u) / 4;
}

static void transmit(struct uart *u, uint8_t byte)
{
    uint32_t on = CR_UARTEN | CR_TXE;
    if ((u->reg[CR] & on) != on || !byte_cycles(u) || flags(u) & FR_TXFF)
        return;
    if (u->reg[CR] & CR_LBE)
        serial_input(&u->serial, &byte, 1, device_now(&u->dev), byte_cycles(u));
    else
        device_output(&u->dev, &byte, 1);
    u->sending++;
    u->reg[RIS] &= u->sending - 1 > (depth(u) > 1 ? trigger(u->reg[IFLS]) : 0) ? ~(uint32_t)INT_TX
                                                                               : UINT32_MAX;
    if (u->sent == DEVICE_NEVER)
        u->sent = device_now(&u->dev) + byte_cycles(u);
}

static void byte_left(struct uart *u, uint64_t at)
{
    uint32_t level = depth(u) > 1 ? trigger(u->reg[IFLS]) : 0, before = u->sending - 1;
    u->sending--;
    uint32_t after = u->sending ? u->sending - 1 : 0;
    if ((before > level || before == 0) && after <= level)
        u->reg[RIS] |= INT_TX;
    u->sent = u->sending ? at + byte_cycles(u) : DEVICE_NEVER;
}

static void uart_event(struct device *d, uint64_t at)
{
    struct uart *u = (struct uart *)d;
    uint8_t byte;
    if (u->sent <= at)
        byte_left(u, at);
    if (u->timeout <= at) {
        u->timeout = DEVICE_NEVER;
        u->reg[RIS] |= INT_RT;
    }
    if (can_receive(u) && serial_take(&u->serial, at, byte_cycles(u), &byte))
        store(u, byte, at);
    update_irq(u);
    reschedule(u);
}

static uint32_t receive(struct uart *u)
{
    uint32_t byte = u->fifo[u->head];
    if (!u->held)
        return byte;
    if (u->held == depth(u) && u->serial.next < device_now(&u->dev) + byte_cycles(u))
        u->serial.next = device_now(&u->dev) + byte_cycles(u); /* the sender waited */
    u->head = (u->head + 1) % FIFO_MAX;
    u->held--;
    if (u->held < (depth(u) > 1 ? trigger(u->reg[IFLS] >> 3) : 1))
        u->reg[RIS] &= ~(uint32_t)INT_RX;
    if (!u->held) {
        u->reg[RIS] &= ~(uint32_t)INT_RT;
        u->timeout = DEVICE_NEVER;
    }
    return byte;
}

static enum bus_status uart_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct uart *u = (struct uart *)d;
    const uint8_t *ids = d->config[CONFIG_LUMINARY] ? luminary_ids : arm_ids;
    if (off >= ID_FIRST) {
        *val = ids[(off - ID_FIRST) / 4];
        return BUS_OK;
    }
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    switch (off / 4) {
    case DR:
        *val = receive(u);
        break;
    case FR:
        *val = flags(u);
        break;
    case MIS:
        *val = u->reg[RIS] & u->reg[IMSC];
        break;
    default:
        *val = u->reg[off / 4];
    }
    *val = regs_part(*val, off, bytes);
    update_irq(u);
    reschedule(u);
    return BUS_OK;
}

static enum bus_status uart_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct uart *u = (struct uart *)d;
    uint32_t n = off / 4;
    if (!regs_known(regs, REG_WORDS(regs), d, off, true))
        return BUS_OK;
    u->reg[n] = regs_written(&regs[n], u->reg[n], regs_whole(u->reg[n], off, bytes, val));
    if (n == DR)
        transmit(u, (uint8_t)val);
    if (n == ICR)
        u->reg[RIS] &= ~val;
    if (n == LCRH && depth(u) == 1 && u->held > 1)
        u->held = 1; /* the FIFO is flushed to the one register there is */
    update_irq(u);
    reschedule(u);
    return BUS_OK;
}

static void uart_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct uart *u = (struct uart *)d;
    serial_input(&u->serial, bytes, n, device_now(&u->dev), byte_cycles(u));
    reschedule(u);
}

static void uart_reset(struct device *d)
{
    struct uart *u = (struct uart *)d;
    regs_reset(regs, REG_WORDS(regs), u->reg);
    u->sending = u->head = u->held = 0;
    u->sent = u->timeout = DEVICE_NEVER;
    update_irq(u);
    reschedule(u);
}

static const struct field config[] = {
    {"irq", FIELD_INT, true, 0, 239, 0, "interrupt line"},
    {"luminary", FIELD_BOOL, false, 0, 1, 0, "identifies itself as the LM3S's"},
    {0},
};

static const struct state_field state[] = {
    STATE_FIELD(struct uart, reg),
    STATE_FIELD(struct uart, sending),
    STATE_FIELD(struct uart, sent),
    STATE_FIELD(struct uart, head),
    STATE_FIELD(struct uart, held),
    STATE_FIELD(struct uart, fifo),
    STATE_FIELD(struct uart, timeout),
    SERIAL_STATE(struct uart, serial),
    {0},
};

const struct device_ops pl011_ops = {
    .kind = "pl011",
    .summary = "PL011 UART with FIFOs: a console with input",
    .map_bytes = 0x1000,
    .config = config,
    .state = state,
    .instance_bytes = sizeof(struct uart),
    .reset = uart_reset,
    .read = uart_read,
    .write = uart_write,
    .event = uart_event,
    .input = uart_input,
};
