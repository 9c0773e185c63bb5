/*
 * Cycles of the single-issue cores: M0, M0+, M3, M4.
 *
 * Source: DDI 0432 table 3-1 (M0), DDI 0484 table 3-1 (M0+), DDI 0337I 3.3 (M3), Arm 100166 3.3
 * and DDI 0439 3.9 (M4). Where the manuals give a range (pipeline refill, division, folding of IT),
 * the rules are those that measurements of real chips agree on: docs/timing.md.
 */
#include "cpu/timing.h"

#include <stddef.h>

#include "cpu/cpu.h"

#define SP_BIT (1u << 13)
#define PC_BIT (1u << 15)

/* ---- Rules that several cores share. ---- */

static uint32_t popcount(uint32_t v)
{
    return (uint32_t)__builtin_popcount(v);
}

static uint32_t no_arrival(uint32_t addr, uint32_t bytes)
{
    (void)addr;
    (void)bytes;
    return 0;
}

static bool never(const struct insn *i)
{
    (void)i;
    return false;
}

static int msb(uint32_t v)
{
    return 31 - __builtin_clz(v);
}

/* Early termination by the difference of leading zeros: measured, docs/timing.md. */
uint32_t timing_divide(bool is_signed, uint32_t n, uint32_t m)
{
    bool n_min = n == 0x80000000u, m_negative = is_signed && (int32_t)m < 0;
    if (n == 0 || m == 0)
        return 2;
    if (is_signed && (int32_t)n < 0)
        n = 0u - n;
    if (m_negative)
        m = 0u - m;
    int d = msb(n) - msb(m);
    if (m_negative && (m & (m - 1)) == 0 && !n_min)
        d++;
    else if (m_negative && (m & (m - 1)) != 0 && n_min)
        d--;
    return d < 0 ? 3 : 5 + ((uint32_t)d >> 2);
}

/* ---- Cortex-M0 and M0+: a table. ---- */

struct v6_costs {
    uint8_t branch, call, branch_reg, pop_pc, system;
};

static const struct v6_costs
    m0_costs = {.branch = 2, .call = 3, .branch_reg = 2, .pop_pc = 3, .system = 4},
    m0plus_costs = {.branch = 1, .call = 2, .branch_reg = 1, .pop_pc = 2, .system = 3};

static uint32_t v6_cost(const struct v6_costs *t, const struct insn *i)
{
    switch (i->cls) {
    case INSN_LOAD:
    case INSN_STORE:
        return 2;
    case INSN_LOAD_MULTIPLE:
    case INSN_STORE_MULTIPLE:
        return 1 + popcount(i->list);
    case INSN_MRS:
    case INSN_MSR:
    case INSN_BARRIER:
    case INSN_ISB:
        return t->system;
    case INSN_WFI:
    case INSN_WFE:
        return 2;
    default:
        return 1;
    }
}

static uint32_t v6_refill(const struct v6_costs *t, const struct insn *i)
{
    if (i->cls == INSN_LOAD_MULTIPLE)
        return t->pop_pc;
    return i->cls == INSN_CALL ? t->call : i->cls == INSN_BRANCH ? t->branch : t->branch_reg;
}

static uint32_t m0_cost(struct timing_pipe *p, const struct insn *i)
{
    (void)p;
    return v6_cost(&m0_costs, i);
}

static uint32_t m0_refill(const struct timing_pipe *p, const struct insn *i)
{
    (void)p;
    return v6_refill(&m0_costs, i);
}

static uint32_t m0plus_cost(struct timing_pipe *p, const struct insn *i)
{
    (void)p;
    return v6_cost(&m0plus_costs, i);
}

static uint32_t m0plus_refill(const struct timing_pipe *p, const struct insn *i)
{
    (void)p;
    return v6_refill(&m0plus_costs, i);
}

/* ---- Cortex-M3 and M4: three stages, loads that pipeline. ---- */

/* ORDER insn_class: cycles without the transfers of the multiple forms. */
static const uint8_t m4_base[] = {
    [INSN_ALU] = 1,
    [INSN_LOAD] = 2,
    [INSN_STORE] = 1,
    [INSN_LOAD_MULTIPLE] = 1,
    [INSN_STORE_MULTIPLE] = 1,
    [INSN_LOAD_DUAL] = 3,
    [INSN_STORE_DUAL] = 3,
    [INSN_LOAD_EXCLUSIVE] = 2,
    [INSN_STORE_EXCLUSIVE] = 2,
    [INSN_TABLE_BRANCH] = 2,
    [INSN_FP_LOAD] = 1,
    [INSN_FP_STORE] = 1,
    [INSN_BRANCH] = 1,
    [INSN_CALL] = 1,
    [INSN_BRANCH_REG] = 1,
    [INSN_MULTIPLY] = 1,
    [INSN_MULTIPLY_ACC] = 1,
    [INSN_MULTIPLY_LONG] = 1,
    [INSN_MULTIPLY_LONG_ACC] = 1,
    [INSN_DSP_MULTIPLY] = 1,
    [INSN_DIVIDE] = 2,
    [INSN_MSR] = 1,
    [INSN_CPS] = 1,
    [INSN_MRS] = 1,
    [INSN_BARRIER] = 1,
    [INSN_ISB] = 3,
    [INSN_SVC] = 1,
    [INSN_BKPT] = 1,
    [INSN_WFI] = 1,
    [INSN_WFE] = 1,
    [INSN_SEV] = 1,
    [INSN_CLREX] = 1,
    [INSN_NOP] = 1,
    [INSN_IT] = 1,
    [INSN_FP_MOVE] = 1,
    [INSN_FP_ALU] = 1,
    [INSN_FP_MAC] = 3,
    [INSN_FP_DIVIDE] = 14,
    [INSN_FP_ROOT] = 14,
    [INSN_COPROCESSOR] = 1,
    [INSN_MISSING] = 1,
    [INSN_SECURE] = 1,
};
_Static_assert(sizeof m4_base == INSN_CLASS_COUNT, "ORDER insn_class");

static bool is_single_load(const struct insn *i)
{
    return i->cls == INSN_LOAD || i->cls == INSN_LOAD_EXCLUSIVE || i->cls == INSN_STORE_EXCLUSIVE ||
           (i->cls == INSN_FP_LOAD && i->fp_words == 1);
}

static bool is_single_store(const struct insn *i)
{
    return i->cls == INSN_STORE || (i->cls == INSN_FP_STORE && i->fp_words == 1);
}

static bool is_store(const struct insn *i)
{
    return i->cls == INSN_STORE || i->cls == INSN_STORE_MULTIPLE || i->cls == INSN_STORE_DUAL ||
           i->cls == INSN_FP_STORE;
}

/*
 * "LDR [any] are pipelined when possible": the address phase of @i goes with the data phase of the
 * load before it, unless that load makes the address or moves its base. Source: DDI 0337I 3.3.2.
 */
static bool follows_load(const struct timing_pipe *p, const struct insn *i)
{
    return is_single_load(&p->prev) && !(p->prev.writes & i->addr_reads);
}

/* There is no forwarding from the ALU to address generation, nor of a base that a load moved. */
static bool address_stalls(const struct timing_pipe *p, const struct insn *i)
{
    bool forwarded = (is_single_load(&p->prev) && !p->prev.wback) || is_store(&p->prev);
    return i->addr_reads & p->prev.writes && !forwarded;
}

/* IT is folded into the 16-bit instruction before it. */
static bool it_folds(const struct timing_pipe *p)
{
    const struct insn *prev = &p->prev;
    return prev->bytes == 2 && !insn_is_memory(prev->cls) && !insn_is_branch(prev) &&
           prev->cls != INSN_CPS && prev->cls != INSN_IT && !prev->conditional &&
           !(prev->writes & SP_BIT);
}

static uint32_t m3m4_memory(const struct timing_pipe *p, const struct insn *i)
{
    uint32_t base = m4_base[i->cls], stall = address_stalls(p, i);
    switch (i->cls) {
    case INSN_LOAD_MULTIPLE:
    case INSN_STORE_MULTIPLE:
        return base + popcount(i->list) + stall;
    case INSN_FP_LOAD:
        return base + i->fp_words - (i->fp_words == 1 && follows_load(p, i)) + stall;
    case INSN_FP_STORE:
        return base + (i->fp_words == 1 ? 0 : i->fp_words) + stall;
    case INSN_LOAD:
    case INSN_LOAD_EXCLUSIVE:
    case INSN_STORE_EXCLUSIVE:
        /* Nothing pipelines after a store: the store's data phase comes first. */
        return base - follows_load(p, i) + is_single_store(&p->prev) + stall;
    case INSN_STORE:
        return base + (i->reg_offset && !follows_load(p, i)) + stall;
    default:
        return base + stall;
    }
}

/* Wide instructions at 4n+2 outrun the fetch unit after a while: one cycle for a run of them. */
static uint32_t m3m4_fetch(struct timing_pipe *p, const struct insn *i)
{
    bool straddles = i->bytes == 4 && (p->at & 2u);
    p->run = straddles ? p->run + 1 : 0;
    return p->run == (is_single_store(i) ? 4u : 3u);
}

/* Results of the FPU are there one cycle later, but for the addend of a MAC. */
static uint32_t fp_stall(const struct timing_pipe *p, const struct insn *i)
{
    bool computes = p->prev.cls >= INSN_FP_ALU && p->prev.cls <= INSN_FP_ROOT;
    bool addend = i->cls == INSN_FP_MAC && (p->prev.fp_writes & i->fp_writes);
    return computes && !addend && (p->prev.fp_writes & i->fp_reads);
}

static uint32_t m3m4_walk(struct timing_pipe *p, const struct insn *i, uint32_t cost)
{
    cost += m3m4_fetch(p, i);
    p->prev = *i;
    return cost;
}

static uint32_t m4_cost(struct timing_pipe *p, const struct insn *i)
{
    uint32_t cost = m4_base[i->cls];
    if (insn_is_memory(i->cls))
        cost = m3m4_memory(p, i);
    else if (i->cls == INSN_IT)
        cost = !it_folds(p);
    else if (i->cls == INSN_NOP)
        cost = !insn_is_memory(p->prev.cls);
    return m3m4_walk(p, i, cost + fp_stall(p, i));
}

/* Loads that move their base stay alone on M3. */
static uint32_t m3_cost(struct timing_pipe *p, const struct insn *i)
{
    bool alone = follows_load(p, i) && (p->prev.wback || i->wback) && i->cls == INSN_LOAD;
    uint32_t cost = m4_cost(p, i) + alone;
    switch (i->cls) {
    case INSN_MULTIPLY_ACC:
        return cost + 1;
    case INSN_MULTIPLY_LONG:
    case INSN_MULTIPLY_LONG_ACC:
        return cost + 2; /* 3 at least; the rest is known at run time */
    default:
        return cost;
    }
}

/* A branch that is resolved in decode costs one cycle more, in execute two. */
static uint32_t m3m4_refill(const struct timing_pipe *p, const struct insn *i)
{
    (void)p;
    switch (i->cls) {
    case INSN_LOAD:
    case INSN_LOAD_MULTIPLE:
        return 3;
    case INSN_TABLE_BRANCH:
        return 4;
    case INSN_BRANCH:
        return i->reads ? 2 : 1; /* CBZ */
    case INSN_BRANCH_REG:
        return 2;
    case INSN_ISB:
        return 0;
    default:
        return 1;
    }
}

/* A wide instruction at 4n+2 takes a second fetch. */
static uint32_t m3m4_arrive(uint32_t addr, uint32_t bytes)
{
    return bytes == 4 && (addr & 2u);
}

static bool m4_is_dynamic(const struct insn *i)
{
    return i->cls == INSN_DIVIDE;
}

static bool m3_is_dynamic(const struct insn *i)
{
    return i->cls == INSN_DIVIDE || i->cls == INSN_MULTIPLY_LONG ||
           i->cls == INSN_MULTIPLY_LONG_ACC;
}

static bool is_signed_form(uint32_t w)
{
    return !(w >> 21 & 1u); /* SDIV, SMULL, SMLAL against UDIV, UMULL, UMLAL */
}

static uint32_t m4_operands(const struct insn *i, uint32_t w, uint32_t n, uint32_t m)
{
    (void)i;
    return timing_divide(is_signed_form(w), n, m);
}

/* Which 16-bit halves of an operand are not zero. */
enum halves {
    NONE,
    LOW,
    HIGH,
    BOTH
};

static enum halves halves(uint32_t v)
{
    return (enum halves)((v & 0xFFFFu ? LOW : 0) | (v >> 16 ? HIGH : 0));
}

/* Early out of M3's long multiplies by their operands' halves: measured, docs/timing.md. */
static uint32_t m3_long(bool is_signed, bool acc, uint32_t n, uint32_t m)
{
    enum halves a = halves(n), b = halves(m);
    bool n_neg = is_signed && (int32_t)n < 0, m_neg = is_signed && (int32_t)m < 0;
    bool neg = n_neg || m_neg;
    if (a == NONE || b == NONE)
        return 3;
    if (a == LOW && b == LOW)
        return 3 + (neg && !acc);
    if (a == HIGH && b == HIGH)
        return (acc ? 5 : 3) + neg;
    if (a == BOTH && b == HIGH)
        return (acc ? 6 : 4) + neg;
    if (a == HIGH && b == BOTH)
        return acc ? 6 : 4;
    if (a == BOTH && b == BOTH)
        return acc ? 7 : 5;
    return (acc ? 5 : 4) + m_neg;
}

static uint32_t m3_operands(const struct insn *i, uint32_t w, uint32_t n, uint32_t m)
{
    if (i->cls == INSN_DIVIDE)
        return timing_divide(is_signed_form(w), n, m);
    return m3_long(!(w >> 21 & 1u), i->cls == INSN_MULTIPLY_LONG_ACC, n, m);
}

/* ---- Cortex-M7 and M33: timing_issue.c has their pipelines. ---- */

static uint32_t m7_refill(const struct timing_pipe *p, const struct insn *i)
{
    (void)p;
    return insn_is_memory(i->cls) ? 3 : 0; /* a branch that was foreseen is folded */
}

static uint32_t m33_refill(const struct timing_pipe *p, const struct insn *i)
{
    if (insn_is_memory(i->cls))
        return i->cls == INSN_TABLE_BRANCH ? 4 : 3;
    return i->cls == INSN_BRANCH_REG ? 2 : p->prev.bytes == 2 ? 1 : 1;
}

/* ORDER cpu_model */
static const struct timing all[] = {
    {.entry = 16,
     .exit = 12,
     .tail_chain = 8,
     .cost = m0_cost,
     .refill = m0_refill,
     .arrive = no_arrival,
     .is_dynamic = never},
    {.entry = 15,
     .exit = 11,
     .tail_chain = 8,
     .cost = m0plus_cost,
     .refill = m0plus_refill,
     .arrive = no_arrival,
     .is_dynamic = never},
    {.entry = 12,
     .exit = 10,
     .tail_chain = 6,
     .cost = m3_cost,
     .refill = m3m4_refill,
     .arrive = m3m4_arrive,
     .is_dynamic = m3_is_dynamic,
     .operands = m3_operands},
    {.entry = 12,
     .exit = 10,
     .tail_chain = 6,
     .lazy_save = 17,
     .fp_frame = 17,
     .cost = m4_cost,
     .refill = m3m4_refill,
     .arrive = m3m4_arrive,
     .is_dynamic = m4_is_dynamic,
     .operands = m4_operands},
    {.entry = 12,
     .exit = 10,
     .tail_chain = 6,
     .lazy_save = 9,
     .fp_frame = 9,
     .mispredict = 6,
     .cost = timing_m7_cost,
     .refill = m7_refill,
     .arrive = no_arrival,
     .is_dynamic = m4_is_dynamic,
     .operands = m4_operands},
    {.entry = 12,
     .exit = 10,
     .tail_chain = 6,
     .lazy_save = 17,
     .fp_frame = 17,
     .cost = timing_m33_cost,
     .refill = m33_refill,
     .arrive = no_arrival,
     .is_dynamic = m4_is_dynamic,
     .operands = m4_operands},
};
_Static_assert(sizeof all / sizeof *all == CPU_MODEL_COUNT, "ORDER cpu_model");

const struct timing *timing_of(int model)
{
    return &all[model];
}
