/*
 * Instructions that the engine does not execute as the architecture wants, or whose time depends on
 * their operands. Each is looked at before it is executed (engine_watch_insn, one hook an
 * instruction); most are then the engine's after all. The engine cannot be left inside an IT block:
 * for what lies there the IT is looked at, and the whole IT block executed here if need be.
 *
 *     unaligned LDM, LDRD, LDREX and kin, CCR.UNALIGN_TRP   the engine does not fault
 *     division by zero, CCR.DIV_0_TRP                        nor here
 *     FP with CPACR against it, or without an FPU            the engine has one all the same
 *     STREX after an exception, or after an LDREX that was   the engine's monitor is not reachable
 *     executed here
 *     WFE, SEV                                               there is no event register
 *     CBZ, IT on ARMv6-M; SG, BXNS, TT on ARMv8-M            the engine has them
 *     MSR, MRS, CPS of ARMv6-M                               the engine has no unprivileged level
 *     MSR MSPLIM, PSPLIM: the engine keeps and checks them, and tells nobody
 *     LDREX, STREX, CLREX: so that we know how the monitor is
 *     MRS CONTROL, and registers of the other state, on v8-M the engine has a Security Extension
 */
#include "cpu/core.h"

#define XPSR_APSR 0xF8000000u

/* Is the class one that no core of ours has, though the engine may? */
static bool is_missing(const struct cpu *c, const struct insn *i)
{
    if (core_v6m(c) && !i->v6m && i->bytes == 2)
        return true;
    return i->cls == INSN_MISSING || (i->cls == INSN_SECURE && core_v8m(c));
}

#define SYSM_OTHER_STATE 0x80u /* MSP_NS and kin: read as zero, writes are ignored */

static bool is_system(const struct cpu *c, const struct insn *i)
{
    if (core_v8m(c))
        return (i->cls == INSN_MRS && (i->it == SYSM_CONTROL || i->it & SYSM_OTHER_STATE)) ||
               (i->cls == INSN_MSR && i->it & SYSM_OTHER_STATE);
    return core_v6m(c) && c->traits->has_user &&
           (i->cls == INSN_MSR || i->cls == INSN_MRS || i->cls == INSN_CPS);
}

static bool is_exclusive(const struct insn *i)
{
    return i->cls == INSN_LOAD_EXCLUSIVE || i->cls == INSN_STORE_EXCLUSIVE || i->cls == INSN_CLREX;
}

static bool is_limit(const struct cpu *c, const struct insn *i)
{
    return core_v8m(c) && i->cls == INSN_MSR && (i->it == SYSM_MSPLIM || i->it == SYSM_PSPLIM);
}

/* @i may not know that it lies in an IT block: the caller does. */
static bool costs_more_than_left_out(const struct cpu *c, const struct insn *i)
{
    return !c->timing->mispredict && !insn_is_branch(i) &&
           (insn_is_memory(i->cls) || i->cls == INSN_FP_MAC);
}

bool watch_is_left_out(const struct cpu *c, const struct insn *i)
{
    return i->conditional && costs_more_than_left_out(c, i);
}

bool watch_needed(const struct cpu *c, const struct insn *i)
{
    return i->cls == INSN_DIVIDE || i->cls == INSN_WFE || i->cls == INSN_SEV || is_exclusive(i) ||
           is_limit(c, i) || c->timing->is_dynamic(i) || is_missing(c, i) || is_system(c, i) ||
           watch_is_left_out(c, i) || (insn_is_fp(i->cls) && !c->config.fpu);
}

static uint32_t address_of(const struct cpu *c, const struct insn *i, uint32_t pc)
{
    uint32_t base = i->rn == 15 ? (pc + 4) & ~3u : core_reg(c, i->rn);
    uint32_t offset = i->reg_offset ? core_reg(c, i->rm) << i->shift : (uint32_t)i->offset;
    return i->index || i->list ? base + offset : base;
}

static bool is_unaligned(const struct cpu *c, const struct insn *i, uint32_t pc)
{
    if (!insn_is_memory(i->cls) || !(i->aligned || (c->scb.ccr & CCR_UNALIGN_TRP)))
        return false;
    return address_of(c, i, pc) & (i->size - 1u);
}

/* CFSR bits of the fault that the instruction at @pc is, 0 for none. */
static uint32_t refusal(const struct cpu *c, const struct insn *i, uint32_t pc)
{
    if (is_missing(c, i))
        return CFSR_UNDEFINSTR;
    if (insn_is_fp(i->cls) && !fpu_enabled(c, core_priv(c)))
        return CFSR_NOCP;
    if (i->cls == INSN_DIVIDE && (c->scb.ccr & CCR_DIV_0_TRP) && core_reg(c, i->rm) == 0)
        return CFSR_DIVBYZERO;
    return is_unaligned(c, i, pc) ? CFSR_UNALIGNED : 0;
}

/* Is the instruction executed here, not by the engine? */
static bool is_own(struct cpu *c, const struct insn *i)
{
    return i->cls == INSN_WFE || i->cls == INSN_SEV || is_system(c, i) ||
           (i->cls == INSN_STORE_EXCLUSIVE && (c->monitor_ours || !c->monitor_open)) ||
           (insn_is_fp(i->cls) && !fpu_ready(c));
}

/*
 * What the instruction at @pc takes beyond what its block was charged: operands of divisions and
 * long multiplies (Rn in the first halfword, Rm in the second), and conditional instructions, which
 * the engine's hook tells of only when they are executed.
 */
static uint32_t dynamic_cycles(struct cpu *c, const struct insn *i, uint32_t pc, bool conditional)
{
    uint16_t hw[2];
    uint32_t bytes;
    struct timing_pipe pipe = {.at = pc};
    uint32_t alone = c->timing->cost(&pipe, i);
    if (c->timing->is_dynamic(i) && block_read_insn(c, pc, hw, &bytes)) {
        uint32_t n = core_reg(c, hw[0] & 0xFu), m = core_reg(c, hw[1] & 0xFu);
        return c->timing->operands(i, (uint32_t)hw[0] << 16 | hw[1], n, m) - alone;
    }
    return conditional && costs_more_than_left_out(c, i) && alone ? alone - 1 : 0;
}

/* How many instructions an IT block has. */
static uint32_t it_length(uint32_t it)
{
    return 4u - (uint32_t)__builtin_ctz(it & 0xFu);
}

/* Might this instruction of an IT block be refused, or be executed here, as things are? */
static bool may_trap(struct cpu *c, const struct insn *i, uint32_t pc)
{
    struct fault f;
    bool aligned = i->aligned && i->rn != 13;
    return is_missing(c, i) || is_own(c, i) ||
           (i->cls == INSN_DIVIDE && c->scb.ccr & CCR_DIV_0_TRP) ||
           (insn_is_memory(i->cls) && (aligned || c->scb.ccr & CCR_UNALIGN_TRP)) ||
           !access_fetch(c, pc, &f) || (i->bytes == 4 && !access_fetch(c, pc + 2, &f));
}

static bool it_block_may_trap(struct cpu *c, const struct insn *it, uint32_t pc)
{
    uint32_t at = pc + it->bytes;
    struct insn i;
    for (uint32_t n = 0; n < it_length(it->it) && block_insn(c, at, &i); n++, at += i.bytes)
        if (may_trap(c, &i, at))
            return true;
    return false;
}

bool watch_is_risky_it(struct cpu *c, uint32_t pc)
{
    struct insn i;
    return block_insn(c, pc, &i) && i.cls == INSN_IT && it_block_may_trap(c, &i, pc);
}

/* The engine is about to execute it: what it does to state that the engine does not tell of. */
static void mirror(struct cpu *c, const struct insn *i, uint32_t pc)
{
    if (is_exclusive(i)) {
        c->monitor_before = c->monitor_open; /* in case the access is refused to the engine */
        c->monitor_before_at = pc;
        c->monitor_open = i->cls == INSN_LOAD_EXCLUSIVE;
        c->monitor_ours = false;
    }
    if (is_limit(c, i) && core_priv(c))
        *(i->it == SYSM_MSPLIM ? &c->msplim : &c->psplim) = core_reg(c, i->rn) & ~7u;
}

void watch_look(struct cpu *c, uint32_t pc)
{
    struct insn i;
    if (!block_insn(c, pc, &i))
        return;
    bool inside = block_is_conditional(c, pc);
    bool not_the_engines =
        is_own(c, &i) || refusal(c, &i, pc) || (i.cls == INSN_IT && it_block_may_trap(c, &i, pc));
    c->monitor_before_at = ADDR_NONE;
    if (not_the_engines && !inside) {
        engine_leave(c, EXIT_OWN, pc);
        return;
    }
    c->more_at = pc;
    c->more_cycles = dynamic_cycles(c, &i, pc, inside);
    c->now += c->more_cycles;
    mirror(c, &i, pc);
}

/* ---- Executing them. After EXIT_OWN; c->pc is the instruction. ---- */

/* The block is left here: what was not executed of it is charged back, this one charged alone. */
static void own_insn(struct cpu *c, const struct insn *i)
{
    block_refund(c, c->pc);
    block_charge_alone(c, i, c->pc);
    c->pc += i->bytes;
    block_left(c);
}

/* Source: DDI 0403E B1.5.18; A7.7.263 WFE, A7.7.130 SEV. */
static void wait_for_event(struct cpu *c, const struct insn *i)
{
    own_insn(c, i);
    c->sleeping = !c->event;
    c->sleeps_for_event = true;
    c->event = false;
}

static void send_event(struct cpu *c, const struct insn *i)
{
    own_insn(c, i);
    c->event = true;
}

/* STREX whose LDREX was executed here, or that fails. Source: A3.4, ExclusiveMonitorsPass(). */
static void exclusive_store(struct cpu *c, const struct insn *i)
{
    struct fault f;
    uint32_t at = c->pc;
    block_refund(c, at);
    if (!loadstore_execute(c, i, &f)) {
        fault_take(c, &f, at);
        return;
    }
    block_charge_alone(c, i, at);
    block_left(c);
}

/* The lazy save or the new context; then the engine may have the instruction. */
static void prepare_fp(struct cpu *c)
{
    struct fault f;
    if (fpu_prepare(c, &f))
        return;
    block_refund(c, c->pc);
    fault_take(c, &f, c->pc);
}

/* Source: DDI 0419 B5.2.2 (MRS), B5.2.1 (CPS). */
static uint32_t system_value(const struct cpu *c, uint32_t sysm)
{
    uint32_t xpsr = engine_reg(c, UC_ARM_REG_XPSR);
    if (sysm < SYSM_MSP)
        return (sysm & 4u ? 0 : xpsr & XPSR_APSR) | (sysm & 1u && core_priv(c) ? c->ipsr : 0);
    if (sysm == SYSM_CONTROL)
        return c->control;
    if (!core_priv(c))
        return 0;
    switch (sysm) {
    case SYSM_MSP:
        return engine_reg(c, UC_ARM_REG_MSP);
    case SYSM_PSP:
        return engine_reg(c, UC_ARM_REG_PSP);
    case SYSM_PRIMASK:
        return c->primask;
    }
    return 0;
}

static void write_system(struct cpu *c, uint32_t sysm, uint32_t val)
{
    uint32_t old = c->control;
    uint8_t from = exception_state(c);
    if (sysm < SYSM_MSP && !(sysm & 4u))
        engine_set_reg(c, UC_ARM_REG_APSR_NZCV, val);
    if (!core_priv(c))
        return;
    switch (sysm) {
    case SYSM_MSP:
        engine_set_reg(c, UC_ARM_REG_MSP, val & ~3u);
        break;
    case SYSM_PSP:
        engine_set_reg(c, UC_ARM_REG_PSP, val & ~3u);
        break;
    case SYSM_PRIMASK:
        c->primask = val & 1u;
        engine_set_reg(c, UC_ARM_REG_PRIMASK, c->primask);
        exception_priority_changed(c);
        break;
    case SYSM_CONTROL:
        c->control = (val & CONTROL_NPRIV) | (c->ipsr ? old & CONTROL_SPSEL : val & CONTROL_SPSEL);
        engine_set_reg(c, UC_ARM_REG_CONTROL, c->control & CONTROL_SPSEL);
        core_mode_changed(c);
        exception_control_changed(c, old, from, c->pc);
        break;
    }
}

static void system_insn(struct cpu *c, const struct insn *i)
{
    uint32_t operand = core_reg(c, i->rn);
    c->special = false; /* done here, not by the engine */
    own_insn(c, i);
    if (i->cls == INSN_MRS)
        core_set_reg(c, (uint32_t)__builtin_ctz(i->writes | 0x10000u) & 15u,
                     system_value(c, i->it));
    else if (i->cls == INSN_MSR)
        write_system(c, i->it, operand);
    else if (i->it & 2u) /* CPS: bit 1 is I, bit 4 disables */
        write_system(c, SYSM_PRIMASK, i->it >> 4 & 1u);
}

static void wait_for_interrupt(struct cpu *c, const struct insn *i)
{
    own_insn(c, i);
    c->sleeping = true;
    c->sleeps_for_event = false;
}

/* Of those that are not the engine's at all. */
static void execute_own(struct cpu *c, const struct insn *i)
{
    if (i->cls == INSN_WFE)
        wait_for_event(c, i);
    else if (i->cls == INSN_WFI)
        wait_for_interrupt(c, i);
    else if (i->cls == INSN_SEV)
        send_event(c, i);
    else if (i->cls == INSN_STORE_EXCLUSIVE)
        exclusive_store(c, i);
    else
        system_insn(c, i);
}

/* What may only be the last of an IT block, or faults. */
static bool goes_elsewhere(const struct insn *i)
{
    return i->ends_block && i->cls != INSN_MSR && i->cls != INSN_CPS && i->cls != INSN_ISB;
}

/* By the engine, alone; then what MSR and CPS have changed. */
static void engine_alone(struct cpu *c, const struct insn *i, uint32_t next)
{
    mirror(c, i, c->pc);
    engine_run_to(c, next);
    if (i->cls != INSN_MSR && i->cls != INSN_CPS)
        return;
    c->odd_block.sysm = i->cls == INSN_MSR ? i->it : 0;
    c->special_block = &c->odd_block;
    exception_sync_special(c, c->pc);
}

/*
 * One instruction of an IT block, its condition holding. False when it did not go on behind it, or
 * is the block's last and better left to the engine: an instruction that ends a block may stand
 * only there, and is then executed as the first of a block of its own.
 */
static bool execute_in_it(struct cpu *c, const struct insn *i)
{
    struct fault f = {.cfsr = refusal(c, i, c->pc), .priv = core_priv(c)};
    uint32_t next = c->pc + i->bytes, ipsr = c->ipsr, at = c->pc;
    bool fetched =
        f.cfsr || (access_fetch(c, at, &f) && (i->bytes == 2 || access_fetch(c, at + 2, &f)));
    if (f.cfsr || !fetched || (insn_is_fp(i->cls) && !fpu_ready(c) && !fpu_prepare(c, &f))) {
        fault_take(c, &f, at);
        return false;
    }
    if (i->cls == INSN_WFE || i->cls == INSN_SEV || is_system(c, i) || i->cls == INSN_WFI) {
        loadstore_it_advance(c);
        execute_own(c, i);
        return !c->sleeping;
    }
    if (i->cls == INSN_SVC) {
        loadstore_it_advance(c);
        c->now++;
        c->insns++;
        c->pc = next;
        exception_supervisor_call(c);
        return false;
    }
    if (!insn_is_memory(i->cls) && goes_elsewhere(i)) {
        loadstore_set_it(c, 0); /* its condition holds */
        return false;
    }
    c->now += dynamic_cycles(c, i, at, false);
    block_charge_alone(c, i, at);
    if (insn_is_memory(i->cls)) {
        if (!loadstore_execute(c, i, &f)) {
            fault_take(c, &f, at);
            return false;
        }
    } else {
        engine_alone(c, i, next);
    }
    return c->pc == next && c->ipsr == ipsr;
}

void watch_finish_it(struct cpu *c)
{
    struct insn i;
    while (loadstore_in_it(c) && block_insn(c, c->pc, &i)) {
        uint32_t at = c->pc;
        if (!loadstore_it_holds(c)) {
            c->now++;
            c->insns++;
            c->pc = at + i.bytes;
            loadstore_it_advance(c);
        } else if (!execute_in_it(c, &i)) {
            break;
        }
        core_edit(c)->end = c->pc;
    }
    core_look(c);
}

/* The IT at c->pc and its block, here: the engine cannot be left inside. */
static void it_block(struct cpu *c, const struct insn *it)
{
    own_insn(c, it);
    loadstore_set_it(c, it->it);
    watch_finish_it(c);
}

void watch_execute(struct cpu *c)
{
    struct insn i;
    MOAT_ASSERT(block_insn(c, c->pc, &i), "no instruction at 0x%08x", c->pc);
    uint32_t cfsr = refusal(c, &i, c->pc);
    if (cfsr)
        fault_instruction(c, cfsr);
    else if (i.cls == INSN_IT)
        it_block(c, &i);
    else if (insn_is_fp(i.cls))
        prepare_fp(c);
    else
        execute_own(c, &i);
}
