/*
 * Rules of ARMv6-M and ARMv8-M that random programs do not reach, or on which QEMU differs.
 */
#include <string.h>

#include "tests/unit/rig.h"
#include "tests/unit/test.h"

#define ICSR  0xE000ED04u
#define SHPR3 0xE000ED20u

/* ---- ARMv6-M. ---- */

START_TEST(ddi0419_b1_5_all_faults_are_hardfaults)
{
    static const uint16_t codes[][2] = {
        {0x6808, 0xBF00}, /* ldr r0, [r1], unaligned */
        {0xDE00, 0xBF00}, /* udf */
        {0xB108, 0xBF00}, /* cbz: ARMv6-M has none */
        {0xBF08, 0x2001}, /* it eq */
        {0xEB00, 0x0001}, /* add.w */
    };
    struct rig *r = rig_new(CPU_CORTEX_M0);
    CODE(r, codes[_i][0], codes[_i][1]);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 1);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_HARDFAULT);
    ck_assert_uint_eq(rig_read_system(r, RIG_CFSR), 0);
    rig_free(r);
}
END_TEST

START_TEST(ddi0419_b1_4_m0_has_no_user_mode_and_m0plus_has_one)
{
    for (int plus = 0; plus < 2; plus++) {
        struct rig *r = rig_new(plus ? CPU_CORTEX_M0PLUS : CPU_CORTEX_M0);
        /* msr control, r0; isb; mrs r2, control; cpsid i; mrs r3, primask; ldr r4, [r1] */
        CODE(r, 0xF380, 0x8814, 0xF3BF, 0x8F6F, 0xF3EF, 0x8214, 0xB672, 0xF3EF, 0x8310, 0x680C);
        cpu_set_reg(r->cpu, 0, 1);
        cpu_set_reg(r->cpu, 1, ICSR);
        rig_run(r);
        ck_assert_uint_eq(cpu_reg(r->cpu, 2), (uint32_t)plus);
        ck_assert_uint_eq(cpu_reg(r->cpu, 3), (uint32_t)!plus);
        ck_assert_uint_eq(rig_exception(r), plus ? EXC_HARDFAULT : 0);
        rig_free(r);
    }
}
END_TEST

START_TEST(ddi0419_b3_5_m0plus_user_code_is_held_by_its_mpu)
{
    struct rig *r = rig_new(CPU_CORTEX_M0PLUS);
    rig_mpu(r, 0, 0, RIG_RASR(16, 3, 0));
    rig_mpu(r, 1, RIG_RAM, RIG_RASR(10, 3, 1));
    rig_system(r, RIG_MPU_CTRL, 5);
    rig_control(r, 1);
    CODE(r, 0x600A, 0x601A); /* str r2, [r1]; str r2, [r3] */
    cpu_set_reg(r->cpu, 1, RIG_RAM);
    cpu_set_reg(r->cpu, 2, 7);
    cpu_set_reg(r->cpu, 3, RIG_RAM + 0x400);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_HARDFAULT);
    ck_assert_uint_eq(rig_word(r, RIG_RAM), 7);
    ck_assert_uint_eq(rig_word(r, RIG_RAM + 0x400), 0);
    ck_assert_uint_eq(r->faults[0].regs[15], RIG_CODE + 2);
    rig_free(r);
}
END_TEST

/* ---- ARMv8-M. ---- */

START_TEST(ddi0553_b3_9_a_push_below_msplim_is_stkof)
{
    struct rig *r = rig_new(CPU_CORTEX_M33);
    CODE(r, 0xF380, 0x880A, 0xB410, 0xB430); /* msr msplim, r0; push {r4}; push {r4, r5} */
    cpu_set_reg(r->cpu, 0, RIG_STACK - 8);
    rig_run(r);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_STKOF);
    ck_assert_uint_eq(r->faults[0].regs[15], RIG_CODE + 6);
    ck_assert_uint_eq(r->faults[0].regs[13], RIG_STACK - 4);
    rig_free(r);
}
END_TEST

START_TEST(ddi0553_b3_9_stacking_stops_at_psplim)
{
    struct rig *r = rig_new(CPU_CORTEX_M33);
    /* msr psp, r0; msr psplim, r1; msr control, r2; isb; svc 0 */
    CODE(r, 0xF380, 0x8809, 0xF381, 0x880B, 0xF382, 0x8814, 0xF3BF, 0x8F6F, 0xDF00);
    cpu_set_reg(r->cpu, 0, RIG_RAM + 0x2010);
    cpu_set_reg(r->cpu, 1, RIG_RAM + 0x2000);
    cpu_set_reg(r->cpu, 2, 2);
    rig_set_word(r, RIG_RAM + 0x1FFC, 0xA5A5A5A5);
    rig_run(r);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_STKOF);
    ck_assert_uint_eq(rig_word(r, RIG_RAM + 0x1FFC), 0xA5A5A5A5);
    rig_free(r);
}
END_TEST

START_TEST(ddi0553_b3_9_a_limit_that_is_not_written_stays)
{
    struct rig *r = rig_new(CPU_CORTEX_M33);
    HANDLER(r, EXC_SVCALL, 0x4770);
    /* cmp r0, r0; it ne; msrne msplim, r0; svc 0 */
    CODE(r, 0x4280, 0xBF18, 0xF380, 0x880A, 0xDF00);
    cpu_set_reg(r->cpu, 0, RIG_STACK + 0x100);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    rig_free(r);
}
END_TEST

START_TEST(ddi0553_a_branch_to_exc_return_in_thread_mode_is_a_fetch)
{
    static const uint32_t targets[] = {0xFFFFFFBD, 0xFFFFFFFF, 0xFEFFFFFF};
    struct rig *r = rig_new(CPU_CORTEX_M33);
    CODE(r, 0x4700); /* bx r0 */
    cpu_set_reg(r->cpu, 0, targets[_i]);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_MEMMANAGE);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_IACCVIOL);
    ck_assert_uint_eq(cpu_reg(r->cpu, 13), RIG_STACK - 32);
    rig_free(r);
}
END_TEST

START_TEST(ddi0553_b3_9_reset_clears_the_limits)
{
    struct rig *r = rig_new(CPU_CORTEX_M33);
    uint32_t first = rig_word(r, 0);
    CODE(r, 0xF380, 0x880A, 0xBF00); /* msr msplim, r0 */
    cpu_set_reg(r->cpu, 0, RIG_STACK - 8);
    rig_run(r);
    cpu_reset(r->cpu);
    ck_assert_uint_eq(rig_word(r, 0), first);
    CODE(r, 0xB4FF, 0xF3EF, 0x840A); /* push {r0-r7}; mrs r4, msplim */
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 4), 0);
    rig_free(r);
}
END_TEST

START_TEST(ddi0553_b3_9_stkofhfnmign_lifts_the_limit_of_instructions_too)
{
    for (uint32_t lifted = 0; lifted < 2; lifted++) {
        struct rig *r = rig_new(CPU_CORTEX_M33);
        rig_system(r, RIG_CCR, 0x201 | lifted << 10);
        /* msr msplim, r0; cpsid f; b to the next; push {r4}; sub sp, #8 */
        CODE(r, 0xF380, 0x880A, 0xB671, 0xE7FF, 0xB410, 0xB082);
        cpu_set_reg(r->cpu, 0, RIG_STACK);
        rig_run(r);
        ck_assert_int_eq(r->stop.kind, lifted ? CPU_STOP_SEMIHOST : CPU_STOP_LOCKUP);
        ck_assert_uint_eq(cpu_reg(r->cpu, 13), RIG_STACK - (lifted ? 12 : 0));
        rig_free(r);
    }
}
END_TEST

START_TEST(ddi0553_b3_9_stkofhfnmign_lifts_the_limit_below_priority_0)
{
    for (uint32_t lifted = 0; lifted < 2; lifted++) {
        struct rig *r = rig_new(CPU_CORTEX_M33);
        rig_system(r, RIG_CCR, 0x201 | lifted << 10);
        rig_system(r, SHPR3, 0); /* all as they are */
        /* NMI while Thread mode has FAULTMASK set: its frame would go below the limit. */
        HANDLER(r, EXC_NMI, 0xBEAB);
        CODE(r, 0xF380, 0x880A, 0xB671, 0x600A); /* msr msplim, r0; cpsid f; str r2, [r1] */
        cpu_set_reg(r->cpu, 0, RIG_STACK - 8);
        cpu_set_reg(r->cpu, 1, ICSR);
        cpu_set_reg(r->cpu, 2, 1u << 31);
        rig_run(r);
        ck_assert_int_eq(r->fault_count != 0, !lifted);
        rig_free(r);
    }
}
END_TEST

START_TEST(ddi0553_there_is_no_security_extension)
{
    static const uint16_t codes[][2] = {
        {0xE97F, 0xE97F}, /* sg */
        {0xE840, 0xF200}, /* tt r2, r0 */
        {0x4704, 0xBF00}, /* bxns r0 */
    };
    struct rig *r = rig_new(CPU_CORTEX_M33);
    ck_assert_uint_eq(rig_read_system(r, 0xE000EDD0), 0); /* SAU_CTRL */
    CODE(r, codes[_i][0], codes[_i][1]);
    cpu_set_reg(r->cpu, 0, RIG_CODE | 1u);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_UNDEFINSTR);
    rig_free(r);
}
END_TEST

START_TEST(ddi0553_exc_return_has_no_security_bits)
{
    struct rig *r = rig_new(CPU_CORTEX_M33);
    HANDLER(r, EXC_SVCALL, 0x4674, 0x4770); /* mov r4, lr; bx lr */
    CODE(r, 0xDF00);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 4), 0xFFFFFFB8);
    rig_free(r);
}
END_TEST

static void rules(TCase *tc)
{
    ADD(tc, ddi0553_b3_9_a_limit_that_is_not_written_stays);
    tcase_add_loop_test(tc, ddi0553_a_branch_to_exc_return_in_thread_mode_is_a_fetch, 0, 3);
    ADD(tc, ddi0553_b3_9_reset_clears_the_limits);
    ADD(tc, ddi0553_b3_9_stkofhfnmign_lifts_the_limit_below_priority_0);
    ADD(tc, ddi0553_b3_9_stkofhfnmign_lifts_the_limit_of_instructions_too);
    tcase_add_loop_test(tc, ddi0419_b1_5_all_faults_are_hardfaults, 0, 5);
    ADD(tc, ddi0419_b1_4_m0_has_no_user_mode_and_m0plus_has_one);
    ADD(tc, ddi0419_b3_5_m0plus_user_code_is_held_by_its_mpu);
    ADD(tc, ddi0553_b3_9_a_push_below_msplim_is_stkof);
    ADD(tc, ddi0553_b3_9_stacking_stops_at_psplim);
    tcase_add_loop_test(tc, ddi0553_there_is_no_security_extension, 0, 3);
    ADD(tc, ddi0553_exc_return_has_no_security_bits);
}

Suite *suite(void)
{
    Suite *s = suite_create("ARMv6-M and ARMv8-M");
    rig_cases(s, rules);
    return s;
}
