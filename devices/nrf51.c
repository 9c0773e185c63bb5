#include "devices/nrf51.h"

enum {
    REG_EVENTS = 0x100,
    REG_SHORTS = 0x200,
    REG_INTEN = 0x300,
    REG_INTENSET = 0x304,
    REG_INTENCLR = 0x308,
    REG_EVTEN = 0x340,
    REG_EVTENSET = 0x344,
    REG_EVTENCLR = 0x348,
    REG_OWN = 0x400,
    REG_POWER = 0xFFC
};

const struct field nrf51_irq_config[] = {NRF51_IRQ, {0}};

uint64_t nrf51_now(const struct nrf51 *p)
{
    return device_now(&p->dev);
}

void nrf51_schedule(struct nrf51 *p, uint64_t when)
{
    device_schedule(&p->dev, when);
}

static void update_irq(struct nrf51 *p)
{
    device_irq(&p->dev, p->dev.config[0], (p->events & p->inten) != 0);
}

void nrf51_create(struct nrf51 *p, const struct nrf51_kind *kind, uint32_t *reg)
{
    p->kind = kind;
    p->reg = reg;
}

void nrf51_reset(struct nrf51 *p)
{
    p->shorts = p->inten = p->evten = 0;
    p->events = 0;
    regs_reset(p->kind->regs, p->kind->reg_words, p->reg);
    update_irq(p);
    nrf51_schedule(p, DEVICE_NEVER);
}

void nrf51_event(struct nrf51 *p, uint32_t event)
{
    const struct nrf51_kind *k = p->kind;
    p->events |= 1ull << event;
    update_irq(p);
    for (uint32_t i = 0; i < k->short_count; i++)
        if (k->shorts[i].event == event && p->shorts >> k->shorts[i].bit & 1u)
            k->task(p, k->shorts[i].task);
    device_signal(&p->dev, NRF51_EVENT_PORT + event, true);
}

void nrf51_signal(struct device *d, uint32_t port, bool level)
{
    struct nrf51 *p = (struct nrf51 *)d;
    if (level && port < 64 && p->kind->tasks >> port & 1u)
        p->kind->task(p, port);
}

/* The registers that all have. False when @off is another one. */
static bool read_common(struct nrf51 *p, uint32_t off, uint32_t *val)
{
    if (off < REG_EVENTS)
        return p->kind->tasks >> off / 4 & 1u;
    if (off < REG_SHORTS) {
        *val = p->events >> (off - REG_EVENTS) / 4 & 1u;
        return p->kind->events >> (off - REG_EVENTS) / 4 & 1u;
    }
    switch (off) {
    case REG_SHORTS:
        *val = p->shorts;
        return true;
    case REG_INTEN:
    case REG_INTENSET:
    case REG_INTENCLR:
        *val = p->inten;
        return true;
    case REG_EVTEN:
    case REG_EVTENSET:
    case REG_EVTENCLR:
        *val = p->evten;
        return true;
    case REG_POWER: /* not documented; drivers switch a peripheral off and on with it */
        *val = 1;
        return true;
    default:
        return false;
    }
}

static void set(uint32_t *mask, uint32_t off, uint32_t base, uint32_t val)
{
    *mask = off == base ? val : off == base + 4 ? *mask | val : *mask & ~val;
}

static bool write_common(struct nrf51 *p, uint32_t off, uint32_t val)
{
    if (off < REG_EVENTS) {
        bool known = p->kind->tasks >> off / 4 & 1u;
        if (known && (val & 1u))
            p->kind->task(p, off / 4);
        return known;
    }
    if (off < REG_SHORTS) {
        uint64_t bit = 1ull << (off - REG_EVENTS) / 4;
        p->events = val & 1u ? p->events | bit : p->events & ~bit;
        update_irq(p);
        return p->kind->events & bit;
    }
    switch (off) {
    case REG_SHORTS:
        p->shorts = val;
        return true;
    case REG_INTEN:
    case REG_INTENSET:
    case REG_INTENCLR:
        set(&p->inten, off, REG_INTEN, val & (uint32_t)p->kind->events);
        update_irq(p);
        return true;
    case REG_EVTEN:
    case REG_EVTENSET:
    case REG_EVTENCLR:
        set(&p->evten, off, REG_EVTEN, val & (uint32_t)p->kind->events);
        return true;
    case REG_POWER:
        return true;
    default:
        return false;
    }
}

enum bus_status nrf51_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct nrf51 *p = (struct nrf51 *)d;
    const struct nrf51_kind *k = p->kind;
    uint32_t at = off & ~3u;
    if (at < REG_OWN || at == REG_POWER) {
        if (!read_common(p, at, val))
            device_unmodelled(d, at, false);
    } else if (regs_known(k->regs, k->reg_words, d, off, false)) {
        *val = k->read ? k->read(p, at, p->reg[at / 4]) : p->reg[at / 4];
    }
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

enum bus_status nrf51_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct nrf51 *p = (struct nrf51 *)d;
    const struct nrf51_kind *k = p->kind;
    uint32_t at = off & ~3u;
    if (at < REG_OWN || at == REG_POWER) {
        if (!write_common(p, at, regs_whole(0, off, bytes, val)))
            device_unmodelled(d, at, true);
    } else if (regs_known(k->regs, k->reg_words, d, off, true)) {
        uint32_t *held = &p->reg[at / 4];
        *held = regs_written(&k->regs[at / 4], *held, regs_whole(*held, off, bytes, val));
        if (k->write)
            k->write(p, at, regs_whole(*held, off, bytes, val));
    }
    return BUS_OK;
}
