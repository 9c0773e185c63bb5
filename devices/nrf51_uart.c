/*
 * UART of the nRF51.
 *
 * Source: nRF51 Series Reference Manual 3.0, 29 "Universal Asynchronous Receiver/Transmitter".
 * Deviation: which pins are selected does not matter; the far end never holds CTS; no parity
 * errors, and no overruns: bytes from outside wait for the guest.
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"
#include "devices/serial.h"

enum {
    TASK_STARTRX,
    TASK_STOPRX,
    TASK_STARTTX,
    TASK_STOPTX,
    TASK_SUSPEND = 7
};
enum {
    EVENT_CTS,
    EVENT_NCTS,
    EVENT_RXDRDY,
    EVENT_TXDRDY = 7,
    EVENT_ERROR = 9,
    EVENT_RXTO = 17
};
enum {
    REG_ENABLE = 0x500,
    REG_RXD = 0x518,
    REG_TXD = 0x51C,
    REG_BAUDRATE = 0x524
};
#define ENABLED 4u

struct uart {
    struct nrf51 p;
    uint32_t reg[0x570 / 4];
    uint32_t sends, receives; /* started */
    uint32_t full;            /* RXD holds a byte that was not read */
    uint64_t sent;            /* cycle at which the byte on the line has left; DEVICE_NEVER: none */
    struct serial serial;
};

static const struct reg regs[] = {
    [0x480 / 4] = {"ERRORSRC", .clear = 15},
    [0x500 / 4] = {"ENABLE", .mask = 7},
    [0x508 / 4] = {"PSELRTS", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x50C / 4] = {"PSELTXD", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x510 / 4] = {"PSELCTS", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x514 / 4] = {"PSELRXD", .reset = UINT32_MAX, .mask = UINT32_MAX},
    [0x518 / 4] = {"RXD", 0},
    [0x51C / 4] = {"TXD", 0},
    [0x524 / 4] = {"BAUDRATE", .reset = 0x04000000, .mask = UINT32_MAX},
    [0x56C / 4] = {"CONFIG", .mask = 15},
};

/* BAUDRATE is the rate times 2^32 / 16 MHz. */
static uint64_t byte_cycles(const struct uart *u)
{
    uint32_t rate = u->reg[REG_BAUDRATE / 4];
    return rate ? ((uint64_t)SERIAL_BITS << 32) / rate : 1;
}

static bool listens(const struct uart *u)
{
    return u->receives && u->reg[REG_ENABLE / 4] == ENABLED && !u->full;
}

static void reschedule(struct uart *u)
{
    uint64_t due = listens(u) ? serial_due(&u->serial) : DEVICE_NEVER;
    nrf51_schedule(&u->p, u->sent < due ? u->sent : due);
}

static void uart_task(struct nrf51 *p, uint32_t task)
{
    struct uart *u = (struct uart *)p;
    switch (task) {
    case TASK_STARTRX:
        u->receives = 1;
        break;
    case TASK_STOPRX:
        if (u->receives)
            nrf51_event(p, EVENT_RXTO);
        u->receives = 0;
        break;
    case TASK_STARTTX:
        u->sends = 1;
        break;
    case TASK_STOPTX:
        u->sends = 0;
        break;
    default: /* suspend */
        u->receives = u->sends = 0;
    }
    reschedule(u);
}

static void uart_event(struct device *d, uint64_t now)
{
    struct uart *u = (struct uart *)d;
    uint8_t byte;
    if (u->sent <= now) {
        u->sent = DEVICE_NEVER;
        nrf51_event(&u->p, EVENT_TXDRDY);
    }
    if (listens(u) && serial_take(&u->serial, now, byte_cycles(u), &byte)) {
        u->reg[REG_RXD / 4] = byte;
        u->full = 1;
        nrf51_event(&u->p, EVENT_RXDRDY);
    }
    reschedule(u);
}

static uint32_t uart_own_read(struct nrf51 *p, uint32_t off, uint32_t held)
{
    struct uart *u = (struct uart *)p;
    if (off == REG_RXD && u->full) {
        u->full = 0;
        if (u->serial.next < nrf51_now(p) + byte_cycles(u)) /* the sender waited */
            u->serial.next = nrf51_now(p) + byte_cycles(u);
        reschedule(u);
    }
    return held;
}

static void uart_own_write(struct nrf51 *p, uint32_t off, uint32_t val)
{
    struct uart *u = (struct uart *)p;
    uint8_t byte = (uint8_t)val;
    if (off == REG_TXD && u->sends && p->reg[REG_ENABLE / 4] == ENABLED) {
        u->sent = nrf51_now(p) + byte_cycles(u);
        device_output(&p->dev, &byte, 1);
    }
    reschedule(u);
}

static void uart_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct uart *u = (struct uart *)d;
    serial_input(&u->serial, bytes, n, nrf51_now(&u->p), byte_cycles(u));
    reschedule(u);
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_STARTRX, TASK_STOPTX) | NRF51_BITS(TASK_SUSPEND, TASK_SUSPEND),
    .events = NRF51_BITS(EVENT_CTS, EVENT_RXDRDY) | NRF51_BITS(EVENT_TXDRDY, EVENT_TXDRDY) |
              NRF51_BITS(EVENT_ERROR, EVENT_ERROR) | NRF51_BITS(EVENT_RXTO, EVENT_RXTO),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = uart_task,
    .read = uart_own_read,
    .write = uart_own_write,
};

static void uart_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct uart *)d)->reg);
}

static void uart_reset(struct device *d)
{
    struct uart *u = (struct uart *)d;
    nrf51_reset(&u->p);
    u->sends = u->receives = u->full = 0;
    u->sent = DEVICE_NEVER;
}

static const struct state_field state[] = {
    NRF51_STATE(struct uart),
    STATE_FIELD(struct uart, sends),
    STATE_FIELD(struct uart, receives),
    STATE_FIELD(struct uart, full),
    STATE_FIELD(struct uart, sent),
    SERIAL_STATE(struct uart, serial),
    {0},
};

const struct device_ops nrf51_uart_ops = {
    .kind = "nrf51-uart",
    .summary = "UART of the nRF51: a console with input",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct uart),
    .create = uart_create,
    .reset = uart_reset,
    .read = nrf51_read,
    .write = nrf51_write,
    .event = uart_event,
    .input = uart_input,
    .signal = nrf51_signal,
};
