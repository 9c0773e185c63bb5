/*
 * The system timer: a 24-bit down-counter on the core clock.
 *
 * Source: DDI 0403E B3.3.
 * Deviation: there is no reference clock (SYST_CALIB.NOREF is 1), so CLKSOURCE always reads as 1.
 */
#include "cpu/core.h"

enum {
    SYST_CSR = 0x0,
    SYST_RVR = 0x4,
    SYST_CVR = 0x8,
    SYST_CALIB = 0xC
};
enum {
    CSR_ENABLE = 1,
    CSR_TICKINT = 2,
    CSR_CLKSOURCE = 4
};
#define CSR_COUNTFLAG (1u << 16)
#define CALIB_NOREF   (1u << 31)
#define CALIB_SKEW    (1u << 30)
#define COUNTER_MASK  0xFFFFFFu

void systick_reset(struct cpu *c)
{
    c->tick = (struct systick){.zero_at = DEVICE_NEVER};
}

static uint32_t current(const struct cpu *c)
{
    const struct systick *t = &c->tick;
    if (t->zero_at == DEVICE_NEVER)
        return t->held;
    return c->now < t->reload_at ? 0 : (uint32_t)(t->zero_at - c->now);
}

/* Count on from @value as of now, or hold it. */
static void restart(struct cpu *c, uint32_t value)
{
    struct systick *t = &c->tick;
    t->held = value;
    t->zero_at = DEVICE_NEVER;
    if ((t->ctrl & CSR_ENABLE) && (value || t->load))
        t->zero_at = c->now + (value ? value : (uint64_t)t->load + 1);
    t->reload_at = value ? 0 : c->now + 1;
    core_look(c);
}

void systick_update(struct cpu *c)
{
    struct systick *t = &c->tick;
    while (t->zero_at <= c->now) {
        t->countflag = true;
        if (t->ctrl & CSR_TICKINT)
            nvic_pend(c, EXC_SYSTICK);
        t->held = 0;
        t->reload_at = t->zero_at + 1;
        t->zero_at = t->load ? t->zero_at + t->load + 1 : DEVICE_NEVER;
    }
}

bool systick_interrupts(const struct cpu *c)
{
    return c->tick.ctrl & CSR_TICKINT;
}

/* TENMS: the reload value for 10 ms; SKEW when it is not exact. Source: B3.3.6. */
static uint32_t calibration(const struct cpu *c)
{
    uint32_t cycles = c->config.clock_hz / 100, tenms = cycles ? cycles - 1 : 0;
    if (tenms == 0 || tenms > COUNTER_MASK)
        return CALIB_NOREF;
    return CALIB_NOREF | (c->config.clock_hz % 100 ? CALIB_SKEW : 0) | tenms;
}

uint32_t systick_read(struct cpu *c, uint32_t offset)
{
    systick_update(c);
    switch (offset) {
    case SYST_CSR: {
        uint32_t csr = c->tick.ctrl | CSR_CLKSOURCE | (c->tick.countflag ? CSR_COUNTFLAG : 0);
        c->tick.countflag = false;
        return csr;
    }
    case SYST_RVR:
        return c->tick.load;
    case SYST_CVR:
        return current(c);
    case SYST_CALIB:
        return calibration(c);
    }
    return 0;
}

void systick_write(struct cpu *c, uint32_t offset, uint32_t val)
{
    systick_update(c);
    switch (offset) {
    case SYST_CSR: {
        uint32_t value = current(c);
        bool toggled = (c->tick.ctrl ^ val) & CSR_ENABLE;
        c->tick.ctrl = val & (CSR_ENABLE | CSR_TICKINT);
        if (toggled)
            restart(c, value);
        break;
    }
    case SYST_RVR:
        c->tick.load = val & COUNTER_MASK;
        if (c->tick.zero_at == DEVICE_NEVER)
            restart(c, c->tick.held);
        break;
    case SYST_CVR: /* any write clears the counter and COUNTFLAG */
        c->tick.countflag = false;
        restart(c, 0);
        break;
    }
}
