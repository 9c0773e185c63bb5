/*
 * Integer instructions of 32 bits. Those of the DSP extension are the engine's.
 *
 * Source: DDI 0403E A5.3 and A7.7.
 */
#include "cpu/execute_rows.h"

static uint32_t n_of(uint32_t w)
{
    return BITS(w, 19, 16);
}

static uint32_t d_of(uint32_t w)
{
    return BITS(w, 11, 8);
}

static uint32_t m_of(uint32_t w)
{
    return BITS(w, 3, 0);
}

static uint32_t a_of(uint32_t w)
{
    return BITS(w, 15, 12);
}

static uint32_t imm12(uint32_t w)
{
    return BIT(w, 26) << 11 | BITS(w, 14, 12) << 8 | BITS(w, 7, 0);
}

static uint32_t low_bit(uint32_t w)
{
    return BITS(w, 14, 12) << 2 | BITS(w, 7, 6);
}

struct shifted execute_shift(uint32_t x, enum shift_type type, uint32_t n, uint32_t carry)
{
    if (n == 0)
        return (struct shifted){x, carry};
    if (type == SHIFT_ROR) {
        uint32_t value = rotate_right(x, n);
        return (struct shifted){value, value >> 31 ? FLAG_C : 0};
    }
    int64_t wide = type == SHIFT_ASR ? (int64_t)(int32_t)x : (int64_t)x;
    n = n > 33 ? 33 : n;
    if (type == SHIFT_LSL)
        return (struct shifted){(uint32_t)((uint64_t)x << n),
                                (uint64_t)x << n >> 32 & 1u ? FLAG_C : 0};
    return (struct shifted){(uint32_t)(wide >> n), wide >> (n - 1) & 1 ? FLAG_C : 0};
}

/* ---- Data processing: one operation, two sources of the second operand. A5.3.1, A5.3.11. ---- */

enum {
    OP_AND, /* TST */
    OP_BIC,
    OP_ORR,     /* MOV */
    OP_ORN,     /* MVN */
    OP_EOR,     /* TEQ */
    OP_ADD = 8, /* CMN */
    OP_ADC = 10,
    OP_SBC,
    OP_SUB = 13, /* CMP */
    OP_RSB
};

static uint32_t logic_result(uint32_t op, uint32_t x, uint32_t y)
{
    switch (op) {
    case OP_AND:
        return x & y;
    case OP_BIC:
        return x & ~y;
    case OP_ORR:
        return x | y;
    case OP_ORN:
        return x | ~y;
    default:
        return x ^ y;
    }
}

static uint32_t sum_result(struct cpu *c, uint32_t op, uint32_t x, uint32_t y, bool flags)
{
    switch (op) {
    case OP_ADD:
        return add(c, x, y, false, flags);
    case OP_ADC:
        return add(c, x, y, carry_in(c), flags);
    case OP_SBC:
        return add(c, x, ~y, carry_in(c), flags);
    case OP_SUB:
        return add(c, x, ~y, true, flags);
    default:
        return add(c, ~x, y, true, flags);
    }
}

/* Rd = 15 is a comparison, Rn = 15 a move. */
static void data(struct cpu *c, uint32_t w, struct shifted y)
{
    uint32_t op = BITS(w, 24, 21), d = d_of(w), result;
    bool flags = BIT(w, 20), move = n_of(w) == 15 && (op == OP_ORR || op == OP_ORN);
    uint32_t x = move ? 0 : reg(c, n_of(w));
    if (op >= OP_ADD) {
        result = sum_result(c, op, x, y.value, flags);
    } else {
        result = logic_result(op, x, y.value);
        if (flags)
            set_nzc(c, result, y.carry);
    }
    if (d != 15)
        core_set_reg(c, d, result);
}

static void data_register(struct cpu *c, uint32_t w)
{
    uint32_t n = low_bit(w), x = reg(c, m_of(w));
    enum shift_type type = (enum shift_type)BITS(w, 5, 4);
    struct shifted y;
    if (type == SHIFT_ROR && n == 0) /* RRX */
        y = (struct shifted){x >> 1 | (carry_in(c) ? 1u << 31 : 0), x & 1u ? FLAG_C : 0};
    else
        y = execute_shift(x, type, n == 0 && type != SHIFT_LSL ? 32 : n, carry_in(c));
    data(c, w, y);
}

/* A5.3.2, ThumbExpandImm_C(). */
static struct shifted expand(uint32_t w, uint32_t carry)
{
    uint32_t imm = imm12(w), byte = imm & 0xFFu;
    static const uint32_t spread[] = {1u, 0x00010001u, 0x01000100u, 0x01010101u};
    if (imm >> 10 == 0)
        return (struct shifted){byte * spread[imm >> 8 & 3u], carry};
    uint32_t value = rotate_right(0x80u | (imm & 0x7Fu), imm >> 7);
    return (struct shifted){value, value >> 31 ? FLAG_C : 0};
}

static void data_immediate(struct cpu *c, uint32_t w)
{
    data(c, w, expand(w, carry_in(c)));
}

/* ---- Plain immediates and bit fields. A5.3.3. ---- */

static uint32_t imm16(uint32_t w)
{
    return n_of(w) << 12 | imm12(w);
}

static uint32_t ones(uint32_t n)
{
    return n >= 32 ? UINT32_MAX : (1u << n) - 1;
}

static uint32_t base(const struct cpu *c, uint32_t w)
{
    return n_of(w) == 15 ? reg(c, 15) & ~3u : reg(c, n_of(w)); /* ADR */
}

static void addw(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), base(c, w) + imm12(w));
}

static void subw(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), base(c, w) - imm12(w));
}

static void movw(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), imm16(w));
}

static void movt(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), (reg(c, d_of(w)) & 0xFFFFu) | imm16(w) << 16);
}

static void bfi(struct cpu *c, uint32_t w) /* and BFC: Rn = 15 */
{
    uint32_t lsb = low_bit(w), mask = ones(BITS(w, 4, 0) - lsb + 1) << lsb;
    uint32_t from = n_of(w) == 15 ? 0 : reg(c, n_of(w)) << lsb;
    core_set_reg(c, d_of(w), (reg(c, d_of(w)) & ~mask) | (from & mask));
}

static void ubfx(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), reg(c, n_of(w)) >> low_bit(w) & ones(BITS(w, 4, 0) + 1));
}

static void sbfx(struct cpu *c, uint32_t w)
{
    uint32_t width = BITS(w, 4, 0) + 1, x = reg(c, n_of(w)) >> low_bit(w);
    core_set_reg(c, d_of(w), sign_extend(x, width));
}

/* ---- By register: shifts, extension, bytes and bits. A5.3.12 to A5.3.15. ---- */

static void shift_register(struct cpu *c, uint32_t w)
{
    struct shifted s = execute_shift(reg(c, n_of(w)), (enum shift_type)BITS(w, 22, 21),
                                     reg(c, m_of(w)) & 0xFFu, carry_in(c));
    core_set_reg(c, d_of(w), s.value);
    if (BIT(w, 20))
        set_nzc(c, s.value, s.carry);
}

static uint32_t rotated(const struct cpu *c, uint32_t w)
{
    return rotate_right(reg(c, m_of(w)), BITS(w, 5, 4) * 8);
}

static void sxth(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), (uint32_t)(int16_t)rotated(c, w));
}

static void uxth(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), rotated(c, w) & 0xFFFFu);
}

static void sxtb(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), (uint32_t)(int8_t)rotated(c, w));
}

static void uxtb(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), rotated(c, w) & 0xFFu);
}

static void rev(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), __builtin_bswap32(reg(c, m_of(w))));
}

static void rev16(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), rotate_right(__builtin_bswap32(reg(c, m_of(w))), 16));
}

static void rbit(struct cpu *c, uint32_t w)
{
    uint32_t x = reg(c, m_of(w));
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0F0F0F0Fu) | (x & 0x0F0F0F0Fu) << 4;
    core_set_reg(c, d_of(w), __builtin_bswap32(x));
}

static void revsh(struct cpu *c, uint32_t w)
{
    uint16_t half = __builtin_bswap16((uint16_t)reg(c, m_of(w)));
    core_set_reg(c, d_of(w), (uint32_t)(int16_t)half);
}

static void clz(struct cpu *c, uint32_t w)
{
    uint32_t x = reg(c, m_of(w));
    core_set_reg(c, d_of(w), x ? (uint32_t)__builtin_clz(x) : 32);
}

/* ---- Multiplication and division. A5.3.16, A5.3.17. ---- */

static uint32_t product(const struct cpu *c, uint32_t w)
{
    return reg(c, n_of(w)) * reg(c, m_of(w));
}

static void mul(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), product(c, w));
}

static void mla(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), reg(c, a_of(w)) + product(c, w));
}

static void mls(struct cpu *c, uint32_t w)
{
    core_set_reg(c, d_of(w), reg(c, a_of(w)) - product(c, w));
}

/* Unsigned, signed; what was there is added by the accumulating ones. */
static void multiply_long(struct cpu *c, uint32_t w)
{
    bool is_unsigned = BIT(w, 21), accumulate = BIT(w, 22);
    uint32_t n = reg(c, n_of(w)), m = reg(c, m_of(w)), lo = a_of(w), hi = d_of(w);
    uint64_t value = is_unsigned ? (uint64_t)n * m : (uint64_t)((int64_t)(int32_t)n * (int32_t)m);
    if (accumulate)
        value += (uint64_t)reg(c, hi) << 32 | reg(c, lo);
    core_set_reg(c, lo, (uint32_t)value);
    core_set_reg(c, hi, (uint32_t)(value >> 32));
}

/* By zero it is 0, where it does not trap; -2^31 / -1 wraps. */
static void sdiv(struct cpu *c, uint32_t w)
{
    int64_t n = (int32_t)reg(c, n_of(w)), m = (int32_t)reg(c, m_of(w));
    core_set_reg(c, d_of(w), m ? (uint32_t)(n / m) : 0);
}

static void udiv(struct cpu *c, uint32_t w)
{
    uint32_t m = reg(c, m_of(w));
    core_set_reg(c, d_of(w), m ? reg(c, n_of(w)) / m : 0);
}

/* ---- Branches. c->pc is the next instruction, R15 the address of this one plus 4. ---- */

static uint32_t far_target(const struct cpu *c, uint32_t w)
{
    uint32_t s = BIT(w, 26), i1 = BIT(w, 13) == s, i2 = BIT(w, 11) == s;
    uint32_t offset = s << 24 | i1 << 23 | i2 << 22 | BITS(w, 25, 16) << 12 | BITS(w, 10, 0) << 1;
    return reg(c, 15) + sign_extend(offset, 25);
}

static void branch(struct cpu *c, uint32_t w)
{
    c->pc = far_target(c, w);
}

static void branch_link(struct cpu *c, uint32_t w)
{
    c->regs.r[14] = c->pc | 1u;
    c->pc = far_target(c, w);
}

static void branch_if(struct cpu *c, uint32_t w)
{
    uint32_t offset = BIT(w, 26) << 20 | BIT(w, 11) << 19 | BIT(w, 13) << 18 |
                      BITS(w, 21, 16) << 12 | BITS(w, 10, 0) << 1;
    if (execute_holds(c->regs.apsr, BITS(w, 25, 22)))
        c->pc = reg(c, 15) + sign_extend(offset, 21);
}

/* ---- Which of them are sound. ---- */

static bool low(uint32_t n)
{
    return n != 13 && n != 15;
}

/* MOV.W SP, Rm: not shifted, no flags. */
static bool is_move_to_sp(uint32_t w)
{
    return (w & 0xFFFF70F0u) == 0xEA4F0000u;
}

static bool data_is_sound(uint32_t w, bool m_low)
{
    static const uint32_t known = 1u << OP_AND | 1u << OP_BIC | 1u << OP_ORR | 1u << OP_ORN |
                                  1u << OP_EOR | 1u << OP_ADD | 1u << OP_ADC | 1u << OP_SBC |
                                  1u << OP_SUB | 1u << OP_RSB;
    static const uint32_t tests = 1u << OP_AND | 1u << OP_EOR | 1u << OP_ADD | 1u << OP_SUB;
    uint32_t op = BITS(w, 24, 21), n = n_of(w), d = d_of(w);
    bool flags = BIT(w, 20), sum = op == OP_ADD || op == OP_SUB;
    if (!(known >> op & 1u) || !m_low || (d == 15 && !(flags && tests >> op & 1u)))
        return false;
    if (n == 15)
        return (op == OP_ORR || op == OP_ORN) && (low(d) || is_move_to_sp(w));
    return (n != 13 || sum) && (d != 13 || (sum && n == 13));
}

static bool register_is_sound(uint32_t w)
{
    return data_is_sound(w, low(m_of(w)));
}

static bool immediate_is_sound(uint32_t w)
{
    bool spread = BITS(w, 13, 12) && !BIT(w, 14) && !BIT(w, 26);
    return data_is_sound(w, true) && !(spread && BITS(w, 7, 0) == 0);
}

static bool address_is_sound(uint32_t w)
{
    return low(d_of(w)) || (d_of(w) == 13 && n_of(w) == 13);
}

static bool d_is_low(uint32_t w)
{
    return low(d_of(w));
}

static bool insert_is_sound(uint32_t w)
{
    return low(d_of(w)) && n_of(w) != 13 && BITS(w, 4, 0) >= low_bit(w);
}

static bool extract_is_sound(uint32_t w)
{
    return low(d_of(w)) && low(n_of(w)) && BITS(w, 4, 0) + low_bit(w) < 32;
}

static bool dm_are_low(uint32_t w)
{
    return low(d_of(w)) && low(m_of(w));
}

static bool dnm_are_low(uint32_t w)
{
    return dm_are_low(w) && low(n_of(w));
}

static bool twice_the_same(uint32_t w)
{
    return dm_are_low(w) && n_of(w) == m_of(w);
}

static bool all_are_low(uint32_t w)
{
    return dnm_are_low(w) && low(a_of(w));
}

static bool long_is_sound(uint32_t w)
{
    return all_are_low(w) && a_of(w) != d_of(w);
}

const struct execute_row execute_rows32[] = {
    {0xFE008000, 0xEA000000, data_register, register_is_sound},
    {0xFA008000, 0xF0000000, data_immediate, immediate_is_sound},
    {0xFBF08000, 0xF2000000, addw, address_is_sound},
    {0xFBF08000, 0xF2A00000, subw, address_is_sound},
    {0xFBF08000, 0xF2400000, movw, d_is_low},
    {0xFBF08000, 0xF2C00000, movt, d_is_low},
    {0xFFF08020, 0xF3600000, bfi, insert_is_sound},
    {0xFFF08020, 0xF3400000, sbfx, extract_is_sound},
    {0xFFF08020, 0xF3C00000, ubfx, extract_is_sound},
    {0xFF80F0F0, 0xFA00F000, shift_register, dnm_are_low},
    {0xFFFFF0C0, 0xFA0FF080, sxth, dm_are_low},
    {0xFFFFF0C0, 0xFA1FF080, uxth, dm_are_low},
    {0xFFFFF0C0, 0xFA4FF080, sxtb, dm_are_low},
    {0xFFFFF0C0, 0xFA5FF080, uxtb, dm_are_low},
    {0xFFF0F0F0, 0xFA90F080, rev, twice_the_same},
    {0xFFF0F0F0, 0xFA90F090, rev16, twice_the_same},
    {0xFFF0F0F0, 0xFA90F0A0, rbit, twice_the_same},
    {0xFFF0F0F0, 0xFA90F0B0, revsh, twice_the_same},
    {0xFFF0F0F0, 0xFAB0F080, clz, twice_the_same},
    {0xFFF0F0F0, 0xFB00F000, mul, dnm_are_low},
    {0xFFF000F0, 0xFB000000, mla, all_are_low},
    {0xFFF000F0, 0xFB000010, mls, all_are_low},
    {0xFFF0F0F0, 0xFB90F0F0, sdiv, dnm_are_low},
    {0xFFF0F0F0, 0xFBB0F0F0, udiv, dnm_are_low},
    {0xFF9000F0, 0xFB800000, multiply_long, long_is_sound},
    {0xF800D000, 0xF0009000, branch, NULL},
    {0xF800D000, 0xF000D000, branch_link, NULL},
    {0xFB80D000, 0xF3808000, NULL, NULL}, /* no condition: system instructions, UDF */
    {0xF800D000, 0xF0008000, branch_if, NULL},
};
const size_t execute_count32 = sizeof execute_rows32 / sizeof *execute_rows32;
