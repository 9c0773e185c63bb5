/*
 * Which exception is pending, active, enabled and how urgent.
 *
 * Source: DDI 0403E B1.5.4 (priority), B3.4 (NVIC), pseudocode ExecutionPriority().
 */
#include "cpu/core.h"

#include <string.h>

#define PRIO_LOWEST 256

/* Configurable fault handlers and their enable bits in SHCSR are kept in nvic.enabled. */
static const uint8_t always_enabled[] = {EXC_NMI,      EXC_HARDFAULT, EXC_SVCALL,
                                         EXC_DEBUGMON, EXC_PENDSV,    EXC_SYSTICK};

void nvic_reset(struct cpu *c)
{
    struct exc_set line = c->nvic.line; /* what drives the lines is outside the core */
    memset(&c->nvic, 0, sizeof c->nvic);
    c->nvic.line = line;
    c->nvic.pending = line;
    for (size_t i = 0; i < sizeof always_enabled; i++)
        exc_put(&c->nvic.enabled, always_enabled[i], true);
    exc_put(&c->nvic.enabled, EXC_DEBUGMON, false);
}

void nvic_pend(struct cpu *c, uint32_t exc)
{
    bool was = exc_in(&c->nvic.pending, exc);
    exc_put(&c->nvic.pending, exc, true);
    if (!was && (c->scb.scr & SCR_SEVONPEND))
        c->event = true;
    core_look(c);
}

void nvic_unpend(struct cpu *c, uint32_t exc)
{
    /* A level that is high pends again, but not while its handler runs: B3.4.1. */
    bool high = exc_in(&c->nvic.line, exc) && !exc_in(&c->nvic.active, exc);
    exc_put(&c->nvic.pending, exc, high);
}

bool nvic_enabled(const struct cpu *c, uint32_t exc)
{
    return exc_in(&c->nvic.enabled, exc);
}

int nvic_priority(const struct cpu *c, uint32_t exc)
{
    switch (exc) {
    case EXC_RESET:
        return -3;
    case EXC_NMI:
        return -2;
    case EXC_HARDFAULT:
        return -1;
    }
    return c->nvic.prio[exc];
}

/* The part of a priority that pre-empts. Source: B1.5.4 "Priority grouping". */
static int group_priority(const struct cpu *c, int prio)
{
    uint32_t prigroup = c->scb.aircr >> 8 & 7u;
    return prio < 0 ? prio : prio & (int)(0xFFu << (prigroup + 1) & 0xFFu);
}

int nvic_group_priority(const struct cpu *c, uint32_t exc)
{
    return group_priority(c, nvic_priority(c, exc));
}

void nvic_update_running(struct cpu *c)
{
    int best = PRIO_LOWEST;
    for (uint32_t w = 0; w < EXC_MAX / 64; w++)
        for (uint64_t bits = c->nvic.active.words[w]; bits; bits &= bits - 1) {
            uint32_t exc = w * 64 + (uint32_t)__builtin_ctzll(bits);
            int prio = group_priority(c, nvic_priority(c, exc));
            best = prio < best ? prio : best;
        }
    if (c->basepri) {
        int prio = group_priority(c, (int)c->basepri);
        best = prio < best ? prio : best;
    }
    if (c->primask && best > 0)
        best = 0;
    if (c->faultmask && best > -1)
        best = -1;
    c->running = best;
}

static uint32_t most_urgent(const struct cpu *c)
{
    uint32_t best = 0;
    int best_prio = PRIO_LOWEST;
    for (uint32_t w = 0; w < EXC_MAX / 64; w++) {
        uint64_t bits = c->nvic.pending.words[w] & c->nvic.enabled.words[w];
        for (; bits; bits &= bits - 1) {
            uint32_t exc = w * 64 + (uint32_t)__builtin_ctzll(bits);
            if (nvic_priority(c, exc) < best_prio) {
                best_prio = nvic_priority(c, exc);
                best = exc;
            }
        }
    }
    return best;
}

uint32_t nvic_vectpending(const struct cpu *c)
{
    uint32_t best = most_urgent(c);
    int mask = c->faultmask ? -1 : c->basepri ? group_priority(c, (int)c->basepri) : PRIO_LOWEST;
    return best && nvic_group_priority(c, best) < mask ? best : 0;
}

uint32_t nvic_find_takeable(const struct cpu *c)
{
    uint32_t best = most_urgent(c);
    if (!best)
        return 0;
    int prio = group_priority(c, nvic_priority(c, best));
    return prio < c->running ? best : 0;
}

void nvic_activate(struct cpu *c, uint32_t exc)
{
    exc_put(&c->nvic.pending, exc, false);
    exc_put(&c->nvic.active, exc, true);
}

void nvic_deactivate(struct cpu *c, uint32_t exc)
{
    exc_put(&c->nvic.active, exc, false);
    if (exc_in(&c->nvic.line, exc)) /* a level that is still high pends again, B3.4.1 */
        nvic_pend(c, exc);
}

uint32_t nvic_active_count(const struct cpu *c)
{
    int n = 0;
    for (uint32_t w = 0; w < EXC_MAX / 64; w++)
        n += __builtin_popcountll(c->nvic.active.words[w]);
    return (uint32_t)n;
}

void cpu_nmi(struct cpu *c, bool level)
{
    bool was = exc_in(&c->nvic.line, EXC_NMI);
    exc_put(&c->nvic.line, EXC_NMI, level);
    if (level && !was)
        nvic_pend(c, EXC_NMI);
}

void cpu_irq(struct cpu *c, uint32_t line, bool level)
{
    uint32_t exc = EXC_IRQ0 + line;
    MOAT_ASSERT(line < c->config.irqs, "interrupt line %u of %u", line, c->config.irqs);
    bool was = exc_in(&c->nvic.line, exc);
    exc_put(&c->nvic.line, exc, level);
    if (level && !was)
        nvic_pend(c, exc);
}
