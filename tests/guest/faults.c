/*
 * Every kind of fault, each by itself: which handler, which status bits, which address, which
 * stacked PC. The faulting functions are leaves; the handler returns to their caller.
 */
#include "tests/guest/lib/guest.h"

static uint32_t page[512] __attribute__((aligned(2048)));
static const char *current;

void report(struct frame *f, uint32_t exception);

#define HANDLER(name, number)                                                         \
    __attribute__((naked)) void name(void)                                            \
    {                                                                                 \
        __asm__ volatile("tst lr, #4\n\tite eq\n\tmrseq r0, msp\n\tmrsne r0, psp\n\t" \
                         "movs r1, #" #number "\n\tb report");                        \
    }
HANDLER(hardfault_handler, 3)
HANDLER(memmanage_handler, 4)
HANDLER(busfault_handler, 5)
HANDLER(usagefault_handler, 6)

__attribute__((used)) void report(struct frame *f, uint32_t exception)
{
    uint32_t cfsr = SCB_CFSR;
    guest_puts(current);
    guest_puts(": exception ");
    guest_hex(exception);
    guest_puts("  cfsr ");
    guest_hex(cfsr);
    guest_puts("  hfsr ");
    guest_hex(SCB_HFSR);
    if (cfsr & 0x80) {
        guest_puts("  mmfar ");
        guest_hex(SCB_MMFAR);
    }
    if (cfsr & 0x8000) {
        guest_puts("  bfar ");
        guest_hex(SCB_BFAR);
    }
    guest_puts("  pc ");
    guest_hex(f->pc);
    guest_puts("  it and t ");
    guest_hex(f->xpsr & 0x0700FC00u);
    SCB_CFSR = cfsr;
    SCB_HFSR = SCB_HFSR;
    f->xpsr = (f->xpsr & ~0x0600FC00u) | 1u << 24;
    f->pc = f->lr & ~1u;
}

#define LEAF(name, body)                                             \
    __attribute__((naked, noinline)) static void name(uint32_t addr) \
    {                                                                \
        (void)addr;                                                  \
        __asm__ volatile(body "\n\tbx lr");                          \
    }
LEAF(load_word, "ldr r1, [r0]")
LEAF(load_byte, "ldrb r1, [r0, #3]")
LEAF(store_half, "strh r1, [r0, #2]")
LEAF(load_pair, "ldrd r1, r2, [r0]")
LEAF(load_some, "ldmia r0!, {r1, r2, r3}")
LEAF(store_some, "stmia r0!, {r1, r2, r3}")
LEAF(load_in_it, "cmp r0, r0\n\titt eq\n\tldreq r1, [r0]\n\tmoveq r1, #1")
LEAF(undefined, "udf 0")
LEAF(undefined_wide, ".inst.w 0xf7f0a000")
LEAF(jump, "bx r0")
LEAF(load_unprivileged, "ldrt r1, [r0]")
LEAF(store_unprivileged, "strt r1, [r0]")

static void try(const char *name, void (*leaf)(uint32_t), uint32_t addr)
{
    current = name;
    leaf(addr);
    __asm__ volatile("cpsie i");
}

void guest_main(void)
{
    uint32_t base = (uint32_t)page;
    SCB_SHCSR = 7u << 16;
    guest_region(0, base + 1024, RASR(10, 0, 1, 0));
    guest_region(1, base, RASR(5, 1, 1, 0));
    guest_region(2, base + 512, RASR(6, 6, 1, 0));
    MPU_CTRL = 5;
    BARRIER();
    try("load", load_word, base + 1024);
    try("load byte", load_byte, base + 1024);
    try("store half", store_half, base + 1024);
    try("pair over the edge", load_pair, base + 1020);
    try("pair inside", load_pair, base + 1024);
    try("multiple load", load_some, base + 1024);
    try("multiple store", store_some, base + 1024);
    try("in an IT block", load_in_it, base + 1024);
    try("store to read-only", store_half, base + 512);
    try("unprivileged load", load_unprivileged, base);
    try("unprivileged store", store_unprivileged, base + 512);
    try("no memory, load", load_word, 0x60000000);
    try("no memory, store", store_half, 0x60000000);
    try("execute a device", jump, 0x40000001);
    try("execute never", jump, base + 513);
    try("Arm code", jump, 0x2000);
    try("undefined", undefined, 0);
    try("undefined wide", undefined_wide, 0);
    SCB_SHCSR = 0;
    try("escalated load", load_word, base + 1024);
    try("escalated undefined", undefined, 0);
    guest_puts("done\n");
}
