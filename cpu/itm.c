/*
 * The Instrumentation Trace Macrocell's stimulus ports, whose words become events of the trace, and
 * the DWT's cycle counter.
 *
 * Source: DDI 0403E C1.7 (ITM), C1.8 (DWT).
 * Deviation: the FIFO is never full; no timestamps, no synchronisation; the lock (ITM_LAR) is not
 * there, as ITM_LSR reads 0; DWT has no comparators and no profiling counters.
 */
#include "cpu/core.h"

#define ITM_BASE      0xE0000000u
#define ITM_PORTS_END 0x080u
#define ITM_TER       0xE00u
#define ITM_TPR       0xE40u
#define ITM_TCR       0xE80u
#define TCR_ITMENA    (1u << 0)
#define TCR_WRITABLE  0x007F0F1Fu
#define DEMCR_TRCENA  (1u << 24)
#define DWT_CYCCNTENA (1u << 0)
#define DWT_CTRL      0x0u
#define DWT_CYCCNT    0x4u
/* NOTRCPKT and NOPRFCNT: no trace packets, no profiling counters. */
#define DWT_FEATURES 0x09000000u

void itm_reset(struct cpu *c)
{
    c->scb.itm_ter = c->scb.itm_tpr = c->scb.itm_tcr = 0;
}

/* A port that no privileged mask protects: ITM_TPR has a bit for eight ports. */
bool itm_user_may_write(const struct cpu *c, uint32_t addr)
{
    uint32_t port = (addr - ITM_BASE) / 4;
    return !core_v6m(c) && addr - ITM_BASE < ITM_PORTS_END && !(c->scb.itm_tpr >> port / 8 & 1u);
}

static bool port_enabled(const struct cpu *c, uint32_t port)
{
    return (c->scb.demcr & DEMCR_TRCENA) && (c->scb.itm_tcr & TCR_ITMENA) &&
           (c->scb.itm_ter >> port & 1u);
}

uint32_t itm_read(struct cpu *c, uint32_t offset)
{
    if (offset < ITM_PORTS_END)
        return port_enabled(c, offset / 4); /* FIFOREADY */
    switch (offset) {
    case ITM_TER:
        return c->scb.itm_ter;
    case ITM_TPR:
        return c->scb.itm_tpr;
    case ITM_TCR:
        return c->scb.itm_tcr;
    }
    return 0;
}

void itm_write(struct cpu *c, uint32_t offset, uint32_t bytes, uint32_t val)
{
    if (offset < ITM_PORTS_END) {
        if (port_enabled(c, offset / 4))
            exception_emit(c, (struct cpu_event){.kind = CPU_EVENT_ITM,
                                                 .from = exception_state(c),
                                                 .pc = c->pc,
                                                 .exception = offset / 4,
                                                 .sp = bytes,
                                                 .target = val});
    } else if (offset == ITM_TER) {
        c->scb.itm_ter = val;
    } else if (offset == ITM_TPR) {
        c->scb.itm_tpr = val & 0xFu;
    } else if (offset == ITM_TCR) {
        c->scb.itm_tcr = val & TCR_WRITABLE;
    }
}

static bool counting(const struct cpu *c)
{
    return (c->scb.demcr & DEMCR_TRCENA) && (c->scb.dwt_ctrl & DWT_CYCCNTENA);
}

uint32_t dwt_read(struct cpu *c, uint32_t offset)
{
    if (offset == DWT_CTRL)
        return c->scb.dwt_ctrl | DWT_FEATURES;
    return counting(c) ? (uint32_t)(c->now - c->scb.dwt_base) : c->scb.dwt_held;
}

void dwt_write(struct cpu *c, uint32_t offset, uint32_t val)
{
    uint32_t count = offset == DWT_CYCCNT ? val : dwt_read(c, DWT_CYCCNT);
    if (offset == DWT_CTRL)
        c->scb.dwt_ctrl = val & DWT_CYCCNTENA;
    c->scb.dwt_held = count;
    c->scb.dwt_base = c->now - count;
}
