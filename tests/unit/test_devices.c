/*
 * What all kinds of devices promise, and the peripherals of the MPS2 that every guest uses.
 */
#include <string.h>

#include "tests/unit/paper.h"
#include "tests/unit/test.h"

START_TEST(fpgaio_has_leds_and_counters)
{
    struct paper *p = paper_new("mps2-fpgaio");
    p->dev->config[0] = 1000; /* Hz */
    write_reg(p, 0x0, 7);
    ck_assert_uint_eq(read_reg(p, 0x0), 3);
    ck_assert_uint_eq(read_reg(p, 0x8), 0);
    p->now = 2500;
    ck_assert_uint_eq(read_reg(p, 0x10), 2);
    ck_assert_uint_eq(read_reg(p, 0x14), 250);
    ck_assert_uint_eq(read_reg(p, 0x18), 2500);
    write_reg(p, 0x10, 100);
    p->now = 3499;
    ck_assert_uint_eq(read_reg(p, 0x10), 100);
    p->now = 3500;
    ck_assert_uint_eq(read_reg(p, 0x10), 101);
    write_reg(p, 0x18, 0);
    write_reg(p, 0x1C, 9);
    p->now = 3523;
    ck_assert_uint_eq(read_reg(p, 0x18), 2);
    ck_assert_uint_eq(read_reg(p, 0x20), 6);
    p->dev->ops->input(p->dev, (const uint8_t[]){1, 0, 0, 0, 1, 0, 0, 0}, 8);
    ck_assert_uint_eq(read_reg(p, 0x8), 2);
    ck_assert_uint_eq(p->signals, 2); /* two LEDs went on */
    write_reg(p, 0x4C, 0xFFFFFFFF);
    ck_assert_uint_eq(read_reg(p, 0x4C), 0x3FF);
    ck_assert_uint_eq(p->unmodelled, 0);
    paper_free(p);
}
END_TEST

START_TEST(timer_counts_down_and_reloads)
{
    struct paper *p = paper_new("cmsdk-timer");
    write_reg(p, 0x8, 99);
    write_reg(p, 0x0, 9); /* enable, interrupt */
    pass_to(p, 40);
    ck_assert_uint_eq(read_reg(p, 0x4), 59);
    pass_to(p, 98);
    ck_assert(!p->line[0]);
    pass_to(p, 99);
    ck_assert(p->line[0]);
    ck_assert_uint_eq(read_reg(p, 0x4), 0);
    pass_to(p, 100);
    ck_assert_uint_eq(read_reg(p, 0x4), 99);
    write_reg(p, 0xC, 1);
    ck_assert(!p->line[0]);
    pass_to(p, 199);
    ck_assert(p->line[0]); /* a period of 100 */
    write_reg(p, 0x0, 0);
    uint32_t stopped = read_reg(p, 0x4);
    pass_to(p, 1000);
    ck_assert_uint_eq(read_reg(p, 0x4), stopped);
    paper_free(p);
}
END_TEST

START_TEST(uart_sends_at_its_rate_and_says_when_it_is_full)
{
    struct paper *p = paper_new("cmsdk-uart");
    write_reg(p, 0x0, 'x'); /* not enabled: goes nowhere */
    write_reg(p, 0x10, 20);
    write_reg(p, 0x8, 1 | 4 | 0x10); /* transmit, its interrupt, overrun interrupt */
    write_reg(p, 0x0, 'a');
    ck_assert_uint_eq(read_reg(p, 0x4), 0);
    ck_assert(p->line[1]);
    write_reg(p, 0xC, 1);
    write_reg(p, 0x0, 'b');
    ck_assert_uint_eq(read_reg(p, 0x4), 1); /* TXFULL */
    write_reg(p, 0x0, 'c');                 /* lost */
    ck_assert_uint_eq(read_reg(p, 0x4), 5); /* and TXOVR */
    ck_assert(p->line[2]);
    pass_to(p, 199);
    ck_assert_uint_eq(read_reg(p, 0x4) & 1u, 1);
    pass_to(p, 200); /* ten bits of 20 cycles */
    ck_assert_uint_eq(read_reg(p, 0x4) & 1u, 0);
    ck_assert(p->line[1]);
    ck_assert_uint_eq(p->written, 2);
    ck_assert(memcmp(p->output, "ab", 2) == 0);
    write_reg(p, 0x4, 4);
    ck_assert_uint_eq(read_reg(p, 0x4), 0);
    paper_free(p);
}
END_TEST

START_TEST(uart_receives_as_fast_as_it_is_read)
{
    struct paper *p = paper_new("cmsdk-uart");
    write_reg(p, 0x10, 16);
    write_reg(p, 0x8, 2 | 8);
    p->dev->ops->input(p->dev, (const uint8_t *)"hi!", 3);
    pass_to(p, 159);
    ck_assert_uint_eq(read_reg(p, 0x4) & 2u, 0);
    for (const char *c = "hi!"; *c; c++) {
        pass_to(p, p->now + 5000); /* however late: nothing is lost */
        ck_assert_uint_eq(read_reg(p, 0x4) & 2u, 2);
        ck_assert(p->line[0]);
        write_reg(p, 0xC, 2);
        ck_assert(!p->line[0]);
        ck_assert_uint_eq(read_reg(p, 0x0), (uint32_t)*c);
    }
    pass_to(p, p->now + 5000);
    ck_assert_uint_eq(read_reg(p, 0x4) & 2u, 0);
    paper_free(p);
}
END_TEST

START_TEST(every_kind_knows_its_edges)
{
    for (const struct device_ops *const *k = device_kinds(); *k; k++) {
        struct paper *p = paper_new((*k)->kind);
        if ((*k)->map_bytes) {
            uint32_t nothing = (*k)->map_bytes - 0x100;
            ck_assert_uint_eq(read_reg(p, nothing), 0);
            write_reg(p, nothing, 1);
            ck_assert_msg(p->unmodelled == 2, "%s", (*k)->kind);
        }
        ck_assert(k[1] == NULL || strcmp((*k)->kind, k[1]->kind) < 0); /* alphabetical */
        for (const struct state_field *f = (*k)->state; f->name; f++)
            ck_assert_uint_le(f->offset + f->bytes, (*k)->instance_bytes);
        paper_free(p);
    }
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("devices");
    TCase *tc = tcase_create("devices");
    ADD(tc, timer_counts_down_and_reloads);
    ADD(tc, fpgaio_has_leds_and_counters);
    ADD(tc, uart_sends_at_its_rate_and_says_when_it_is_full);
    ADD(tc, uart_receives_as_fast_as_it_is_read);
    ADD(tc, every_kind_knows_its_edges);
    suite_add_tcase(s, tc);
    return s;
}
