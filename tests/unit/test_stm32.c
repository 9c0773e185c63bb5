/*
 * Devices of the STM32 against what its manuals say of their registers. Timers, watchdogs and flash
 * are in test_stm32_timer.c and test_stm32_flash.c.
 *
 * RM0041: STM32F100, RM0090: STM32F405/407, RM0444: STM32G0.
 */
#include <string.h>

#include "tests/unit/paper.h"
#include "tests/unit/test.h"

#define MHZ 1000000u

static void reset(struct paper *p)
{
    p->dev->ops->reset(p->dev);
}

/* ---- RCC. ---- */

START_TEST(rcc_oscillators_become_ready_RM0090_7_3_1)
{
    struct paper *p = PAPER("stm32f4-rcc", MHZ);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x83); /* HSION, HSIRDY, HSITRIM 16 */
    write_reg(p, 0x00, 0x00010083);             /* HSEON */
    ck_assert_uint_eq(read_reg(p, 0x00), 0x00010083);
    pass_to(p, 10000);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x00030083);
    write_reg(p, 0x00, 0x01010083);
    pass_to(p, 20000);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x03030083);
    write_reg(p, 0x00, 0x83); /* off: not ready */
    ck_assert_uint_eq(read_reg(p, 0x00), 0x83);
    paper_free(p);
}
END_TEST

START_TEST(rcc_switches_when_the_clock_is_ready_RM0090_7_2_6)
{
    struct paper *p = PAPER("stm32f4-rcc", MHZ);
    write_reg(p, 0x00, 0x00010083);
    write_reg(p, 0x08, 1); /* SW: HSE, which is not ready */
    ck_assert_uint_eq(read_reg(p, 0x08), 0x1);
    pass_to(p, 10000);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x5);
    write_reg(p, 0x08, 0);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x0);
    paper_free(p);
}
END_TEST

START_TEST(rcc_switch_of_F1_and_G0_RM0041_6_3_2_RM0444_5_4_3)
{
    struct paper *p = PAPER("stm32f1-rcc", MHZ);
    write_reg(p, 0x00, 0x01000083); /* PLLON */
    pass_to(p, 10000);
    write_reg(p, 0x04, 2);
    ck_assert_uint_eq(read_reg(p, 0x04), 0xA);
    paper_free(p);
    p = PAPER("stm32g0-rcc", MHZ);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x500);
    write_reg(p, 0x60, 1); /* LSION */
    pass_to(p, 10000);
    ck_assert_uint_eq(read_reg(p, 0x60) & 3u, 3);
    write_reg(p, 0x08, 3); /* SW: LSI */
    ck_assert_uint_eq(read_reg(p, 0x08), 3 | 3 << 3);
    write_reg(p, 0x08, 1); /* HSE, which is off */
    ck_assert_uint_eq(read_reg(p, 0x08), 1 | 3 << 3);
    paper_free(p);
}
END_TEST

START_TEST(rcc_remembers_why_there_was_a_reset_RM0090_7_3_21)
{
    struct paper *p = PAPER("stm32f4-rcc", MHZ);
    ck_assert_uint_eq(read_reg(p, 0x74), 0x0E000000);
    write_reg(p, 0x74, 1u << 24);
    ck_assert_uint_eq(read_reg(p, 0x74), 0);
    reset(p);
    ck_assert_uint_eq(read_reg(p, 0x74), 1u << 28 | 1u << 26);
    drive(p, 0, true); /* the independent watchdog */
    reset(p);
    ck_assert_uint_eq(read_reg(p, 0x74), 1u << 29 | 1u << 28 | 1u << 26);
    drive(p, 1, true);
    reset(p);
    ck_assert_uint_eq(read_reg(p, 0x74), 7u << 28 | 1u << 26);
    paper_free(p);
}
END_TEST

START_TEST(rcc_backup_domain_outlives_a_reset_RM0090_7_1_1)
{
    struct paper *p = PAPER("stm32f4-rcc", MHZ);
    write_reg(p, 0x70, 0x8101); /* RTCEN, RTCSEL, LSEON */
    write_reg(p, 0x40, 1);
    pass_to(p, MHZ);
    ck_assert_uint_eq(read_reg(p, 0x70), 0x8103);
    reset(p);
    ck_assert_uint_eq(read_reg(p, 0x70), 0x8103);
    ck_assert_uint_eq(read_reg(p, 0x40), 0);
    paper_free(p);
}
END_TEST

/* ---- GPIO. ---- */

START_TEST(gpio_sets_and_resets_bits_RM0090_8_4_7)
{
    struct paper *p = PAPER("stm32-gpio", 0x5, 0);
    write_reg(p, 0x18, 0x00010003); /* BS0 wins over BR0 */
    ck_assert_uint_eq(read_reg(p, 0x14), 3);
    ck_assert_uint_eq(p->levels, 3);
    ck_assert_uint_eq(read_reg(p, 0x10), 3);
    ck_assert_uint_eq(read_reg(p, 0x18), 0);
    write_part(p, 0x1A, 2, 2);
    ck_assert_uint_eq(p->levels, 1);
    write_reg(p, 0x28, 1); /* BRR of the G0: RM0444 6.4.11 */
    ck_assert_uint_eq(read_reg(p, 0x14), 0);
    paper_free(p);
}
END_TEST

START_TEST(gpio_inputs_and_pulls_RM0090_8_3_9)
{
    struct paper *p = PAPER("stm32-gpio", 0, 0);
    write_reg(p, 0x0C, 0x9); /* pin 0 up, pin 1 down */
    ck_assert_uint_eq(read_reg(p, 0x10), 1);
    give(p, 0, 0);
    give(p, 1, 1);
    ck_assert_uint_eq(read_reg(p, 0x10), 2);
    give(p, 0, 2);
    ck_assert_uint_eq(read_reg(p, 0x10), 3);
    write_reg(p, 0x00, 0xF); /* analog: reads 0, RM0090 8.3.12 */
    ck_assert_uint_eq(read_reg(p, 0x10), 0);
    paper_free(p);
}
END_TEST

START_TEST(gpio_open_drain_and_alternate_RM0090_8_3_10)
{
    struct paper *p = PAPER("stm32-gpio", 0x9, 0); /* pin 0 output, pin 1 alternate */
    write_reg(p, 0x04, 1);
    write_reg(p, 0x14, 1);
    ck_assert_uint_eq(read_reg(p, 0x10), 0); /* floats */
    write_reg(p, 0x0C, 1);
    ck_assert_uint_eq(read_reg(p, 0x10), 1); /* the pull-up stays active */
    give(p, 0, 0);
    ck_assert_uint_eq(read_reg(p, 0x10), 0);
    ck_assert_uint_eq(read_reg(p, 0x14), 1);
    drive(p, 17, true); /* a peripheral gives pin 1 */
    ck_assert_uint_eq(p->levels, 2);
    paper_free(p);
}
END_TEST

START_TEST(gpio_of_F1_RM0041_7_2)
{
    struct paper *p = paper_new("stm32f1-gpio");
    ck_assert_uint_eq(read_reg(p, 0x00), 0x44444444);
    write_reg(p, 0x00, 0x44448836); /* 0 open drain, 1 push-pull, 2 and 3 with pull */
    write_reg(p, 0x10, 0x00020007); /* BSRR: 1 is set too */
    ck_assert_uint_eq(read_reg(p, 0x0C), 7);
    ck_assert_uint_eq(read_reg(p, 0x08), 6); /* 0 floats, 2 pulled up, 3 down */
    write_reg(p, 0x14, 2);
    ck_assert_uint_eq(read_reg(p, 0x08), 4);
    write_reg(p, 0x04, 0x4444444B); /* 8: alternate, push-pull */
    drive(p, 24, true);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x104);
    give(p, 9, 1);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x304);
    write_reg(p, 0x04, 0x4444440B); /* 9: analog, 7.1.12 */
    ck_assert_uint_eq(read_reg(p, 0x08), 0x104);
    paper_free(p);
}
END_TEST

/* ---- EXTI, and the multiplexers. ---- */

START_TEST(exti_edges_masks_and_lines_RM0090_12_3)
{
    struct paper *p = paper_new("stm32-exti"); /* lines 0 to 4: 0 to 4, then 5 and 6 */
    write_reg(p, 0x00, 1u << 2 | 1u << 7 | 1u << 12);
    write_reg(p, 0x08, 1u << 2 | 1u << 12);
    write_reg(p, 0x0C, 1u << 7);
    drive(p, 2, true);
    ck_assert(p->line[2]);
    ck_assert_uint_eq(read_reg(p, 0x14), 1u << 2);
    drive(p, 2, false);
    write_reg(p, 0x14, 1u << 2);
    ck_assert(!p->line[2]);
    drive(p, 7, true);
    ck_assert(!p->line[5]);
    drive(p, 7, false);
    ck_assert(p->line[5]);
    drive(p, 12, true);
    ck_assert(p->line[6]);
    write_reg(p, 0x00, 0);
    ck_assert(!p->line[6]);
    paper_free(p);
}
END_TEST

START_TEST(exti_software_interrupt_RM0090_12_3_5)
{
    struct paper *p = paper_new("stm32-exti");
    write_reg(p, 0x00, 1);
    write_reg(p, 0x10, 1);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x10), 1);
    write_reg(p, 0x14, 1); /* clears SWIER too */
    ck_assert_uint_eq(read_reg(p, 0x10), 0);
    ck_assert(!p->line[0]);
    paper_free(p);
}
END_TEST

START_TEST(exti_of_G0_RM0444_13_5)
{
    struct paper *p = paper_new("stm32g0-exti");
    ck_assert_uint_eq(read_reg(p, 0x80), 0xFFF80000);
    write_reg(p, 0x60, 0x00000100); /* line 1: port B */
    write_reg(p, 0x80, 0xFFFF);
    write_reg(p, 0x00, 2);
    write_reg(p, 0x04, 2);
    drive(p, 1, true); /* PA1 */
    ck_assert(!p->line[0]);
    drive(p, 17, true); /* PB1 */
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x0C), 2);
    drive(p, 17, false);
    ck_assert_uint_eq(read_reg(p, 0x10), 2);
    write_reg(p, 0x0C, 2);
    ck_assert(p->line[0]);
    write_reg(p, 0x10, 2);
    ck_assert(!p->line[0]);
    for (uint32_t i = 0; i < 2; i++) { /* 13.5.3: always reads 0 */
        write_reg(p, 0x08, 1u << 4);
        ck_assert_uint_eq(read_reg(p, 0x08), 0);
        ck_assert(p->line[2]);
    }
    write_reg(p, 0x0C, 1u << 4);
    ck_assert(!p->line[2]);
    paper_free(p);
}
END_TEST

START_TEST(multiplexer_chooses_the_port_RM0090_9_2_3_RM0041_7_4_3)
{
    static const char *const kinds[] = {"stm32-syscfg", "stm32f1-afio"};
    for (uint32_t i = 0; i < 2; i++) {
        struct paper *p = paper_new(kinds[i]);
        drive(p, 5, true); /* PA5 */
        ck_assert_uint_eq(p->levels, 1u << 5);
        write_reg(p, 0x0C, 0x20); /* line 5: port C */
        ck_assert_uint_eq(p->levels, 0);
        drive(p, 37, true);
        ck_assert_uint_eq(p->levels, 1u << 5);
        ck_assert_uint_eq(read_reg(p, 0x0C), 0x20);
        paper_free(p);
    }
}
END_TEST

/* ---- USART. ---- */

START_TEST(usart_transmits_RM0090_30_3_2)
{
    struct paper *p = PAPER("stm32-usart", 0, 1);
    ck_assert_uint_eq(read_reg(p, 0x00), 0xC0);
    write_reg(p, 0x08, 100);
    write_reg(p, 0x0C, 0x2008); /* UE, TE */
    write_reg(p, 0x04, 'a');
    ck_assert_uint_eq(read_reg(p, 0x00), 0x80); /* at once in the shift register: TXE stays */
    write_reg(p, 0x04, 'b');
    ck_assert_uint_eq(read_reg(p, 0x00), 0);
    pass_to(p, 1000);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x80);
    pass_to(p, 1999);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x80);
    pass_to(p, 2000);
    ck_assert_uint_eq(read_reg(p, 0x00), 0xC0);
    ck_assert(p->written == 2 && memcmp(p->output, "ab", 2) == 0);
    write_reg(p, 0x0C, 0x2088); /* TXEIE */
    ck_assert(p->line[0]);
    write_reg(p, 0x0C, 0x2048); /* TCIE */
    ck_assert(p->line[0]);
    write_reg(p, 0x00, 0); /* TC is cleared by writing 0, TXE is not */
    ck_assert(!p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x80);
    paper_free(p);
}
END_TEST

START_TEST(usart_receives_RM0090_30_3_3)
{
    struct paper *p = PAPER("stm32-usart", 0, 1);
    write_reg(p, 0x08, 100);
    write_reg(p, 0x0C, 0x2024); /* UE, RXNEIE, RE */
    p->dev->ops->input(p->dev, (const uint8_t *)"xy", 2);
    pass_to(p, 999);
    ck_assert(!p->line[0]);
    pass_to(p, 1000);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x00) & 0x20u, 0x20);
    ck_assert_uint_eq(read_reg(p, 0x04), 'x');
    ck_assert(!p->line[0]);
    pass_to(p, 2000);
    ck_assert_uint_eq(read_reg(p, 0x00) & 0x20u, 0x20);
    write_reg(p, 0x00, ~0x20u); /* 30.6.1: cleared by writing 0 too */
    ck_assert_uint_eq(read_reg(p, 0x00) & 0x20u, 0);
    paper_free(p);
}
END_TEST

START_TEST(usart_oversampling_by_8_RM0090_30_3_4)
{
    struct paper *p = PAPER("stm32-usart", 0, 1);
    write_reg(p, 0x08, 0x34);   /* 3 + 4/8, of 8 cycles each */
    write_reg(p, 0x0C, 0xA008); /* OVER8 */
    write_reg(p, 0x04, 'a');
    pass_to(p, 279);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x80);
    pass_to(p, 280);
    ck_assert_uint_eq(read_reg(p, 0x00), 0xC0);
    paper_free(p);
}
END_TEST

START_TEST(usart_of_G0_RM0444_33_8)
{
    struct paper *p = PAPER("stm32g0-usart", 0, 1);
    ck_assert_uint_eq(read_reg(p, 0x1C), 0xC0);
    write_reg(p, 0x0C, 100);
    write_reg(p, 0x2C, 2); /* PRESC: 4 */
    write_reg(p, 0x00, 0x2D);
    ck_assert_uint_eq(read_reg(p, 0x1C), 0x6000C0); /* TEACK, REACK */
    write_reg(p, 0x28, 'a');
    pass_to(p, 3999);
    ck_assert_uint_eq(read_reg(p, 0x1C) & 0x40u, 0);
    pass_to(p, 4000);
    ck_assert_uint_eq(read_reg(p, 0x1C) & 0x40u, 0x40);
    write_reg(p, 0x20, 0x40); /* TCCF */
    ck_assert_uint_eq(read_reg(p, 0x1C) & 0x40u, 0);
    p->dev->ops->input(p->dev, (const uint8_t *)"xy", 2);
    pass_to(p, 8000);
    ck_assert(p->line[0]);
    write_reg(p, 0x18, 8); /* RXFRQ: discarded */
    ck_assert(!p->line[0]);
    pass_to(p, 12000);
    ck_assert_uint_eq(read_reg(p, 0x24), 'y');
    paper_free(p);
}
END_TEST

/* ---- ADC, SPI. ---- */

START_TEST(adc_converts_RM0090_13_3)
{
    struct paper *p = paper_new("stm32-adc");
    give(p, 3, 1650);
    write_reg(p, 0x04, 0x20);            /* EOCIE */
    write_reg(p, 0x34, 3);               /* SQ1 */
    write_reg(p, 0x08, 1);               /* ADON */
    write_reg(p, 0x08, 1 | 0x40000000u); /* SWSTART */
    ck_assert_uint_eq(read_reg(p, 0x00), 0x10);
    pass_to(p, 1000);
    ck_assert_uint_eq(read_reg(p, 0x00), 0x12);
    ck_assert_uint_eq(read_reg(p, 0x08), 1);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x4C), 2047);
    ck_assert(!p->line[0]); /* reading DR clears EOC */
    ck_assert_uint_eq(read_reg(p, 0x00), 0x10);
    write_reg(p, 0x00, 0);
    ck_assert_uint_eq(read_reg(p, 0x00), 0);
    paper_free(p);
}
END_TEST

static uint32_t converted(struct paper *p, uint32_t cr1, uint32_t cr2)
{
    write_reg(p, 0x04, cr1);
    write_reg(p, 0x08, cr2 | 1);
    write_reg(p, 0x08, cr2 | 1 | 0x40000000u);
    pass_to(p, p->now + 10000);
    return read_reg(p, 0x4C);
}

START_TEST(adc_resolution_alignment_and_scan_RM0090_13_4_13_13)
{
    struct paper *p = paper_new("stm32-adc");
    give(p, 1, 3300);
    give(p, 2, 0);
    write_reg(p, 0x34, 1 | 2 << 5);
    ck_assert_uint_eq(converted(p, 0, 0), 0xFFF);
    ck_assert_uint_eq(converted(p, 2u << 24, 0), 0xFF);
    ck_assert_uint_eq(converted(p, 0, 0x800), 0xFFF0);
    ck_assert_uint_eq(converted(p, 2u << 24, 0x800), 0xFF00);
    ck_assert_uint_eq(converted(p, 3u << 24, 0x800), 0xFC); /* 6 bits: in a byte */
    write_reg(p, 0x2C, 1u << 20);                           /* two conversions... */
    ck_assert_uint_eq(converted(p, 0, 0), 0xFFF);           /* ...but no SCAN: the first */
    ck_assert_uint_eq(converted(p, 0x100, 0), 0);
    paper_free(p);
}
END_TEST

START_TEST(adc_of_F1_starts_by_ADON_RM0041_10_3_1)
{
    struct paper *p = paper_new("stm32f1-adc");
    give(p, 0, 3300);
    write_reg(p, 0x08, 1); /* wakes up */
    write_reg(p, 0x08, 1 | 4);
    ck_assert_uint_eq(read_reg(p, 0x08), 1); /* calibration is over */
    ck_assert_uint_eq(read_reg(p, 0x00), 0);
    write_reg(p, 0x08, 1);
    pass_to(p, 1000);
    ck_assert_uint_eq(read_reg(p, 0x00) & 2u, 2);
    ck_assert_uint_eq(read_reg(p, 0x4C), 0xFFF);
    paper_free(p);
}
END_TEST

START_TEST(spi_exchanges_RM0090_28_3_28_5)
{
    struct paper *p = PAPER("stm32-spi", 0, 1);
    p->answer = 0x5A;
    p->acknowledges = true;
    ck_assert_uint_eq(read_reg(p, 0x08), 2); /* TXE */
    write_reg(p, 0x00, 0x344 | 1 << 3);      /* SPE, MSTR, SSM, SSI, clock / 4 */
    write_reg(p, 0x0C, 0xA5);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x82); /* BSY */
    write_reg(p, 0x0C, 0xA6);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x80);
    pass_to(p, 31);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x80);
    pass_to(p, 32);
    ck_assert_uint_eq(p->byte, 0xA5);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x83);
    ck_assert_uint_eq(read_reg(p, 0x0C), 0x5A);
    pass_to(p, 64);
    ck_assert_uint_eq(p->byte, 0xA6);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x03);
    paper_free(p);
}
END_TEST

START_TEST(spi_overrun_RM0090_28_3_10)
{
    struct paper *p = PAPER("stm32-spi", 0, 1);
    p->acknowledges = true;
    write_reg(p, 0x00, 0x344);
    write_reg(p, 0x04, 0x20); /* ERRIE */
    p->answer = 1;
    write_reg(p, 0x0C, 0);
    pass_to(p, 100);
    p->answer = 2;
    write_reg(p, 0x0C, 0);
    pass_to(p, 200);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x43);
    ck_assert_uint_eq(read_reg(p, 0x0C), 1); /* the old byte */
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x08), 0x42); /* DR, then SR: cleared */
    ck_assert_uint_eq(read_reg(p, 0x08), 0x02);
    ck_assert(!p->line[0]);
    paper_free(p);
}
END_TEST

static void add_ports(TCase *tc)
{
    ADD(tc, rcc_oscillators_become_ready_RM0090_7_3_1);
    ADD(tc, rcc_switches_when_the_clock_is_ready_RM0090_7_2_6);
    ADD(tc, rcc_switch_of_F1_and_G0_RM0041_6_3_2_RM0444_5_4_3);
    ADD(tc, rcc_remembers_why_there_was_a_reset_RM0090_7_3_21);
    ADD(tc, rcc_backup_domain_outlives_a_reset_RM0090_7_1_1);
    ADD(tc, gpio_sets_and_resets_bits_RM0090_8_4_7);
    ADD(tc, gpio_inputs_and_pulls_RM0090_8_3_9);
    ADD(tc, gpio_open_drain_and_alternate_RM0090_8_3_10);
    ADD(tc, gpio_of_F1_RM0041_7_2);
    ADD(tc, exti_edges_masks_and_lines_RM0090_12_3);
    ADD(tc, exti_software_interrupt_RM0090_12_3_5);
    ADD(tc, exti_of_G0_RM0444_13_5);
    ADD(tc, multiplexer_chooses_the_port_RM0090_9_2_3_RM0041_7_4_3);
}

Suite *suite(void)
{
    Suite *s = suite_create("stm32");
    TCase *tc = tcase_create("stm32");
    add_ports(tc);
    ADD(tc, usart_transmits_RM0090_30_3_2);
    ADD(tc, usart_receives_RM0090_30_3_3);
    ADD(tc, usart_oversampling_by_8_RM0090_30_3_4);
    ADD(tc, usart_of_G0_RM0444_33_8);
    ADD(tc, adc_converts_RM0090_13_3);
    ADD(tc, adc_resolution_alignment_and_scan_RM0090_13_4_13_13);
    ADD(tc, adc_of_F1_starts_by_ADON_RM0041_10_3_1);
    ADD(tc, spi_exchanges_RM0090_28_3_28_5);
    ADD(tc, spi_overrun_RM0090_28_3_10);
    suite_add_tcase(s, tc);
    return s;
}
