/*
 * The console: a CMSDK UART, polled.
 *
 * Source: Arm Cortex-M System Design Kit TRM (DDI 0479), 4.3.
 */
#include "kernel/core/core.h"

#define UART_DATA    0x00u
#define UART_STATE   0x04u
#define UART_CTRL    0x08u
#define UART_BAUDDIV 0x10u
#define UART_TXFULL  1u
#define UART_TXEN    1u
#define BAUD         115200u

void console_write(const struct keep_uart *uart, const char *text, uint32_t bytes)
{
    KEEP_REG(uart->base + UART_BAUDDIV) = KEEP_CLOCK_HZ / BAUD;
    KEEP_REG(uart->base + UART_CTRL) = UART_TXEN;
    for (uint32_t i = 0; i < bytes; i++) {
        while (KEEP_REG(uart->base + UART_STATE) & UART_TXFULL)
            ;
        KEEP_REG(uart->base + UART_DATA) = (uint8_t)text[i];
    }
}

int32_t keep_impl_console_write(struct keep_uart *uart, const char *text, uint32_t bytes)
{
    console_write(uart, text, bytes);
    return (int32_t)bytes;
}

void keep_print(const char *text)
{
    uint32_t n = 0;
    while (text[n])
        n++;
    console_write(&keep_console, text, n);
}

void keep_print_number(uint32_t n)
{
    char digits[11];
    uint32_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n);
    keep_print(&digits[at]);
}
