/*
 * Arm's peripherals, and those of the LM3S that are made from them, against what their manuals say.
 *
 * DDI0183: PL011, DDI0190: PL061, DDI0270: SP805, DDI0479: Cortex-M System Design Kit, DAI0385:
 * MPS2 with a Cortex-M3, LM3S: data sheet of the LM3S6965.
 */
#include <string.h>

#include "tests/unit/paper.h"
#include "tests/unit/test.h"

#define MHZ 1000000u

/* ---- PL011: a bit of 16 cycles. ---- */

static struct paper *pl011(bool luminary, uint32_t lcrh)
{
    struct paper *p = PAPER("pl011", 0, luminary);
    write_reg(p, 0x24, 1);
    write_reg(p, 0x2C, lcrh);
    write_reg(p, 0x30, 0x301);
    return p;
}

START_TEST(pl011_after_reset_DDI0183_3_2)
{
    struct paper *p = PAPER("pl011", 0, 0);
    ck_assert_uint_eq(read_reg(p, 0x18) & 0xF8u, 0x90); /* TXFE, RXFE */
    ck_assert_uint_eq(read_reg(p, 0x30), 0x300);
    ck_assert_uint_eq(read_reg(p, 0x34), 0x12);
    ck_assert(read_reg(p, 0x38) == 0 && read_reg(p, 0x3C) == 0);
    ck_assert_uint_eq(read_reg(p, 0xFE0), 0x11);
    ck_assert_uint_eq(read_reg(p, 0xFFC), 0xB1);
    paper_free(p);
    p = PAPER("pl011", 0, 1);
    ck_assert_uint_eq(read_reg(p, 0x18), 0x90); /* LM3S 12: no CTS */
    paper_free(p);
}
END_TEST

START_TEST(pl011_transmits_without_FIFO_DDI0183_3_3_3)
{
    struct paper *p = pl011(false, 0x60);
    write_reg(p, 0x38, 0x20); /* TXIM */
    write_reg(p, 0x00, 'a');
    ck_assert_uint_eq(read_reg(p, 0x18) & 0xA8u, 0x88); /* BUSY, TXFE */
    write_reg(p, 0x00, 'b');
    ck_assert_uint_eq(read_reg(p, 0x18) & 0xA8u, 0x28); /* BUSY, TXFF */
    pass_to(p, 160);
    ck_assert_uint_eq(read_reg(p, 0x18) & 0xA8u, 0x88);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x40), 0x20);
    write_reg(p, 0x44, 0x20);
    ck_assert(!p->line[0]);
    pass_to(p, 320);
    ck_assert_uint_eq(read_reg(p, 0x18) & 0xA8u, 0x80);
    ck_assert(p->written == 2 && memcmp(p->output, "ab", 2) == 0);
    paper_free(p);
}
END_TEST

START_TEST(pl011_fraction_of_the_divisor_DDI0183_3_3_6)
{
    struct paper *p = PAPER("pl011", 0, 0);
    write_reg(p, 0x24, 2);
    write_reg(p, 0x28, 32); /* 2.5 * 16 cycles */
    write_reg(p, 0x2C, 0x60);
    write_reg(p, 0x30, 0x101);
    write_reg(p, 0x00, 'a');
    pass_to(p, 399);
    ck_assert_uint_eq(read_reg(p, 0x18) & 8u, 8);
    pass_to(p, 400);
    ck_assert_uint_eq(read_reg(p, 0x18) & 8u, 0);
    paper_free(p);
}
END_TEST

START_TEST(pl011_receives_and_times_out_DDI0183_2_8)
{
    struct paper *p = pl011(false, 0x70); /* FIFOs */
    write_reg(p, 0x34, 0);                /* at 1/8: two bytes */
    write_reg(p, 0x38, 0x50);
    p->dev->ops->input(p->dev, (const uint8_t *)"hij", 3);
    pass_to(p, 160);
    ck_assert_uint_eq(read_reg(p, 0x3C), 0);
    ck_assert_uint_eq(read_reg(p, 0x18) & 0x50u, 0);
    pass_to(p, 320);
    ck_assert_uint_eq(read_reg(p, 0x3C), 0x10);
    ck_assert(p->line[0]);
    pass_to(p, 480 + 32 * 16 - 1);
    ck_assert_uint_eq(read_reg(p, 0x3C), 0x10);
    pass_to(p, 480 + 32 * 16);
    ck_assert_uint_eq(read_reg(p, 0x3C), 0x50);
    ck_assert_uint_eq(read_reg(p, 0x00), 'h');
    ck_assert_uint_eq(read_reg(p, 0x00), 'i');
    ck_assert_uint_eq(read_reg(p, 0x3C), 0x40); /* below the level */
    ck_assert_uint_eq(read_reg(p, 0x00), 'j');
    ck_assert_uint_eq(read_reg(p, 0x3C), 0); /* empty */
    ck_assert_uint_eq(read_reg(p, 0x18) & 0x50u, 0x10);
    paper_free(p);
}
END_TEST

START_TEST(pl011_loops_back_DDI0183_3_3_8)
{
    struct paper *p = pl011(false, 0x60);
    write_reg(p, 0x30, 0x381);
    write_reg(p, 0x00, 'z');
    pass_to(p, 1000);
    ck_assert_uint_eq(p->written, 0);
    ck_assert_uint_eq(read_reg(p, 0x00), 'z');
    paper_free(p);
}
END_TEST

/* ---- PL061. ---- */

START_TEST(pl061_address_is_the_mask_DDI0190_3_3_1)
{
    struct paper *p = PAPER("pl061", 0, 0);
    write_reg(p, 0x400, 0xFF);
    write_reg(p, 0x3FC, 0xFF);
    write_reg(p, 0x098, 0); /* bits 1, 2, 5 */
    ck_assert_uint_eq(read_reg(p, 0x3FC), 0xD9);
    ck_assert_uint_eq(read_reg(p, 0x0C4), 0x11);
    ck_assert_uint_eq(p->levels, 0xD9);
    write_reg(p, 0x400, 0xF0); /* inputs, driven from outside */
    give(p, 0, 0);
    give(p, 1, 1);
    ck_assert_uint_eq(read_reg(p, 0x3FC) & 3u, 2);
    ck_assert_uint_eq(p->unmodelled, 0);
    write_reg(p, 0x510, 1); /* the LM3S's, not Arm's */
    ck_assert_uint_eq(p->unmodelled, 1);
    paper_free(p);
}
END_TEST

START_TEST(pl061_interrupts_DDI0190_3_3_2)
{
    struct paper *p = PAPER("pl061", 0, 0);
    write_reg(p, 0x404, 0x4); /* pin 2 level, the others edges */
    write_reg(p, 0x408, 0x2); /* pin 1 both */
    write_reg(p, 0x40C, 0x5); /* pin 0 rising, 2 high, 3 falling */
    write_reg(p, 0x410, 0x7);
    drive(p, 0, true);
    drive(p, 1, true);
    drive(p, 3, true);
    ck_assert_uint_eq(read_reg(p, 0x414), 3);
    ck_assert(p->line[0]);
    write_reg(p, 0x41C, 0xFF);
    ck_assert(!p->line[0]);
    drive(p, 0, false);
    drive(p, 1, false);
    drive(p, 3, false);
    ck_assert_uint_eq(read_reg(p, 0x414), 0xA);
    ck_assert_uint_eq(read_reg(p, 0x418), 2);
    write_reg(p, 0x41C, 0xFF);
    drive(p, 2, true);
    write_reg(p, 0x41C, 0xFF); /* a level stays */
    ck_assert(p->line[0]);
    drive(p, 2, false);
    ck_assert(!p->line[0]);
    paper_free(p);
}
END_TEST

START_TEST(pl061_of_the_LM3S_8)
{
    struct paper *p = PAPER("pl061", 0, 1);
    write_reg(p, 0x510, 3);
    ck_assert_uint_eq(read_reg(p, 0x3FC), 3);
    write_reg(p, 0x514, 1); /* a pull-down clears the pull-up, */
    ck_assert_uint_eq(read_reg(p, 0x510), 2);
    ck_assert_uint_eq(read_reg(p, 0x3FC), 2);
    write_reg(p, 0x510, 3); /* and the other way round */
    ck_assert_uint_eq(read_reg(p, 0x514), 0);
    ck_assert_uint_eq(read_reg(p, 0x520), 1);
    write_reg(p, 0x524, 0);
    ck_assert_uint_eq(read_reg(p, 0x524), 0xFF); /* locked */
    write_reg(p, 0x520, 0x1ACCE551);
    ck_assert_uint_eq(read_reg(p, 0x520), 0);
    write_reg(p, 0x524, 0);
    ck_assert_uint_eq(read_reg(p, 0x524), 0);
    write_reg(p, 0x520, 0);
    ck_assert_uint_eq(read_reg(p, 0x520), 1);
    paper_free(p);
}
END_TEST

START_TEST(pl061_open_drain_of_the_LM3S_8)
{
    struct paper *p = PAPER("pl061", 0, 1);
    write_reg(p, 0x400, 1);
    write_reg(p, 0x50C, 1);
    write_reg(p, 0x3FC, 1); /* floats */
    ck_assert_uint_eq(read_reg(p, 0x3FC), 0);
    give(p, 0, 1);
    ck_assert_uint_eq(read_reg(p, 0x3FC), 1);
    write_reg(p, 0x3FC, 0);
    ck_assert_uint_eq(read_reg(p, 0x3FC), 0);
    paper_free(p);
}
END_TEST

/* ---- SP805. ---- */

START_TEST(sp805_interrupts_then_resets_DDI0270_3_3)
{
    struct paper *p = PAPER("sp805", 0, 1, 0);
    ck_assert_uint_eq(read_reg(p, 0x4), UINT32_MAX);
    write_reg(p, 0x0, 99);
    pass_to(p, 50);
    ck_assert_uint_eq(read_reg(p, 0x4), 99); /* it does not count */
    write_reg(p, 0x8, 3);
    pass_to(p, 60);
    ck_assert_uint_eq(read_reg(p, 0x4), 89);
    pass_to(p, 150);
    ck_assert(p->line[15]); /* the NMI */
    ck_assert(read_reg(p, 0x10) == 1 && read_reg(p, 0x14) == 1);
    write_reg(p, 0xC, 0);
    ck_assert(!p->line[15]);
    ck_assert_uint_eq(read_reg(p, 0x4), 99);
    pass_to(p, 250);
    ck_assert(p->line[15] && p->resets == 0);
    pass_to(p, 350);
    ck_assert_uint_eq(p->resets, 1);
    paper_free(p);
}
END_TEST

START_TEST(sp805_locks_and_stops_DDI0270_3_3_3_3_3_7)
{
    struct paper *p = PAPER("sp805", 0, 0, 0);
    write_reg(p, 0xC00, 1);
    ck_assert_uint_eq(read_reg(p, 0xC00), 1);
    write_reg(p, 0x0, 99);
    ck_assert_uint_eq(read_reg(p, 0x0), UINT32_MAX);
    write_reg(p, 0xC00, 0x1ACCE551);
    ck_assert_uint_eq(read_reg(p, 0xC00), 0);
    write_reg(p, 0x0, 99);
    write_reg(p, 0x8, 1);
    pass_to(p, 30);
    write_reg(p, 0x8, 0); /* the counter stops, */
    pass_to(p, 50);
    ck_assert_uint_eq(read_reg(p, 0x4), 69);
    write_reg(p, 0x8, 1); /* and is loaded when it is enabled again */
    ck_assert_uint_eq(read_reg(p, 0x4), 99);
    paper_free(p);
    p = PAPER("sp805", 0, 0, 1);
    write_reg(p, 0x8, 1);
    write_reg(p, 0x8, 0); /* LM3S 10: only a reset clears INTEN */
    ck_assert_uint_eq(read_reg(p, 0x8), 1);
    paper_free(p);
}
END_TEST

/* ---- System Design Kit. ---- */

START_TEST(dualtimer_modes_DDI0479_4_4)
{
    struct paper *p = paper_new("cmsdk-dualtimer");
    ck_assert(read_reg(p, 0x8) == 0x20 && read_reg(p, 0x4) == UINT32_MAX);
    write_reg(p, 0x0, 9);
    write_reg(p, 0x8, 0xE2); /* enabled, periodic, interrupt, 32 bits */
    pass_to(p, 4);
    ck_assert_uint_eq(read_reg(p, 0x4), 5);
    pass_to(p, 9);
    ck_assert(p->line[0]);
    ck_assert(read_reg(p, 0x10) == 1 && read_reg(p, 0x14) == 1);
    write_reg(p, 0xC, 1);
    ck_assert(!p->line[0]);
    write_reg(p, 0x18, 4); /* background load: this round is as it was */
    pass_to(p, 18);
    ck_assert(!p->line[0]);
    pass_to(p, 19);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x0), 4);
    write_reg(p, 0xC, 1);
    pass_to(p, 24);
    ck_assert(p->line[0]);
    paper_free(p);
}
END_TEST

START_TEST(dualtimer_one_shot_free_and_prescaled_DDI0479_4_4)
{
    struct paper *p = paper_new("cmsdk-dualtimer");
    write_reg(p, 0x20, 9);    /* the second: one shot, / 16 */
    write_reg(p, 0x28, 0xA7); /* and 32 bits */
    pass_to(p, 143);
    ck_assert(!p->line[0]);
    pass_to(p, 144);
    ck_assert(p->line[0]);
    pass_to(p, 1000);
    ck_assert_uint_eq(read_reg(p, 0x24), 0);
    write_reg(p, 0x2C, 0);
    write_reg(p, 0x00, 5);
    write_reg(p, 0x08, 0x80); /* free running, 16 bits, no interrupt */
    pass_to(p, 1006);
    ck_assert_uint_eq(read_reg(p, 0x04), 0xFFFF);
    ck_assert(read_reg(p, 0x10) == 1 && read_reg(p, 0x14) == 0 && !p->line[0]);
    paper_free(p);
}
END_TEST

START_TEST(cmsdk_gpio_DDI0479_3_3)
{
    struct paper *p = paper_new("cmsdk-gpio");
    write_reg(p, 0x10, 0xFF0F); /* OUTENSET */
    write_reg(p, 0x14, 0x000F); /* OUTENCLR */
    ck_assert_uint_eq(read_reg(p, 0x10), 0xFF00);
    write_reg(p, 0x04, 0xA5A5);
    ck_assert_uint_eq(read_reg(p, 0x00), 0xA500);
    write_reg(p, 0x400 + 4 * 0x0F, 0xFFFF);
    ck_assert_uint_eq(read_reg(p, 0x04), 0xA5AF);
    write_reg(p, 0x800 + 4 * 0x0F, 0);
    ck_assert_uint_eq(read_reg(p, 0x04), 0xA0AF);
    ck_assert_uint_eq(read_reg(p, 0x800 + 4 * 0x80), 0x8000);
    write_reg(p, 0x28, 1); /* pin 0: edges */
    write_reg(p, 0x30, 3); /* pins 0 and 1: rising, high */
    write_reg(p, 0x20, 3);
    give(p, 0, 1);
    ck_assert(p->line[0] && read_reg(p, 0x38) == 1);
    write_reg(p, 0x38, 1);
    ck_assert(!p->line[0]);
    give(p, 0, 0);
    ck_assert(!p->line[0]);
    give(p, 1, 1);
    ck_assert_uint_eq(read_reg(p, 0x38), 2);
    write_reg(p, 0x24, 2);
    ck_assert(!p->line[0]);
    paper_free(p);
}
END_TEST

START_TEST(scc_DAI0385_scc_registers)
{
    struct paper *p = PAPER("mps2-scc", 0x41043850, 50000000, 24576000, 25000000);
    ck_assert_uint_eq(read_reg(p, 0xFFC), 0x41043850);
    write_reg(p, 0x4, 0x1A5); /* LEDs */
    ck_assert_uint_eq(p->levels, 0xA5);
    give(p, 3, 1);
    ck_assert_uint_eq(read_reg(p, 0xC), 8);
    write_reg(p, 0xA8, 0x80100001); /* start, function 1, device 1 */
    ck_assert_uint_eq(read_reg(p, 0xAC), 1);
    ck_assert_uint_eq(read_reg(p, 0xA0), 24576000);
    ck_assert_uint_eq(read_reg(p, 0xA8), 0x00100001);
    write_reg(p, 0xA8, 0x80100003); /* there is no such oscillator */
    ck_assert_uint_eq(read_reg(p, 0xAC), 3);
    paper_free(p);
}
END_TEST

/* ---- LM3S. ---- */

START_TEST(lm3s_sysctl_5)
{
    struct paper *p = PAPER("lm3s-sysctl", 0, MHZ);
    ck_assert_uint_eq(read_reg(p, 0x05C), 2); /* power-on */
    write_reg(p, 0x05C, 0);
    write_reg(p, 0x054, 0x40);
    write_reg(p, 0x060, read_reg(p, 0x060) & ~0x2000u); /* PLL on */
    ck_assert_uint_eq(read_reg(p, 0x050), 0);
    pass_to(p, 500);
    ck_assert(read_reg(p, 0x050) == 0x40 && read_reg(p, 0x058) == 0x40 && p->line[0]);
    write_reg(p, 0x058, 0x40);
    ck_assert(!p->line[0]);
    drive(p, 0, true); /* the watchdog */
    p->dev->ops->reset(p->dev);
    ck_assert_uint_eq(read_reg(p, 0x05C), 8);
    p->dev->ops->reset(p->dev);
    ck_assert_uint_eq(read_reg(p, 0x05C), 0x18); /* sticky */
    paper_free(p);
}
END_TEST

START_TEST(lm3s_timer_of_32_bits_9_2_2)
{
    struct paper *p = paper_new("lm3s-timer");
    ck_assert_uint_eq(read_reg(p, 0x28), UINT32_MAX);
    write_reg(p, 0x04, 2); /* periodic */
    write_reg(p, 0x28, 99999);
    write_reg(p, 0x18, 1);
    write_reg(p, 0x0C, 1);
    pass_to(p, 10);
    ck_assert_uint_eq(read_reg(p, 0x48), 99989);
    pass_to(p, 99999);
    ck_assert(!p->line[0]);
    pass_to(p, 100000);
    ck_assert(p->line[0] && read_reg(p, 0x20) == 1);
    write_reg(p, 0x24, 1);
    ck_assert(!p->line[0]);
    pass_to(p, 200000);
    ck_assert(p->line[0]);
    paper_free(p);
}
END_TEST

START_TEST(lm3s_timer_of_16_bits_9_2_3)
{
    struct paper *p = paper_new("lm3s-timer");
    write_reg(p, 0x00, 4);
    ck_assert_uint_eq(read_reg(p, 0x28), 0xFFFF); /* the upper half reads 0 */
    ck_assert_uint_eq(read_reg(p, 0x48), 0xFFFF);
    write_reg(p, 0x08, 1); /* B: one shot */
    write_reg(p, 0x2C, 9);
    write_reg(p, 0x3C, 3); /* / 4 */
    write_reg(p, 0x18, 0x100);
    write_reg(p, 0x0C, 0x100);
    pass_to(p, 39);
    ck_assert(!p->line[1]);
    pass_to(p, 40);
    ck_assert(p->line[1] && !p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x0C), 0); /* TBEN is cleared */
    paper_free(p);
}
END_TEST

START_TEST(lm3s_timer_captures_9_2_3_3)
{
    struct paper *p = paper_new("lm3s-timer");
    write_reg(p, 0x00, 4);
    write_reg(p, 0x04, 7); /* capture, edge time */
    write_reg(p, 0x28, 0xFFFF);
    write_reg(p, 0x18, 4);
    write_reg(p, 0x0C, 1 | 3 << 2); /* both edges */
    pass_to(p, 100);
    drive(p, 0, true);
    ck_assert(p->line[0] && read_reg(p, 0x1C) == 4);
    uint32_t first = read_reg(p, 0x48);
    write_reg(p, 0x24, 4);
    pass_to(p, 350);
    drive(p, 0, false);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(first - read_reg(p, 0x48), 250);
    paper_free(p);
}
END_TEST

START_TEST(lm3s_flash_7)
{
    struct paper *p = PAPER("lm3s-flash", 0, MHZ, 8192);
    write_reg(p, 0x10, 2);
    write_reg(p, 0x00, 0x404);
    write_reg(p, 0x08, 0xA4420002); /* erase */
    ck_assert_uint_eq(read_reg(p, 0x08), 2);
    ck_assert(p->stored_first == 0x400 && p->stored_end == 0x800);
    pass_to(p, MHZ);
    ck_assert(read_reg(p, 0x08) == 0 && p->line[0] && read_reg(p, 0x14) == 2);
    write_reg(p, 0x14, 2);
    ck_assert(!p->line[0]);
    write_reg(p, 0x04, 0x12345678);
    write_reg(p, 0x08, 1); /* no key: nothing */
    ck_assert(read_reg(p, 0x08) == 0 && p->memory[0x404] == 0xFF);
    write_reg(p, 0x08, 0xA4420001);
    ck_assert(p->memory[0x404] == 0x78 && p->memory[0x407] == 0x12);
    pass_to(p, 2 * MHZ);
    write_reg(p, 0x00, 0x4000); /* outside */
    write_reg(p, 0x08, 0xA4420001);
    ck_assert_uint_eq(read_reg(p, 0x0C), 3);
    paper_free(p);
}
END_TEST

static void add_lm3s(TCase *tc)
{
    ADD(tc, pl061_of_the_LM3S_8);
    ADD(tc, pl061_open_drain_of_the_LM3S_8);
    ADD(tc, lm3s_sysctl_5);
    ADD(tc, lm3s_timer_of_32_bits_9_2_2);
    ADD(tc, lm3s_timer_of_16_bits_9_2_3);
    ADD(tc, lm3s_timer_captures_9_2_3_3);
    ADD(tc, lm3s_flash_7);
}

Suite *suite(void)
{
    Suite *s = suite_create("arm_devices");
    TCase *tc = tcase_create("arm_devices");
    ADD(tc, pl011_after_reset_DDI0183_3_2);
    ADD(tc, pl011_transmits_without_FIFO_DDI0183_3_3_3);
    ADD(tc, pl011_fraction_of_the_divisor_DDI0183_3_3_6);
    ADD(tc, pl011_receives_and_times_out_DDI0183_2_8);
    ADD(tc, pl011_loops_back_DDI0183_3_3_8);
    ADD(tc, pl061_address_is_the_mask_DDI0190_3_3_1);
    ADD(tc, pl061_interrupts_DDI0190_3_3_2);
    ADD(tc, sp805_interrupts_then_resets_DDI0270_3_3);
    ADD(tc, sp805_locks_and_stops_DDI0270_3_3_3_3_3_7);
    ADD(tc, dualtimer_modes_DDI0479_4_4);
    ADD(tc, dualtimer_one_shot_free_and_prescaled_DDI0479_4_4);
    ADD(tc, cmsdk_gpio_DDI0479_3_3);
    ADD(tc, scc_DAI0385_scc_registers);
    add_lm3s(tc);
    suite_add_tcase(s, tc);
    return s;
}
