/*
 * The CMSDK UART, with a ring in each direction that its interrupts fill and empty.
 *
 * A write of no more than the ring holds goes out as a whole; a longer one in parts.
 *
 * Source: Arm Cortex-M System Design Kit TRM (DDI 0479), 4.3.
 */
#include "kernel/core/core.h"

#define UART_DATA      0x00u
#define UART_STATE     0x04u
#define UART_CTRL      0x08u
#define UART_INTSTATUS 0x0Cu
#define UART_BAUDDIV   0x10u
#define STATE_TXFULL   1u
#define STATE_RXFULL   2u
#define CTRL_ALL       0xFu /* both directions, with their interrupts */
#define CTRL_RX_INT    0x8u
#define INT_TX         1u
#define INT_RX         2u
#define BAUD           115200u
#ifdef KEEP_MINIMAL
#define OUT_BYTES 64u
#define IN_BYTES  8u
#else
#define OUT_BYTES 256u
#define IN_BYTES  64u
#endif

#define REG(u, offset) KEEP_REG((u)->base + (offset))

#define UART(id, n)                                                        \
    static uint8_t id##_out[OUT_BYTES], id##_in[IN_BYTES];                 \
    struct keep_uart id = {KEEP_READY_OBJECT,                              \
                           .base = BOARD_UART##n,                          \
                           .irq_rx = BOARD_UART##n##_IRQ_RX,               \
                           .irq_tx = BOARD_UART##n##_IRQ_TX,               \
                           .in = {.bytes = id##_in, .size = IN_BYTES},     \
                           .out = {.bytes = id##_out, .size = OUT_BYTES}}; \
    KEEP_IRQ(BOARD_UART##n##_IRQ_RX, receive, &id);                        \
    KEEP_IRQ(BOARD_UART##n##_IRQ_TX, sent, &id)

static void receive(void *uart);
static void sent(void *uart);

UART(keep_console, 0);
#ifndef KEEP_MINIMAL
UART(keep_uart1, 1);
#endif

static void begin(struct keep_uart *u)
{
    REG(u, UART_BAUDDIV) = BOARD_CLOCK_HZ / BAUD;
    REG(u, UART_CTRL) = CTRL_ALL;
    arch_irq_enable(u->irq_rx);
    arch_irq_enable(u->irq_tx);
}

void uart_init(void)
{
    begin(&keep_console);
#ifndef KEEP_MINIMAL
    begin(&keep_uart1);
#endif
}

static bool full(const struct keep_uart *u)
{
    return REG(u, UART_STATE) & STATE_TXFULL;
}

/* As much as the device takes now; interrupts are kept out. */
static void send(struct keep_uart *u)
{
    uint8_t byte;
    while (!full(u) && ring_get(&u->out, &byte, 1))
        REG(u, UART_DATA) = byte;
}

static void sent(void *uart)
{
    struct keep_uart *u = uart;
    uint32_t key = keep_lock();
    REG(u, UART_INTSTATUS) = INT_TX;
    send(u);
    if (u->writers.first)
        sched_wake_all(&u->writers, KEEP_AGAIN);
    keep_unlock(key);
}

/* What has come, as far as there is room; what has none stays in the device, which then does not
 * interrupt until somebody has read. */
static void take_in(struct keep_uart *u)
{
    while (ring_room(&u->in) && (REG(u, UART_STATE) & STATE_RXFULL)) {
        uint8_t byte = (uint8_t)REG(u, UART_DATA);
        ring_put(&u->in, &byte, 1);
    }
    REG(u, UART_CTRL) = ring_room(&u->in) ? CTRL_ALL : CTRL_ALL & ~CTRL_RX_INT;
}

static void receive(void *uart)
{
    struct keep_uart *u = uart;
    uint32_t key = keep_lock();
    REG(u, UART_INTSTATUS) = INT_RX;
    take_in(u);
    sched_wake_all(&u->readers, KEEP_AGAIN);
    keep_unlock(key);
}

void uart_flush(struct keep_uart *u)
{
    while (u->out.used)
        send(u);
}

/* The device does not say when its last byte is out: it takes ten bits' time, and one before it. */
void uart_drain(struct keep_uart *u)
{
    uart_flush(u);
    while (full(u))
        ;
    for (uint32_t begin = arch_now_low(); arch_now_low() - begin < 11 * (BOARD_CLOCK_HZ / BAUD);)
        ;
}

void uart_put_now(struct keep_uart *u, const char *text, uint32_t bytes)
{
    uart_flush(u);
    for (uint32_t i = 0; i < bytes; i++) {
        while (full(u))
            ;
        REG(u, UART_DATA) = (uint8_t)text[i];
    }
}

int32_t keep_impl_uart_write(struct keep_uart *uart, const void *data, uint32_t bytes,
                             uint32_t timeout_us)
{
    uint32_t least = bytes < uart->out.size ? bytes : uart->out.size;
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock();
        if (ring_room(&uart->out) >= least) {
            uint32_t n = ring_put(&uart->out, data, bytes);
            send(uart);
            keep_unlock(key);
            return (int32_t)n;
        }
        int32_t rc = sched_wait(&uart->writers, deadline, key);
        if (rc != KEEP_AGAIN)
            return rc;
    }
}

int32_t keep_impl_uart_read(struct keep_uart *uart, void *data, uint32_t bytes, uint32_t timeout_us)
{
    uint64_t deadline = time_deadline(timeout_us);
    for (;;) {
        uint32_t key = keep_lock();
        if (uart->in.used || !bytes) {
            uint32_t n = ring_get(&uart->in, data, bytes);
            take_in(uart);
            keep_unlock(key);
            return (int32_t)n;
        }
        int32_t rc = sched_wait(&uart->readers, deadline, key);
        if (rc != KEEP_AGAIN)
            return rc;
    }
}

#if KEEP_WITH_CONFIG

struct keep_config keep_console_config = {KEEP_READY_OBJECT, .uart = &keep_console};
#ifndef KEEP_MINIMAL
struct keep_config keep_uart1_config = {KEEP_READY_OBJECT, .uart = &keep_uart1};
#endif

int32_t keep_impl_uart_configure(struct keep_config *config, uint32_t baud)
{
    REG(config->uart, UART_BAUDDIV) = BOARD_CLOCK_HZ / baud;
    return 0;
}

#endif
