/*
 * Flash interfaces of the STM32 against what the manuals say of their registers.
 *
 * PM0063: flash of the STM32F100, RM0090: STM32F405/407, RM0444: STM32G0.
 */
#include <string.h>

#include "tests/unit/paper.h"
#include "tests/unit/test.h"

#define MHZ 1000000u

static void unlock(struct paper *p, uint32_t keyr)
{
    write_reg(p, keyr, 0x45670123);
    write_reg(p, keyr, 0xCDEF89AB);
}

static enum bus_status program(struct paper *p, uint32_t at, uint32_t bytes, uint32_t val)
{
    enum bus_status status = p->dev->ops->program(p->dev, at, bytes, val);
    pass_to(p, p->now + MHZ);
    return status;
}

static uint32_t word(const struct paper *p, uint32_t at)
{
    uint32_t val;
    memcpy(&val, p->memory + at, 4);
    return val;
}

START_TEST(flash_keys_RM0090_3_6_1_PM0063_2_3_1_RM0444_3_3_6)
{
    static const struct {
        const char *kind;
        uint32_t keyr, cr, lock, reset;
    } kinds[] = {{"stm32f1-flash", 0x04, 0x10, 1u << 7, 0x80},
                 {"stm32f4-flash", 0x04, 0x10, 1u << 31, 1u << 31},
                 {"stm32g0-flash", 0x08, 0x14, 1u << 31, 0xC0000000}};
    for (uint32_t i = 0; i < 3; i++) {
        struct paper *p = PAPER(kinds[i].kind, 0, MHZ, 0, 8192);
        uint32_t cr = kinds[i].cr, keyr = kinds[i].keyr;
        ck_assert_uint_eq(read_reg(p, cr), kinds[i].reset);
        write_reg(p, cr, 1); /* locked */
        ck_assert_uint_eq(read_reg(p, cr), kinds[i].reset);
        unlock(p, keyr);
        ck_assert_uint_eq(read_reg(p, cr) & kinds[i].lock, 0);
        write_reg(p, cr, kinds[i].lock);
        ck_assert_uint_eq(read_reg(p, cr) & kinds[i].lock, kinds[i].lock);
        ck_assert_int_eq(p->dev->ops->write(p->dev, keyr, 4, 1), BUS_ERROR);
        ck_assert_int_eq(p->dev->ops->write(p->dev, keyr, 4, 0x45670123), BUS_ERROR);
        ck_assert_int_eq(p->dev->ops->write(p->dev, keyr, 4, 0xCDEF89AB), BUS_ERROR);
        ck_assert_uint_eq(read_reg(p, cr) & kinds[i].lock, kinds[i].lock);
        p->dev->ops->reset(p->dev);
        unlock(p, keyr);
        ck_assert_uint_eq(read_reg(p, cr) & kinds[i].lock, 0);
        paper_free(p);
    }
}
END_TEST

START_TEST(flash_of_F1_programs_halfwords_PM0063_2_3_3)
{
    struct paper *p = PAPER("stm32f1-flash", 0, MHZ, 0x08000000, 8192);
    unlock(p, 0x04);
    write_reg(p, 0x10, 0x1002); /* EOPIE, PER */
    write_reg(p, 0x14, 0x08000400);
    write_reg(p, 0x10, 0x1042); /* STRT */
    ck_assert_uint_eq(read_reg(p, 0x0C), 1);
    ck_assert(p->stored_first == 0x08000400 && p->stored_end == 0x08000800);
    pass_to(p, MHZ);
    ck_assert_uint_eq(read_reg(p, 0x0C), 0x20); /* EOP */
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x10), 0x1002); /* STRT is over */
    write_reg(p, 0x0C, 0x20);
    ck_assert(!p->line[0]);
    write_reg(p, 0x10, 1); /* PG */
    ck_assert_int_eq(program(p, 0x08000400, 4, 1), BUS_ERROR);
    ck_assert_int_eq(program(p, 0x08000400, 2, 0x1234), BUS_OK);
    ck_assert_uint_eq(word(p, 0x400), 0xFFFF1234);
    ck_assert_uint_eq(read_reg(p, 0x0C), 0x20); /* EOP, without EOPIE too */
    write_reg(p, 0x0C, 0x20);
    program(p, 0x08000400, 2, 0x1000); /* not erased: PGERR */
    ck_assert_uint_eq(read_reg(p, 0x0C), 0x04);
    ck_assert_uint_eq(word(p, 0x400), 0xFFFF1234);
    program(p, 0x08000400, 2, 0); /* but zero may be programmed */
    ck_assert_uint_eq(word(p, 0x400), 0xFFFF0000);
    paper_free(p);
}
END_TEST

/* ERRIE: F1, PGERR itself; the others, OPERR, which comes only then. */
START_TEST(flash_errors_interrupt_PM0063_3_5_RM0090_3_9_5_RM0444_3_7_4)
{
    static const struct {
        const char *kind;
        uint32_t keyr, sr, cr, errie, with, without;
    } kinds[] = {{"stm32f1-flash", 0x04, 0x0C, 0x10, 1u << 10, 1u << 2, 1u << 2},
                 {"stm32f4-flash", 0x04, 0x0C, 0x10, 1u << 25, 0x82, 0x80},
                 {"stm32g0-flash", 0x08, 0x10, 0x14, 1u << 25, 0x82, 0x80}};
    for (uint32_t i = 0; i < 3; i++) {
        struct paper *p = PAPER(kinds[i].kind, 0, MHZ, 0, 8192);
        unlock(p, kinds[i].keyr);
        for (uint32_t on = 0; on < 2; on++) {
            write_reg(p, kinds[i].cr, on ? kinds[i].errie : 0);
            program(p, 0, i == 0 ? 2 : 4, 0); /* PG is not set */
            ck_assert_uint_eq(read_reg(p, kinds[i].sr), on ? kinds[i].with : kinds[i].without);
            ck_assert_int_eq(p->line[0], on);
            write_reg(p, kinds[i].sr, 0xFF);
            ck_assert(read_reg(p, kinds[i].sr) == 0 && !p->line[0]);
        }
        paper_free(p);
    }
}
END_TEST

START_TEST(flash_of_F4_RM0090_3_6_3_9)
{
    struct paper *p = PAPER("stm32f4-flash", 0, MHZ, 0x08000000, 1u << 20);
    program(p, 0x08000000, 4, 1); /* PG is not set: PGSERR */
    ck_assert_uint_eq(read_reg(p, 0x0C), 0x80);
    write_reg(p, 0x0C, 0x80);
    unlock(p, 0x04);
    write_reg(p, 0x10, 2 | 4 << 3 | 1u << 16); /* SER, sector 4 */
    ck_assert_uint_eq(read_reg(p, 0x0C), 1u << 16);
    ck_assert(p->stored_first == 0x08010000 && p->stored_end == 0x08020000);
    pass_to(p, 2 * MHZ);
    ck_assert_uint_eq(read_reg(p, 0x0C), 0);    /* EOP only with EOPIE: 3.9.4 */
    write_reg(p, 0x10, 1u << 24 | 2u << 8 | 1); /* EOPIE, words, PG */
    program(p, 0x08010000, 4, 0xFFFF00FF);
    ck_assert_uint_eq(read_reg(p, 0x0C), 1);
    ck_assert(p->line[0]);
    write_reg(p, 0x0C, 1);
    program(p, 0x08010000, 4, 0x12345678); /* bits become 0 without an erase: 3.6.4 */
    ck_assert_uint_eq(word(p, 0), 0x12340078);
    program(p, 0x08010000, 2, 0); /* PGPERR */
    ck_assert_uint_eq(read_reg(p, 0x0C), 0x41);
    ck_assert_uint_eq(word(p, 0), 0x12340078);
    paper_free(p);
}
END_TEST

START_TEST(flash_sectors_of_F4_RM0090_table_5)
{
    struct paper *p = PAPER("stm32f4-flash", 0, MHZ, 0x08000000, 1u << 20);
    unlock(p, 0x04);
    write_reg(p, 0x10, 2 | 3 << 3 | 1u << 16);
    ck_assert(p->stored_first == 0x0800C000 && p->stored_end == 0x08010000);
    pass_to(p, MHZ);
    p->stored_first = UINT32_MAX;
    write_reg(p, 0x10, 2 | 11 << 3 | 1u << 16);
    ck_assert(p->stored_first == 0x080E0000 && p->stored_end == 0x08100000);
    pass_to(p, 2 * MHZ);
    write_reg(p, 0x10, 4 | 1u << 16); /* MER */
    ck_assert(p->stored_first == 0x08000000 && p->stored_end == 0x08100000);
    paper_free(p);
}
END_TEST

START_TEST(flash_of_G0_RM0444_3_3_7_3_7)
{
    struct paper *p = PAPER("stm32g0-flash", 0, MHZ, 0x08000000, 1u << 17);
    unlock(p, 0x08);
    write_reg(p, 0x14, 2 | 3 << 3 | 1u << 16); /* PER, page 3 */
    ck_assert_uint_eq(read_reg(p, 0x10), 1u << 16);
    ck_assert(p->stored_first == 0x08001800 && p->stored_end == 0x08002000);
    pass_to(p, MHZ);
    ck_assert_uint_eq(read_reg(p, 0x10), 0); /* EOP only with EOPIE */
    write_reg(p, 0x14, 1u << 24 | 1);
    program(p, 0x08001800, 4, 0x11223344);
    program(p, 0x08001804, 4, 0x55667788);
    ck_assert(word(p, 0x1800) == 0x11223344 && word(p, 0x1804) == 0x55667788);
    ck_assert_uint_eq(read_reg(p, 0x10), 1);
    write_reg(p, 0x10, 1);
    program(p, 0x08001800, 4, 0x11223300); /* PROGERR: not erased */
    ck_assert_uint_eq(read_reg(p, 0x10), 8);
    ck_assert_uint_eq(word(p, 0x1800), 0x11223344);
    write_reg(p, 0x10, 8);
    program(p, 0x08001800, 4, 0); /* zero may */
    ck_assert_uint_eq(word(p, 0x1800), 0);
    program(p, 0x08001810, 2, 0); /* SIZERR */
    ck_assert_uint_eq(read_reg(p, 0x10), 0x41);
    paper_free(p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("stm32_flash");
    TCase *tc = tcase_create("stm32_flash");
    ADD(tc, flash_keys_RM0090_3_6_1_PM0063_2_3_1_RM0444_3_3_6);
    ADD(tc, flash_of_F1_programs_halfwords_PM0063_2_3_3);
    ADD(tc, flash_errors_interrupt_PM0063_3_5_RM0090_3_9_5_RM0444_3_7_4);
    ADD(tc, flash_of_F4_RM0090_3_6_3_9);
    ADD(tc, flash_sectors_of_F4_RM0090_table_5);
    ADD(tc, flash_of_G0_RM0444_3_3_7_3_7);
    suite_add_tcase(s, tc);
    return s;
}
