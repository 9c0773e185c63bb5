/*
 * Instructions that the engine does not execute as the architecture wants, or whose time depends on
 * their operands. Some are never the engine's, and the block that holds one is executed here:
 *
 *     MSR, CPS, SVC, WFI             change what the core is doing
 *     MRS                            the engine knows neither GE nor, on v6-M, unprivileged code,
 *                                    and has a Security Extension
 *     WFE, SEV, CLREX, STREX         there is no event register, and no way to the monitor
 *     CBZ, IT on ARMv6-M; SG, BXNS, TT on ARMv8-M; FP without an FPU: the engine has them
 *
 * Others are looked at before each execution (engine_watch_insn, one hook an instruction), and are
 * mostly the engine's after all. It cannot be left inside an IT block: for what lies there the IT
 * is looked at, and the IT block executed here if need be.
 *
 *     unaligned LDM, LDRD, LDREX and kin, CCR.UNALIGN_TRP   the engine does not fault
 *     division by zero, CCR.DIV_0_TRP                        nor here
 *
 * Source: DDI 0403E A7.7 (what each may not do), B1.5.8; DDI 0419 A5; DDI 0553 C1.
 */
#include "cpu/core.h"

/* Has no core of ours it, though the engine may? */
static bool is_missing(const struct cpu *c, const struct insn *i)
{
    if (core_v6m(c) && !i->v6m)
        return true;
    return i->cls == INSN_MISSING || i->cls == INSN_SECURE || (i->v8m && !core_v8m(c));
}

bool watch_is_ours(const struct cpu *c, const struct insn *i)
{
    static const uint64_t ours = 1ull << INSN_MSR | 1ull << INSN_MRS | 1ull << INSN_CPS |
                                 1ull << INSN_SVC | 1ull << INSN_WFI | 1ull << INSN_WFE |
                                 1ull << INSN_SEV | 1ull << INSN_CLREX |
                                 1ull << INSN_STORE_EXCLUSIVE;
    return ours >> i->cls & 1u || is_missing(c, i) || (insn_is_fp(i->cls) && !c->config.fpu);
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
    return i->cls == INSN_DIVIDE || i->cls == INSN_LOAD_EXCLUSIVE || c->timing->is_dynamic(i) ||
           watch_is_left_out(c, i);
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

uint32_t watch_refusal(const struct cpu *c, const struct insn *i)
{
    if (is_missing(c, i))
        return CFSR_UNDEFINSTR;
    if (insn_is_fp(i->cls) && !fpu_enabled(c, core_priv(c)))
        return CFSR_NOCP;
    if (i->cls == INSN_DIVIDE && (c->scb.ccr & CCR_DIV_0_TRP) && core_reg(c, i->rm) == 0)
        return CFSR_DIVBYZERO;
    return 0;
}

/* Would the engine do something else than the instruction does, though it does not fault? */
static bool is_own(const struct cpu *c, const struct insn *i)
{
    return watch_is_ours(c, i) || (insn_is_fp(i->cls) && !fpu_ready(c));
}

/*
 * Operands of divisions and long multiplies (Rn in the first halfword, Rm in the second), and
 * conditional instructions, which the engine's hook tells of only when they are executed.
 */
uint32_t watch_cycles(const struct cpu *c, const struct decoded *d, bool conditional)
{
    const struct insn *i = &d->insn;
    if (c->timing->is_dynamic(i)) {
        uint32_t n = core_reg(c, d->w >> 16 & 0xFu), m = core_reg(c, d->w & 0xFu);
        return c->timing->operands(i, d->w, n, m) - d->cost;
    }
    return conditional && costs_more_than_left_out(c, i) && d->cost ? d->cost - 1u : 0;
}

/* How many instructions an IT block has. */
static uint32_t it_length(uint32_t it)
{
    return 4u - (uint32_t)__builtin_ctz(it & 0xFu);
}

/* Might this instruction of an IT block be refused, or be executed here, as things are? */
static bool may_trap(struct cpu *c, const struct insn *i)
{
    bool aligned = i->aligned && i->rn != 13;
    return is_missing(c, i) || is_own(c, i) ||
           (i->cls == INSN_DIVIDE && c->scb.ccr & CCR_DIV_0_TRP) ||
           (insn_is_memory(i->cls) && (aligned || c->scb.ccr & CCR_UNALIGN_TRP));
}

static bool it_block_may_trap(struct cpu *c, const struct insn *it, uint32_t pc)
{
    uint32_t at = pc + it->bytes;
    struct insn i;
    for (uint32_t n = 0; n < it_length(it->it) && block_insn(c, at, &i); n++, at += i.bytes)
        if (may_trap(c, &i))
            return true;
    return false;
}

void watch_look(struct cpu *c, uint32_t pc)
{
    const struct decoded *at = block_decoded(c, pc);
    if (!at)
        return;
    const struct decoded d = *at; /* others are decoded below */
    bool inside = block_is_conditional(c, pc);
    bool not_the_engines = is_own(c, &d.insn) || watch_refusal(c, &d.insn) ||
                           is_unaligned(c, &d.insn, pc) ||
                           (d.insn.cls == INSN_IT && it_block_may_trap(c, &d.insn, pc));
    if (not_the_engines && !inside) {
        engine_leave(c, EXIT_INSN, pc);
        return;
    }
    c->more_at = pc;
    c->more_cycles = watch_cycles(c, &d, inside);
    c->now += c->more_cycles;
    if (d.insn.cls == INSN_LOAD_EXCLUSIVE)
        c->monitor_open = true; /* the engine does not tell */
}
