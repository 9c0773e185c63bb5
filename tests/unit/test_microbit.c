/*
 * What else the micro:bit has: the nRF51's UART, TWI, SPI and its smaller peripherals, against the
 * nRF51 Series Reference Manual 3.0 (chapters in the names of the tests); the chips on its I2C bus
 * against NXP's data sheets; and devices that a script plays.
 */
#include <string.h>

#include "tests/unit/paper.h"
#include "tests/unit/test.h"

#define TASK(n)      (4u * (n))
#define EVENT(n)     (0x100u + 4u * (n))
#define SHORTS       0x200u
#define INTENSET     0x304u
#define SECOND       16000000u
#define BIT(n)       (1u << (n))
#define HAPPENED(n)  read_reg(p, EVENT(n))
#define FORGET(n)    write_reg(p, EVENT(n), 0)
#define IS(reg, val) ck_assert_uint_eq(read_reg(p, reg), val)

static struct paper *nrf51(const char *kind)
{
    return PAPER(kind, 0);
}

/* ---- 20 TEMP, 21 RNG, 31 ADC. ---- */

START_TEST(c20_temp_in_quarters_of_a_degree)
{
    struct paper *p = nrf51("nrf51-temp");
    write_reg(p, TASK(0), 1);
    pass_to(p, 575);
    ck_assert(!HAPPENED(0));
    pass_to(p, 576);
    ck_assert(HAPPENED(0));
    IS(0x508, 92);
    p->dev->ops->input(p->dev, (const uint8_t[]){0xF1, 0xFF, 0xFF, 0xFF}, 4);
    IS(0x508, 92); /* not measured yet */
    write_reg(p, TASK(0), 1);
    pass_to(p, 2000);
    IS(0x508, 0xFFFFFFF1);
    paper_free(p);
}
END_TEST

START_TEST(c21_rng_gives_the_seeds_numbers_at_its_rate)
{
    struct paper *a = PAPER("nrf51-rng", 0, 1), *b = PAPER("nrf51-rng", 0, 1),
                 *p = PAPER("nrf51-rng", 0, 2);
    uint32_t differ = 0;
    write_reg(a, TASK(0), 1);
    write_reg(b, TASK(0), 1);
    write_reg(p, TASK(0), 1);
    for (uint32_t i = 1; i <= 32; i++) {
        pass_to(a, 2672 * i);
        pass_to(b, 2672 * i);
        pass_to(p, 2672 * i);
        ck_assert_uint_le(read_reg(a, 0x508), 255);
        ck_assert_uint_eq(read_reg(a, 0x508), read_reg(b, 0x508));
        differ += read_reg(a, 0x508) != read_reg(p, 0x508);
    }
    ck_assert_uint_gt(differ, 16);
    write_reg(p, 0x504, 1); /* bias correction */
    write_reg(p, SHORTS, 1);
    FORGET(0);
    write_reg(p, TASK(0), 1);
    pass_to(p, p->now + 10831);
    ck_assert(!HAPPENED(0));
    pass_to(p, p->now + 1);
    ck_assert(HAPPENED(0) && p->due == DEVICE_NEVER);
    paper_free(a);
    paper_free(b);
    paper_free(p);
}
END_TEST

static uint32_t convert(struct paper *p, uint32_t config, uint32_t cycles)
{
    write_reg(p, 0x504, config);
    write_reg(p, EVENT(0), 0);
    write_reg(p, TASK(0), 1);
    pass_to(p, p->now + cycles - 1);
    ck_assert(read_reg(p, 0x400) && !HAPPENED(0));
    pass_to(p, p->now + 1);
    ck_assert(!read_reg(p, 0x400) && HAPPENED(0));
    return read_reg(p, 0x508);
}

START_TEST(c31_adc_prescalers_references_and_times)
{
    struct paper *p = nrf51("nrf51-adc");
    give(p, 2, 600);
    give(p, 3, 3000);
    write_reg(p, TASK(0), 1);
    ck_assert(p->due == DEVICE_NEVER); /* not enabled */
    write_reg(p, 0x500, 1);
    ck_assert_uint_eq(convert(p, 0 | BIT(10), 320), 128); /* 20 us, 1.2 V is full scale */
    ck_assert_uint_eq(convert(p, 1 | BIT(10), 576), 256);
    ck_assert_uint_eq(convert(p, 2 | BIT(10), 1088), 512);
    ck_assert_uint_eq(convert(p, 2 | BIT(11), 1088), 1023);         /* saturated */
    ck_assert_uint_eq(convert(p, 2 | 1 << 2 | BIT(10), 1088), 341); /* two thirds */
    ck_assert_uint_eq(convert(p, 2 | 2 << 2 | BIT(11), 1088), 853); /* one third */
    ck_assert_uint_eq(convert(p, 2 | 6 << 2, 1088), 938);           /* 3.3 V / 3 */
    ck_assert_uint_eq(convert(p, 2 | 5 << 2 | 2 << 5, 1088), 1023); /* 2.2 V of 1.65 V */
    ck_assert_uint_eq(convert(p, 2 | 2 << 5 | BIT(10), 1088), 372); /* of 1.65 V */
    ck_assert_uint_eq(convert(p, 2 | 3 << 5 | BIT(10), 1088), 558); /* of 1.1 V */
    paper_free(p);
}
END_TEST

/* ---- 24 WDT, 12 POWER, 13 CLOCK. ---- */

START_TEST(c24_wdt_bites_unless_all_its_registers_are_written)
{
    struct paper *p = nrf51("nrf51-wdt");
    IS(0x504, 0xFFFFFFFF);
    write_reg(p, 0x504, 32767);
    write_reg(p, 0x508, 3);
    write_reg(p, TASK(0), 1);
    IS(0x400, 1);
    IS(0x404, 3);
    write_reg(p, 0x504, 1000000); /* locked while it runs */
    IS(0x504, 32767);
    pass_to(p, SECOND / 2);
    write_reg(p, 0x600, 0x6E524635);
    IS(0x404, 2);
    write_reg(p, 0x604, 0x6E524636); /* not the word */
    IS(0x404, 2);
    write_reg(p, 0x604, 0x6E524635);
    IS(0x404, 3);
    pass_to(p, SECOND * 3 / 2 - 1);
    ck_assert_uint_eq(p->resets, 0);
    pass_to(p, SECOND * 3 / 2);
    ck_assert_uint_eq(p->resets, 1);
    ck_assert(HAPPENED(0));
    paper_free(p);
}
END_TEST

START_TEST(c13_clocks_start_and_say_so)
{
    struct paper *p = nrf51("nrf51-clock");
    IS(0x40C, 0x10000); /* from the RC oscillator */
    write_reg(p, TASK(0), 1);
    IS(0x408, 1);
    write_reg(p, 0x518, 1);
    write_reg(p, TASK(2), 1);
    write_reg(p, 0x518, 2); /* too late: the copy counts */
    IS(0x41C, 1);
    IS(0x418, 0);
    pass_to(p, 12800);
    ck_assert(HAPPENED(0) && HAPPENED(1));
    IS(0x40C, 0x10001);
    IS(0x418, 0x10001);
    write_reg(p, TASK(1), 1);
    write_reg(p, TASK(3), 1);
    IS(0x40C, 0x10000);
    IS(0x418, 0);
    write_reg(p, 0x538, 2); /* half a second */
    write_reg(p, TASK(5), 1);
    write_reg(p, TASK(4), 1);
    pass_to(p, 12800 + SECOND / 2);
    ck_assert(HAPPENED(3) && HAPPENED(4));
    paper_free(p);
}
END_TEST

START_TEST(c12_power_knows_why_it_was_reset)
{
    struct paper *p = nrf51("nrf51-clock");
    IS(0x400, 0);
    write_reg(p, 0x51C, 0x5A);
    p->dev->ops->reset(p->dev);
    IS(0x400, 4);
    IS(0x51C, 0x5A);
    drive(p, 200, true); /* the watchdog */
    p->dev->ops->reset(p->dev);
    IS(0x400, 6); /* they add up until they are cleared */
    write_reg(p, 0x400, 6);
    IS(0x400, 0);
    paper_free(p);
}
END_TEST

/* ---- 29 UART. ---- */

START_TEST(c29_uart_sends_bytes_in_their_time)
{
    struct paper *p = nrf51("nrf51-uart");
    IS(0x524, 0x04000000);
    IS(0x50C, 0xFFFFFFFF);
    write_reg(p, 0x524, 0x01D7E000); /* 115200 */
    write_reg(p, TASK(2), 1);
    write_reg(p, 0x51C, 'x'); /* not enabled */
    write_reg(p, 0x500, 4);
    write_reg(p, INTENSET, BIT(7));
    write_reg(p, 0x51C, 'a');
    pass_to(p, 1387);
    ck_assert(!HAPPENED(7) && !p->line[0]);
    pass_to(p, 1389); /* ten bits */
    ck_assert(HAPPENED(7) && p->line[0]);
    write_reg(p, TASK(3), 1);
    write_reg(p, 0x51C, 'b'); /* stopped */
    ck_assert_uint_eq(p->written, 1);
    ck_assert_int_eq(p->output[0], 'a');
    paper_free(p);
}
END_TEST

START_TEST(c29_uart_receives_when_it_was_started)
{
    struct paper *p = nrf51("nrf51-uart");
    write_reg(p, 0x500, 4);
    p->dev->ops->input(p->dev, (const uint8_t *)"ok", 2);
    pass_to(p, SECOND);
    ck_assert(!HAPPENED(2));
    write_reg(p, TASK(0), 1);
    for (const char *c = "ok"; *c; c++) {
        pass_to(p, p->now + 5000);
        ck_assert(HAPPENED(2));
        FORGET(2);
        pass_to(p, p->now + SECOND);
        ck_assert(!HAPPENED(2)); /* the next one waits until this one was read */
        IS(0x518, (uint32_t)*c);
    }
    write_reg(p, TASK(1), 1);
    ck_assert(HAPPENED(17)); /* RXTO */
    paper_free(p);
}
END_TEST

/* ---- 28 TWI, 26 SPI. ---- */

#define TWI_BITS(n) ((n)*160u)

static struct paper *twi_new(void)
{
    struct paper *p = nrf51("nrf51-twi");
    write_reg(p, 0x500, 5);
    write_reg(p, 0x524, 0x01980000); /* 100 kHz: 160 cycles a bit */
    write_reg(p, 0x588, 0x1D);
    p->acknowledges = true;
    return p;
}

START_TEST(c28_twi_writes_and_stops)
{
    struct paper *p = twi_new();
    write_reg(p, TASK(2), 1);
    ck_assert(p->op == BUS_START_WRITE && p->byte == 0x1D);
    write_reg(p, 0x51C, 0x2A);
    pass_to(p, TWI_BITS(9) - 1);
    ck_assert(!HAPPENED(7));
    pass_to(p, TWI_BITS(9));
    ck_assert(HAPPENED(7) && p->op == BUS_WRITE && p->byte == 0x2A);
    write_reg(p, TASK(5), 1);
    ck_assert(HAPPENED(1) && p->op == BUS_STOP);
    ck_assert(!HAPPENED(9));
    write_reg(p, 0x51C, 0x2B); /* without a start: nothing */
    pass_to(p, SECOND);
    ck_assert_int_eq(p->op, BUS_STOP);
    paper_free(p);
}
END_TEST

START_TEST(c28_twi_is_not_acknowledged)
{
    struct paper *p = twi_new();
    write_reg(p, INTENSET, BIT(9));
    p->acknowledges = false;
    write_reg(p, TASK(2), 1);
    ck_assert(HAPPENED(9) && p->line[0]);
    IS(0x4C4, 2); /* ANACK */
    write_reg(p, TASK(5), 1);
    ck_assert(HAPPENED(1));
    write_reg(p, 0x4C4, 2);
    IS(0x4C4, 0);
    FORGET(9);
    p->acknowledges = true;
    write_reg(p, TASK(2), 1);
    p->acknowledges = false;
    write_reg(p, 0x51C, 1);
    pass_to(p, TWI_BITS(9));
    ck_assert(HAPPENED(9) && !HAPPENED(7));
    IS(0x4C4, 4); /* DNACK */
    paper_free(p);
}
END_TEST

/* As 28.6 has it: BB_SUSPEND until the last byte, for which it is BB_STOP. */
START_TEST(c28_twi_reads_with_its_shortcuts)
{
    struct paper *p = twi_new();
    write_reg(p, SHORTS, BIT(0));
    p->answer = 0x11;
    write_reg(p, TASK(0), 1);
    ck_assert_int_eq(p->op, BUS_START_READ);
    pass_to(p, TWI_BITS(18));
    ck_assert(HAPPENED(14) && HAPPENED(18) && HAPPENED(2) && !HAPPENED(1));
    FORGET(2);
    IS(0x518, 0x11);
    pass_to(p, SECOND);
    ck_assert(!HAPPENED(2)); /* suspended */
    p->answer = 0x22;
    write_reg(p, SHORTS, BIT(1));
    write_reg(p, TASK(8), 1);
    pass_to(p, SECOND + TWI_BITS(9) - 1);
    ck_assert(!HAPPENED(2));
    pass_to(p, SECOND + TWI_BITS(9));
    ck_assert(HAPPENED(2) && HAPPENED(1) && p->op == BUS_STOP);
    IS(0x518, 0x22);
    FORGET(2);
    pass_to(p, 2 * SECOND);
    ck_assert(!HAPPENED(2));
    paper_free(p);
}
END_TEST

START_TEST(c28_twi_reads_on_while_it_is_read)
{
    struct paper *p = twi_new();
    write_reg(p, TASK(0), 1);
    pass_to(p, SECOND);
    for (uint32_t i = 0; i < 3; i++) {
        ck_assert(HAPPENED(2));
        FORGET(2);
        pass_to(p, p->now + SECOND);
        ck_assert(!HAPPENED(2)); /* it waits for RXD to be read */
        read_reg(p, 0x518);
        pass_to(p, p->now + TWI_BITS(9));
    }
    paper_free(p);
}
END_TEST

START_TEST(c28_twi_forgets_a_byte_that_was_stopped)
{
    struct paper *p = twi_new();
    write_reg(p, TASK(2), 1);
    write_reg(p, 0x51C, 1);
    write_reg(p, TASK(5), 1);
    write_reg(p, TASK(2), 1);
    pass_to(p, SECOND);
    ck_assert(!HAPPENED(7) && p->op == BUS_START_WRITE);
    paper_free(p);
}
END_TEST

START_TEST(c26_spi_exchanges_bytes)
{
    struct paper *p = nrf51("nrf51-twi");
    write_reg(p, 0x500, 1);
    write_reg(p, 0x524, 0x02000000); /* 125 kHz */
    p->acknowledges = true;
    p->answer = 0x5A;
    write_reg(p, 0x51C, 0xA5);
    pass_to(p, 8 * 128 - 1);
    ck_assert(!HAPPENED(2));
    pass_to(p, 8 * 128);
    ck_assert(HAPPENED(2) && p->op == BUS_EXCHANGE && p->byte == 0xA5);
    IS(0x518, 0x5A);
    p->acknowledges = false;
    write_reg(p, 0x51C, 0);
    pass_to(p, SECOND);
    IS(0x518, 0xFF); /* nobody there */
    paper_free(p);
}
END_TEST

/* ---- Chips on the bus. ---- */

static bool transfer(struct paper *p, enum bus_op op, uint8_t *byte)
{
    return p->dev->ops->transfer(p->dev, op, byte);
}

static bool send(struct paper *p, enum bus_op op, uint8_t byte)
{
    return transfer(p, op, &byte);
}

static void chip_write(struct paper *p, uint8_t reg, uint8_t val)
{
    ck_assert(send(p, BUS_START_WRITE, (uint8_t)p->dev->config[0]));
    ck_assert(send(p, BUS_WRITE, reg) && send(p, BUS_WRITE, val));
    send(p, BUS_STOP, 0);
}

/* @n registers from @reg on, most significant first. */
static uint64_t chip_read(struct paper *p, uint8_t reg, uint32_t n)
{
    uint64_t all = 0;
    uint8_t byte = 0;
    ck_assert(send(p, BUS_START_WRITE, (uint8_t)p->dev->config[0]) && send(p, BUS_WRITE, reg));
    ck_assert(send(p, BUS_START_READ, (uint8_t)p->dev->config[0]));
    for (uint32_t i = 0; i < n; i++) {
        ck_assert(transfer(p, BUS_READ, &byte));
        all = all << 8 | byte;
    }
    send(p, BUS_STOP, 0);
    return all;
}

static void chip_input(struct paper *p, int32_t x, int32_t y, int32_t z)
{
    const int32_t v[] = {x, y, z};
    uint8_t bytes[12];
    for (uint32_t i = 0; i < 12; i++)
        bytes[i] = (uint8_t)((uint32_t)v[i / 4] >> 8 * (i % 4));
    p->dev->ops->input(p->dev, bytes, sizeof bytes);
}

START_TEST(mma8653_answers_to_its_address)
{
    struct paper *p = PAPER("mma8653", 0x1D, SECOND);
    ck_assert(!send(p, BUS_START_WRITE, 0x1C) && !send(p, BUS_WRITE, 0x2A));
    ck_assert(!send(p, BUS_EXCHANGE, 0));
    ck_assert_uint_eq(chip_read(p, 0x0D, 1), 0x5A);
    chip_write(p, 0x0D, 1);
    ck_assert_uint_eq(chip_read(p, 0x0D, 1), 0x5A);
    ck_assert(!send(p, BUS_READ, 0)); /* stopped */
    paper_free(p);
}
END_TEST

START_TEST(mma8653_samples_at_its_rate_and_tells)
{
    static const uint64_t cycles[] = {20000, 40000, 80000, 160000, 320000, 1280000, 2560000};
    for (uint32_t rate = 0; rate < 7; rate++) {
        struct paper *p = PAPER("mma8653", 0x1D, SECOND);
        p->due = DEVICE_NEVER;
        ck_assert_uint_eq(chip_read(p, 0x0B, 1), 0); /* SYSMOD: standby */
        chip_write(p, 0x2D, 1);
        chip_write(p, 0x2E, rate % 2);
        chip_write(p, 0x2A, (uint8_t)(rate << 3 | 1));
        ck_assert_uint_eq(chip_read(p, 0x0B, 1), 1);
        pass_to(p, cycles[rate] - 1);
        ck_assert_uint_eq(chip_read(p, 0x00, 1), 0);
        ck_assert_uint_eq(p->levels & 3u, 3);
        pass_to(p, cycles[rate]);
        ck_assert_uint_eq(chip_read(p, 0x00, 1), 0x0F);
        ck_assert_uint_eq(chip_read(p, 0x0C, 1), 1);
        ck_assert_uint_eq(p->levels & 3u, rate % 2 ? 2 : 1); /* INT1, or INT2 */
        chip_read(p, 0x01, 6);
        ck_assert_uint_eq(chip_read(p, 0x0C, 1), 0);
        ck_assert_uint_eq(p->levels & 3u, 3);
        paper_free(p);
    }
}
END_TEST

START_TEST(mma8653_has_ten_bits_in_its_range)
{
    struct paper *p = PAPER("mma8653", 0x1D, SECOND);
    ck_assert_uint_eq(chip_read(p, 0x01, 6), 0xC000); /* on a table */
    chip_input(p, 1000, -1000, 8000);
    ck_assert_uint_eq(chip_read(p, 0x01, 6), 0x4000C0007FC0);
    chip_write(p, 0x0E, 1);
    ck_assert_uint_eq(chip_read(p, 0x01, 6), 0x2000E0007FC0);
    chip_write(p, 0x0E, 2);
    ck_assert_uint_eq(chip_read(p, 0x01, 6), 0x1000F0007FC0);
    ck_assert_uint_eq(chip_read(p, 0x05, 3), 0x7FC000); /* STATUS comes after the last */
    chip_write(p, 0x2A, 2);
    ck_assert_uint_eq(chip_read(p, 0x01, 4), 0x10F07F00); /* fast: upper bytes */
    paper_free(p);
}
END_TEST

START_TEST(mag3110_samples_once_or_at_its_rate)
{
    struct paper *p = PAPER("mag3110", 0x0E, SECOND);
    ck_assert_uint_eq(chip_read(p, 0x07, 1), 0xC4);
    chip_write(p, 0x10, 2 | 1 << 3); /* once, at 40 Hz */
    pass_to(p, SECOND / 40 - 1);
    ck_assert_uint_eq(chip_read(p, 0x00, 1), 0);
    pass_to(p, SECOND / 40);
    ck_assert_uint_eq(chip_read(p, 0x00, 1), 0x0F);
    ck_assert(p->level && p->port == 0);
    ck_assert_uint_eq(chip_read(p, 0x10, 1), 1 << 3);
    ck_assert_uint_eq(chip_read(p, 0x08, 1), 0);
    chip_read(p, 0x01, 6);
    ck_assert(!p->level);
    pass_to(p, SECOND);
    ck_assert(!p->level);
    chip_write(p, 0x10, 1 | 7 << 5 | 3 << 3); /* 80 Hz / 1024 */
    ck_assert_uint_eq(chip_read(p, 0x08, 1), 1);
    pass_to(p, p->now + SECOND / 80 * 1024 - 1);
    ck_assert(!p->level);
    pass_to(p, p->now + 1);
    ck_assert(p->level);
    paper_free(p);
}
END_TEST

START_TEST(mag3110_takes_the_users_offset_away)
{
    struct paper *p = PAPER("mag3110", 0x0E, SECOND);
    chip_input(p, 1000, -1000, 10000);
    ck_assert_uint_eq(chip_read(p, 0x01, 6), 0x03E8FC182710);
    chip_write(p, 0x09, 0);
    chip_write(p, 0x0A, 0x14); /* 15 bits, at the top: 10 */
    chip_write(p, 0x0B, 0xFF);
    chip_write(p, 0x0C, 0xEC); /* -10 */
    ck_assert_uint_eq(chip_read(p, 0x01, 4), 0x03DEFC22);
    chip_write(p, 0x11, 0x20); /* RAW */
    ck_assert_uint_eq(chip_read(p, 0x01, 4), 0x03E8FC18);
    paper_free(p);
}
END_TEST

START_TEST(scripted_devices_say_what_they_were_given)
{
    struct paper *p = PAPER("scripted-i2c", 0x42);
    uint8_t byte = 0x43;
    p->dev->ops->input(p->dev, (const uint8_t *)"ab", 2);
    ck_assert(!transfer(p, BUS_START_READ, &byte) && !transfer(p, BUS_READ, &byte));
    ck_assert_uint_eq(chip_read(p, 7, 3), 0x6162FF);
    ck_assert(p->written == 1 && p->output[0] == 7);
    ck_assert(!send(p, BUS_WRITE, 8)); /* stopped */
    paper_free(p);
    p = PAPER("scripted-spi", 0);
    byte = 9;
    p->dev->ops->input(p->dev, (const uint8_t *)"c", 1);
    ck_assert(!send(p, BUS_START_WRITE, 0));
    ck_assert(transfer(p, BUS_EXCHANGE, &byte) && byte == 'c');
    ck_assert(transfer(p, BUS_EXCHANGE, &byte) && byte == 0xFF);
    ck_assert(p->written == 2 && p->output[0] == 9 && p->output[1] == 'c');
    paper_free(p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("microbit");
    TCase *tc = tcase_create("microbit");
    ADD(tc, c20_temp_in_quarters_of_a_degree);
    ADD(tc, c21_rng_gives_the_seeds_numbers_at_its_rate);
    ADD(tc, c31_adc_prescalers_references_and_times);
    ADD(tc, c24_wdt_bites_unless_all_its_registers_are_written);
    ADD(tc, c13_clocks_start_and_say_so);
    ADD(tc, c12_power_knows_why_it_was_reset);
    ADD(tc, c29_uart_sends_bytes_in_their_time);
    ADD(tc, c29_uart_receives_when_it_was_started);
    ADD(tc, c28_twi_writes_and_stops);
    ADD(tc, c28_twi_is_not_acknowledged);
    ADD(tc, c28_twi_reads_with_its_shortcuts);
    ADD(tc, c28_twi_reads_on_while_it_is_read);
    ADD(tc, c28_twi_forgets_a_byte_that_was_stopped);
    ADD(tc, c26_spi_exchanges_bytes);
    ADD(tc, mma8653_answers_to_its_address);
    ADD(tc, mma8653_samples_at_its_rate_and_tells);
    ADD(tc, mma8653_has_ten_bits_in_its_range);
    ADD(tc, mag3110_samples_once_or_at_its_rate);
    ADD(tc, mag3110_takes_the_users_offset_away);
    ADD(tc, scripted_devices_say_what_they_were_given);
    suite_add_tcase(s, tc);
    return s;
}
