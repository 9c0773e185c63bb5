/*
 * What the peripherals of Nordic's nRF51 have in common: tasks, events, shortcuts, interrupts, and
 * that tasks and events are wired to the PPI.
 *
 * Source: nRF51 Series Reference Manual 3.0, chapter 10 "Peripheral interface".
 *
 * Ports: input n is task n (register n * 4), output NRF51_EVENT_PORT + n is event n (register
 * 0x100 + n * 4).
 */
#ifndef MOAT_NRF51_H
#define MOAT_NRF51_H

#include "devices/regs.h"

#define NRF51_EVENT_PORT 64u
#define NRF51_DOG        200u      /* of WDT and CLOCK: the watchdog resets the machine */
#define NRF51_HZ         16000000u /* of the core and the high-frequency clock */

struct nrf51;

/** Bit @bit of SHORTS: event @event triggers task @task. */
struct nrf51_short {
    uint8_t bit, event, task;
};

/** What a kind of peripheral has. */
struct nrf51_kind {
    uint64_t tasks, events; /* bits of those that exist */
    const struct nrf51_short *shorts;
    uint32_t short_count;
    const struct reg *regs; /* by offset / 4; those from 0x400 on */
    uint32_t reg_words;
    void (*task)(struct nrf51 *p, uint32_t task);
    /** A register from 0x400 on was read, or written: @val is what it holds then. May be NULL. */
    uint32_t (*read)(struct nrf51 *p, uint32_t off, uint32_t held);
    void (*write)(struct nrf51 *p, uint32_t off, uint32_t val);
};

/** The common part of an instance; config[0] is its interrupt line. */
struct nrf51 {
    struct device dev;
    const struct nrf51_kind *kind;
    uint32_t *reg; /* kind->reg_words values */
    uint32_t shorts, inten, evten;
    uint64_t events;
};

#define NRF51_STATE(type)                                                                \
    STATE_FIELD(type, p.shorts), STATE_FIELD(type, p.inten), STATE_FIELD(type, p.evten), \
        STATE_FIELD(type, p.events), STATE_FIELD(type, reg)

#define NRF51_IRQ                                          \
    {                                                      \
        "irq", FIELD_INT, true, 0, 31, 0, "interrupt line" \
    }

extern const struct field nrf51_irq_config[];

/** Of ops->create; @reg has kind->reg_words words. */
void nrf51_create(struct nrf51 *p, const struct nrf51_kind *kind, uint32_t *reg);
/** To reset values. */
void nrf51_reset(struct nrf51 *p);

/** The operations of all of them. */
enum bus_status nrf51_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val);
enum bus_status nrf51_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val);
void nrf51_signal(struct device *d, uint32_t port, bool level);

/** Event @event happens: shortcuts, interrupt, PPI. */
void nrf51_event(struct nrf51 *p, uint32_t event);

uint64_t nrf51_now(const struct nrf51 *p);
void nrf51_schedule(struct nrf51 *p, uint64_t when);

/** The bits of tasks or events @from to @to. */
#define NRF51_BITS(from, to) ((UINT64_MAX >> (63 - (to))) & ~((1ull << (from)) - 1))

#endif
