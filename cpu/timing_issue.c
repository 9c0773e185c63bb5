/*
 * Cycles of the cores that overlap instructions: M7 issues two at once, M33 one with latencies.
 *
 * Both issue in order; an instruction waits until its operands are there.
 *
 * Source: measurements of real chips, docs/timing.md; Arm publishes no tables (DDI 0489 for M7 and
 * Arm 100230 for M33 have none).
 */
#include "cpu/timing.h"

#define PC_BIT (1u << 15)

static uint32_t max(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The cycle in which all registers of @mask can be used, @extra more for those that came late. */
static uint32_t operands_ready(const struct timing_pipe *p, uint32_t mask, uint32_t extra)
{
    uint32_t at = 0;
    for (uint32_t bits = mask & ~PC_BIT; bits; bits &= bits - 1) {
        uint32_t n = (uint32_t)__builtin_ctz(bits);
        at = max(at, p->ready[n] ? p->ready[n] + (p->late >> n & 1u ? extra : 0) : 0);
    }
    return at;
}

static uint32_t fp_operands_ready(const struct timing_pipe *p, uint32_t mask)
{
    uint32_t at = 0;
    for (uint32_t bits = mask; bits; bits &= bits - 1)
        at = max(at, p->fp_ready[__builtin_ctz(bits)]);
    return at;
}

static void results(struct timing_pipe *p, const struct insn *i, uint32_t at, bool late)
{
    for (uint32_t bits = i->writes & ~PC_BIT; bits; bits &= bits - 1)
        p->ready[__builtin_ctz(bits)] = at;
    p->late = late ? p->late | i->writes : p->late & ~(uint32_t)i->writes;
}

static void fp_results(struct timing_pipe *p, const struct insn *i, uint32_t at)
{
    for (uint32_t bits = i->fp_writes; bits; bits &= bits - 1)
        p->fp_ready[__builtin_ctz(bits)] = at;
}

static uint32_t transfers(const struct insn *i)
{
    if (i->cls == INSN_LOAD_MULTIPLE || i->cls == INSN_STORE_MULTIPLE)
        return (uint32_t)__builtin_popcount(i->list);
    if (i->cls == INSN_LOAD_DUAL || i->cls == INSN_STORE_DUAL)
        return 2;
    return i->fp_words ? i->fp_words : 1;
}

static bool is_multiply(const struct insn *i)
{
    return i->cls >= INSN_MULTIPLY && i->cls <= INSN_DSP_MULTIPLY;
}

static bool is_load(const struct insn *i)
{
    return i->cls == INSN_LOAD || (i->cls == INSN_FP_LOAD && i->fp_words == 1);
}

static bool is_store(const struct insn *i)
{
    return i->cls == INSN_STORE || (i->cls == INSN_FP_STORE && i->fp_words == 1);
}

static bool is_fp_arithmetic(const struct insn *i)
{
    return i->cls >= INSN_FP_MOVE && i->cls <= INSN_FP_ROOT;
}

/* Whole-core instructions: nothing issues beside them. */
static bool issues_alone(const struct insn *i)
{
    switch (i->cls) {
    case INSN_ALU:
    case INSN_LOAD:
    case INSN_STORE:
    case INSN_BRANCH:
    case INSN_CALL:
    case INSN_BRANCH_REG:
    case INSN_MULTIPLY:
    case INSN_MULTIPLY_ACC:
    case INSN_MULTIPLY_LONG:
    case INSN_MULTIPLY_LONG_ACC:
    case INSN_DSP_MULTIPLY:
    case INSN_NOP:
    case INSN_IT:
    case INSN_FP_MOVE:
    case INSN_FP_ALU:
    case INSN_FP_MAC:
        return false;
    case INSN_FP_LOAD:
    case INSN_FP_STORE:
        return i->fp_words > 1;
    default:
        return true;
    }
}

/* ---- Cortex-M7. ---- */

/* Two loads pair when they lie in different banks: known here for the same base alone; others are
 * taken to be lucky. */
static bool same_bank(const struct insn *a, const struct insn *b)
{
    bool comparable = a->rn == b->rn && !a->reg_offset && !b->reg_offset;
    return comparable && ((a->offset ^ b->offset) & 4) == 0;
}

static bool m7_pairs(const struct insn *a, const struct insn *b)
{
    if (a->bytes == 0 || issues_alone(a) || issues_alone(b))
        return false;
    if (insn_is_branch(a) && !a->conditional)
        return false;
    if ((is_multiply(a) && (is_multiply(b) || is_store(b))) || (is_store(a) && is_multiply(b)))
        return false;
    if ((is_store(a) && is_store(b)) || (is_load(a) && is_load(b) && same_bank(a, b)))
        return false;
    if (is_fp_arithmetic(a) && is_fp_arithmetic(b))
        return false;
    return !(a->shifted && b->shifted && a->cls == INSN_ALU && b->cls == INSN_ALU);
}

/* Cycles from issue until the result can be used by an ALU instruction. */
static uint32_t m7_latency(const struct insn *i)
{
    switch (i->cls) {
    case INSN_LOAD:
        return i->size == 4 ? 1 : 2;
    case INSN_LOAD_MULTIPLE:
    case INSN_LOAD_DUAL:
        return (transfers(i) + 1) / 2;
    case INSN_MULTIPLY:
    case INSN_MULTIPLY_ACC:
    case INSN_MULTIPLY_LONG:
    case INSN_MULTIPLY_LONG_ACC:
    case INSN_DSP_MULTIPLY:
        return 2;
    default:
        return 1;
    }
}

static uint32_t m7_fp_latency(const struct insn *i)
{
    switch (i->cls) {
    case INSN_FP_MAC:
        return 6;
    case INSN_FP_DIVIDE:
        return 16;
    case INSN_FP_ROOT:
        return 14;
    case INSN_FP_LOAD:
        return 1;
    default:
        return 3;
    }
}

/* Cycles in which nothing else issues. */
static uint32_t m7_busy(const struct insn *i)
{
    switch (i->cls) {
    case INSN_LOAD_MULTIPLE:
    case INSN_STORE_MULTIPLE:
    case INSN_LOAD_DUAL:
    case INSN_STORE_DUAL:
    case INSN_FP_LOAD:
    case INSN_FP_STORE:
        return (transfers(i) + 1) / 2;
    case INSN_DIVIDE:
        return 2; /* the rest is known at run time */
    case INSN_FP_DIVIDE:
        return 15;
    case INSN_FP_ROOT:
        return 13;
    case INSN_MSR:
    case INSN_MRS:
    case INSN_CPS:
        return 2;
    case INSN_ISB:
        return 8;
    default:
        return 1;
    }
}

/* When the operands of @i are there: addresses and shifted operands are needed a cycle earlier
 * than others, data to store last. */
static uint32_t m7_operands(const struct timing_pipe *p, const struct insn *i)
{
    uint32_t stored = is_store(i) || i->cls == INSN_STORE_MULTIPLE ? i->reads & ~i->addr_reads : 0;
    uint32_t at = fp_operands_ready(p, i->fp_reads);
    at = max(at, operands_ready(p, i->addr_reads, 1));
    uint32_t early = i->shifted || is_multiply(i) ? 1 : 0;
    uint32_t rest = i->reads & ~(uint32_t)i->addr_reads & ~stored;
    return max(at, operands_ready(p, rest, early));
}

/* Within one cycle: a plain ALU result to the ALU of the second slot, anything to a store. */
static bool m7_forwards(const struct insn *a, const struct insn *b)
{
    if (a->writes & b->addr_reads)
        return false;
    return is_store(b) || (a->cls == INSN_ALU && !a->shifted && b->cls == INSN_ALU && !b->shifted);
}

uint32_t timing_m7_cost(struct timing_pipe *p, const struct insn *i)
{
    uint32_t start = p->clock, ready = m7_operands(p, i);
    bool depends = (p->prev.writes & ~PC_BIT & i->reads) || (p->prev.fp_writes & i->fp_reads);
    bool pairs = !p->paired && p->clock && m7_pairs(&p->prev, i) &&
                 (!depends || m7_forwards(&p->prev, i)) && (depends || ready < p->clock);
    uint32_t at = pairs ? p->clock - 1 : max(p->clock, ready);
    results(p, i, at + m7_latency(i), i->cls == INSN_LOAD || i->shifted || pairs);
    fp_results(p, i, at + m7_fp_latency(i));
    p->clock = max(p->clock, at + m7_busy(i));
    p->paired = pairs || issues_alone(i);
    p->prev = *i;
    return p->clock - start;
}

/* ---- Cortex-M33. ---- */

static uint32_t m33_latency(const struct insn *i)
{
    switch (i->cls) {
    case INSN_LOAD:
    case INSN_MULTIPLY:
    case INSN_MULTIPLY_ACC:
    case INSN_MULTIPLY_LONG:
    case INSN_MULTIPLY_LONG_ACC:
    case INSN_DSP_MULTIPLY:
        return 2;
    default:
        return i->shifted ? 2 : 1;
    }
}

static uint32_t m33_busy(const struct insn *i)
{
    switch (i->cls) {
    case INSN_LOAD_MULTIPLE:
    case INSN_STORE_MULTIPLE:
    case INSN_LOAD_DUAL:
    case INSN_STORE_DUAL:
    case INSN_FP_LOAD:
    case INSN_FP_STORE:
        return transfers(i);
    case INSN_DIVIDE:
        return 2;
    case INSN_FP_DIVIDE:
    case INSN_FP_ROOT:
        return 14;
    case INSN_ISB:
        return 4;
    default:
        return 1;
    }
}

/* The second of two 16-bit instructions is free when one is a NOP, an IT or a branch behind it. */
static bool m33_pairs(const struct timing_pipe *p, const struct insn *i)
{
    bool light = i->cls == INSN_NOP || i->cls == INSN_IT || i->cls == INSN_BRANCH;
    return light && !p->paired && i->bytes == 2 && p->prev.bytes == 2 && !issues_alone(&p->prev);
}

uint32_t timing_m33_cost(struct timing_pipe *p, const struct insn *i)
{
    uint32_t start = p->clock, at = p->clock;
    bool pairs = m33_pairs(p, i);
    uint32_t stored = is_store(i) ? i->reads & ~i->addr_reads : 0;
    if (!pairs)
        at = max(at,
                 max(operands_ready(p, i->reads & ~stored, 0), fp_operands_ready(p, i->fp_reads)));
    results(p, i, at + m33_latency(i), false);
    fp_results(p, i, at + (i->cls == INSN_FP_LOAD ? 1 : 3));
    p->clock = pairs ? at : at + m33_busy(i);
    p->paired = pairs;
    p->prev = *i;
    return p->clock - start;
}
