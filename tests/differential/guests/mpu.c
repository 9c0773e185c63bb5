/*
 * Random MPU registers, random accesses: what became of each, a line an access.
 *
 *     C CTRL RBAR0 RASR0 ... RBAR5 RASR5      a round begins (RLAR on PMSAv8)
 *     A KIND PRIV ADDR CFSR MMFAR PC R0 R1 R2 R3 MEM
 *
 * KIND indexes thunks[]; PC is the stacked one, from the thunk or from ADDR, 0 without a fault; R1
 * to R3 are 0 after a fault. MEM is a sum of the memory around ADDR. FUZZ_SEED and FUZZ_CASES are
 * symbols of the linker.
 *
 * Regions 6 and 7 let the guest itself live, so that 0 to 5 and MPU_CTRL are free.
 */
#include "tests/differential/guests/fuzz.h"
#include "tests/guest/lib/guest.h"

#define ARENA_BYTES 0x4000u
#define ROUND       16u
#define FREE        6u /* regions that are random */
#define V6M         (__ARM_ARCH == 6)
#define V8M         (__ARM_ARCH == 8)

extern char FUZZ_SEED[], FUZZ_CASES[], image_base[], ram_base[];

static uint8_t arena[ARENA_BYTES] __attribute__((aligned(ARENA_BYTES), section(".arena")));
static struct {
    uint32_t cfsr, mmfar, pc;
} fault;

/* ---- Accesses: R0 is the address. ---- */

#define THUNK(name, code)                                           \
    __attribute__((naked, used, aligned(4))) static void name(void) \
    {                                                               \
        __asm__ volatile(".syntax unified\n" code "\n\tbx lr");     \
    }
THUNK(t_ldr, "ldr r1, [r0]")
THUNK(t_str, "str r1, [r0]")
THUNK(t_ldrh, "ldrh r1, [r0]")
THUNK(t_strh, "strh r1, [r0]")
THUNK(t_ldrb, "ldrb r1, [r0]")
THUNK(t_strb, "strb r1, [r0]")
THUNK(t_ldm, "ldmia r0!, {r1, r2, r3}")
THUNK(t_stm, "stmia r0!, {r1, r2, r3}")
THUNK(t_exec, "bx r0") /* LR is still the way back */
#if !V6M
THUNK(t_ldrd, "ldrd r1, r2, [r0]")
THUNK(t_strd, "strd r1, r2, [r0]")
THUNK(t_ldrt, "ldrt r1, [r0]")
THUNK(t_strt, "strt r1, [r0]")
THUNK(t_ldrpre, "ldr r1, [r0, #4]!")
THUNK(t_strpost, "str r1, [r0], #-4")
THUNK(t_stmdb, "stmdb r0!, {r1, r2}")
THUNK(t_ldrsb, "ldrsb r1, [r0]")
THUNK(t_ldrex, "ldrex r1, [r0]")
#endif
static void (*const thunks[])(void) = {
    t_ldr,  t_str,  t_ldrh, t_strh, t_ldrb,   t_strb,    t_ldm,   t_stm,   t_exec,
#if !V6M
    t_ldrd, t_strd, t_ldrt, t_strt, t_ldrpre, t_strpost, t_stmdb, t_ldrsb, t_ldrex,
#endif
};
#define KINDS (sizeof thunks / sizeof *thunks)

/* Call @thunk with the address and CONTROL; the registers after it go to @out. */
void access(void (*thunk)(void), uint32_t addr, uint32_t *out, uint32_t control);
__asm__(".syntax unified\n"
        ".text\n"
        ".align 2\n"
        ".thumb_func\n"
        "access:\n"
        "push {r4, r5, r6, lr}\n"
        "mov r4, r0\n"
        "mov r5, r2\n"
        "mov r0, r1\n"
        "msr control, r3\n"
        "isb\n"
        "movs r1, #0x11\n"
        "movs r2, #0x22\n"
        "movs r3, #0x33\n"
        "blx r4\n"
        ".global access_resume\n"
        ".thumb_func\n"
        "access_resume:\n"
        "svc 0\n"
        "stmia r5!, {r0, r1, r2, r3}\n"
        "pop {r4, r5, r6, pc}\n");

/* Both come back to Thread mode as privileged code. */
void svcall_handler(void)
{
    __asm__ volatile("msr control, %0" ::"r"(0));
}

void access_resume(void);
void on_fault(struct frame *f);

__attribute__((used)) void on_fault(struct frame *f)
{
    __asm__ volatile("msr control, %0" ::"r"(0));
#if V6M
    fault.cfsr = 1;
#else
    fault.cfsr = SCB_CFSR;
    fault.mmfar = fault.cfsr & 0x80 ? SCB_MMFAR : fault.cfsr & 0x8000 ? SCB_BFAR : 0;
    SCB_CFSR = fault.cfsr;
#endif
    fault.pc = f->pc;
    f->pc = (uint32_t)access_resume & ~1u;
    f->xpsr &= ~0x0600FC00u;
}

#define HANDLER(name)                                                           \
    __attribute__((naked)) void name(void)                                      \
    {                                                                           \
        __asm__ volatile("mov r0, sp\n\tldr r1, =on_fault\n\tbx r1\n\t.ltorg"); \
    }
HANDLER(memmanage_handler)
HANDLER(busfault_handler)
HANDLER(usagefault_handler)
HANDLER(hardfault_handler)

/* ---- Regions. ---- */

static void set_region(uint32_t n, uint32_t rbar, uint32_t rasr)
{
    MPU_RNR = n;
    MPU_RASR = 0;
    MPU_RBAR = rbar;
    MPU_RASR = rasr;
}

static void own_regions(void)
{
    uint32_t code = (uint32_t)image_base, data = (uint32_t)ram_base;
#if V8M
    set_region(6, code | 3u << 1, (code + 0xFFFFu) | 1u);
    set_region(7, data | 1u << 1 | 1u, ((uint32_t)arena - 1u) | 1u);
#else
    set_region(6, data, RASR(16, 3, 1, 0));
    set_region(7, code, RASR(16, 6, 0, 0));
#endif
}

static uint32_t arena_at(uint32_t offset)
{
    return (uint32_t)arena + offset % ARENA_BYTES;
}

static void random_region(uint32_t n)
{
#if V8M
    uint32_t base = arena_at(rnd() & 0x3FE0u), bytes = 32u << rnd() % 9;
    uint32_t last = (base + bytes - 1) | 31u;
    if (last > (uint32_t)arena + ARENA_BYTES - 1 || rnd() % 16 == 0)
        last = (uint32_t)arena + ARENA_BYTES - 1;
    set_region(n, base | (rnd() & 7u), (last & ~31u) | (rnd() % 4 != 0));
#else
    uint32_t log2 = (V6M ? 8 : 5) + rnd() % 10, ap = rnd() & 7u;
    uint32_t srd = rnd() % 2 ? rnd() & 0xFFu : 0;
    if (log2 > 14)
        log2 = 14;
    uint32_t rasr = RASR(log2, ap == 4 ? 3 : ap, rnd() & 1u, srd);
    set_region(n, arena_at(rnd()) & ~((1u << log2) - 1u), rasr & ~(rnd() % 4 ? 0u : 1u));
#endif
}

static void random_regions(uint32_t ctrl)
{
    MPU_CTRL = 0;
    for (uint32_t n = 0; n < FREE; n++)
        random_region(n);
    put('C');
    hex(ctrl);
    for (uint32_t n = 0; n < FREE; n++) {
        MPU_RNR = n;
        hex(MPU_RBAR);
        hex(MPU_RASR);
    }
    put('\n');
}

/* ---- One access. ---- */

static void pattern(uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++)
        arena[i] = i & 1u ? 0x47u : 0x70u; /* bx lr, everywhere */
}

static uint32_t sum_around(uint32_t from, uint32_t to)
{
    uint32_t sum = 0;
    for (uint32_t i = from; i < to; i++)
        sum = sum * 31u + arena[i];
    return sum;
}

static uint32_t random_target(uint32_t kind)
{
    uint32_t edge = rnd() % 3 ? (rnd() & 0x3FE0u) + (rnd() % 9) - 4u : rnd();
    uint32_t offset = (edge & (ARENA_BYTES - 1)) % (ARENA_BYTES - 64u) + 32u;
    uint32_t aligned =
        V6M || kind == 6 || kind == 7 || kind == 9 || kind == 10 || kind >= 15 || rnd() % 4;
    uint32_t size = kind == 2 || kind == 3 || kind == 8 ? 2u : kind == 4 || kind == 5 ? 1u : 4u;
    return aligned || kind == 8 ? offset & ~(size - 1u) : offset;
}

static void one_access(uint32_t ctrl)
{
    uint32_t kind = rnd() % KINDS, user = rnd() % 2, offset = random_target(kind), out[4];
    uint32_t addr = (uint32_t)arena + offset;
    fault.cfsr = fault.mmfar = fault.pc = 0;
    MPU_CTRL = ctrl;
    BARRIER();
    access(thunks[kind], addr | (kind == 8), out, user);
    MPU_CTRL = 0;
    BARRIER();
    uint32_t sum = sum_around(offset - 16u, offset + 32u);
    pattern(offset - 16u, offset + 32u);
    uint32_t at = fault.pc - ((uint32_t)thunks[kind] & ~1u);
    put('A');
    hex(kind);
    hex(!user);
    hex(addr);
    hex(fault.cfsr);
    hex(fault.mmfar);
    hex(fault.pc ? at < 8 ? at : fault.pc - addr : 0);
    hex(out[0]);
    for (uint32_t i = 1; i < 4; i++)
        hex(fault.pc ? 0 : out[i]);
    hex(sum);
    put('\n');
}

void guest_main(void)
{
    state = 0x9E3779B97F4A7C15ull ^ (uint32_t)FUZZ_SEED;
#if !V6M
    SCB_SHCSR = 7u << 16;
#endif
    pattern(0, ARENA_BYTES);
    own_regions();
    for (uint32_t n = 0; n < (uint32_t)FUZZ_CASES; n += ROUND) {
        uint32_t ctrl = (rnd() % 16 != 0) | (rnd() & 6u);
        random_regions(ctrl);
        for (uint32_t i = 0; i < ROUND; i++)
            one_access(ctrl);
        if (text_len > sizeof text / 2)
            flush();
    }
    flush();
}
