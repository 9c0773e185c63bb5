/*
 * Reads and writes registers of all devices of a board at random, in all sizes; faults are stepped
 * over. Nothing that it does may harm the host. BASES, SEED, ROUNDS and STACK come from the build.
 */
#include <stdint.h>

static const uint32_t bases[] = {BASES};
static uint32_t x = SEED;

static uint32_t next(void)
{
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}

void skip(uint32_t *frame);
void skip(uint32_t *frame)
{
    uint16_t insn = *(uint16_t *)frame[6];
    frame[6] += (insn & 0xF800u) >= 0xE800u ? 4 : 2;
}

__attribute__((naked)) static void fault(void)
{
    __asm volatile("mov r0, sp\n push {r4, lr}\n bl skip\n pop {r4, pc}");
}

static void ignore(void)
{
}

static void touch(uint32_t addr, uint32_t kind, uint32_t value)
{
    switch (kind) {
    case 0:
        (void)*(volatile uint32_t *)(addr & ~3u);
        break;
    case 1:
        *(volatile uint32_t *)(addr & ~3u) = value;
        break;
    case 2:
        (void)*(volatile uint16_t *)(addr & ~1u);
        break;
    case 3:
        *(volatile uint16_t *)(addr & ~1u) = (uint16_t)value;
        break;
    case 4:
        (void)*(volatile uint8_t *)addr;
        break;
    default:
        *(volatile uint8_t *)addr = (uint8_t)value;
    }
}

void _start(void);
void _start(void)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t base = bases[next() % (sizeof bases / sizeof *bases)];
        uint32_t value = next() & 1u ? next() : 1u << next() % 32;
        touch(base + next() % 0x1000u, next() % 6, value);
    }
    static uint32_t end[2] = {0x20026, 0};
    register uint32_t op __asm("r0") = 0x20;
    register uint32_t *arg __asm("r1") = end;
    __asm volatile("bkpt 0xAB" : : "r"(op), "r"(arg) : "memory");
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t stack;
    void (*handler[63])(void);
} vectors = {STACK, {_start, ignore, fault, fault, fault, fault, [6 ... 62] = ignore}};
