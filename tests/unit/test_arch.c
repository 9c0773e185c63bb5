/*
 * Rules of the architecture that random programs do not reach, or on which QEMU differs.
 */
#include <string.h>

#include "tests/unit/rig.h"
#include "tests/unit/test.h"

#define ICSR      0xE000ED04u
#define SCR       0xE000ED10u
#define SHPR2     0xE000ED1Cu
#define SHPR3     0xE000ED20u
#define DFSR      0xE000ED30u
#define CPACR     0xE000ED88u
#define DEMCR     0xE000EDFCu
#define FPCCR     0xE000EF34u
#define NVIC_ISER 0xE000E100u
#define NVIC_ISPR 0xE000E200u
#define SYST_CSR  0xE000E010u
#define SYST_RVR  0xE000E014u
#define ITM_PORT  0xE0000000u
#define ITM_TER   0xE0000E00u
#define ITM_TPR   0xE0000E40u
#define ITM_TCR   0xE0000E80u

static const struct cpu_event *event_of(const struct rig *r, enum cpu_event_kind kind)
{
    for (uint32_t i = 0; i < r->events; i++)
        if (r->log[i].kind == kind)
            return &r->log[i];
    ck_abort_msg("no event of kind %d", kind);
    return NULL;
}

/* ---- B1.5: events, returns, breakpoints. ---- */

START_TEST(b1_5_18_wfe_sleeps_without_an_event_and_not_with_one)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    CODE(r, 0xBF40, 0xBF20, 0x2501, 0xBF20, 0x2502); /* sev; wfe; movs r5, #1; wfe; movs r5, #2 */
    rig_run(r);
    ck_assert_int_eq(r->stop.kind, CPU_STOP_LIMIT);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 1);
    ck_assert(cpu_sleeping(r->cpu));
    rig_free(r);
}
END_TEST

START_TEST(b3_2_7_sevonpend_makes_a_disabled_interrupt_wake_wfe)
{
    for (uint32_t sevonpend = 0; sevonpend < 2; sevonpend++) {
        struct rig *r = rig_new(CPU_CORTEX_M3);
        rig_system(r, SCR, sevonpend << 4);
        CODE(r, 0x6008, 0xBF20, 0x2501); /* str r0, [r1]; wfe; movs r5, #1 */
        cpu_set_reg(r->cpu, 0, 2);
        cpu_set_reg(r->cpu, 1, NVIC_ISPR);
        cpu_set_reg(r->cpu, 5, 0);
        rig_run(r);
        ck_assert_uint_eq(cpu_reg(r->cpu, 5), sevonpend);
        rig_free(r);
    }
}
END_TEST

START_TEST(b1_5_8_return_to_thread_from_a_nested_handler_needs_nonbasethrdena)
{
    for (uint32_t allowed = 0; allowed < 2; allowed++) {
        struct rig *r = rig_new(CPU_CORTEX_M4);
        rig_system(r, RIG_CCR, 0x200 | allowed);
        rig_system(r, SHPR2, 0x40000000); /* SVCall less urgent than UsageFault */
        HANDLER(r, EXC_SVCALL, 0xDE00);
        /* A frame of Thread mode: mov r0, #1 << 24; str r0, [sp, #28]; mvn lr, #6; bx lr */
        HANDLER(r, EXC_USAGEFAULT, 0xF04F, 0x7080, 0x9007, 0xF06F, 0x0E06, 0x4770);
        CODE(r, 0xDF00);
        rig_run(r);
        bool faulted = false;
        for (uint32_t i = 0; i < r->fault_count; i++)
            faulted |= (r->faults[i].cfsr & CFSR_INVPC) != 0;
        ck_assert_int_eq(faulted, !allowed);
        rig_free(r);
    }
}
END_TEST

START_TEST(c1_6_5_the_debug_monitor_takes_a_breakpoint)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, DEMCR, 1u << 16);
    CODE(r, 0xBE01);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_DEBUGMON);
    ck_assert_uint_eq(rig_read_system(r, DFSR), 2);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_8_a_breakpoint_without_a_monitor_is_a_hardfault)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    CODE(r, 0xBE01);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_HARDFAULT);
    ck_assert_uint_eq(rig_read_system(r, RIG_HFSR), HFSR_DEBUGEVT);
    rig_free(r);
}
END_TEST

START_TEST(a3_4_an_exception_closes_the_exclusive_monitor)
{
    struct rig *r = rig_new(CPU_CORTEX_M7);
    HANDLER(r, EXC_SVCALL, 0x4770);
    /* ldrex r2, [r1]; svc 0; strex r3, r0, [r1] */
    CODE(r, 0xE851, 0x2F00, 0xDF00, 0xE841, 0x0300);
    cpu_set_reg(r->cpu, 1, RIG_RAM);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), 1);
    rig_free(r);
}
END_TEST

START_TEST(b1_4_3_faultmask_cannot_be_set_in_hardfault)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, RIG_SHCSR, 0);
    HANDLER(r, EXC_HARDFAULT, 0xB671, 0xF3EF, 0x8413, 0xBEAB); /* cpsid f; mrs r4, faultmask */
    CODE(r, 0xDE00);
    cpu_set_reg(r->cpu, 4, 9);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 4), 0);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_3_vtor_places_the_vector_table)
{
    struct rig *r = rig_new((enum cpu_model)_i);
    bool moves = cpu_traits((enum cpu_model)_i)->has_vtor;
    rig_set_word(r, RIG_RAM + 0x400 + 4 * EXC_SVCALL, 0x601);
    cpu_poke(r->cpu, 0x600, (uint16_t[]){0x2507, 0xBEAB}, 4); /* movs r5, #7 */
    rig_system(r, 0xE000ED08, RIG_RAM + 0x400);
    CODE(r, 0xDF00);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), moves ? 7 : 0);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_14_a_vector_that_cannot_be_read_is_vecttbl)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, 0xE000ED08, 0x70000000);
    CODE(r, 0xDF00);
    rig_run(r);
    ck_assert_int_eq(r->stop.kind, CPU_STOP_LOCKUP); /* HardFault's is not there either */
    ck_assert_uint_eq(r->faults[0].hfsr, HFSR_VECTTBL);
    rig_free(r);
}
END_TEST

START_TEST(b3_2_4_rettobase_and_isrpending)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, NVIC_ISPR, 4);            /* pending, not enabled */
    HANDLER(r, EXC_SVCALL, 0x6822, 0xBEAB); /* ldr r2, [r4] */
    CODE(r, 0x6823, 0xDF00);                /* ldr r3, [r4]; svc */
    cpu_set_reg(r->cpu, 4, ICSR);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3) >> 11 & 1u, 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2) >> 11 & 1u, 1);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2) >> 22 & 1u, 1);
    rig_free(r);
}
END_TEST

START_TEST(an_it_block_behind_a_system_access_goes_on_as_any_other)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    /* cmp r0, r0; itt eq; streq r0, [r1] (SCB); beq to itself: the run must still end */
    CODE(r, 0x4280, 0xBF04, 0x6008, 0xE7FE);
    cpu_set_reg(r->cpu, 0, 0);
    cpu_set_reg(r->cpu, 1, SCR);
    rig_run(r);
    ck_assert_int_eq(r->stop.kind, CPU_STOP_LIMIT);
    /* ...and wfi, svc and cpsid in the same place */
    CODE(r, 0x4280, 0xBF04, 0x6008, 0xBF30);
    cpu_set_reg(r->cpu, 0, 0);
    rig_run(r);
    ck_assert(cpu_sleeping(r->cpu));
    rig_free(r);
    r = rig_new(CPU_CORTEX_M4);
    HANDLER(r, EXC_SVCALL, 0x4770);
    /* cmp r0, r0; itttt eq; streq r0, [r1]; svceq 0; moveq r5, #1; moveq r6, #2 */
    CODE(r, 0x4280, 0xBF01, 0x6008, 0xDF00, 0x2501, 0x2602);
    cpu_set_reg(r->cpu, 0, 0);
    cpu_set_reg(r->cpu, 1, SCR);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 1);
    ck_assert_uint_eq(cpu_reg(r->cpu, 6), 2);
    rig_free(r);
}
END_TEST

START_TEST(b5_2_3_basepri_max_counts_implemented_bits_only)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    /* msr basepri, r0; msr basepri_max, r1; mrs r2, basepri */
    CODE(r, 0xF380, 0x8811, 0xF381, 0x8812, 0xF3EF, 0x8211);
    cpu_set_reg(r->cpu, 0, 0x40);
    cpu_set_reg(r->cpu, 1, 0x1F);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 2), 0x40);
    rig_free(r);
}
END_TEST

START_TEST(a3_4_an_exclusive_behind_another_is_judged_by_the_monitor_then)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    HANDLER(r, EXC_SVCALL, 0x4770);
    /* ldrex r2, [r1]; svc 0; strex r3, r0, [r1]; ldrex r2, [r1]; strex r4, r0, [r1] */
    CODE(r, 0xE851, 0x2F00, 0xDF00, 0xE841, 0x0300, 0xE851, 0x2F00, 0xE841, 0x0400);
    cpu_set_reg(r->cpu, 1, RIG_RAM);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3), 1);
    ck_assert_uint_eq(cpu_reg(r->cpu, 4), 0);
    rig_free(r);
}
END_TEST

START_TEST(ldrexd_is_undefined_everywhere)
{
    struct rig *r = rig_new((enum cpu_model)_i);
    CODE(r, 0xE8D1, 0x237F);
    cpu_set_reg(r->cpu, 1, RIG_RAM);
    rig_run(r);
    ck_assert_uint_ne(rig_exception(r), 0);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_UNDEFINSTR);
    rig_free(r);
}
END_TEST

START_TEST(b1_5_7_unstacking_an_fp_context_needs_cpacr)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, CPACR, 0xFu << 20);
    /* SVC: vadd (saves); str r2, [r1]: CPACR off; bx lr */
    HANDLER(r, EXC_SVCALL, 0xEE30, 0x0A00, 0x600A, 0x4770);
    CODE(r, 0xEE30, 0x0A00, 0xDF00);
    cpu_set_reg(r->cpu, 1, CPACR);
    cpu_set_reg(r->cpu, 2, 0);
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_NOCP);
    rig_free(r);
}
END_TEST

/* ---- B3.2, B3.3: registers. ---- */

START_TEST(b3_2_8_bfhfnmign_ignores_bus_faults_below_priority_0)
{
    for (uint32_t ignored = 0; ignored < 2; ignored++) {
        struct rig *r = rig_new(CPU_CORTEX_M4);
        rig_system(r, RIG_CCR, 0x200 | ignored << 8);
        CODE(r, 0xB671, 0x6808); /* cpsid f; ldr r0, [r1] */
        cpu_set_reg(r->cpu, 1, 0x70000000);
        rig_run(r);
        ck_assert_int_eq(r->stop.kind, ignored ? CPU_STOP_SEMIHOST : CPU_STOP_LOCKUP);
        rig_free(r);
    }
}
END_TEST

START_TEST(b3_2_4_vectpending_leaves_out_what_basepri_masks)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, SHPR3, 0x00800000); /* PendSV at 0x80 */
    /* msr basepri, r0; str r2, [r1] (PENDSVSET); ldr r3, [r1] */
    CODE(r, 0xF380, 0x8811, 0x600A, 0x680B);
    cpu_set_reg(r->cpu, 0, 0x40);
    cpu_set_reg(r->cpu, 1, ICSR);
    cpu_set_reg(r->cpu, 2, 1u << 28);
    rig_run(r);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3) >> 12 & 0x1FF, 0);
    ck_assert_uint_eq(cpu_reg(r->cpu, 3) >> 28 & 1u, 1);
    rig_free(r);
}
END_TEST

START_TEST(b3_3_6_calibration_is_the_board_clocks)
{
    struct rig *r = rig_new(CPU_CORTEX_M3);
    ck_assert_uint_eq(rig_read_system(r, 0xE000E01C), 1u << 31 | 249999u);
    rig_free(r);
}
END_TEST

START_TEST(b3_3_2_countflag_is_set_once_and_cleared_by_reading)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, SYST_RVR, 20);
    rig_system(r, SYST_CSR, 5);
    for (int i = 0; i < 20; i++)
        (void)rig_read_system(r, 0xE000ED00);
    ck_assert_uint_eq(rig_read_system(r, SYST_CSR) >> 16 & 1u, 1);
    rig_system(r, SYST_RVR, 0xFFFFFF);
    (void)rig_read_system(r, SYST_CSR);
    (void)rig_read_system(r, SYST_CSR);
    ck_assert_uint_eq(rig_read_system(r, SYST_CSR) >> 16 & 1u, 0);
    rig_free(r);
}
END_TEST

START_TEST(cpuids_are_those_of_the_cores)
{
    static const uint32_t ids[CPU_MODEL_COUNT] = {0x410CC200, 0x410CC601, 0x412FC231,
                                                  0x410FC241, 0x411FC272, 0x410FD213};
    struct rig *r = rig_new((enum cpu_model)_i);
    ck_assert_uint_eq(rig_read_system(r, 0xE000ED00), ids[_i]);
    rig_free(r);
}
END_TEST

/* ---- C1.7: ITM. ---- */

START_TEST(c1_7_a_stimulus_port_becomes_an_event)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, DEMCR, 1u << 24);
    rig_system(r, ITM_TCR, 1);
    rig_system(r, ITM_TER, 1u << 3);
    CODE(r, 0x6008, 0x7148); /* str r0, [r1]; strb r0, [r1, #5]: a port that is off */
    cpu_set_reg(r->cpu, 0, 0x12345678);
    cpu_set_reg(r->cpu, 1, ITM_PORT + 12);
    rig_run(r);
    ck_assert_uint_eq(r->events, 1);
    const struct cpu_event *e = event_of(r, CPU_EVENT_ITM);
    ck_assert_uint_eq(e->exception, 3);
    ck_assert_uint_eq(e->sp, 4);
    ck_assert_uint_eq(e->target, 0x12345678);
    rig_free(r);
}
END_TEST

START_TEST(c1_7_itm_tpr_keeps_user_code_from_ports)
{
    for (uint32_t masked = 0; masked < 2; masked++) {
        struct rig *r = rig_new(CPU_CORTEX_M4);
        rig_system(r, DEMCR, 1u << 24);
        rig_system(r, ITM_TCR, 1);
        rig_system(r, ITM_TER, 1);
        rig_system(r, ITM_TPR, masked);
        rig_control(r, 1);
        CODE(r, 0x6008);
        cpu_set_reg(r->cpu, 1, ITM_PORT);
        rig_run(r);
        ck_assert_uint_eq(rig_exception(r), masked ? EXC_BUSFAULT : 0);
        rig_free(r);
    }
}
END_TEST

/* ---- B1.5.7: FP. ---- */

START_TEST(b1_5_7_a_lazy_save_that_is_refused_is_mlsperr)
{
    struct rig *r = rig_new(CPU_CORTEX_M4);
    rig_system(r, CPACR, 0xFu << 20);
    rig_mpu(r, 1, RIG_STACK - 0x400, RIG_RASR(10, 0, 1)); /* nobody may touch the main stack... */
    /* SVC: str r2, [r1] (MPU on); vadd.f32 s0, s0, s0 */
    HANDLER(r, EXC_SVCALL, 0x600A, 0xF3BF, 0x8F6F, 0xEE30, 0x0A00);
    CODE(r, 0xEE30, 0x0A00, 0xDF00); /* vadd; svc */
    cpu_set_reg(r->cpu, 1, RIG_MPU_CTRL);
    cpu_set_reg(r->cpu, 2, 7); /* HFNMIENA: in HardFault too */
    rig_run(r);
    bool seen = false;
    for (uint32_t i = 0; i < r->fault_count; i++)
        seen |= (r->faults[i].cfsr & CFSR_MLSPERR) != 0;
    ck_assert(seen);
    rig_free(r);
}
END_TEST

START_TEST(b3_2_20_fp_instructions_need_cpacr)
{
    struct rig *r = rig_new((enum cpu_model)_i);
    CODE(r, 0x2501, 0xEE30, 0x0A00, 0x2502); /* movs r5, #1; vadd.f32; movs r5, #2 */
    rig_run(r);
    ck_assert_uint_eq(rig_exception(r), EXC_USAGEFAULT);
    ck_assert_uint_eq(r->faults[0].cfsr, CFSR_NOCP);
    ck_assert_uint_eq(cpu_reg(r->cpu, 5), 1);
    rig_free(r);
}
END_TEST

static void rules(TCase *tc)
{
    ADD(tc, b1_5_18_wfe_sleeps_without_an_event_and_not_with_one);
    ADD(tc, b3_2_7_sevonpend_makes_a_disabled_interrupt_wake_wfe);
    ADD(tc, b1_5_8_return_to_thread_from_a_nested_handler_needs_nonbasethrdena);
    ADD(tc, c1_6_5_the_debug_monitor_takes_a_breakpoint);
    ADD(tc, b1_5_8_a_breakpoint_without_a_monitor_is_a_hardfault);
    ADD(tc, a3_4_an_exception_closes_the_exclusive_monitor);
    ADD(tc, an_it_block_behind_a_system_access_goes_on_as_any_other);
    ADD(tc, b5_2_3_basepri_max_counts_implemented_bits_only);
    ADD(tc, a3_4_an_exclusive_behind_another_is_judged_by_the_monitor_then);
    tcase_add_loop_test(tc, ldrexd_is_undefined_everywhere, CPU_CORTEX_M3, CPU_MODEL_COUNT);
    ADD(tc, b1_5_7_unstacking_an_fp_context_needs_cpacr);
    ADD(tc, b1_4_3_faultmask_cannot_be_set_in_hardfault);
    tcase_add_loop_test(tc, b1_5_3_vtor_places_the_vector_table, 0, CPU_MODEL_COUNT);
    ADD(tc, b1_5_14_a_vector_that_cannot_be_read_is_vecttbl);
    ADD(tc, b3_2_4_rettobase_and_isrpending);
    ADD(tc, b3_2_8_bfhfnmign_ignores_bus_faults_below_priority_0);
    ADD(tc, b3_2_4_vectpending_leaves_out_what_basepri_masks);
    ADD(tc, b3_3_6_calibration_is_the_board_clocks);
    ADD(tc, b3_3_2_countflag_is_set_once_and_cleared_by_reading);
    tcase_add_loop_test(tc, cpuids_are_those_of_the_cores, 0, CPU_MODEL_COUNT);
    ADD(tc, c1_7_a_stimulus_port_becomes_an_event);
    ADD(tc, c1_7_itm_tpr_keeps_user_code_from_ports);
    ADD(tc, b1_5_7_a_lazy_save_that_is_refused_is_mlsperr);
    tcase_add_loop_test(tc, b3_2_20_fp_instructions_need_cpacr, CPU_CORTEX_M3, CPU_MODEL_COUNT);
}

Suite *suite(void)
{
    Suite *s = suite_create("architecture");
    rig_cases(s, rules);
    return s;
}
