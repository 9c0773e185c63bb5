/*
 * What a fault becomes: its status bits, the exception that takes it, escalation, lockup.
 *
 * Source: DDI 0403E B1.5.8 (escalation), B1.5.15 (lockup), B3.2.15, B3.2.16 (status registers).
 * ARMv6-M has HardFault alone and no status registers (DDI 0419 B1.5.4).
 */
#include "cpu/core.h"

static void lockup(struct cpu *c, uint32_t pc)
{
    c->pc = pc;
    c->stop = (struct cpu_stop){.kind = CPU_STOP_LOCKUP, .pc = pc};
}

static void set_status(struct cpu *c, const struct fault *f, uint32_t hfsr)
{
    if (core_v6m(c))
        return;
    c->scb.cfsr |= f->cfsr;
    c->scb.hfsr |= hfsr;
    if (f->cfsr & CFSR_MMARVALID)
        c->scb.mmfar = f->addr;
    if (f->cfsr & CFSR_BFARVALID)
        c->scb.bfar = f->addr;
}

/* Everything that a person will ask about a fault, taken down before anything changes. */
static void report(struct cpu *c, const struct fault *f, uint32_t hfsr, uint32_t exc, uint32_t pc)
{
    struct cpu_fault out = {
        .cfsr = f->cfsr,
        .hfsr = hfsr,
        .exception = exc,
        .addr = f->addr,
        .addr_valid = f->addr_valid && !core_v6m(c),
        .access = f->access,
        .bytes = f->bytes,
        .access_priv = f->priv,
        .why = f->why,
        .xpsr = core_xpsr(c),
    };
    uint16_t hw[2];
    if (block_read_insn(c, pc, hw, &out.insn_bytes))
        out.insn = hw[0] | (uint32_t)hw[1] << 16;
    for (uint32_t n = 0; n < 15; n++)
        out.regs[n] = core_reg(c, n);
    out.regs[15] = pc;
    set_status(c, f, hfsr);
    exception_emit(c, (struct cpu_event){.kind = CPU_EVENT_FAULT,
                                         .exception = exc,
                                         .pc = pc,
                                         .from = exception_state(c),
                                         .fault = &out});
}

/*
 * What a synchronous exception becomes: itself, HardFault, or 0 for lockup. Sets FORCED in *hfsr
 * when it escalates. Source: B1.5.8 "Fault escalation", B1.5.15 lockup.
 */
static uint32_t escalate(const struct cpu *c, uint32_t exc, uint32_t *hfsr)
{
    if (exc != EXC_HARDFAULT) {
        if (nvic_enabled(c, exc) && nvic_group_priority(c, exc) < c->running)
            return exc;
        *hfsr |= HFSR_FORCED;
    }
    return c->running > -1 ? EXC_HARDFAULT : 0;
}

static uint32_t fault_exception(const struct cpu *c, const struct fault *f)
{
    if (core_v6m(c))
        return EXC_HARDFAULT;
    if (f->cfsr & 0x000000FFu)
        return EXC_MEMMANAGE;
    if (f->cfsr & 0x0000FF00u)
        return EXC_BUSFAULT;
    return f->cfsr ? EXC_USAGEFAULT : EXC_HARDFAULT;
}

static uint32_t pend(struct cpu *c, uint32_t exc, const struct fault *f, uint32_t pc)
{
    static const struct fault none = {0};
    uint32_t hfsr = f ? f->hfsr : 0, target = escalate(c, exc, &hfsr);
    if (f || hfsr)
        report(c, f ? f : &none, hfsr, target, pc);
    if (target)
        nvic_pend(c, target);
    else
        lockup(c, pc);
    return target;
}

uint32_t fault_pend(struct cpu *c, const struct fault *f, uint32_t pc)
{
    return pend(c, fault_exception(c, f), f, pc);
}

void fault_raise(struct cpu *c, uint32_t exc, uint32_t ret, const struct fault *f)
{
    uint32_t target = pend(c, exc, f, ret);
    if (target)
        exception_enter(c, target, ret);
}

void fault_take(struct cpu *c, const struct fault *f, uint32_t ret)
{
    fault_raise(c, fault_exception(c, f), ret, f);
}

void fault_instruction(struct cpu *c, uint32_t cfsr)
{
    struct fault f = {.cfsr = cfsr, .priv = core_priv(c)};
    block_refund(c, c->pc);
    fault_take(c, &f, c->pc);
}

bool fault_vector(struct cpu *c, uint32_t exc, uint32_t ret, uint32_t *vector)
{
    struct fault f = {.access = CPU_ACCESS_VECTOR, .addr = c->scb.vtor + 4 * exc, .bytes = 4};
    bool dead = exc == EXC_HARDFAULT || c->running <= -1;
    report(c, &f, HFSR_VECTTBL, EXC_HARDFAULT, ret);
    if (!dead && access_vector(c, c->scb.vtor + 4 * EXC_HARDFAULT, vector))
        return true;
    lockup(c, ret);
    return false;
}

void cpu_breakpoint(struct cpu *c)
{
    bool monitor =
        nvic_enabled(c, EXC_DEBUGMON) && nvic_group_priority(c, EXC_DEBUGMON) < c->running;
    struct fault f = {.hfsr = HFSR_DEBUGEVT, .priv = core_priv(c)};
    if (!core_v6m(c))
        c->scb.dfsr |= DFSR_BKPT;
    fault_raise(c, monitor ? EXC_DEBUGMON : EXC_HARDFAULT, c->pc, monitor ? NULL : &f);
}
