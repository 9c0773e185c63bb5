/*
 * Faults in the middle of instructions: the address, the status bits, the registers and the memory
 * left behind. Every case runs twice: with the refused bytes inside a page that is otherwise
 * allowed (the own executor from the first access on), and with a whole refused page behind an
 * allowed one (the engine executes the first accesses itself). The guest must not see a difference.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/rig.h"
#include "tests/unit/test.h"

#define EDGE_GRANULE (RIG_RAM + 0x420u)
#define EDGE_PAGE    (RIG_RAM + 0x1000u)
#define MEM_FAULT    (CFSR_DACCVIOL | CFSR_MMARVALID)
#define UNTOUCHED    0x5A5A0000u                   /* registers hold this plus their number */
#define MEMORY(a)    (0xA0000000u | ((a)&0xFFFFu)) /* what a word of memory holds */

static const struct exact {
    const char *name;
    uint16_t code[4];
    uint32_t halfwords;
    uint8_t base;        /* register with an address */
    int32_t at;          /* what it holds, relative to the edge */
    int32_t refused;     /* MMFAR relative to the edge */
    uint32_t cfsr;       /* besides MEM_FAULT */
    uint16_t loaded;     /* bit n: Rn holds the memory it was to load */
    int32_t loaded_from; /* address of the lowest of them, relative to the edge */
    uint32_t stored;     /* words stored, from loaded_from up */
    uint8_t stored_reg;  /* the first register stored */
} cases[] = {
    {"A7.7.42 LDR immediate", {0x6808}, 1, 1, 0, 0, 0, 0, 0, 0, 0},
    {"A7.7.45 LDR register, shifted", {0xF851, 0x002A}, 2, 1, -0x16968, 0, 0, 0, 0, 0, 0},
    {"A7.7.46 LDRB", {0x7808}, 1, 1, 3, 3, 0, 0, 0, 0, 0},
    {"A7.7.54 LDRH", {0x8808}, 1, 1, 2, 2, 0, 0, 0, 0, 0},
    {"A7.7.60 LDRSB", {0xF991, 0x0001}, 2, 1, 0, 1, 0, 0, 0, 0, 0},
    {"A7.7.63 LDRSH", {0xF9B1, 0x0002}, 2, 1, 0, 2, 0, 0, 0, 0, 0},
    {"A7.7.158 STR immediate", {0x6008}, 1, 1, 0, 0, 0, 0, 0, 0, 0},
    {"A7.7.160 STRB", {0x7048}, 1, 1, 0, 1, 0, 0, 0, 0, 0},
    {"A7.7.167 STRH", {0x8048}, 1, 1, 0, 2, 0, 0, 0, 0, 0},
    {"A7.7.42 LDR pre-indexed", {0xF851, 0x0F04}, 2, 1, -4, 0, 0, 0, 0, 0, 0},
    {"A7.7.42 LDR post-indexed", {0xF851, 0x0B04}, 2, 1, 0, 0, 0, 0, 0, 0, 0},
    {"A7.7.158 STR pre-indexed down", {0xF841, 0x0D04}, 2, 1, 8, 4, 0, 0, 0, 0, 0},
    {"A7.7.158 STR post-indexed", {0xF841, 0x0B08}, 2, 1, 0, 0, 0, 0, 0, 0, 0},
    {"A3.2.1 LDR unaligned over the edge", {0x6808}, 1, 1, -2, 0, 0, 0, 0, 0, 0},
    {"A3.2.1 LDRH unaligned over the edge", {0x8808}, 1, 1, -1, 0, 0, 0, 0, 0, 0},
    {"A3.2.1 STR unaligned over the edge", {0x6008}, 1, 1, -3, 0, 0, 0, 0, 0, 0},
    {"A3.2.1 STRH unaligned over the edge", {0x8008}, 1, 1, -1, 0, 0, 0, 0, 0, 0},
    {"A7.7.40 LDMIA, third word", {0xC93C}, 1, 1, -8, 0, 0, 0x0C, -8, 0, 0},
    {"A7.7.40 LDMIA.W without write-back", {0xE891, 0x003C}, 2, 1, -4, 0, 0, 0x04, -4, 0, 0},
    {"A7.7.40 LDMIA, base in the list", {0xE891, 0x000F}, 2, 1, -12, 0, 0, 0x05, -12, 0, 0},
    {"A7.7.41 LDMDB", {0xE931, 0x003C}, 2, 1, 8, 0, 0, 0x0C, -8, 0, 0},
    {"A7.7.156 STMIA, third word", {0xC13C}, 1, 1, -8, 0, 0, 0, -8, 2, 2},
    {"A7.7.157 STMDB", {0xE921, 0x003C}, 2, 1, 4, -0, 0, 0, -12, 3, 2},
    {"A7.7.98 POP", {0xBCF0}, 1, 13, -8, 0, 0, 0x30, -8, 0, 0},
    {"A7.7.98 POP with PC", {0xBDF0}, 1, 13, -16, 0, 0, 0xF0, -16, 0, 0},
    {"A7.7.99 PUSH", {0xB4F0}, 1, 13, 8, 0, CFSR_MSTKERR, 0, 0, 0, 0},
    {"A7.7.49 LDRD, second word", {0xE9D1, 0x2300}, 2, 1, -4, 0, 0, 0x04, -4, 0, 0},
    {"A7.7.49 LDRD, destination is the base", {0xE9D1, 0x1200}, 2, 1, -4, 0, 0, 0, 0, 0, 0},
    {"A7.7.49 LDRD pre-indexed", {0xE9F1, 0x2302}, 2, 1, -12, 0, 0, 0x04, -4, 0, 0},
    {"A7.7.49 LDRD post-indexed", {0xE8F1, 0x2302}, 2, 1, -4, 0, 0, 0x04, -4, 0, 0},
    {"A7.7.163 STRD, second word", {0xE9C1, 0x2300}, 2, 1, -4, 0, 0, 0, -4, 1, 2},
    {"A7.7.52 LDREX", {0xE851, 0x0F00}, 2, 1, 0, 0, 0, 0, 0, 0, 0},
    {"A7.7.182 TBB", {0xE8D1, 0xF000}, 2, 1, -UNTOUCHED, 0, 0, 0, 0, 0, 0},
    {"A7.7.42 LDR PC", {0xF8D1, 0xF000}, 2, 1, 0, 0, 0, 0, 0, 0, 0},
};

static const uint32_t edges[2] = {EDGE_GRANULE, EDGE_PAGE};

/* Refused: 32 bytes behind one edge, 1 KiB behind the other. The rest by the background map. */
static struct rig *edge_rig(void)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 6, EDGE_GRANULE, RIG_RASR(5, 0, 1));
    rig_mpu(r, 7, EDGE_PAGE, RIG_RASR(10, 0, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    for (uint32_t a = RIG_RAM; a < RIG_RAM + 0x2000; a += 4)
        rig_set_word(r, a, MEMORY(a));
    return r;
}

static void preset(struct rig *r, const struct exact *x, uint32_t edge)
{
    for (uint32_t n = 0; n < 13; n++)
        cpu_set_reg(r->cpu, n, UNTOUCHED + n);
    if (strstr(x->name, "shifted"))
        cpu_set_reg(r->cpu, 10, 0x16968 >> 2);
    cpu_set_reg(r->cpu, x->base, edge + (uint32_t)x->at);
}

static void check_registers(struct rig *r, const struct exact *x, uint32_t edge)
{
    uint32_t from = edge + (uint32_t)x->loaded_from;
    for (uint32_t n = 0; n < 13; n++) {
        uint32_t expected = UNTOUCHED + n;
        if (n == 10 && strstr(x->name, "shifted"))
            expected = 0x16968 >> 2;
        if (n == x->base)
            expected = edge + (uint32_t)x->at;
        uint32_t below = (uint32_t)__builtin_popcount(x->loaded & ((1u << n) - 1));
        if (strstr(x->name, "base in the list") && n > 1)
            below++; /* R1 lies between, and is not changed */
        if (x->loaded >> n & 1u)
            expected = MEMORY(from + 4 * below);
        ck_assert_msg(cpu_reg(r->cpu, n) == expected, "%s, edge 0x%08x: R%u is 0x%08x, not 0x%08x",
                      x->name, edge, n, cpu_reg(r->cpu, n), expected);
    }
}

static void check_memory(struct rig *r, const struct exact *x, uint32_t edge)
{
    uint32_t from = edge + (uint32_t)x->loaded_from;
    for (uint32_t a = edge - 32; a < edge + 32; a += 4) {
        uint32_t expected = MEMORY(a);
        if (x->stored && a - from < 4 * x->stored)
            expected = UNTOUCHED + x->stored_reg + (a - from) / 4;
        ck_assert_msg(rig_word(r, a) == expected, "%s, edge 0x%08x: [0x%08x] is 0x%08x, not 0x%08x",
                      x->name, edge, a, rig_word(r, a), expected);
    }
}

START_TEST(b1_5_10_a_fault_in_the_middle_leaves_what_the_manual_says)
{
    const struct exact *x = &cases[_i / 2];
    uint32_t edge = edges[_i % 2];
    struct rig *r = edge_rig();
    rig_code(r, x->code, x->halfwords);
    preset(r, x, edge);
    rig_run(r);
    ck_assert_msg(rig_exception(r) == EXC_MEMMANAGE, "%s, edge 0x%08x: exception %u", x->name, edge,
                  rig_exception(r));
    const struct cpu_fault *f = &r->faults[0];
    ck_assert_msg(f->regs[15] == RIG_CODE, "%s: at 0x%08x", x->name, f->regs[15]);
    ck_assert_msg(f->addr == edge + (uint32_t)x->refused && f->addr_valid,
                  "%s, edge 0x%08x: refused 0x%08x", x->name, edge, f->addr);
    check_registers(r, x, edge);
    if (x->base != 13) /* the frame is where this would look */
        check_memory(r, x, edge);
    if (!(x->cfsr & CFSR_MSTKERR)) /* the frame's return address is the instruction itself */
        ck_assert_uint_eq(rig_word(r, r->log[1].sp + 24), RIG_CODE);
    uint32_t cfsr = rig_read_system(r, RIG_CFSR);
    ck_assert_msg(cfsr == (MEM_FAULT | x->cfsr), "%s: CFSR 0x%08x", x->name, cfsr);
    ck_assert_uint_eq(rig_read_system(r, RIG_MMFAR), edge + (uint32_t)x->refused);
    rig_free(r);
}
END_TEST

/* ---- Fetches. ---- */

START_TEST(b3_5_9_running_into_an_xn_granule_stops_before_it)
{
    struct rig *r = rig_new(CPU_CORTEX_M3);
    uint16_t nops[16];
    for (int i = 0; i < 16; i++)
        nops[i] = 0xBF00;
    rig_mpu(r, 2, RIG_CODE + 0x20, RIG_RASR(5, 3, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    for (uint32_t at = RIG_CODE; at < RIG_CODE + 0x80; at += 32)
        cpu_poke(r->cpu, at, nops, sizeof nops);
    cpu_set_reg(r->cpu, 15, RIG_CODE + 0x10);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].regs[15], RIG_CODE + 0x20);
    ck_assert_int_eq(r->faults[0].why.rule, MPU_RULE_REGION_XN);
    ck_assert_uint_eq(rig_word(r, r->log[1].sp + 24), RIG_CODE + 0x20);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_IACCVIOL); /* and no MMARVALID */
    rig_free(r);
}
END_TEST

START_TEST(b3_5_9_a_wide_instruction_half_in_an_xn_granule_is_refused)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    uint32_t at = _i ? RIG_CODE + 0x3FE : RIG_CODE + 0x1E; /* over a page, or inside one */
    rig_mpu(r, 2, at + 2, RIG_RASR(5, 3, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    cpu_poke(r->cpu, at - 2, (uint16_t[]){0xBF00, 0xF04F, 0x0007}, 6); /* nop; mov.w r0, #7 */
    cpu_set_reg(r->cpu, 0, 1);
    cpu_set_reg(r->cpu, 15, at - 2);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].regs[15], at);
    ck_assert_uint_eq(r->faults[0].addr, at + 2);
    ck_assert_uint_eq(cpu_reg(r->cpu, 0), 1);
    rig_free(r);
}
END_TEST

START_TEST(b3_1_executing_peripheral_space_is_refused_without_an_mpu)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_code(r, (uint16_t[]){0x4708}, 1); /* bx r1 */
    cpu_set_reg(r->cpu, 1, 0x40000001);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_int_eq(r->faults[0].why.rule, MPU_RULE_DEFAULT_XN);
    ck_assert_uint_eq(rig_word(r, r->log[1].sp + 24), 0x40000000);
    rig_free(r);
}
END_TEST

/* ---- Stacking and unstacking. ---- */

START_TEST(b1_5_6_a_refused_frame_sets_mstkerr_and_the_more_urgent_exception_runs)
{
    struct rig *r = edge_rig();
    bool svc_first = _i == 0;
    rig_system(r, 0xE000ED1C, svc_first ? 0 : 0x20000000); /* SVCall priority 0, or 0x20 */
    rig_code(r, (uint16_t[]){0xDF05}, 1);
    cpu_set_reg(r->cpu, 13, EDGE_PAGE + 16);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), svc_first ? EXC_SVCALL : EXC_MEMMANAGE);
    ck_assert_int_eq(r->faults[0].access, CPU_ACCESS_STACKING);
    ck_assert(!r->faults[0].addr_valid);
    ck_assert_uint_eq(cpu_reg(r->cpu, 13), EDGE_PAGE + 16 - 32); /* SP moved all the same */
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_MSTKERR);
    uint32_t shcsr = rig_read_system(r, RIG_SHCSR);
    ck_assert_uint_eq(shcsr & (1u << 13), svc_first ? 1u << 13 : 0); /* MEMFAULTPENDED */
    ck_assert_uint_eq(shcsr & (1u << 15), svc_first ? 0 : 1u << 15); /* SVCALLPENDED */
    rig_free(r);
}
END_TEST

START_TEST(b1_5_7_a_refused_frame_reserves_fp_space_all_the_same)
{
    struct rig *r = edge_rig();
    rig_system(r, 0xE000ED88, 0xF00000);                  /* CPACR: the FPU */
    rig_code(r, (uint16_t[]){0xEE30, 0x0A00, 0xDF05}, 3); /* vadd.f32 s0, s0, s0; svc 5 */
    cpu_set_reg(r->cpu, 13, EDGE_PAGE + 120);
    rig_run(r);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_MSTKERR);
    ck_assert_uint_eq(rig_read_system(r, 0xE000EF34) & 1u, 1); /* FPCCR.LSPACT, by UpdateFPCCR() */
    rig_free(r);
}
END_TEST

START_TEST(b1_5_6_stacking_uses_the_rights_of_the_interrupted_code)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 0, 0, RIG_RASR(16, 6, 0));
    rig_mpu(r, 1, RIG_RAM, RIG_RASR(12, 1, 1)); /* privileged only */
    rig_system(r, RIG_MPU_CTRL, 5);
    rig_code(r, (uint16_t[]){0xDF05}, 1);
    cpu_set_reg(r->cpu, 13, RIG_RAM + 0x800);
    rig_control(r, 1);
    rig_run(r);
    ck_assert_int_eq(r->faults[0].access, CPU_ACCESS_STACKING);
    ck_assert(!r->faults[0].access_priv);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_8_a_refused_frame_on_return_sets_munstkerr)
{
    struct rig *r = edge_rig();
    /* SVC handler: mov sp, r7; bx lr */
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x46BD, 0x4770}, 4);
    rig_set_word(r, 4 * EXC_SVCALL, 0x301);
    rig_code(r, (uint16_t[]){0xDF05}, 1);
    cpu_set_reg(r->cpu, 7, EDGE_PAGE - 8);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_int_eq(r->faults[0].access, CPU_ACCESS_UNSTACKING);
    ck_assert(!r->faults[0].addr_valid);
    ck_assert_uint_eq(cpu_reg(r->cpu, 14), 0xFFFFFFF9); /* the return that failed */
    ck_assert_uint_eq(cpu_reg(r->cpu, 13), EDGE_PAGE - 8);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_MUNSTKERR);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_7_frames_are_aligned_to_8_and_remember_it)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x4770}, 2); /* bx lr */
    rig_set_word(r, 4 * EXC_SVCALL, 0x301);
    rig_code(r, (uint16_t[]){0xDF00}, 1);
    cpu_set_reg(r->cpu, 13, RIG_STACK - 4);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(r->log[0].sp, RIG_STACK - 40);
    ck_assert_uint_eq(rig_word(r, RIG_STACK - 40 + 28) & (1u << 9), 1u << 9);
    ck_assert_uint_eq(cpu_reg(r->cpu, 13), RIG_STACK - 4);
    rig_free(r);
}
END_TEST

/* ---- IT state. ---- */

START_TEST(a7_3_3_it_state_travels_through_a_fault_and_back)
{
    struct rig *r = edge_rig();
    /* The handler makes the stacked R1 good: ldr r0, [sp, #4]; subs r0, #4; str r0, [sp, #4]; bx lr
     */
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x9801, 0x3804, 0x9001, 0x4770}, 8);
    rig_set_word(r, 4 * EXC_MEMMANAGE, 0x301);
    /* cmp r0, r0; ittt eq; moveq r2, #1; ldreq r3, [r1]; moveq r4, #2 */
    rig_code(r, (uint16_t[]){0x4280, 0xBF02, 0x2201, 0x680B, 0x2402}, 5);
    cpu_set_reg(r->cpu, 1, EDGE_GRANULE);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(r->fault_count, 1);
    uint32_t xpsr = rig_word(r, r->log[1].sp + 28);
    ck_assert_uint_ne(xpsr & 0x0600FC00u, 0); /* inside the block */
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), 1);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), MEMORY(EDGE_GRANULE - 4));
    ck_assert_uint_eq(cpu_reg(r->cpu, 4), 2);
    rig_free(r);
}
END_TEST

/* ---- Other faults. ---- */

START_TEST(b3_2_15_a_bus_fault_is_precise)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_code(r, _i ? (uint16_t[]){0x6008} : (uint16_t[]){0x6808}, 1);
    cpu_set_reg(r->cpu, 1, 0x60000000);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_BUSFAULT);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_PRECISERR | CFSR_BFARVALID);
    ck_assert_uint_eq(rig_read_system(r, RIG_BFAR), 0x60000000);
    rig_free(r);
}
END_TEST

START_TEST(b3_1_1_the_ppb_is_for_privileged_code)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_code(r, (uint16_t[]){0x6808}, 1);
    cpu_set_reg(r->cpu, 1, RIG_MPU_CTRL);
    rig_control(r, 1);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_BUSFAULT);
    ck_assert_uint_eq(r->faults[0].addr, RIG_MPU_CTRL);
    rig_free(r);
}
END_TEST

static const struct {
    const char *name;
    uint16_t code[2];
    uint32_t halfwords, cfsr, pc;
} usage[] = {
    {"B1.5.14 UNDEFINSTR", {0xDE00}, 1, CFSR_UNDEFINSTR, RIG_CODE},
    {"B1.5.14 UNDEFINSTR wide", {0xF7F0, 0xA000}, 2, CFSR_UNDEFINSTR, RIG_CODE},
    {"B1.5.14 NOCP: no FPU on this core", {0xEE30, 0x0A00}, 2, CFSR_NOCP, RIG_CODE},
    {"B1.5.14 INVSTATE: a branch to Arm code", {0x4700}, 1, CFSR_INVSTATE, 0x1100},
};

START_TEST(b1_5_14_usage_faults)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_code(r, usage[_i].code, usage[_i].halfwords);
    cpu_set_reg(r->cpu, 0, 0x1100);
    rig_run(r);
    ck_assert_msg(rig_exception(r) == EXC_USAGEFAULT, "%s: exception %u", usage[_i].name,
                  rig_exception(r));
    ck_assert_msg(r->faults[0].regs[15] == usage[_i].pc, "%s: at 0x%08x", usage[_i].name,
                  r->faults[0].regs[15]);
    ck_assert_uint_eq(rig_word(r, r->log[1].sp + 24), usage[_i].pc);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), usage[_i].cfsr);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_8_returning_to_thread_with_others_active_is_invpc)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    /* SVC handler pends PendSV (now more urgent), whose handler returns to Thread. */
    rig_system(r, 0xE000ED1C, 0x80000000);
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x6022, 0xBF00, 0xBF00}, 6); /* str r2, [r4] */
    cpu_poke(r->cpu, 0x340, (uint16_t[]){0x4728}, 2);                 /* bx r5 */
    rig_set_word(r, 4 * EXC_SVCALL, 0x301);
    rig_set_word(r, 4 * EXC_PENDSV, 0x341);
    rig_code(r, (uint16_t[]){0xDF00}, 1);
    cpu_set_reg(r->cpu, 2, 1u << 28);
    cpu_set_reg(r->cpu, 4, 0xE000ED04);
    cpu_set_reg(r->cpu, 5, 0xFFFFFFF9);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_INVPC);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_8_a_disabled_fault_escalates_to_hardfault)
{
    struct rig *r = edge_rig();
    rig_system(r, RIG_SHCSR, 0);
    rig_code(r, (uint16_t[]){0x6808}, 1);
    cpu_set_reg(r->cpu, 1, EDGE_PAGE);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_HARDFAULT);
    ck_assert_uint_eq(rig_read_system(r, RIG_HFSR), HFSR_FORCED);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), MEM_FAULT);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_15_a_fault_in_hardfault_is_lockup)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, RIG_SHCSR, 0);
    rig_set_word(r, 4 * EXC_HARDFAULT, 0x301);
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0xDE00}, 2);
    rig_code(r, (uint16_t[]){0xDE00}, 1);
    rig_run(r);
    ck_assert_int_eq(r->stop.kind, CPU_STOP_LOCKUP);
    ck_assert_uint_eq(r->stop.pc, 0x300);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_6_an_svc_that_escalates_returns_to_itself)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_code(r, (uint16_t[]){0xB672, 0xDF00}, 2); /* cpsid i; svc 0 */
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_HARDFAULT);
    ck_assert_uint_eq(rig_word(r, r->log[1].sp + 24), RIG_CODE + 2);
    rig_free(r);
}
END_TEST

START_TEST(b3_5_6_hardfault_runs_without_the_mpu_unless_hfnmiena)
{
    struct rig *r = edge_rig();
    rig_system(r, RIG_SHCSR, 0);
    rig_set_word(r, 4 * EXC_HARDFAULT, 0x301);
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x680A, 0xBEAB}, 4); /* ldr r2, [r1] */
    rig_code(r, (uint16_t[]){0x6808}, 1);
    cpu_set_reg(r->cpu, 1, EDGE_PAGE);
    if (_i)
        rig_system(r, RIG_MPU_CTRL, 7);
    rig_run(r);
    if (_i) {
        ck_assert_int_eq(r->stop.kind, CPU_STOP_LOCKUP);
    } else {
        ck_assert_uint_eq(r->stop.pc, 0x302);
        ck_assert_uint_eq(cpu_reg(r->cpu, 2), MEMORY(EDGE_PAGE));
    }
    rig_free(r);
}
END_TEST

START_TEST(a7_7_67_ldrt_has_the_rights_of_unprivileged_code)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 0, RIG_RAM, RIG_RASR(10, 1, 1)); /* privileged only */
    rig_mpu(r, 1, RIG_RAM + 0x400, RIG_RASR(10, 3, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    rig_set_word(r, RIG_RAM + 0x400, 0x1234);
    /* ldr r0, [r1]; ldrt r2, [r3]; ldrt r0, [r1] */
    rig_code(r, (uint16_t[]){0x6808, 0xF853, 0x2E00, 0xF851, 0x0E00}, 5);
    cpu_set_reg(r->cpu, 1, RIG_RAM);
    cpu_set_reg(r->cpu, 3, RIG_RAM + 0x400);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), 0x1234);
    ck_assert_uint_eq(r->faults[0].regs[15], RIG_CODE + 6);
    ck_assert(!r->faults[0].access_priv);
    rig_free(r);
}
END_TEST

START_TEST(a7_7_227_wide_extensions_have_any_register)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    uint16_t rd = (uint16_t)_i;
    /* uxtb.w rd, r8; bkpt 0xab */
    rig_code(r, (uint16_t[]){0xFA5F, (uint16_t)(0xF088 | rd << 8), 0xBEAB}, 3);
    cpu_set_reg(r->cpu, 8, 0x1234);
    rig_run(r);
    ck_assert_uint_eq(r->stop.pc, RIG_CODE + 4);
    ck_assert_uint_eq(cpu_reg(r->cpu, rd), 0x34);
    rig_free(r);
}
END_TEST

static void all_cases(TCase *tc)
{
    tcase_add_loop_test(tc, b1_5_10_a_fault_in_the_middle_leaves_what_the_manual_says, 0,
                        2 * (int)(sizeof cases / sizeof *cases));
    ADD(tc, b3_5_9_running_into_an_xn_granule_stops_before_it);
    tcase_add_loop_test(tc, b3_5_9_a_wide_instruction_half_in_an_xn_granule_is_refused, 0, 2);
    ADD(tc, b3_1_executing_peripheral_space_is_refused_without_an_mpu);
    tcase_add_loop_test(tc, b1_5_6_a_refused_frame_sets_mstkerr_and_the_more_urgent_exception_runs,
                        0, 2);
    ADD(tc, b1_5_7_a_refused_frame_reserves_fp_space_all_the_same);
    ADD(tc, b1_5_6_stacking_uses_the_rights_of_the_interrupted_code);
    ADD(tc, b1_5_8_a_refused_frame_on_return_sets_munstkerr);
    ADD(tc, b1_5_7_frames_are_aligned_to_8_and_remember_it);
    ADD(tc, a7_3_3_it_state_travels_through_a_fault_and_back);
    tcase_add_loop_test(tc, b3_2_15_a_bus_fault_is_precise, 0, 2);
    ADD(tc, b3_1_1_the_ppb_is_for_privileged_code);
    tcase_add_loop_test(tc, b1_5_14_usage_faults, 0, sizeof usage / sizeof *usage);
    ADD(tc, b1_5_8_returning_to_thread_with_others_active_is_invpc);
    ADD(tc, b1_5_8_a_disabled_fault_escalates_to_hardfault);
    ADD(tc, b1_5_15_a_fault_in_hardfault_is_lockup);
    ADD(tc, b1_5_6_an_svc_that_escalates_returns_to_itself);
    tcase_add_loop_test(tc, b3_5_6_hardfault_runs_without_the_mpu_unless_hfnmiena, 0, 2);
    ADD(tc, a7_7_67_ldrt_has_the_rights_of_unprivileged_code);
    tcase_add_loop_test(tc, a7_7_227_wide_extensions_have_any_register, 0, 13);
}

Suite *suite(void)
{
    Suite *s = suite_create("exact");
    rig_cases(s, all_cases);
    return s;
}
