#include <stdlib.h>
#include <string.h>

#include "tests/unit/paper.h"
#include "tests/unit/test.h"

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
    p->levels = level ? p->levels | 1u << port % 32 : p->levels & ~(1u << port % 32);
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
    p->stored_first = addr < p->stored_first ? addr : p->stored_first;
    p->stored_end = addr + n > p->stored_end ? addr + n : p->stored_end;
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

struct paper *paper_with(const char *kind, uint32_t n, const uint32_t *config)
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
        p->dev->config[i] = i < n ? config[i] : i;
    p->stored_first = UINT32_MAX;
    if (ops->create)
        ops->create(p->dev);
    ops->reset(p->dev);
    return p;
}

struct paper *paper_new(const char *kind)
{
    return paper_with(kind, 0, NULL);
}

void paper_free(struct paper *p)
{
    free(p->dev);
    free(p);
}

void write_reg(struct paper *p, uint32_t off, uint32_t val)
{
    ck_assert_int_eq(p->dev->ops->write(p->dev, off, 4, val), BUS_OK);
}

uint32_t read_reg(struct paper *p, uint32_t off)
{
    uint32_t val = 0;
    ck_assert_int_eq(p->dev->ops->read(p->dev, off, 4, &val), BUS_OK);
    return val;
}

void pass_to(struct paper *p, uint64_t when)
{
    while (p->due <= when) {
        p->now = p->due;
        p->due = DEVICE_NEVER;
        p->dev->ops->event(p->dev, p->now);
    }
    p->now = when;
}

void write_part(struct paper *p, uint32_t off, uint32_t bytes, uint32_t val)
{
    ck_assert_int_eq(p->dev->ops->write(p->dev, off, bytes, val), BUS_OK);
}

void drive(struct paper *p, uint32_t port, bool level)
{
    p->dev->ops->signal(p->dev, port, level);
}

void give(struct paper *p, uint32_t first, uint32_t second)
{
    const uint8_t bytes[8] = {(uint8_t)first,  (uint8_t)(first >> 8),  0, 0,
                              (uint8_t)second, (uint8_t)(second >> 8), 0, 0};
    p->dev->ops->input(p->dev, bytes, sizeof bytes);
}
