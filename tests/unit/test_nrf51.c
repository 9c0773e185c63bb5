/*
 * Peripherals of the nRF51 against the nRF51 Series Reference Manual 3.0 (chapters in the names of
 * the tests) and the times of the nRF51822 Product Specification 3.1: those that count, connect and
 * drive pins, and flash. The others: test_microbit.c.
 */
#include <string.h>

#include "tests/unit/paper.h"
#include "tests/unit/test.h"

#define TASK(n)      (4u * (n))
#define EVENT(n)     (0x100u + 4u * (n))
#define EVENT_PORT   64u
#define SHORTS       0x200u
#define INTENSET     0x304u
#define INTENCLR     0x308u
#define EVTENSET     0x344u
#define PRESCALER    0x510u
#define CC(n)        (0x540u + 4u * (n))
#define PIN_CNF(n)   (0x700u + 4u * (n))
#define SECOND       16000000u
#define COMPARE(n)   EVENT(16u + (n))
#define CAPTURE(n)   TASK(16u + (n))
#define BIT(n)       (1u << (n))
#define HAPPENED(n)  read_reg(p, EVENT(n))
#define COMPARED(n)  HAPPENED(16u + (n))
#define FORGET(n)    write_reg(p, EVENT(n), 0)
#define IS(reg, val) ck_assert_uint_eq(read_reg(p, reg), val)

static struct paper *nrf51(const char *kind)
{
    return PAPER(kind, 0);
}

static uint32_t timer_count(struct paper *p)
{
    write_reg(p, CAPTURE(3), 1);
    return read_reg(p, CC(3));
}

/* ---- 10 Peripheral interface. ---- */

START_TEST(c10_events_interrupts_and_tasks)
{
    struct paper *p = nrf51("nrf51-temp");
    write_reg(p, INTENSET, 0xFFFFFFFF);
    IS(INTENSET, 1); /* only events that there are */
    write_reg(p, TASK(0), 2);
    ck_assert(p->due == DEVICE_NEVER); /* bit 0 triggers */
    write_reg(p, TASK(0), 1);
    pass_to(p, 1000);
    ck_assert(p->line[0] && HAPPENED(0));
    ck_assert_uint_eq(p->port, EVENT_PORT);
    write_reg(p, INTENCLR, 1);
    ck_assert(!p->line[0]);
    write_reg(p, INTENSET, 1);
    ck_assert(p->line[0]);
    FORGET(0);
    ck_assert(!p->line[0] && !HAPPENED(0));
    ck_assert_uint_eq(p->unmodelled, 0);
    write_reg(p, TASK(2), 1);
    write_reg(p, EVENT(1), 1);
    read_reg(p, 0x504);
    ck_assert_uint_eq(p->unmodelled, 3);
    drive(p, 0, true); /* the task, from the PPI */
    pass_to(p, 2000);
    ck_assert(p->line[0]);
    paper_free(p);
}
END_TEST

/* ---- 18 Timer/counter. ---- */

START_TEST(c18_timer_compares_and_its_shorts)
{
    struct paper *p = nrf51("nrf51-timer");
    IS(PRESCALER, 4);
    write_reg(p, CC(0), 100);
    write_reg(p, INTENSET, BIT(16));
    write_reg(p, TASK(0), 1);
    pass_to(p, 1599);
    ck_assert(!p->line[0]);
    pass_to(p, 1600);
    ck_assert(p->line[0]);
    FORGET(16);
    ck_assert_uint_eq(timer_count(p), 100);
    write_reg(p, TASK(3), 1);
    write_reg(p, SHORTS, BIT(0)); /* a period is CC ticks */
    for (uint32_t i = 2; i < 5; i++) {
        pass_to(p, 1600 * i - 1);
        ck_assert(!COMPARED(0));
        pass_to(p, 1600 * i);
        ck_assert(COMPARED(0));
        ck_assert_uint_eq(timer_count(p), 0);
        FORGET(16);
    }
    write_reg(p, SHORTS, BIT(8));
    pass_to(p, SECOND);
    ck_assert(COMPARED(0));
    ck_assert_uint_eq(timer_count(p), 100); /* stopped */
    write_reg(p, TASK(4), 1);
    ck_assert_uint_eq(timer_count(p), 0); /* shut down */
    paper_free(p);
}
END_TEST

/* Whatever the first one's shortcut does, the others were met as well. */
START_TEST(c18_timer_compares_that_come_together)
{
    for (uint32_t mode = 0; mode < 2; mode++) {
        struct paper *p = nrf51("nrf51-timer");
        write_reg(p, 0x504, mode);
        for (uint32_t i = 0; i < 3; i++)
            write_reg(p, CC(i), 5);
        write_reg(p, SHORTS, BIT(0) | BIT(9));
        write_reg(p, TASK(0), 1);
        for (uint32_t i = 0; mode && i < 5; i++)
            write_reg(p, TASK(2), 1);
        pass_to(p, 80);
        ck_assert(COMPARED(0) && COMPARED(1) && COMPARED(2));
        pass_to(p, 1000);
        ck_assert_uint_eq(timer_count(p), 0);
        paper_free(p);
    }
}
END_TEST

START_TEST(c18_timer_widths)
{
    static const uint32_t most[] = {0xFFFF, 0xFF, 0xFFFFFF, 0xFFFFFFFF};
    for (uint32_t i = 0; i < 4; i++) {
        struct paper *p = nrf51("nrf51-timer");
        write_reg(p, 0x508, i);
        write_reg(p, PRESCALER, 0);
        write_reg(p, CC(0), 0);
        write_reg(p, CC(1), most[i]);
        write_reg(p, CC(2), most[i] + 1); /* of CC only the bits of the width count: 0 */
        write_reg(p, TASK(0), 1);
        pass_to(p, most[i]);
        ck_assert(COMPARED(1) && !COMPARED(0));
        ck_assert_uint_eq(timer_count(p), most[i]);
        pass_to(p, most[i] + 1ull);
        ck_assert(COMPARED(0));
        ck_assert(COMPARED(2));
        ck_assert_uint_eq(timer_count(p), 0);
        paper_free(p);
    }
}
END_TEST

START_TEST(c18_timer_counts_tasks_or_time)
{
    struct paper *p = nrf51("nrf51-timer");
    write_reg(p, TASK(0), 1);
    write_reg(p, TASK(2), 1); /* no effect on a timer */
    ck_assert_uint_eq(timer_count(p), 0);
    write_reg(p, TASK(1), 1);
    write_reg(p, 0x504, 1);
    write_reg(p, CC(0), 3);
    write_reg(p, SHORTS, BIT(0));
    write_reg(p, TASK(0), 1);
    pass_to(p, SECOND);
    ck_assert_uint_eq(timer_count(p), 0);
    for (uint32_t i = 0; i < 2; i++)
        write_reg(p, TASK(2), 1);
    ck_assert(!COMPARED(0));
    ck_assert_uint_eq(timer_count(p), 2);
    drive(p, 2, true); /* as the PPI does */
    ck_assert(COMPARED(0));
    ck_assert_uint_eq(timer_count(p), 0);
    paper_free(p);
}
END_TEST

/* ---- 19 Real time counter. ---- */

START_TEST(c19_rtc_ticks_and_compares_when_it_is_asked_to)
{
    struct paper *p = nrf51("nrf51-rtc");
    write_reg(p, CC(0), 3);
    write_reg(p, CC(1), 3);
    write_reg(p, EVTENSET, BIT(16));
    write_reg(p, TASK(0), 1);
    pass_to(p, 488);
    IS(0x504, 0);
    pass_to(p, 489); /* 16 MHz / 32768 Hz is 488.28 */
    IS(0x504, 1);
    pass_to(p, 1465);
    ck_assert_uint_eq(COMPARED(0), 1);
    ck_assert_uint_eq(COMPARED(1), 0); /* not enabled */
    ck_assert(!HAPPENED(0) && !p->line[0]);
    write_reg(p, INTENSET, BIT(0));
    pass_to(p, 1953);
    ck_assert(!p->line[0]);
    pass_to(p, 1954);
    ck_assert(HAPPENED(0) && p->line[0]);
    write_reg(p, TASK(1), 1);
    FORGET(0);
    pass_to(p, SECOND);
    IS(0x504, 4);
    ck_assert(!HAPPENED(0));
    write_reg(p, TASK(2), 1);
    IS(0x504, 0);
    paper_free(p);
}
END_TEST

START_TEST(c19_rtc_overflow_and_prescaler)
{
    struct paper *p = nrf51("nrf51-rtc");
    write_reg(p, 0x508, 4095); /* 8 Hz */
    write_reg(p, EVTENSET, BIT(1) | BIT(18));
    write_reg(p, CC(2), 0);
    write_reg(p, TASK(0), 1);
    write_reg(p, 0x508, 0); /* only while it is stopped */
    IS(0x508, 4095);
    pass_to(p, SECOND);
    IS(0x504, 8);
    write_reg(p, TASK(3), 1);
    IS(0x504, 0xFFFFF0);
    pass_to(p, 3 * SECOND - 1);
    ck_assert(!HAPPENED(1));
    IS(0x504, 0xFFFFFF);
    pass_to(p, 3 * SECOND);
    ck_assert(HAPPENED(1) && COMPARED(2));
    IS(0x504, 0);
    write_reg(p, CC(3), 0xFF000001);
    IS(CC(3), 1);
    paper_free(p);
}
END_TEST

/* ---- 14 GPIO, 15 GPIOTE. ---- */

START_TEST(c14_gpio_pulls_directions_and_input_buffers)
{
    struct paper *p = nrf51("nrf51-gpio");
    IS(PIN_CNF(3), 2);
    give(p, 3, 1);
    IS(0x510, 0); /* its input is not connected */
    write_reg(p, PIN_CNF(3), 0);
    IS(0x510, BIT(3));
    give(p, 3, 2);
    IS(0x510, 0);
    write_reg(p, PIN_CNF(3), 3 << 2);
    IS(0x510, BIT(3)); /* pulled up */
    give(p, 3, 0);
    IS(0x510, 0);
    write_reg(p, 0x518, BIT(5));
    IS(PIN_CNF(5), 3);
    write_reg(p, 0x508, BIT(5) | BIT(6));
    ck_assert(p->port == 5 && p->level); /* pin 6 is no output */
    IS(0x504, BIT(5) | BIT(6));
    write_reg(p, 0x50C, BIT(6));
    IS(0x508, BIT(5));
    IS(0x514, BIT(5));
    write_reg(p, 0x51C, BIT(5));
    ck_assert(p->port == 5 && !p->level);
    write_reg(p, PIN_CNF(7), 0xFFFFFFFF);
    IS(PIN_CNF(7), 0x3070F);
    paper_free(p);
}
END_TEST

/* DRIVE: 4 and 5 do not drive 0, 6 and 7 do not drive 1. */
START_TEST(c14_gpio_drives_that_disconnect)
{
    struct paper *p = nrf51("nrf51-gpio");
    for (uint32_t drive = 0; drive < 8; drive++) {
        for (uint32_t out = 0; out < 2; out++) {
            bool open = out ? drive >= 6 : drive == 4 || drive == 5;
            write_reg(p, 0x504, out << 2);
            write_reg(p, PIN_CNF(2), 1 | drive << 8);
            give(p, 2, !out);
            IS(0x510, (open ? !out : out) << 2);
        }
    }
    paper_free(p);
}
END_TEST

START_TEST(c14_gpio_detect_is_high_while_any_pin_is_as_sensed)
{
    struct paper *p = nrf51("nrf51-gpio");
    write_reg(p, PIN_CNF(0), 2 << 16);
    give(p, 1, 1);
    write_reg(p, PIN_CNF(1), 3 << 16);
    give(p, 0, 1);
    ck_assert(p->port == 32 && p->level);
    give(p, 1, 0);
    give(p, 0, 0);
    ck_assert(p->port == 0); /* pin 1 still is: no news */
    give(p, 1, 1);
    ck_assert(p->port == 32 && !p->level);
    write_reg(p, PIN_CNF(1), 2 << 16);
    ck_assert(p->port == 32 && p->level);
    paper_free(p);
}
END_TEST

START_TEST(c15_gpiote_events_of_pins)
{
    struct paper *p = nrf51("nrf51-gpiote");
    for (uint32_t i = 0; i < 4; i++)
        write_reg(p, 0x510 + 4 * i, 1 | 9 << 8 | i << 16);
    write_reg(p, INTENSET, BIT(31));
    drive(p, 128 + 8, true);
    drive(p, 128 + 9, true);
    ck_assert(!HAPPENED(0) && HAPPENED(1) && !HAPPENED(2) && HAPPENED(3));
    FORGET(1);
    FORGET(3);
    drive(p, 128 + 9, false);
    ck_assert(!HAPPENED(0) && !HAPPENED(1) && HAPPENED(2) && HAPPENED(3));
    drive(p, 128 + 32, false);
    ck_assert(!p->line[0]);
    drive(p, 128 + 32, true);
    ck_assert(HAPPENED(31) && p->line[0]);
    paper_free(p);
}
END_TEST

START_TEST(c15_gpiote_tasks_take_a_pin)
{
    struct paper *p = nrf51("nrf51-gpiote");
    write_reg(p, 0x518, 3 | 4 << 8 | 3 << 16 | BIT(20));
    ck_assert(p->port == 4 && p->level); /* OUTINIT */
    write_reg(p, TASK(2), 1);
    ck_assert(!p->level);
    drive(p, 2, true);
    ck_assert(p->level);
    write_reg(p, 0x518, 3 | 4 << 8 | 1 << 16);
    ck_assert(!p->level);
    write_reg(p, TASK(2), 1);
    write_reg(p, TASK(2), 1);
    ck_assert(p->level);
    write_reg(p, 0x518, 3 | 4 << 8 | 2 << 16 | BIT(20));
    write_reg(p, TASK(2), 1);
    ck_assert(p->port == 4 && !p->level);
    write_reg(p, 0x518, 0);
    ck_assert_uint_eq(p->port, 32 + 4); /* given back */
    paper_free(p);
}
END_TEST

/* ---- 16 PPI. ---- */

static uint32_t ppi_port(uint32_t addr)
{
    return (addr >> 12 & 31u) * 128 + (addr & 0xFFFu) / 4;
}

/* The task that @event triggers now; 0: none, or not exactly one. */
static uint32_t triggers(struct paper *p, uint32_t event)
{
    p->signals = 0;
    drive(p, ppi_port(event), true);
    return p->signals == 1 ? p->port : 0;
}

START_TEST(c16_ppi_channels_and_groups)
{
    struct paper *p = nrf51("nrf51-ppi");
    const uint32_t event = 0x4000914C, task = 0x40006004;
    write_reg(p, 0x510 + 8 * 15, event);
    write_reg(p, 0x514 + 8 * 15, task);
    ck_assert_uint_eq(triggers(p, event), 0);
    write_reg(p, 0x504, BIT(15));
    ck_assert_uint_eq(triggers(p, event), ppi_port(task));
    ck_assert_uint_eq(triggers(p, event + 4), 0);
    write_reg(p, 0x508, BIT(15));
    IS(0x500, 0);
    write_reg(p, 0x80C, BIT(15) | BIT(2));
    write_reg(p, TASK(6), 1);
    IS(0x504, BIT(15) | BIT(2));
    ck_assert_uint_eq(triggers(p, event), ppi_port(task));
    write_reg(p, TASK(7), 1);
    IS(0x508, 0);
    write_reg(p, 0x500, 0xFFFFFFFF);
    IS(0x500, 0xFFF0FFFF); /* 16 to 19 are not there */
    ck_assert_uint_eq(p->unmodelled, 0);
    paper_free(p);
}
END_TEST

/* Table "Pre-programmed channels": TIMER0 is 8, RTC0 11, RADIO 1, AAR and CCM 15. */
START_TEST(c16_ppi_channels_that_are_what_they_are)
{
    static const struct {
        uint32_t event, task;
    } fixed[] = {
        {0x40008140, 0x40001000}, /* TIMER0 COMPARE[0]: RADIO TXEN */
        {0x40008140, 0x40001004}, /* RADIO RXEN */
        {0x40008144, 0x40001010}, /* TIMER0 COMPARE[1]: RADIO DISABLE */
        {0x40001128, 0x4000F000}, /* RADIO BCMATCH: AAR START */
        {0x40001100, 0x4000F000}, /* RADIO READY: CCM KSGEN */
        {0x40001104, 0x4000F004}, /* RADIO ADDRESS: CCM CRYPT */
        {0x40001104, 0x40008044}, /* RADIO ADDRESS: TIMER0 CAPTURE[1] */
        {0x4000110C, 0x40008048}, /* RADIO END: TIMER0 CAPTURE[2] */
        {0x4000B140, 0x40001000}, /* RTC0 COMPARE[0]: RADIO TXEN */
        {0x4000B140, 0x40001004}, /* RADIO RXEN */
        {0x4000B140, 0x4000800C}, /* TIMER0 CLEAR */
        {0x4000B140, 0x40008000}, /* TIMER0 START */
    };
    struct paper *p = nrf51("nrf51-ppi");
    for (uint32_t i = 0; i < 12; i++) {
        write_reg(p, 0x500, BIT(20 + i));
        ck_assert_msg(triggers(p, fixed[i].event) == ppi_port(fixed[i].task), "%u", 20 + i);
    }
    paper_free(p);
}
END_TEST

/* ---- 6 NVMC, 7 FICR. ---- */

static enum bus_status program(struct paper *p, uint32_t addr, uint32_t bytes, uint32_t val)
{
    return p->dev->ops->program(p->dev, addr, bytes, val);
}

START_TEST(c6_nvmc_writes_clear_bits_of_whole_words)
{
    struct paper *p = PAPER("nrf51-nvmc", 4096);
    memset(p->memory, 0xFF, sizeof p->memory);
    ck_assert_int_eq(program(p, 8, 4, 0), BUS_OK);
    ck_assert_uint_eq(p->memory[8], 0xFF); /* not enabled */
    write_reg(p, 0x504, 1);
    ck_assert_int_eq(program(p, 8, 4, 0x12345678), BUS_OK);
    ck_assert(memcmp(p->memory + 8, "\x78\x56\x34\x12", 4) == 0);
    IS(0x400, 0);
    p->now = 741; /* 46.3 us */
    IS(0x400, 1);
    ck_assert_int_eq(program(p, 8, 4, 0xFFFF00FF), BUS_OK);
    ck_assert(memcmp(p->memory + 8, "\x78\x00\x34\x12", 4) == 0);
    ck_assert_int_eq(program(p, 8, 1, 0), BUS_ERROR);
    ck_assert_int_eq(program(p, 8, 2, 0), BUS_ERROR);
    paper_free(p);
}
END_TEST

/* Are exactly these of the bytes that the paper has erased? */
static bool erased(const struct paper *p, uint32_t from, uint32_t to)
{
    for (uint32_t i = 0; i < sizeof p->memory; i++)
        if (p->memory[i] != (i >= from && i < to ? 0xFF : 0))
            return false;
    return true;
}

START_TEST(c6_nvmc_erases_pages_all_and_uicr)
{
    struct paper *p = PAPER("nrf51-nvmc", 4096); /* UICR is 4096 to 5119 of the paper */
    write_reg(p, 0x508, 1024);
    write_reg(p, 0x50C, 1);
    write_reg(p, 0x514, 1);
    ck_assert(erased(p, 0, 0)); /* not enabled */
    write_reg(p, 0x504, 2);
    write_reg(p, 0x508, 4096);
    write_reg(p, 0x50C, 0);
    ck_assert(erased(p, 0, 0)); /* no such page; not 1 */
    IS(0x400, 1);
    write_reg(p, 0x508, 1024 + 12);
    ck_assert(erased(p, 1024, 2048));
    p->now = 356799; /* 22.3 ms */
    IS(0x400, 0);
    p->now++;
    IS(0x400, 1);
    memset(p->memory, 0, sizeof p->memory);
    write_reg(p, 0x514, 1);
    ck_assert(erased(p, 4096, 5120));
    write_reg(p, 0x50C, 1);
    ck_assert(erased(p, 0, 5120));
    ck_assert_int_eq(program(p, 8, 4, 0), BUS_OK);
    ck_assert_uint_eq(p->memory[8], 0xFF); /* erasing is not writing */
    paper_free(p);
}
END_TEST

START_TEST(c7_ficr_has_the_sizes_of_the_board)
{
    struct paper *p = PAPER("nrf51-ficr", 0x40000, 0x4000, 77);
    IS(0x010, 1024);
    IS(0x014, 256);
    IS(0x034, 2);
    IS(0x038, 0x2000);
    IS(0x060, 77);
    write_reg(p, 0x060, 1);
    IS(0x060, 77);
    ck_assert_uint_eq(p->unmodelled, 0);
    paper_free(p);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("nrf51");
    TCase *tc = tcase_create("nrf51");
    ADD(tc, c10_events_interrupts_and_tasks);
    ADD(tc, c18_timer_compares_and_its_shorts);
    ADD(tc, c18_timer_compares_that_come_together);
    ADD(tc, c18_timer_widths);
    ADD(tc, c18_timer_counts_tasks_or_time);
    ADD(tc, c19_rtc_ticks_and_compares_when_it_is_asked_to);
    ADD(tc, c19_rtc_overflow_and_prescaler);
    ADD(tc, c14_gpio_pulls_directions_and_input_buffers);
    ADD(tc, c14_gpio_drives_that_disconnect);
    ADD(tc, c14_gpio_detect_is_high_while_any_pin_is_as_sensed);
    ADD(tc, c15_gpiote_events_of_pins);
    ADD(tc, c15_gpiote_tasks_take_a_pin);
    ADD(tc, c16_ppi_channels_and_groups);
    ADD(tc, c16_ppi_channels_that_are_what_they_are);
    ADD(tc, c6_nvmc_writes_clear_bits_of_whole_words);
    ADD(tc, c6_nvmc_erases_pages_all_and_uicr);
    ADD(tc, c7_ficr_has_the_sizes_of_the_board);
    suite_add_tcase(s, tc);
    return s;
}
