/*
 * The core beside its faults: interrupts and their moment, masks, modes, time, code that changes.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/rig.h"
#include "tests/unit/test.h"

#define NVIC_ISER 0xE000E100u
#define NVIC_ISPR 0xE000E200u
#define ICSR      0xE000ED04u
#define AIRCR     0xE000ED0Cu
#define SYST_CSR  0xE000E010u
#define SYST_RVR  0xE000E014u
#define SYST_CVR  0xE000E018u

/* The first entry of the last run. */
static const struct cpu_event *entry(const struct rig *r)
{
    for (uint32_t i = 0; i < r->events; i++)
        if (r->log[i].kind == CPU_EVENT_ENTER)
            return &r->log[i];
    ck_abort_msg("no exception was entered");
    return NULL;
}

START_TEST(a_store_that_pends_an_interrupt_is_followed_by_it)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, NVIC_ISER, 1);
    CODE(r, 0x6008, 0x3501, 0x3501); /* str r0, [r1]; adds r5, #1; adds r5, #1 */
    cpu_set_reg(r->cpu, 0, 1);
    cpu_set_reg(r->cpu, 1, NVIC_ISPR);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_IRQ0);
    ck_assert_uint_eq(entry(r)->pc, RIG_CODE + 2);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 0);
    rig_free(r);
}
END_TEST

START_TEST(unmasking_is_followed_by_what_was_pending)
{
    static const uint16_t unmask[2][2] = {{0xB662, 0xBF00}, {0xF380, 0x8810}}; /* CPSIE, MSR */
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, NVIC_ISER, 1);
    CODE(r, 0xB672, 0x6022, unmask[_i][0], unmask[_i][1], 0x3501); /* cpsid i; str r2, [r4] */
    cpu_set_reg(r->cpu, 2, 1);
    cpu_set_reg(r->cpu, 4, NVIC_ISPR);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_IRQ0);
    ck_assert_uint_eq(entry(r)->pc, RIG_CODE + (_i ? 8u : 6u));
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 0);
    rig_free(r);
}
END_TEST

START_TEST(b1_4_4_user_code_cannot_change_its_privilege_or_masks)
{
    struct rig *r = rig_new(CPU_CORTEX_M3);
    rig_control(r, 1);
    /* msr control, r0; msr primask, r1; cpsid i; mrs r2, ipsr; mrs r3, control; mrs r4, primask */
    CODE(r, 0xF380, 0x8814, 0xF381, 0x8810, 0xB672, 0xF3EF, 0x8205, 0xF3EF, 0x8314, 0xF3EF, 0x8410);
    cpu_set_reg(r->cpu, 0, 0);
    cpu_set_reg(r->cpu, 1, 1);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), 1);
    ck_assert_uint_eq(cpu_reg(r->cpu, 4), 0);
    ck_assert_uint_eq(r->events, 0);
    rig_free(r);
}
END_TEST

START_TEST(b1_4_4_handlers_run_on_the_main_stack_and_see_it)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    /* SVC handler: mrs r2, control; mrs r3, psp; mrs r6, ipsr; bkpt */
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0xF3EF, 0x8214, 0xF3EF, 0x8309, 0xF3EF, 0x8605, 0xBEAB},
             14);
    rig_set_word(r, 4 * EXC_SVCALL, 0x301);
    CODE(r, 0xF380, 0x8809, 0xF381, 0x8814, 0xF3BF, 0x8F6F, 0xDF00); /* psp, control, isb, svc */
    cpu_set_reg(r->cpu, 0, RIG_RAM + 0x4000);
    cpu_set_reg(r->cpu, 1, 3);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), 1); /* nPRIV stays, SPSEL reads 0 */
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), RIG_RAM + 0x4000 - 32);
    ck_assert_uint_eq(cpu_reg(r->cpu, 6), EXC_SVCALL);
    ck_assert_uint_eq(cpu_reg(r->cpu, 13), RIG_STACK);
    ck_assert_uint_eq(entry(r)->from, CPU_STATE_PSP);
    rig_free(r);
}
END_TEST

START_TEST(b3_3_systick_has_a_period_of_reload_plus_one)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    uint16_t ret = 0x4770;
    cpu_poke(r->cpu, 0x300, &ret, 2);
    rig_set_word(r, 4 * EXC_SYSTICK, 0x301);
    rig_system(r, SYST_RVR, 999);
    rig_system(r, SYST_CVR, 0);
    rig_system(r, SYST_CSR, 7);
    CODE(r, 0xBF30, 0x3D01, 0xD1FC); /* wfi; subs r5, #1; bne */
    cpu_set_reg(r->cpu, 5, 8);
    rig_run(r);
    uint64_t last = 0;
    uint32_t ticks = 0;
    for (uint32_t i = 0; i < r->events; i++) {
        if (r->log[i].kind != CPU_EVENT_ENTER)
            continue;
        if (last)
            ck_assert_uint_eq(r->log[i].cycle - last, 1000);
        last = r->log[i].cycle;
        ticks++;
    }
    ck_assert_uint_eq(ticks, 8);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_19_wfi_wakes_under_primask_without_taking)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, SYST_RVR, 99);
    rig_system(r, SYST_CVR, 0);
    rig_system(r, SYST_CSR, 7);
    CODE(r, 0xB672, 0xBF30, 0x2507); /* cpsid i; wfi; movs r5, #7 */
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 7);
    rig_free(r);
}
END_TEST

START_TEST(b3_2_6_sysresetreq_needs_its_key)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    CODE(r, 0x6008, 0x6011, 0xBF00); /* str r0, [r1]; str r1, [r2] */
    cpu_set_reg(r->cpu, 0, 4);
    cpu_set_reg(r->cpu, 1, AIRCR);
    cpu_set_reg(r->cpu, 2, RIG_RAM);
    rig_run(r);
    ck_assert_int_eq(r->stop.kind, CPU_STOP_SEMIHOST);
    CODE(r, 0x6008, 0x2501);
    cpu_set_reg(r->cpu, 0, 0x05FA0004);
    rig_run(r);
    ck_assert_int_eq(r->stop.kind, CPU_STOP_RESET);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 0); /* nothing ran after it */
    rig_free(r);
}
END_TEST

/* Code that changes itself: movs r5, #1 becomes movs r5, #2, after it has run once. */
static void run_changing_code(struct rig *r)
{
    /* again: movs r5, #1; strh r0, [r1]; subs r3, #1; bne again */
    CODE(r, 0x2501, 0x8008, 0x3B01, 0xD1FB);
    cpu_set_reg(r->cpu, 0, 0x2502);
    cpu_set_reg(r->cpu, 1, RIG_CODE);
    cpu_set_reg(r->cpu, 3, 2);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 2);
}

START_TEST(changed_code_is_executed_as_changed)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    if (_i) { /* by the own executor: the page of the code is split */
        rig_mpu(r, 1, RIG_CODE + 0x380, RIG_RASR(5, 0, 1));
        rig_system(r, RIG_MPU_CTRL, 5);
    }
    run_changing_code(r);
    rig_free(r);
}
END_TEST

/* Time must not show what the engine had cached. */
static uint64_t timed_loop(struct rig *r, uint64_t slice)
{
    /* again: ldr r2, [r1]; adds r2, #1; str r2, [r1, #4]; ldm r1, {r4, r6}; subs r3, #1; bne */
    CODE(r, 0x680A, 0x3201, 0x604A, 0xE891, 0x0050, 0x3B01, 0xD1F8);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 0x100);
    cpu_set_reg(r->cpu, 3, 500);
    uint64_t start = *cpu_now(r->cpu), insns = cpu_insns(r->cpu);
    do
        r->stop = cpu_run(r->cpu, *cpu_now(r->cpu) + slice);
    while (r->stop.kind == CPU_STOP_LIMIT);
    ck_assert_uint_eq(r->stop.pc, RIG_CODE + 14);
    ck_assert_uint_eq(cpu_insns(r->cpu) - insns, 500 * 6 + 1);
    return *cpu_now(r->cpu) - start;
}

START_TEST(cycles_do_not_depend_on_pages_or_slices)
{
    struct rig *plain = rig_new(CPU_CORTEX_M4), *split = rig_new(CPU_CORTEX_M4);
    rig_mpu(split, 1, RIG_RAM + 0x380, RIG_RASR(5, 0, 1));
    rig_system(split, RIG_MPU_CTRL, 5);
    uint64_t cycles = timed_loop(plain, 1000000);
    ck_assert_uint_eq(timed_loop(split, 1000000), cycles);
    ck_assert_uint_eq(timed_loop(plain, 1), cycles);
    ck_assert_uint_eq(timed_loop(plain, 7), cycles);
    ck_assert_uint_eq(timed_loop(split, 13), cycles);
    rig_free(plain);
    rig_free(split);
}
END_TEST

START_TEST(b3_5_3_rights_taken_away_are_gone_at_once)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 0, RIG_RAM + 0x400, RIG_RASR(10, 3, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    /* str r2, [r1]; str r3, [r4]; str r2, [r1]: between the stores RASR loses its permissions */
    CODE(r, 0x600A, 0x6023, 0x600A);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 0x400);
    cpu_set_reg(r->cpu, 3, RIG_RASR(10, 0, 1));
    cpu_set_reg(r->cpu, 4, 0xE000EDA0);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].regs[15], RIG_CODE + 4);
    rig_free(r);
}
END_TEST

START_TEST(ldrex_and_strex_pair_in_a_split_page)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 1, RIG_RAM + 0x380, RIG_RASR(5, 0, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    rig_set_word(r, RIG_RAM + 0x100, 41);
    /* ldrex r0, [r1]; adds r0, #1; strex r2, r0, [r1]; strex r3, r0, [r1] */
    CODE(r, 0xE851, 0x0F00, 0x3001, 0xE841, 0x0200, 0xE841, 0x0300);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 0x100);
    cpu_set_reg(r->cpu, 2, 9);
    cpu_set_reg(r->cpu, 3, 9);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(rig_word(r, RIG_RAM + 0x100), 42);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), 1); /* the monitor is spent */
    rig_free(r);
}
END_TEST

START_TEST(b3_4_shcsr_and_icsr_tell_pending_and_active)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    /* SVC handler: ldr r2, [r4] (ICSR); ldr r3, [r6] (SHCSR); bkpt */
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x6822, 0x6833, 0xBEAB}, 6);
    rig_set_word(r, 4 * EXC_SVCALL, 0x301);
    rig_system(r, 0xE000ED20, 0x00FF0000); /* PendSV least urgent */
    CODE(r, 0xDF00);
    cpu_set_reg(r->cpu, 4, ICSR);
    cpu_set_reg(r->cpu, 6, RIG_SHCSR);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), EXC_SVCALL | 1u << 11);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), 7u << 16 | 1u << 7);
    rig_free(r);
}
END_TEST

/* ---- What a second reader found; each once went wrong. ---- */

START_TEST(a7_7_52_an_unaligned_ldrex_is_a_usage_fault)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    CODE(r, 0xE851, 0x0F00); /* ldrex r0, [r1] */
    cpu_set_reg(r->cpu, 1, RIG_RAM + 1);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_UNALIGNED);
    rig_free(r);
}
END_TEST

START_TEST(an_unpredictable_load_is_the_guests_fault_alone)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    if (_i) /* ldrsh pc, [r1, #4]! and ldrb pc, [r1], #4 */
        CODE(r, 0xF931, 0xFF04);
    else
        CODE(r, 0xF811, 0xFB04);
    cpu_set_reg(r->cpu, 1, 0xE000ED00);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    rig_free(r);
}
END_TEST

START_TEST(a_store_ahead_in_its_own_block_is_no_harm)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    CODE(r, 0x8002, 0xBF00, 0x680B); /* strh r2, [r0]; nop; ldr r3, [r1]: the ldr becomes a nop */
    cpu_set_reg(r->cpu, 0, RIG_CODE + 4);
    cpu_set_reg(r->cpu, 1, 0xE000ED00);
    cpu_set_reg(r->cpu, 2, 0xBF00);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    rig_free(r);
}
END_TEST

START_TEST(b3_5_6_faultmask_bypasses_the_mpu_only_while_it_is_set)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 0, RIG_RAM + 0x400, RIG_RASR(10, 0, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    /* cpsid f; ldr r2, [r1]; cpsie f; ldr r3, [r1] */
    CODE(r, 0xB671, 0x680A, 0xB661, 0x680B);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 0x400);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].regs[15], RIG_CODE + 6);
    rig_free(r);
}
END_TEST

START_TEST(b3_5_6_cpsid_f_at_the_end_of_a_page_opens_the_next)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 0, RIG_CODE + 0x400, RIG_RASR(10, 3, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    for (int again = 0; again < 2; again++) {
        uint16_t code[] = {0xB671, 0x2505, 0xB661, 0xBEAB}; /* cpsid f; movs r5, #5; cpsie f */
        cpu_poke(r->cpu, RIG_CODE + 0x3FE, code, sizeof code);
        cpu_set_reg(r->cpu, 15, RIG_CODE + 0x3FE);
        rig_run(r);
        ck_assert_uint_eq(cpu_reg(r->cpu, 5), 5);
        /* Execute-never again behind the CPSIE; the second time inside the first one's handler. */
        ck_assert_uint_eq(rig_exception(r), again ? EXC_HARDFAULT : EXC_MEMMANAGE);
        cpu_set_reg(r->cpu, 5, 0);
    }
    rig_free(r);
}
END_TEST

START_TEST(code_patched_in_a_split_page_is_executed_as_patched)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    /* movs r7, #7; bx lr   at RIG_CODE + 0x100, and the page has a read-only granule */
    cpu_poke(r->cpu, RIG_CODE + 0x100, (uint16_t[]){0x2707, 0x4770}, 4);
    rig_mpu(r, 1, RIG_CODE + 0x380, RIG_RASR(5, 6, 0));
    rig_system(r, RIG_MPU_CTRL, 5);
    /* blx r4; str r3, [r6] (MPU: flush); strh r2, [r1]; blx r4 */
    CODE(r, 0x47A0, 0x6033, 0x800A, 0x47A0);
    cpu_set_reg(r->cpu, 1, RIG_CODE + 0x100);
    cpu_set_reg(r->cpu, 2, 0x2709);
    cpu_set_reg(r->cpu, 3, 2);
    cpu_set_reg(r->cpu, 4, RIG_CODE + 0x101);
    cpu_set_reg(r->cpu, 6, 0xE000EDA0);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 7), 9);
    rig_free(r);
}
END_TEST

START_TEST(code_written_by_strex_is_executed_as_written)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    cpu_poke(r->cpu, RIG_CODE + 0x100, (uint16_t[]){0x2707, 0x4770}, 4); /* movs r7, #7; bx lr */
    /* blx r4; ldrex r0, [r1]; strex r3, r2, [r1]; blx r4 */
    CODE(r, 0x47A0, 0xE851, 0x0F00, 0xE841, 0x2300, 0x47A0);
    cpu_set_reg(r->cpu, 1, RIG_CODE + 0x100);
    cpu_set_reg(r->cpu, 2, 0x47702709);
    cpu_set_reg(r->cpu, 4, RIG_CODE + 0x101);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 7), 9);
    rig_free(r);
}
END_TEST

START_TEST(a_branch_to_arm_code_faults_wherever_the_run_is_cut)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    CODE(r, 0x2501, 0x2502, 0x4708); /* bx r1 */
    cpu_set_reg(r->cpu, 1, RIG_CODE + 0x40);
    cpu_poke(r->cpu, RIG_CODE + 0x40, (uint16_t[]){0x2609, 0xBEAB}, 4);
    r->events = r->fault_count = 0;
    do
        r->stop = cpu_run(r->cpu, *cpu_now(r->cpu) + (uint64_t)_i);
    while (r->stop.kind == CPU_STOP_LIMIT);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(cpu_reg(r->cpu, 6), 0);
    rig_free(r);
}
END_TEST

START_TEST(a_wide_instruction_before_a_stepped_page_is_checked_each_time)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    uint32_t at = RIG_CODE + 0x3FE;
    rig_mpu(r, 2, at + 2, RIG_RASR(5, 3, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    cpu_poke(r->cpu, at, (uint16_t[]){0xF04F, 0x0707}, 4); /* mov.w r7, #7 */
    cpu_poke(r->cpu, RIG_CODE + 0x440, (uint16_t[]){0xBEAB}, 2);
    cpu_set_reg(r->cpu, 15, RIG_CODE + 0x440); /* the page is split: from now on it is stepped */
    rig_run(r);
    cpu_set_reg(r->cpu, 15, at);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(cpu_reg(r->cpu, 7), 0);
    rig_free(r);
}
END_TEST

START_TEST(b3_4_1_a_level_does_not_pend_again_while_its_handler_clears_it)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, NVIC_ISER, 2);
    /* handler: str r2, [r3] (ICPR); ldr r4, [r3] */
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x601A, 0x681C, 0xBEAB}, 6);
    rig_set_word(r, 4 * (EXC_IRQ0 + 1), 0x301);
    CODE(r, 0xBF00);
    cpu_set_reg(r->cpu, 2, 2);
    cpu_set_reg(r->cpu, 3, 0xE000E280);
    cpu_irq(r->cpu, 1, true);
    rig_run(r);
    ck_assert_uint_eq(entry(r)->exception, EXC_IRQ0 + 1);
    ck_assert_uint_eq(cpu_reg(r->cpu, 4), 0);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_8_exc_return_with_bit_0_clear_is_invpc)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    cpu_poke(r->cpu, 0x300, (uint16_t[]){0x4728}, 2); /* bx r5 */
    rig_set_word(r, 4 * EXC_SVCALL, 0x301);
    CODE(r, 0xDF00);
    cpu_set_reg(r->cpu, 5, 0xFFFFFFF8);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), CFSR_INVPC);
    rig_free(r);
}
END_TEST

START_TEST(b3_3_cvr_counts_on_when_rvr_shrinks)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, SYST_RVR, 1000);
    rig_system(r, SYST_CVR, 0);
    rig_system(r, SYST_CSR, 5);
    rig_system(r, SYST_RVR, 99);
    uint32_t value = rig_read_system(r, SYST_CVR);
    ck_assert_uint_gt(value, 900);
    ck_assert_uint_lt(value, 1000);
    rig_free(r);
}
END_TEST

START_TEST(b1_4_1_stack_pointers_are_multiples_of_4)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    CODE(r, 0xF380, 0x8809, 0xF3EF, 0x8109); /* msr psp, r0; mrs r1, psp */
    cpu_set_reg(r->cpu, 0, RIG_RAM + 0x1003);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 1), RIG_RAM + 0x1000);
    rig_free(r);
}
END_TEST

START_TEST(engine_is_the_version_that_was_measured)
{
    unsigned major, minor;
    ck_assert_int_eq(sscanf(cpu_engine_version(), "%u.%u", &major, &minor), 2);
    ck_assert_uint_eq(major, 2);
    ck_assert_uint_ge(minor, 1);
}
END_TEST

/* What a third reader found. */

START_TEST(b3_5_9_what_only_the_engine_executes_may_end_in_a_refused_page)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    const uint16_t smlabb[] = {0xFB11, 0x2001};
    rig_mpu(r, 0, 0x1400, RIG_RASR(8, 3, 1)); /* execute never */
    rig_system(r, RIG_MPU_CTRL, 5);
    ck_assert(cpu_poke(r->cpu, 0x13FE, smlabb, sizeof smlabb));
    cpu_set_reg(r->cpu, 15, 0x13FE);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].addr, 0x1400);
    rig_free(r);
}
END_TEST

START_TEST(ddi0553_b3_9_a_move_to_sp_below_its_limit_is_stkof)
{
    static const uint16_t moves[][2] = {{0xEA4F, 0x0D01}, {0xF04F, 0x0D00}};
    struct rig *r = rig_new(CPU_CORTEX_M33);
    /* msr msplim, r0; b to the next; mov.w sp, r1 or #0 */
    CODE(r, 0xF380, 0x880A, 0xE7FF, moves[_i][0], moves[_i][1]);
    cpu_set_reg(r->cpu, 0, RIG_STACK - 0x100);
    cpu_set_reg(r->cpu, 1, RIG_RAM);
    rig_run(r);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_STKOF);
    rig_free(r);
}
END_TEST

/* Followed by MRS, so that the block is never the engine's. */
START_TEST(no_instruction_for_the_engine_alone_leads_it_away)
{
    static const uint16_t odd[][2] = {
        {0xEC51, 0xFA10}, /* vmov pc, r1, s0, s1 */
        {0xEE10, 0xFB10}, /* vmov.32 pc, d0[0] */
        {0xE97F, 0xE97F}, /* sg */
        {0xF20F, 0x0D10}, /* adr.w sp */
    };
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, 0xE000ED88, 0xFu << 20);
    CODE(r, 0xBF00, odd[_i][0], odd[_i][1], 0xF3EF, 0x8000);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_8_a_frame_names_an_exception_that_there_is)
{
    struct rig *r = rig_new(CPU_CORTEX_M33);
    /* ldr r0, [sp, #28]; orr r0, #0x12C; str r0, [sp, #28]; bx r2 */
    HANDLER(r, EXC_SVCALL, 0x9807, 0xF440, 0x7096, 0x9007, 0x4710);
    CODE(r, 0xDF00);
    cpu_set_reg(r->cpu, 2, 0xFFFFFFB0);
    rig_run(r);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_INVPC);
    rig_free(r);
}
END_TEST

START_TEST(a_division_before_a_refused_store_is_charged_each_time)
{
    uint64_t cycles[2];
    for (uint32_t split = 0; split < 2; split++) {
        struct rig *r = rig_new(CPU_CORTEX_M4);
        rig_mpu(r, 0, RIG_RAM + 0x400, RIG_RASR(8, 6, 1)); /* read-only, in the same page */
        rig_system(r, RIG_MPU_CTRL, split ? 5 : 0);
        /* 1: movs r6, #100; 2: subs r6, #1; bne 2; udiv r0, r2, r3; str r4, [r1]; subs r5, #1; bne
         * udiv; subs r7, #1; bne 1 */
        CODE(r, 0x2664, 0x3E01, 0xD1FD, 0xFBB2, 0xF0F3, 0x600C, 0x3D01, 0xD1FA, 0x3F01, 0xD1F6);
        cpu_set_reg(r->cpu, 1, RIG_RAM + 0x600);
        cpu_set_reg(r->cpu, 2, 0x7FFFFFFF);
        cpu_set_reg(r->cpu, 3, 3);
        cpu_set_reg(r->cpu, 5, 10);
        cpu_set_reg(r->cpu, 7, 4);
        uint64_t start = *cpu_now(r->cpu);
        rig_run(r);
        cycles[split] = *cpu_now(r->cpu) - start;
        rig_free(r);
    }
    ck_assert_uint_eq(cycles[0], cycles[1]);
}
END_TEST

START_TEST(arm_code_at_the_end_of_the_address_space_is_a_fault)
{
    struct rig *r = rig_new(CPU_CORTEX_M0);
    CODE(r, 0x4708); /* bx r1 */
    cpu_set_reg(r->cpu, 1, 0xFFFFFFF4);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_HARDFAULT);
    rig_free(r);
}
END_TEST

START_TEST(a7_3_3_a_handler_does_not_begin_inside_an_it_block)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    HANDLER(r, EXC_USAGEFAULT, 0x2801, 0x2507, 0xBEAB); /* cmp r0, #1; movs r5, #7 */
    CODE(r, 0x4280, 0xBF04, 0xDE00, 0xBF00);            /* cmp r0, r0; itt eq; udf; nop */
    cpu_set_reg(r->cpu, 0, 0);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 7);
    rig_free(r);
}
END_TEST

START_TEST(code_that_the_engine_writes_is_executed_as_written_by_us_too)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    /* 1: movs r2, #1, which becomes #2; mrs r3, apsr; b to the next; subs r4, #1; bmi out; strh r5,
     * [r0]; b 1 */
    CODE(r, 0x2201, 0xF3EF, 0x8300, 0xE7FF, 0x3C01, 0xD401, 0x8005, 0xE7F7);
    cpu_set_reg(r->cpu, 0, RIG_CODE);
    cpu_set_reg(r->cpu, 4, 1);
    cpu_set_reg(r->cpu, 5, 0x2202);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), 2);
    rig_free(r);
}
END_TEST

START_TEST(b3_5_6_what_faultmask_opened_is_closed_behind_it)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 0, RIG_RAM + 0x400, RIG_RASR(10, 0, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    /* cpsid f; b to the next; ldr r2, [r1]; b to the next; cpsie f; b to the next; ldr r2, [r1] */
    CODE(r, 0xB671, 0xE7FF, 0x680A, 0xE7FF, 0xB661, 0xE7FF, 0x680A);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 0x400);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].regs[15], RIG_CODE + 12);
    rig_free(r);
}
END_TEST

START_TEST(b3_2_8_unalign_trp_and_div_0_trp_hold_inside_an_it_block_too)
{
    static const uint16_t codes[][5] = {
        {0x4280, 0x6808, 0xBF00, 0xBF00, 0xBF00}, /* cmp r0, r0; ldr r0, [r1] */
        {0x4280, 0xBF08, 0x6808, 0xBF00, 0xBF00}, /* cmp r0, r0; it eq; ldreq r0, [r1] */
        {0x4280, 0xBF08, 0xFBB1, 0xF0F2, 0xBF00}, /* cmp r0, r0; it eq; udiveq r0, r1, r2 */
    };
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, RIG_CCR, 0x218);
    rig_code(r, codes[_i], 5);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 1);
    cpu_set_reg(r->cpu, 2, 0);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(r->faults[0].cfsr, _i == 2 ? CFSR_DIVBYZERO : CFSR_UNALIGNED);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_10_a_dual_load_over_its_own_base_keeps_it_when_refused)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_mpu(r, 0, RIG_RAM + 0x400, RIG_RASR(10, 0, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    rig_set_word(r, RIG_RAM + 0x3FC, 0x12345678);
    CODE(r, 0xE9D1, 0x1200); /* ldrd r1, r2, [r1] */
    cpu_set_reg(r->cpu, 1, RIG_RAM + 0x3FC);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].regs[1], RIG_RAM + 0x3FC);
    ck_assert_uint_eq(r->faults[0].addr, RIG_RAM + 0x400);
    rig_free(r);
}
END_TEST

/* UNDEFINED on ARMv7-M, though ARMv8-M or other profiles have some of them. */
START_TEST(a5_undefined_encodings_are_usage_faults)
{
    static const uint16_t codes[][2] = {
        {0xE8D1, 0x2FAF}, /* lda */
        {0xE8D1, 0x2FEF}, /* ldaex */
        {0xE8CA, 0x2115}, /* strd, neither indexed nor written back */
        {0xE83D, 0x85A6}, /* rfe */
        {0xEDA1, 0x0A15}, /* vstm, p = u = w = 1 */
        {0xEC04, 0x5A01}, /* vstm, p = u = w = 0 */
        {0xEC31, 0x0A10}, /* vlldm */
        {0xF3BF, 0x8F70}, /* sb */
        {0xF3A4, 0x818E}, /* no hint */
        {0xBF08, 0xD0FE}, /* it eq; beq */
    };
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, 0xE000ED88, 0xFu << 20);
    CODE(r, 0x4280, codes[_i][0], codes[_i][1]); /* cmp r0, r0 */
    for (uint32_t n = 0; n < 13; n++)
        cpu_set_reg(r->cpu, n, RIG_RAM + 0x100);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    rig_free(r);
}
END_TEST

static void all_cases(TCase *tc)
{
    ADD(tc, a_store_that_pends_an_interrupt_is_followed_by_it);
    tcase_add_loop_test(tc, unmasking_is_followed_by_what_was_pending, 0, 2);
    ADD(tc, b1_4_4_user_code_cannot_change_its_privilege_or_masks);
    ADD(tc, b1_4_4_handlers_run_on_the_main_stack_and_see_it);
    ADD(tc, b3_3_systick_has_a_period_of_reload_plus_one);
    ADD(tc, b1_5_19_wfi_wakes_under_primask_without_taking);
    ADD(tc, b3_2_6_sysresetreq_needs_its_key);
    tcase_add_loop_test(tc, changed_code_is_executed_as_changed, 0, 2);
    ADD(tc, cycles_do_not_depend_on_pages_or_slices);
    ADD(tc, b3_5_3_rights_taken_away_are_gone_at_once);
    ADD(tc, ldrex_and_strex_pair_in_a_split_page);
    ADD(tc, b3_4_shcsr_and_icsr_tell_pending_and_active);
    ADD(tc, a7_7_52_an_unaligned_ldrex_is_a_usage_fault);
    tcase_add_loop_test(tc, an_unpredictable_load_is_the_guests_fault_alone, 0, 2);
    ADD(tc, a_store_ahead_in_its_own_block_is_no_harm);
    ADD(tc, b3_5_6_faultmask_bypasses_the_mpu_only_while_it_is_set);
    ADD(tc, b3_5_6_cpsid_f_at_the_end_of_a_page_opens_the_next);
    ADD(tc, code_patched_in_a_split_page_is_executed_as_patched);
    ADD(tc, code_written_by_strex_is_executed_as_written);
    tcase_add_loop_test(tc, a_branch_to_arm_code_faults_wherever_the_run_is_cut, 1, 12);
    ADD(tc, a_wide_instruction_before_a_stepped_page_is_checked_each_time);
    ADD(tc, b3_4_1_a_level_does_not_pend_again_while_its_handler_clears_it);
    ADD(tc, b1_5_8_exc_return_with_bit_0_clear_is_invpc);
    ADD(tc, b3_3_cvr_counts_on_when_rvr_shrinks);
    ADD(tc, b1_4_1_stack_pointers_are_multiples_of_4);
    ADD(tc, b3_5_9_what_only_the_engine_executes_may_end_in_a_refused_page);
    tcase_add_loop_test(tc, ddi0553_b3_9_a_move_to_sp_below_its_limit_is_stkof, 0, 2);
    tcase_add_loop_test(tc, no_instruction_for_the_engine_alone_leads_it_away, 0, 4);
    ADD(tc, b1_5_8_a_frame_names_an_exception_that_there_is);
    ADD(tc, a_division_before_a_refused_store_is_charged_each_time);
    ADD(tc, arm_code_at_the_end_of_the_address_space_is_a_fault);
    tcase_add_loop_test(tc, b3_2_8_unalign_trp_and_div_0_trp_hold_inside_an_it_block_too, 0, 3);
    ADD(tc, b1_5_10_a_dual_load_over_its_own_base_keeps_it_when_refused);
    ADD(tc, a7_3_3_a_handler_does_not_begin_inside_an_it_block);
    ADD(tc, code_that_the_engine_writes_is_executed_as_written_by_us_too);
    ADD(tc, b3_5_6_what_faultmask_opened_is_closed_behind_it);
    tcase_add_loop_test(tc, a5_undefined_encodings_are_usage_faults, 0, 10);
    ADD(tc, engine_is_the_version_that_was_measured);
}

Suite *suite(void)
{
    Suite *s = suite_create("core");
    rig_cases(s, all_cases);
    return s;
}
