/*
 * The UART of Arm's Cortex-M System Design Kit: one byte of buffer each way.
 *
 * Source: Arm Cortex-M System Design Kit TRM (DDI 0479), 4.3 "APB UART".
 *
 * A byte is given to the outside when it is written; how long it stays on the line (ten bit times)
 * shows in STATE and in the interrupts. Bytes from outside wait until RXFULL is clear, so that no
 * keyboard overruns a guest.
 */
#include <string.h>

#include "devices/kinds.h"

enum {
    REG_DATA = 0x00,
    REG_STATE = 0x04,
    REG_CTRL = 0x08,
    REG_INT = 0x0C,
    REG_BAUDDIV = 0x10
};
enum {
    STATE_TXFULL = 1,
    STATE_RXFULL = 2,
    STATE_TXOVR = 4,
    STATE_RXOVR = 8
};
enum {
    CTRL_TXEN = 1,
    CTRL_RXEN = 2,
    CTRL_TXINT = 4,
    CTRL_RXINT = 8,
    CTRL_OVRINT = 0x30
};
enum {
    INT_TX = 1,
    INT_RX = 2,
    INT_OVR = 0xC
};
enum {
    CONFIG_IRQ_RX,
    CONFIG_IRQ_TX,
    CONFIG_IRQ_OVERFLOW
};

#define BITS_PER_BYTE 10u /* start, eight, stop */
#define INPUT_MAX     1024u
#define CTRL_WRITABLE 0x7Fu
#define BAUDDIV_MASK  0xFFFFFu
#define BAUDDIV_MIN   16u /* smaller values are not allowed; the line then does not run */
#define REG_ID_FIRST  0xFD0u

struct uart {
    struct device dev;
    uint32_t state, ctrl, intstatus, bauddiv;
    uint32_t rx_byte;
    uint64_t tx_until; /* the shift register is busy until then; 0 when idle */
    uint64_t rx_after; /* the next byte from outside has crossed the line then */
    uint32_t input_head, input_len;
    uint8_t input[INPUT_MAX];
};

static const struct field uart_config[] = {
    {"irq_rx", FIELD_INT, true, 0, 239, 0, "interrupt line: a byte was received"},
    {"irq_tx", FIELD_INT, true, 0, 239, 0, "interrupt line: the transmit buffer became free"},
    {"irq_overflow", FIELD_INT, true, 0, 239, 0, "interrupt line: an overrun either way"},
    {0},
};

static const struct state_field uart_state[] = {
    STATE_FIELD(struct uart, state),
    STATE_FIELD(struct uart, ctrl),
    STATE_FIELD(struct uart, intstatus),
    STATE_FIELD(struct uart, bauddiv),
    STATE_FIELD(struct uart, rx_byte),
    STATE_FIELD(struct uart, tx_until),
    STATE_FIELD(struct uart, rx_after),
    STATE_FIELD(struct uart, input_head),
    STATE_FIELD(struct uart, input_len),
    STATE_FIELD(struct uart, input),
    {0},
};

/* CMSDK APB UART identification, PID4-7, PID0-3, CID0-3. Source: DDI 0479 table 4-3. */
static const uint8_t id_bytes[12] = {0x04, 0x00, 0x00, 0x00, 0x21, 0xB8,
                                     0x1B, 0x00, 0x0D, 0xF0, 0x05, 0xB1};

static void update_irqs(struct uart *u)
{
    device_irq(&u->dev, u->dev.config[CONFIG_IRQ_RX], u->intstatus & INT_RX);
    device_irq(&u->dev, u->dev.config[CONFIG_IRQ_TX], u->intstatus & INT_TX);
    device_irq(&u->dev, u->dev.config[CONFIG_IRQ_OVERFLOW], u->intstatus & INT_OVR);
}

static uint64_t byte_cycles(const struct uart *u)
{
    return (uint64_t)BITS_PER_BYTE * u->bauddiv;
}

static void reschedule(struct uart *u)
{
    uint64_t when = u->tx_until ? u->tx_until : DEVICE_NEVER;
    bool can_receive = u->input_len && (u->ctrl & CTRL_RXEN) && !(u->state & STATE_RXFULL) &&
                       u->bauddiv >= BAUDDIV_MIN;
    if (can_receive && u->rx_after < when)
        when = u->rx_after;
    device_schedule(&u->dev, when);
}

static void raise_int(struct uart *u, uint32_t bit, uint32_t enable)
{
    if (u->ctrl & enable)
        u->intstatus |= bit;
}

static void shift_out(struct uart *u, uint64_t now)
{
    u->tx_until = now + byte_cycles(u);
    raise_int(u, INT_TX, CTRL_TXINT);
}

static void transmit(struct uart *u, uint8_t byte)
{
    if (!(u->ctrl & CTRL_TXEN) || u->bauddiv < BAUDDIV_MIN)
        return;
    if (u->state & STATE_TXFULL) {
        u->state |= STATE_TXOVR;
        raise_int(u, INT_OVR & 4, CTRL_OVRINT & 0x10);
        return;
    }
    device_output(&u->dev, &byte, 1);
    if (u->tx_until)
        u->state |= STATE_TXFULL;
    else
        shift_out(u, device_now(&u->dev));
}

static void receive(struct uart *u, uint64_t now)
{
    u->rx_byte = u->input[u->input_head];
    u->input_head = (u->input_head + 1) % INPUT_MAX;
    u->input_len--;
    u->rx_after = now + byte_cycles(u);
    u->state |= STATE_RXFULL;
    raise_int(u, INT_RX, CTRL_RXINT);
}

static void uart_event(struct device *d, uint64_t now)
{
    struct uart *u = (struct uart *)d;
    if (u->tx_until && now >= u->tx_until) {
        u->tx_until = 0;
        if (u->state & STATE_TXFULL) {
            u->state &= ~(uint32_t)STATE_TXFULL;
            shift_out(u, now);
        }
    }
    if (u->input_len && (u->ctrl & CTRL_RXEN) && !(u->state & STATE_RXFULL) && now >= u->rx_after)
        receive(u, now);
    update_irqs(u);
    reschedule(u);
}

static void uart_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct uart *u = (struct uart *)d;
    uint64_t arrives = device_now(d) + byte_cycles(u);
    if (u->rx_after < arrives)
        u->rx_after = arrives;
    for (size_t i = 0; i < n && u->input_len < INPUT_MAX; i++)
        u->input[(u->input_head + u->input_len++) % INPUT_MAX] = bytes[i];
    reschedule(u);
}

static enum bus_status uart_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct uart *u = (struct uart *)d;
    (void)bytes;
    switch (off) {
    case REG_DATA:
        *val = u->rx_byte;
        if (u->state & STATE_RXFULL) /* the sender waited: its next byte begins now */
            u->rx_after = device_now(d) + byte_cycles(u);
        u->state &= ~(uint32_t)STATE_RXFULL;
        reschedule(u);
        break;
    case REG_STATE:
        *val = u->state;
        break;
    case REG_CTRL:
        *val = u->ctrl;
        break;
    case REG_INT:
        *val = u->intstatus;
        break;
    case REG_BAUDDIV:
        *val = u->bauddiv;
        break;
    default:
        if (off >= REG_ID_FIRST)
            *val = id_bytes[(off - REG_ID_FIRST) / 4];
        else
            device_unmodelled(d, off, false);
    }
    return BUS_OK;
}

static enum bus_status uart_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct uart *u = (struct uart *)d;
    (void)bytes;
    switch (off) {
    case REG_DATA:
        transmit(u, (uint8_t)val);
        break;
    case REG_STATE: /* writing 1 clears an overrun */
        u->state &= ~(val & (STATE_TXOVR | STATE_RXOVR));
        break;
    case REG_CTRL:
        u->ctrl = val & CTRL_WRITABLE;
        break;
    case REG_INT: /* writing 1 clears */
        u->intstatus &= ~val;
        break;
    case REG_BAUDDIV:
        u->bauddiv = val & BAUDDIV_MASK;
        break;
    default:
        device_unmodelled(d, off, true);
    }
    update_irqs(u);
    reschedule(u);
    return BUS_OK;
}

static void uart_reset(struct device *d)
{
    struct uart *u = (struct uart *)d;
    memset((char *)u + sizeof u->dev, 0, sizeof *u - sizeof u->dev);
    update_irqs(u);
    reschedule(u);
}

const struct device_ops cmsdk_uart_ops = {
    .kind = "cmsdk-uart",
    .summary = "UART of the Cortex-M System Design Kit: a console with input",
    .map_bytes = 0x1000,
    .config = uart_config,
    .state = uart_state,
    .instance_bytes = sizeof(struct uart),
    .reset = uart_reset,
    .read = uart_read,
    .write = uart_write,
    .event = uart_event,
    .input = uart_input,
};
