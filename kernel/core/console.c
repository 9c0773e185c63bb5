/*
 * The kernel's own words, and what a host reads of it.
 */
#include "kernel/core/core.h"

static void print_bytes(const char *text, uint32_t bytes)
{
    uint32_t key = keep_lock();
    uart_put_now(&keep_console, text, bytes);
    keep_unlock(key);
}

void keep_print(const char *text)
{
    uint32_t bytes = 0;
    while (text[bytes])
        bytes++;
    print_bytes(text, bytes);
}

static void print_in(uint32_t n, uint32_t base)
{
    char digits[11];
    uint32_t at = sizeof digits;
    do {
        digits[--at] = "0123456789abcdef"[n % base];
        n /= base;
    } while (n);
    print_bytes(&digits[at], sizeof digits - at);
}

void keep_print_number(uint32_t n)
{
    print_in(n, 10);
}

void keep_print_hex(uint32_t n)
{
    keep_print("0x");
    print_in(n, 16);
}

void keep_log(uint32_t level, const char *file, const char *text, uint32_t number)
{
    static const char *const levels[] = {"", "error ", "warning ", "info "};
    keep_print(levels[level & 3u]);
    keep_print(file);
    keep_print(": ");
    keep_print(text);
    keep_print(" ");
    keep_print_number(number);
    keep_print("\n");
}
