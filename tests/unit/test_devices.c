/*
 * Devices on a host of paper: time goes where the test says, lines and output are looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/device.h"
#include "tests/unit/test.h"

struct paper {
    struct device_host host;
    struct device *dev;
    uint64_t now, due;
    bool line[16];
    char output[64];
    size_t written;
    uint32_t unmodelled, signals, port, resets;
    bool level; /* of the last signal */
    enum bus_op op;
    uint8_t byte, answer;
    bool acknowledges;
    uint8_t memory[8192];
};

static void paper_irq(void *ctx, struct device *d, uint32_t line, bool level)
{
    (void)d;
    ((struct paper *)ctx)->line[line % 16] = level; /* the NMI is 15 */
}

static uint64_t paper_now(void *ctx)
{
    return ((struct paper *)ctx)->now;
}

static void paper_schedule(void *ctx, struct device *d, uint64_t when)
{
    (void)d;
    ((struct paper *)ctx)->due = when;
}

static void paper_output(void *ctx, struct device *d, const void *bytes, size_t n)
{
    struct paper *p = ctx;
    (void)d;
    memcpy(p->output + p->written, bytes, n);
    p->written += n;
}

static void paper_unmodelled(void *ctx, struct device *d, uint32_t offset, bool write)
{
    (void)d;
    (void)offset;
    (void)write;
    ((struct paper *)ctx)->unmodelled++;
}

static void paper_signal(void *ctx, struct device *d, uint32_t port, bool level)
{
    struct paper *p = ctx;
    (void)d;
    p->signals++;
    p->port = port;
    p->level = level;
}

static bool paper_fetch(void *ctx, struct device *d, uint32_t addr, void *out, uint32_t n)
{
    struct paper *p = ctx;
    (void)d;
    memcpy(out, p->memory + addr % sizeof p->memory, n);
    return true;
}

static bool paper_store(void *ctx, struct device *d, uint32_t addr, const void *bytes, uint32_t n)
{
    struct paper *p = ctx;
    (void)d;
    memcpy(p->memory + addr % sizeof p->memory, bytes, n);
    return true;
}

static bool paper_transfer(void *ctx, struct device *d, enum bus_op op, uint8_t *byte)
{
    struct paper *p = ctx;
    (void)d;
    p->op = op;
    p->byte = *byte;
    *byte = p->answer;
    return p->acknowledges;
}

static void paper_reset(void *ctx, struct device *d)
{
    (void)d;
    ((struct paper *)ctx)->resets++;
}

static struct paper *paper_new(const char *kind)
{
    struct paper *p = calloc(1, sizeof *p);
    const struct device_ops *ops = device_kind(kind);
    p->host = (struct device_host){.ctx = p,
                                   .irq = paper_irq,
                                   .now = paper_now,
                                   .schedule = paper_schedule,
                                   .output = paper_output,
                                   .unmodelled = paper_unmodelled,
                                   .signal = paper_signal,
                                   .fetch = paper_fetch,
                                   .store = paper_store,
                                   .transfer = paper_transfer,
                                   .reset = paper_reset};
    p->dev = calloc(1, ops->instance_bytes);
    p->dev->ops = ops;
    p->dev->host = &p->host;
    for (uint32_t i = 0; i < DEVICE_CONFIG_MAX; i++)
        p->dev->config[i] = i; /* lines 0, 1, 2 */
    ops->reset(p->dev);
    return p;
}

static void paper_free(struct paper *p)
{
    free(p->dev);
    free(p);
}

static void write_reg(struct paper *p, uint32_t off, uint32_t val)
{
    ck_assert_int_eq(p->dev->ops->write(p->dev, off, 4, val), BUS_OK);
}

static uint32_t read_reg(struct paper *p, uint32_t off)
{
    uint32_t val = 0;
    ck_assert_int_eq(p->dev->ops->read(p->dev, off, 4, &val), BUS_OK);
    return val;
}

/* Let time pass to @when, with every event on the way. */
static void pass_to(struct paper *p, uint64_t when)
{
    while (p->due <= when) {
        p->now = p->due;
        p->due = DEVICE_NEVER;
        p->dev->ops->event(p->dev, p->now);
    }
    p->now = when;
}

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
