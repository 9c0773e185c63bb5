/*
 * The FP context: NOCP, what exceptions keep of it, lazy and eager stacking, FPDSCR.
 */
#include "tests/guest/lib/guest.h"

#define CPACR        REG(0xE000ED88)
#define FPCCR        REG(0xE000EF34)
#define FPCAR        REG(0xE000EF38)
#define FPDSCR       REG(0xE000EF3C)
#define FPCCR_ASPEN  (1u << 31)
#define FPCCR_LSPEN  (1u << 30)
#define FPCCR_LSPACT 1u

static volatile uint32_t status, sp_before;
static uint32_t saved[33];

static uint32_t control(void)
{
    uint32_t v;
    __asm__ volatile("mrs %0, control" : "=r"(v));
    return v & 4u; /* FPCA */
}

static void line(const char *what, uint32_t v)
{
    guest_puts(what);
    guest_puts(": ");
    guest_hex(v);
}

void on_usage(struct frame *f);

__attribute__((used)) void on_usage(struct frame *f)
{
    status = SCB_CFSR;
    SCB_CFSR = status;
    f->pc += 4;
}

__attribute__((naked)) void usagefault_handler(void)
{
    __asm__ volatile("mov r0, sp\n\tldr r1, =on_usage\n\tbx r1\n\t.ltorg");
}

void on_svc(uint32_t sp, uint32_t lr);

/* Looks, then uses the FPU itself. */
__attribute__((used)) void on_svc(uint32_t sp, uint32_t lr)
{
    line("  frame bytes", sp_before - sp);
    line("  EXC_RETURN basic", lr & 0x10u);
    line("  FPCA", control());
    line("  LSPACT", FPCCR & FPCCR_LSPACT);
    line("  FPCAR from frame", (FPCCR & FPCCR_LSPACT) ? FPCAR - sp : 0);
    __asm__ volatile("vmov s0, %0\n\tvmov s15, %0\n\tvmov s31, %0" ::"r"(0x55555555));
    line("  FPCA then", control());
    line("  LSPACT then", FPCCR & FPCCR_LSPACT);
    uint32_t fpscr;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
    line("  FPSCR", fpscr);
}

__attribute__((naked)) void svcall_handler(void)
{
    __asm__ volatile("mov r0, sp\n\tmov r1, lr\n\tpush {r4, lr}\n\tbl on_svc\n\tpop {r4, pc}");
}

static void fill(void)
{
    for (uint32_t i = 0; i < 32; i++)
        saved[i] = 0x01010101u * (i + 1);
    __asm__ volatile("vldmia %0, {s0-s31}" ::"r"(saved) : "memory");
}

static void show_registers(void)
{
    __asm__ volatile("vstmia %0, {s0-s31}" ::"r"(saved) : "memory");
    line("s0", saved[0]);
    line("s1", saved[1]);
    line("s15", saved[15]);
    line("s16", saved[16]);
    line("s31", saved[31]);
}

static void call(const char *what)
{
    guest_puts(what);
    guest_putc('\n');
    __asm__ volatile("mov %0, sp\n\tstr %0, [%1]\n\tsvc 0" ::"r"(0), "r"(&sp_before) : "memory");
}

static void no_access(void)
{
    __asm__ volatile("vadd.f32 s0, s1, s2");
    line("NOCP", status);
    status = 0;
    __asm__ volatile("cmp r0, r0\n\tit ne\n\tvaddne.f32 s0, s1, s2" ::: "cc");
    line("left out", status);
    CPACR = 1u << 20; /* privileged alone */
    BARRIER();
    __asm__ volatile("vmov s1, %0" ::"r"(0x3F800000));
    line("CPACR read", CPACR);
    line("FPCA after use", control());
}

static void arithmetic(void)
{
    uint32_t sum, root, flags;
    __asm__ volatile(
        "vmov s1, %3\n\tvmov s2, %4\n\tvadd.f32 s3, s1, s2\n\tvmov %0, s3\n\t"
        "vsqrt.f32 s4, s2\n\tvmov %1, s4\n\tvcmp.f32 s1, s2\n\tvmrs APSR_nzcv, fpscr\n\t"
        "mrs %2, apsr"
        : "=r"(sum), "=r"(root), "=r"(flags)
        : "r"(0x3FC00000), "r"(0x40100000)
        : "cc");
    line("1.5 + 2.25", sum);
    line("sqrt 2.25", root);
    line("flags", flags & 0xF0000000u);
}

void guest_main(void)
{
    SCB_SHCSR = 7u << 16;
    line("FPCCR settings", FPCCR & (FPCCR_ASPEN | FPCCR_LSPEN));
    line("FPCA at first", control());
    no_access();
    CPACR = 0xFu << 20;
    BARRIER();
    fill();
    line("FPCA", control());
    call("lazy");
    show_registers();
    arithmetic();
    FPCCR &= ~FPCCR_LSPEN;
    fill();
    call("eager");
    show_registers();
    FPCCR |= FPCCR_LSPEN;
    FPDSCR = 1u << 24; /* flush to zero */
    __asm__ volatile("msr control, %0\n\tisb" ::"r"(0));
    call("no context before, FPDSCR set");
    line("FPCA after", control());
}
