/*
 * Random MPU regions and random aligned accesses, privileged and not: the outcome of each.
 *
 * Left out is what the second machine decides otherwise: subregions below 1 KiB and unaligned
 * accesses over an edge (tests/differential/README.md).
 */
#include "tests/guest/lib/guest.h"

#define ROUNDS   300u
#define ACCESSES 24u

static uint32_t arena[2048] __attribute__((aligned(8192)));
static volatile uint32_t faulted;
static uint64_t state = 88172645463325252ull;

static uint32_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

__attribute__((naked)) void memmanage_handler(void)
{
    __asm__ volatile("mov r0, sp\n\tb skip");
}

void skip(struct frame *f);
__attribute__((used)) void skip(struct frame *f)
{
    faulted = SCB_CFSR << 16 | (SCB_MMFAR & 0xFFFFu);
    SCB_CFSR = SCB_CFSR;
    f->pc = f->lr & ~1u;
}

#define LEAF(name, body)                                                           \
    __attribute__((naked, noinline)) static void name(uint32_t addr, uint32_t val) \
    {                                                                              \
        (void)addr;                                                                \
        (void)val;                                                                 \
        __asm__ volatile(body "\n\tbx lr");                                        \
    }
LEAF(load4, "ldr r1, [r0]")
LEAF(load2, "ldrh r1, [r0]")
LEAF(load1, "ldrb r1, [r0]")
LEAF(store4, "str r1, [r0]")
LEAF(store2, "strh r1, [r0]")
LEAF(store1, "strb r1, [r0]")
LEAF(user_load4, "ldrt r1, [r0]")
LEAF(user_load2, "ldrht r1, [r0]")
LEAF(user_load1, "ldrbt r1, [r0]")
LEAF(user_store4, "strt r1, [r0]")
LEAF(user_store2, "strht r1, [r0]")
LEAF(user_store1, "strbt r1, [r0]")
static void (*const leaves[12])(uint32_t, uint32_t) = {
    load4,      load2,      load1,      store4,      store2,      store1,
    user_load4, user_load2, user_load1, user_store4, user_store2, user_store1};

static void random_regions(void)
{
    for (uint32_t r = 0; r < 7; r++) {
        uint32_t log2 = 5 + next() % 9, base = (uint32_t)arena + (next() & 0x1FFFu);
        uint32_t ap = next() % 8, srd = log2 == 13 && next() % 2 ? next() & 0xFFu : 0;
        base &= ~((1u << log2) - 1);
        guest_region(r, base, ap == 4 || next() % 4 == 0 ? 0 : RASR(log2, ap, 1, srd));
    }
}

void guest_main(void)
{
    uint32_t sum = 0;
    SCB_SHCSR = 7u << 16;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        MPU_CTRL = 0;
        random_regions();
        MPU_CTRL = 5;
        BARRIER();
        for (uint32_t i = 0; i < ACCESSES; i++) {
            uint32_t kind = next() % 12, bytes = 4u >> kind % 3;
            uint32_t addr = (uint32_t)arena + (next() & 0x1FFFu & ~(bytes - 1));
            faulted = 0;
            leaves[kind](addr, round);
            sum = (sum << 5 | sum >> 27) ^ faulted ^ addr;
        }
        if (round % 10 == 0)
            guest_hex(sum);
    }
    MPU_CTRL = 0;
    for (uint32_t i = 0; i < 2048; i++)
        sum = (sum << 3 | sum >> 29) + arena[i];
    guest_hex(sum);
}
