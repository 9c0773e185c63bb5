/* Reads and writes device registers in the order of a list, and prints what was read. */
#include "tests/vendor/board.h"

static const struct step {
    const char *name; /* NULL: a write */
    uint32_t addr, value;
} steps[] = {
#include STEPS
};

static void print(const char *text)
{
    register uint32_t op __asm("r0") = 0x04; /* SYS_WRITE0 */
    register const char *arg __asm("r1") = text;
    __asm volatile("bkpt 0xAB" : "+r"(op) : "r"(arg) : "memory");
}

static void print_hex(uint32_t value)
{
    char text[10];
    for (uint32_t n = 0; n < 8; n++)
        text[n] = "0123456789abcdef"[value >> (28 - 4 * n) & 15u];
    text[8] = '\n';
    text[9] = 0;
    print(text);
}

void board_start(void)
{
}

void board_test(void)
{
    static const uint32_t end[2] = {0x20026, 0}; /* SYS_EXIT_EXTENDED */
    for (uint32_t n = 0; n < sizeof steps / sizeof *steps; n++) {
        volatile uint32_t *reg = (volatile uint32_t *)steps[n].addr;
        if (!steps[n].name) {
            *reg = steps[n].value;
            continue;
        }
        print(steps[n].name);
        print_hex(*reg);
    }
    register uint32_t op __asm("r0") = 0x20;
    register const uint32_t *arg __asm("r1") = end;
    __asm volatile("bkpt 0xAB" : : "r"(op), "r"(arg) : "memory");
}
