/*
 * Timers and watchdogs of the STM32 against RM0090 (STM32F405/407): 18 "General-purpose timers
 * (TIM2 to TIM5)", 21 "Independent watchdog (IWDG)", 22 "Window watchdog (WWDG)".
 */
#include "tests/unit/paper.h"
#include "tests/unit/test.h"

enum {
    CR1 = 0x00,
    DIER = 0x0C,
    SR = 0x10,
    EGR = 0x14,
    CCMR1 = 0x18,
    CCER = 0x20,
    CNT = 0x24,
    PSC = 0x28,
    ARR = 0x2C,
    CCR1 = 0x34,
    CCR2 = 0x38
};

static struct paper *timer(uint32_t bits)
{
    return PAPER("stm32-timer", 0, bits, 1);
}

START_TEST(counts_to_ARR_and_updates_18_3_2)
{
    struct paper *p = timer(16);
    ck_assert_uint_eq(read_reg(p, ARR), 0xFFFF);
    write_reg(p, ARR, 9);
    write_reg(p, DIER, 1);
    write_reg(p, CR1, 1);
    pass_to(p, 9);
    ck_assert_uint_eq(read_reg(p, CNT), 9);
    ck_assert_uint_eq(read_reg(p, SR) & 1u, 0);
    pass_to(p, 10);
    ck_assert_uint_eq(read_reg(p, CNT), 0);
    ck_assert_uint_eq(read_reg(p, SR) & 1u, 1);
    ck_assert(p->line[0]);
    write_reg(p, SR, ~1u);
    ck_assert(!p->line[0]);
    pass_to(p, 20);
    ck_assert(p->line[0]);
    write_reg(p, CR1, 0);
    pass_to(p, 100);
    ck_assert_uint_eq(read_reg(p, CNT), 0);
    paper_free(p);
}
END_TEST

START_TEST(prescaler_waits_for_an_update_18_3_1)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 9);
    write_reg(p, PSC, 3);
    ck_assert_uint_eq(read_reg(p, PSC), 3);
    write_reg(p, CR1, 1);
    pass_to(p, 9);
    ck_assert_uint_eq(read_reg(p, CNT), 9);
    pass_to(p, 10 + 4 * 9 + 3);
    ck_assert_uint_eq(read_reg(p, CNT), 9);
    pass_to(p, 10 + 4 * 10);
    ck_assert_uint_eq(read_reg(p, CNT), 0);
    write_reg(p, PSC, 0);
    write_reg(p, EGR, 1); /* UG */
    pass_to(p, 55);
    ck_assert_uint_eq(read_reg(p, CNT), 5);
    paper_free(p);
}
END_TEST

START_TEST(ARR_with_and_without_preload_18_3_2)
{
    struct paper *p = timer(16);
    write_reg(p, CR1, 0x80); /* ARPE */
    write_reg(p, ARR, 9);
    write_reg(p, EGR, 1);
    write_reg(p, CR1, 0x81);
    write_reg(p, ARR, 4); /* from the next update on */
    pass_to(p, 8);
    ck_assert_uint_eq(read_reg(p, CNT), 8);
    pass_to(p, 15);
    ck_assert_uint_eq(read_reg(p, CNT), 0);
    write_reg(p, CR1, 1);
    write_reg(p, ARR, 2); /* at once */
    pass_to(p, 18);
    ck_assert_uint_eq(read_reg(p, CNT), 0);
    paper_free(p);
}
END_TEST

START_TEST(updates_disabled_or_only_by_overflow_18_4_1)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 9);
    write_reg(p, CR1, 4); /* URS */
    write_reg(p, EGR, 1);
    ck_assert_uint_eq(read_reg(p, SR) & 1u, 0);
    write_reg(p, CR1, 0);
    write_reg(p, EGR, 1);
    ck_assert_uint_eq(read_reg(p, SR) & 1u, 1);
    write_reg(p, SR, 0);
    write_reg(p, PSC, 9);
    write_reg(p, CR1, 3); /* UDIS: no flag, no new prescaler */
    pass_to(p, 25);
    ck_assert_uint_eq(read_reg(p, CNT), 5);
    ck_assert_uint_eq(read_reg(p, SR) & 1u, 0);
    write_reg(p, EGR, 1); /* begins again, but loads nothing */
    pass_to(p, 29);
    ck_assert_uint_eq(read_reg(p, CNT), 4);
    paper_free(p);
}
END_TEST

START_TEST(width_18_4_10_18_4_12)
{
    struct paper *p = timer(32);
    ck_assert_uint_eq(read_reg(p, ARR), UINT32_MAX);
    write_reg(p, CNT, 0xFFFFFFF0);
    write_reg(p, CR1, 1);
    pass_to(p, 17);
    ck_assert_uint_eq(read_reg(p, CNT), 1);
    paper_free(p);
    p = timer(16);
    write_reg(p, ARR, UINT32_MAX);
    write_reg(p, CCR1, UINT32_MAX);
    ck_assert_uint_eq(read_reg(p, ARR), 0xFFFF);
    ck_assert_uint_eq(read_reg(p, CCR1), 0xFFFF);
    write_reg(p, ARR, 0); /* blocked */
    write_reg(p, CR1, 1);
    pass_to(p, 100);
    ck_assert_uint_eq(read_reg(p, CNT), 0);
    paper_free(p);
}
END_TEST

START_TEST(one_pulse_18_3_10)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 9);
    write_reg(p, CCR1, 4);
    write_reg(p, CCMR1, 0x70); /* PWM mode 2: active from CCR1 on */
    write_reg(p, CCER, 1);
    write_reg(p, CR1, 9);
    pass_to(p, 3);
    ck_assert_uint_eq(p->levels & 1u, 0);
    pass_to(p, 4);
    ck_assert_uint_eq(p->levels & 1u, 1);
    pass_to(p, 10);
    ck_assert_uint_eq(p->levels & 1u, 0);
    ck_assert_uint_eq(read_reg(p, CR1), 8); /* CEN is cleared */
    pass_to(p, 100);
    ck_assert_uint_eq(read_reg(p, CNT), 0);
    write_reg(p, CR1, 0xB); /* UDIS: no update event to stop at */
    pass_to(p, 115);
    ck_assert_uint_eq(read_reg(p, CNT), 5);
    paper_free(p);
}
END_TEST

START_TEST(compare_flags_18_4_5)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 99);
    write_reg(p, CCR1, 30);
    write_reg(p, CCR2, 60);
    write_reg(p, 0x3C, 200); /* above ARR: at the overflow */
    write_reg(p, 0x40, 100);
    write_reg(p, DIER, 4); /* CC2IE */
    write_reg(p, CR1, 1);
    pass_to(p, 29);
    ck_assert_uint_eq(read_reg(p, SR), 0);
    pass_to(p, 30);
    ck_assert_uint_eq(read_reg(p, SR), 2);
    ck_assert(!p->line[0]);
    pass_to(p, 60);
    ck_assert_uint_eq(read_reg(p, SR), 6);
    ck_assert(p->line[0]);
    write_reg(p, SR, ~4u);
    ck_assert(!p->line[0]);
    ck_assert_uint_eq(read_reg(p, SR), 2);
    pass_to(p, 100);
    ck_assert_uint_eq(read_reg(p, SR), 0x1B);
    write_reg(p, SR, 0);
    write_reg(p, EGR, 0x5E); /* CC1G to CC4G, TG: 18.4.6 */
    ck_assert_uint_eq(read_reg(p, SR), 0x5E);
    paper_free(p);
}
END_TEST

START_TEST(flags_without_events_are_the_same_18_4_5)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 99);
    write_reg(p, CCR1, 30);
    write_reg(p, CR1, 1);
    p->now = 1000035; /* nobody looked for 10000 rounds */
    ck_assert_uint_eq(read_reg(p, CNT), 35);
    ck_assert_uint_eq(read_reg(p, SR), 0x1F);
    write_reg(p, SR, 0);
    p->now = 1000099;
    ck_assert_uint_eq(read_reg(p, SR), 0);
    p->now = 1000130;
    ck_assert_uint_eq(read_reg(p, SR), 0x1F);
    paper_free(p);
}
END_TEST

START_TEST(PWM_outputs_18_3_9)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 9);
    write_reg(p, CCR1, 3);
    write_reg(p, CCR2, 3);
    write_reg(p, CCMR1, 0x7868); /* PWM mode 2 and 1, with preload */
    write_reg(p, EGR, 1);
    write_reg(p, CCER, 0x11);
    write_reg(p, CR1, 1);
    ck_assert_uint_eq(p->levels, 1);
    pass_to(p, 2);
    ck_assert_uint_eq(p->levels, 1);
    pass_to(p, 3);
    ck_assert_uint_eq(p->levels, 2);
    write_reg(p, CCR1, 5); /* from the next update on */
    pass_to(p, 10);
    ck_assert_uint_eq(p->levels, 1);
    pass_to(p, 14);
    ck_assert_uint_eq(p->levels, 3);
    pass_to(p, 15);
    ck_assert_uint_eq(p->levels, 2);
    write_reg(p, CCER, 0x13); /* CC1P: active low */
    ck_assert_uint_eq(p->levels, 3);
    write_reg(p, CCER, 0); /* off */
    ck_assert_uint_eq(p->levels, 0);
    paper_free(p);
}
END_TEST

START_TEST(PWM_all_or_nothing_18_3_9)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 9);
    write_reg(p, CCR1, 10); /* above ARR: always active */
    write_reg(p, CCMR1, 0x6060);
    write_reg(p, CCER, 0x11);
    write_reg(p, CR1, 1);
    uint32_t signals = p->signals;
    ck_assert_uint_eq(p->levels, 1); /* CCR2 is 0: never */
    pass_to(p, 50);
    ck_assert(p->levels == 1 && p->signals == signals);
    paper_free(p);
}
END_TEST

START_TEST(output_compare_modes_18_3_8_18_4_7)
{
    struct paper *p = timer(16);
    write_reg(p, ARR, 9);
    write_reg(p, CCR1, 3);
    write_reg(p, CCR2, 5);
    write_reg(p, CCMR1, 0x1030); /* toggle; active on match */
    write_reg(p, CCER, 0x11);
    write_reg(p, CR1, 1);
    pass_to(p, 3);
    ck_assert_uint_eq(p->levels, 1);
    pass_to(p, 5);
    ck_assert_uint_eq(p->levels, 3);
    pass_to(p, 13);
    ck_assert_uint_eq(p->levels, 2);
    write_reg(p, CCMR1, 0x4050); /* forced */
    ck_assert_uint_eq(p->levels, 1);
    paper_free(p);
}
END_TEST

START_TEST(input_capture_18_3_5)
{
    struct paper *p = timer(16);
    write_reg(p, CCMR1, 0x0201); /* both from TI1 */
    write_reg(p, CCER, 0x31);    /* rising, falling */
    write_reg(p, DIER, 2);
    write_reg(p, CR1, 1);
    pass_to(p, 10);
    drive(p, 0, true);
    ck_assert(p->line[0]);
    pass_to(p, 25);
    drive(p, 0, false);
    ck_assert_uint_eq(read_reg(p, SR) & 0x606u, 6);
    write_reg(p, CCR1, 99); /* read-only */
    ck_assert_uint_eq(read_reg(p, CCR1), 10);
    ck_assert(!p->line[0]); /* reading it clears the flag */
    ck_assert_uint_eq(read_reg(p, CCR2), 25);
    ck_assert_uint_eq(read_reg(p, SR) & 0x606u, 0);
    pass_to(p, 30);
    drive(p, 1, true); /* not their input */
    ck_assert_uint_eq(read_reg(p, SR) & 0x606u, 0);
    paper_free(p);
}
END_TEST

START_TEST(capture_of_both_edges_and_overcapture_18_3_5_18_4_9)
{
    struct paper *p = timer(16);
    write_reg(p, CCMR1, 0x1);
    write_reg(p, CCER, 0xB); /* CC1NP and CC1P: both edges */
    write_reg(p, CR1, 1);
    pass_to(p, 10);
    drive(p, 0, true);
    ck_assert_uint_eq(read_reg(p, SR) & 0x202u, 2);
    pass_to(p, 20);
    drive(p, 0, false);
    ck_assert_uint_eq(read_reg(p, SR) & 0x202u, 0x202);
    ck_assert_uint_eq(read_reg(p, CCR1), 20);
    ck_assert_uint_eq(read_reg(p, SR) & 0x202u, 0x200); /* this one only by writing 0 */
    write_reg(p, SR, ~0x200u);
    ck_assert_uint_eq(read_reg(p, SR) & 0x202u, 0);
    write_reg(p, EGR, 2); /* CC1G captures too: 18.4.6 */
    ck_assert_uint_eq(read_reg(p, CCR1), 20);
    write_reg(p, CCER, 0xA); /* CC1E off */
    drive(p, 0, true);
    ck_assert_uint_eq(read_reg(p, SR) & 0x202u, 0);
    paper_free(p);
}
END_TEST

/* ---- Watchdogs. ---- */

#define START  0xCCCCu
#define RELOAD 0xAAAAu
#define ACCESS 0x5555u

START_TEST(iwdg_registers_are_protected_21_3_2)
{
    struct paper *p = PAPER("stm32-iwdg", 32000, 32000);
    write_reg(p, 0x4, 3);
    write_reg(p, 0x8, 9);
    ck_assert(read_reg(p, 0x4) == 0 && read_reg(p, 0x8) == 0xFFF);
    write_reg(p, 0x0, ACCESS);
    write_reg(p, 0x4, 3);
    write_reg(p, 0x8, 9);
    ck_assert(read_reg(p, 0x4) == 3 && read_reg(p, 0x8) == 9);
    write_reg(p, 0x0, RELOAD); /* any other key protects them again */
    write_reg(p, 0x8, 7);
    ck_assert_uint_eq(read_reg(p, 0x8), 9);
    ck_assert_uint_eq(read_reg(p, 0x0), 0);
    paper_free(p);
}
END_TEST

START_TEST(iwdg_counts_from_FFF_or_what_was_reloaded_21_3)
{
    struct paper *p = PAPER("stm32-iwdg", 32000, 32000);
    write_reg(p, 0x0, ACCESS);
    write_reg(p, 0x8, 9);
    write_reg(p, 0x0, START); /* from 0xFFF on */
    pass_to(p, 4 * 0xFFF - 1);
    ck_assert_uint_eq(p->resets, 0);
    write_reg(p, 0x0, RELOAD);
    pass_to(p, p->now + 4 * 9 - 1);
    ck_assert_uint_eq(p->resets, 0);
    pass_to(p, p->now + 4 + 1);
    ck_assert_uint_eq(p->resets, 1);
    ck_assert(p->port == 0 && p->level);
    paper_free(p);
}
END_TEST

START_TEST(wwdg_early_interrupt_and_reset_22_3)
{
    struct paper *p = PAPER("stm32-wwdg", 0, 1);
    ck_assert(read_reg(p, 0x0) == 0x7F && read_reg(p, 0x4) == 0x7F);
    write_reg(p, 0x4, 0x27F); /* EWI */
    write_reg(p, 0x0, 0xC3);
    pass_to(p, 4096);
    ck_assert_uint_eq(read_reg(p, 0x0), 0xC2);
    pass_to(p, 3 * 4096);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x8), 1);
    pass_to(p, 3 * 4096 + 2000);
    write_reg(p, 0x8, 0);
    ck_assert(!p->line[0]);
    ck_assert_uint_eq(p->resets, 0);
    pass_to(p, 4 * 4096); /* the flag has no influence on the count */
    ck_assert_uint_eq(p->resets, 1);
    ck_assert(p->port == 1 && p->level);
    paper_free(p);
}
END_TEST

START_TEST(wwdg_window_22_4)
{
    struct paper *p = PAPER("stm32-wwdg", 0, 1);
    write_reg(p, 0x4, 0xD0); /* WDGTB: / 2, window 0x50 */
    write_reg(p, 0x0, 0xD2);
    pass_to(p, 4 * 4096);
    write_reg(p, 0x0, 0xD2); /* at 0x50: in the window */
    ck_assert_uint_eq(p->resets, 0);
    pass_to(p, 7 * 4096);
    write_reg(p, 0x0, 0xD2); /* at 0x51: too early */
    ck_assert_uint_eq(p->resets, 1);
    paper_free(p);
    p = PAPER("stm32-wwdg", 0, 1);
    write_reg(p, 0x0, 0x3F); /* not active */
    ck_assert_uint_eq(p->resets, 0);
    write_reg(p, 0x0, 0xBF); /* active with T6 = 0: at once */
    ck_assert_uint_eq(p->resets, 1);
    paper_free(p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stm32_timer");
    TCase *tc = tcase_create("timer"), *dogs = tcase_create("watchdogs");
    ADD(tc, counts_to_ARR_and_updates_18_3_2);
    ADD(tc, prescaler_waits_for_an_update_18_3_1);
    ADD(tc, ARR_with_and_without_preload_18_3_2);
    ADD(tc, updates_disabled_or_only_by_overflow_18_4_1);
    ADD(tc, width_18_4_10_18_4_12);
    ADD(tc, one_pulse_18_3_10);
    ADD(tc, compare_flags_18_4_5);
    ADD(tc, flags_without_events_are_the_same_18_4_5);
    ADD(tc, PWM_outputs_18_3_9);
    ADD(tc, PWM_all_or_nothing_18_3_9);
    ADD(tc, output_compare_modes_18_3_8_18_4_7);
    ADD(tc, input_capture_18_3_5);
    ADD(tc, capture_of_both_edges_and_overcapture_18_3_5_18_4_9);
    suite_add_tcase(s, tc);
    ADD(dogs, iwdg_registers_are_protected_21_3_2);
    ADD(dogs, iwdg_counts_from_FFF_or_what_was_reloaded_21_3);
    ADD(dogs, wwdg_early_interrupt_and_reset_22_3);
    ADD(dogs, wwdg_window_22_4);
    suite_add_tcase(s, dogs);
    return s;
}
