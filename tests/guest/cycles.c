/*
 * One line a timing rule: the cycles that the manual or a measurement gives, and those counted.
 *
 *     RULE: expected N, counted N            or, when they differ, with WRONG at the end
 *
 * Each sequence runs between two reads of DWT CYCCNT (SysTick on ARMv6-M), less what two reads
 * alone take. It begins at a multiple of 4. R2 and R3 point to memory whose first word is its own
 * address, R4 is 7, R5 is 3, R6 is 100, R12 is 0.
 */
#include "tests/guest/lib/guest.h"

#define V6M     (__ARM_ARCH == 6)
#define V8M     (__ARM_ARCH == 8)
#define NONE    0xFFFFu
#define COUNTER (V6M ? 0xE000E018u : 0xE0001004u)

/* ORDER core: expectations of a row. */
enum core {
    M0,
    M0PLUS,
    M3,
    M4,
    M7,
    M33,
    CORES
};

struct row {
    const char *rule;
    uint32_t (*measure)(uint32_t counter, void *memory);
    uint16_t expected[CORES];
};

uint32_t memory[64] __attribute__((aligned(64)));

#define MEASURE(name, sequence)                                                               \
    uint32_t name(uint32_t counter, void *mem);                                               \
    __asm__(".syntax unified\n.text\n.balign 4\n.global " #name "\n.thumb_func\n" #name ":\n" \
            "push {r4, r5, r6, r7, lr}\n"                                                     \
            "mov r7, r0\n"                                                                    \
            "mov r2, r1\n"                                                                    \
            "mov r3, r1\n"                                                                    \
            "adds r3, #64\n"                                                                  \
            "movs r4, #0\n"                                                                   \
            "mov r12, r4\n"                                                                   \
            "movs r4, #7\n"                                                                   \
            "movs r5, #3\n"                                                                   \
            "movs r6, #100\n"                                                                 \
            "b 8f\n"                                                                          \
            ".balign 4\n"                                                                     \
            "nop\n"                                                                           \
            "8: ldr r0, [r7]\n" sequence "\n"                                                 \
            "ldr r1, [r7]\n"                                                                  \
            "subs r0, r1, r0\n"                                                               \
            "pop {r4, r5, r6, r7, pc}\n"                                                      \
            ".balign 4\n"                                                                     \
            ".ltorg\n");

MEASURE(nothing, "")
MEASURE(alu, "adds r4, r4, r5")
MEASURE(mul, "muls r4, r5")
MEASURE(load, "ldr r4, [r2]")
MEASURE(load_load, "ldr r4, [r2]\nldr r5, [r3]")
MEASURE(three_loads, "ldr r4, [r2]\nldr r5, [r3]\nldr r6, [r2, #4]")
MEASURE(load_chain, "ldr r4, [r2]\nldr r4, [r4]")
MEASURE(load_store, "ldr r4, [r2]\nstr r5, [r3]")
MEASURE(store, "str r5, [r3, #4]")
MEASURE(two_stores, "str r5, [r3, #4]\nstr r6, [r3, #8]")
MEASURE(store_load, "str r5, [r3, #4]\nldr r4, [r2]")
MEASURE(address_from_alu, "adds r2, #4\nldr r4, [r2]")
MEASURE(ldm3, "ldmia r2!, {r4, r5, r6}")
MEASURE(stm3, "adds r3, #4\nnop\nstmia r3!, {r4, r5, r6}")
MEASURE(push_pop, "push {r4, r5}\npop {r4, r5}")
MEASURE(branch, "b 1f\nnop\n1:")
MEASURE(not_taken, "cmp r4, r4\nbne 1f\n1:")
MEASURE(taken, "cmp r4, r4\nbeq 1f\nnop\n1:")
MEASURE(call_return, "bl 1f\nb 2f\n1: bx lr\n.balign 4\n2:")
MEASURE(branch_reg, "adr r4, 1f\nadds r4, #1\nbx r4\nnop\nnop\n.balign 4\n1:")
MEASURE(pop_pc, "adr r4, 1f\nadds r4, #1\npush {r4}\npop {pc}\nnop\nnop\n.balign 4\n1:")
MEASURE(mrs, "mrs r4, primask")
MEASURE(msr, "msr primask, r12")
MEASURE(isb, "isb")
MEASURE(dsb, "dsb")
MEASURE(svc, "svc 0")
#if !V6M
MEASURE(store_reg, "str r5, [r3, r4]")
MEASURE(load_store_reg, "ldr r6, [r2]\nstr r5, [r3, r4]")
MEASURE(load_writeback, "ldr r4, [r2], #4")
MEASURE(load_nop, "ldr r4, [r2]\nnop")
MEASURE(ldrd, "ldrd r4, r5, [r2]")
MEASURE(strd, "strd r4, r5, [r3, #8]")
MEASURE(mla, "mla r4, r5, r6, r4")
MEASURE(umull_small, "umull r4, r5, r6, r4")
MEASURE(umull_big, "ldr r4, =0x12345678\nnop\nnop\numull r5, r6, r4, r4")
MEASURE(umlal_big, "ldr r4, =0x12345678\nnop\nnop\numlal r5, r6, r4, r4")
MEASURE(udiv, "udiv r4, r6, r5")
MEASURE(udiv_zero, "udiv r4, r12, r5")
MEASURE(udiv_less, "udiv r4, r5, r6")
MEASURE(udiv_full, "mvn r4, r12\nmovs r5, #1\nudiv r4, r4, r5")
MEASURE(sdiv_negative, "rsb r6, r6, #0\nsdiv r4, r6, r5")
MEASURE(cbz_taken, "movs r4, #0\ncbz r4, 1f\nnop\n1:")
MEASURE(tbb, "tbb [pc, r12]\n.byte 2, 0\nnop\n1:")
MEASURE(wide_target, "b 1f\nnop\nnop\n1: add.w r4, r4, r5\nnop")
MEASURE(wide_run, "nop\nadd.w r4, r4, r5\nadd.w r4, r4, r5\nadd.w r4, r4, r5\nnop")
MEASURE(it_folded, "cmp r4, r4\nit eq\naddeq r5, r5, r6")
MEASURE(it_not_folded, "cmp.w r4, r4\nit eq\naddeq r5, r5, r6\nnop")
MEASURE(it_skips_load, "cmp r4, r4\nit ne\nldrne r5, [r2]")
MEASURE(ldr_pc, "adr r4, 1f\nadds r4, #1\nstr r4, [r3, #4]\nldr pc, [r3, #4]\nnop\n.balign 4\n1:")
#endif
#ifdef __ARM_FP
MEASURE(vadd, "vadd.f32 s0, s1, s2")
MEASURE(vadd_used, "vadd.f32 s0, s1, s2\nvadd.f32 s3, s0, s1")
MEASURE(vmla, "vmla.f32 s0, s1, s2")
MEASURE(vdiv, "vdiv.f32 s0, s1, s2")
MEASURE(vsqrt, "vsqrt.f32 s0, s1")
MEASURE(vldr, "vldr s0, [r2]")
MEASURE(vldm4, "vldmia r2, {s0-s3}")
#endif

static const struct row rows[] = {
    /*                                                       M0  M0+  M3  M4  M7  M33 */
    {"data processing", alu, {1, 1, 1, 1, 1, 1}},
    {"MUL, 32 bits", mul, {1, 1, 1, 1, 1, 1}},
    {"LDR", load, {2, 2, 2, 2, 1, 1}},
    {"LDR, LDR: the second is pipelined", load_load, {4, 4, 3, 3, NONE, 2}},
    {"LDR three times", three_loads, {6, 6, 4, 4, NONE, 3}},
    {"LDR, LDR from what it loaded", load_chain, {4, 4, 4, 4, NONE, 3}},
    {"LDR, STR: pipelined", load_store, {4, 4, 3, 3, NONE, 2}},
    {"STR: the write buffer takes it", store, {2, 2, 1, 1, 1, 1}},
    {"STR, STR", two_stores, {4, 4, 2, 2, 2, 2}},
    {"STR, LDR: nothing pipelines after a store", store_load, {4, 4, 4, 4, NONE, 2}},
    {"ADD, LDR from its result: no forwarding", address_from_alu, {3, 3, 4, 4, NONE, 2}},
    {"LDM of 3: 1+N", ldm3, {4, 4, 4, 4, 2, 3}},
    {"ADD, NOP, STM of 3: 1+N", stm3, {6, 6, 6, 6, NONE, NONE}},
    {"PUSH and POP of 2: 1+N each", push_pop, {6, 6, 6, 6, 2, 4}},
    {"B", branch, {3, 2, 2, 2, NONE, NONE}},
    {"CMP, B<c> not taken", not_taken, {2, 2, 2, 2, NONE, NONE}},
    {"CMP, B<c> taken", taken, {4, 3, 3, 3, NONE, NONE}},
    {"BL, BX LR, B", call_return, {10, 7, 7, 7, NONE, NONE}},
    {"ADR, ADD, BX", branch_reg, {5, 4, 5, 5, NONE, NONE}},
    {"ADR, ADD, PUSH, POP PC", pop_pc, {9, 8, 9, 9, NONE, NONE}},
    {"MRS", mrs, {4, 3, 1, 1, 2, 1}},
    {"MSR", msr, {4, 3, 1, 1, 2, 1}},
    {"ISB", isb, {4, 3, 3, 3, 8, 4}},
    {"DSB", dsb, {4, 3, 1, 1, 1, 1}},
    {"SVC, entry, BX LR, exit", svc, {30, 28, 24, 24, NONE, NONE}},
#if !V6M
    {"STR with register offset", store_reg, {0, 0, 2, 2, 1, 1}},
    {"LDR, STR with register offset: pipelined", load_store_reg, {0, 0, 3, 3, NONE, 2}},
    {"LDR with write-back", load_writeback, {0, 0, 2, 2, 1, 1}},
    {"LDR, NOP: the NOP is swallowed", load_nop, {0, 0, 2, 2, NONE, NONE}},
    {"LDRD: 1+2", ldrd, {0, 0, 3, 3, 1, 2}},
    {"STRD: 1+2", strd, {0, 0, 3, 3, 1, 2}},
    {"MLA", mla, {0, 0, 2, 1, 1, 1}},
    {"UMULL of small operands", umull_small, {0, 0, 3, 1, 1, 1}},
    {"LDR, 2 NOP, UMULL of big operands", umull_big, {0, 0, 8, 4, NONE, NONE}},
    {"LDR, 2 NOP, UMLAL of big operands", umlal_big, {0, 0, 10, 4, NONE, NONE}},
    {"UDIV 100 by 3", udiv, {0, 0, 6, 6, 6, 6}},
    {"UDIV of 0", udiv_zero, {0, 0, 2, 2, 2, 2}},
    {"UDIV by a greater one", udiv_less, {0, 0, 3, 3, 3, 3}},
    {"MVN, MOV, UDIV 2^32-1 by 1", udiv_full, {0, 0, 14, 14, NONE, NONE}},
    {"RSB, SDIV -100 by 3", sdiv_negative, {0, 0, 7, 7, NONE, NONE}},
    {"MOV, CBZ taken", cbz_taken, {0, 0, 4, 4, NONE, NONE}},
    {"TBB", tbb, {0, 0, 6, 6, NONE, NONE}},
    {"B to a wide instruction at 4n+2", wide_target, {0, 0, 5, 5, NONE, NONE}},
    {"NOP, three wide ones at 4n+2, NOP", wide_run, {0, 0, 6, 6, NONE, NONE}},
    {"CMP, IT folded, ADD", it_folded, {0, 0, 2, 2, NONE, NONE}},
    {"CMP.W, IT not folded, ADD, NOP", it_not_folded, {0, 0, 4, 4, NONE, NONE}},
    {"CMP, IT, LDR left out", it_skips_load, {0, 0, 2, 2, NONE, NONE}},
    {"ADR, ADD, STR, LDR PC", ldr_pc, {0, 0, 9, 9, NONE, NONE}},
#endif
#ifdef __ARM_FP
    {"VADD", vadd, {0, 0, 0, 1, 1, 1}},
    {"VADD, VADD of its result", vadd_used, {0, 0, 0, 3, 4, 4}},
    {"VMLA", vmla, {0, 0, 0, 3, 1, 1}},
    {"VDIV", vdiv, {0, 0, 0, 14, 15, 14}},
    {"VSQRT", vsqrt, {0, 0, 0, 14, 13, 14}},
    {"VLDR", vldr, {0, 0, 0, 2, 1, 1}},
    {"VLDM of 4: 1+N", vldm4, {0, 0, 0, 5, 2, 4}},
#endif
};

static void decimal(uint32_t v)
{
    if (v >= 10)
        decimal(v / 10);
    guest_putc((char)('0' + v % 10));
}

static enum core this_core(void)
{
    switch (REG(0xE000ED00) >> 4 & 0xFFFu) {
    case 0xC20:
        return M0;
    case 0xC60:
        return M0PLUS;
    case 0xC23:
        return M3;
    case 0xC24:
        return M4;
    case 0xC27:
        return M7;
    }
    return M33;
}

void svcall_handler(void)
{
}

static void start_counter(void)
{
#if V6M
    SYST_RVR = 0xFFFFFFu;
    REG(0xE000E018) = 0;
    SYST_CSR = 5;
#else
    REG(0xE000EDFC) |= 1u << 24;
    REG(0xE0001000) |= 1;
    REG(0xE000ED88) = 0xFu << 20; /* CPACR: the FPU */
    BARRIER();
#endif
}

static uint32_t count(const struct row *r)
{
    memory[0] = (uint32_t)memory;
    uint32_t cycles = r->measure(COUNTER, memory);
    return V6M ? (0u - cycles) & 0xFFFFFFu : cycles;
}

void guest_main(void)
{
    static const struct row empty = {"two reads", nothing, {0}};
    enum core core = this_core();
    start_counter();
    count(&empty);
    uint32_t base = count(&empty);
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t expected = rows[i].expected[core], counted = count(&rows[i]) - base;
        if (expected == NONE)
            continue;
        guest_puts(rows[i].rule);
        guest_puts(": expected ");
        decimal(expected);
        guest_puts(", counted ");
        decimal(counted);
        guest_puts(counted == expected ? "\n" : " WRONG\n");
    }
}
