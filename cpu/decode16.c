/*
 * Encodings of 16 bits.
 *
 * Source: DDI 0403E A5.2.
 */
#include "cpu/decode_rows.h"

/* ---- 16-bit encodings. Source: DDI 0403E A5.2. ---- */

static void d_from_m(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 5, 3));
    writes(i, BITS(w, 2, 0));
}

static void shift16(struct insn *i, uint32_t w)
{
    d_from_m(i, w);
    i->shifted = BITS(w, 12, 6) != 0; /* LSLS #0 is MOVS */
}

static void three16(struct insn *i, uint32_t w)
{
    d_from_m(i, w);
    reads(i, BITS(w, 8, 6));
}

static void d8(struct insn *i, uint32_t w)
{
    writes(i, BITS(w, 10, 8));
}

static void n8(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 10, 8));
}

static void dn8(struct insn *i, uint32_t w)
{
    d8(i, w);
    n8(i, w);
}

/* AND to MVN: op in [9:6]. Source: A5.2.2. */
static void data16(struct insn *i, uint32_t w)
{
    static const uint16_t only_m = 1u << 9 | 1u << 15, no_result = 1u << 8 | 1u << 10 | 1u << 11;
    static const uint16_t shifts = 1u << 2 | 1u << 3 | 1u << 4 | 1u << 7;
    uint32_t op = BITS(w, 9, 6);
    reads(i, BITS(w, 5, 3));
    if (!(only_m >> op & 1u))
        reads(i, BITS(w, 2, 0));
    if (!(no_result >> op & 1u))
        writes(i, BITS(w, 2, 0));
    i->shifted = shifts >> op & 1u;
    if (op == 13)
        i->cls = INSN_MULTIPLY;
}

static uint32_t high_d(uint32_t w)
{
    return BIT(w, 7) << 3 | BITS(w, 2, 0);
}

static void add_high(struct insn *i, uint32_t w)
{
    reads(i, high_d(w));
    reads(i, BITS(w, 6, 3));
    writes(i, high_d(w));
}

static void cmp_high(struct insn *i, uint32_t w)
{
    reads(i, high_d(w));
    reads(i, BITS(w, 6, 3));
}

static void mov_high(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 6, 3));
    writes(i, high_d(w));
}

static void branch_high(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 6, 3));
    i->writes |= PC_BIT;
    i->exchanges = BITS(w, 15, 7) == 0x8E; /* BX */
    if (BITS(w, 15, 7) == 0x8F)            /* BLX */
        writes(i, LR);
}

static void branch_nowhere(struct insn *i, uint32_t w)
{
    branch_high(i, w);
    i->cls = INSN_SECURE;
}

static void compare_branch(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 2, 0));
    i->writes |= PC_BIT;
}

static void add_sp(struct insn *i, uint32_t w)
{
    d8(i, w);
    reads(i, SP);
}

static void adjust_sp(struct insn *i, uint32_t w)
{
    (void)w;
    reads(i, SP);
    writes(i, SP);
}

static void literal16(struct insn *i, uint32_t w)
{
    set_offset(i, 4, BITS(w, 10, 8), PC, (int32_t)BITS(w, 7, 0) * 4);
}

static void register16(struct insn *i, uint32_t w)
{
    static const struct {
        uint8_t size, sign;
    } kinds[8] = {{4, 0}, {2, 0}, {1, 0}, {1, 1}, {4, 0}, {2, 0}, {1, 0}, {2, 1}};
    uint32_t op = BITS(w, 11, 9);
    set_offset(i, kinds[op].size, BITS(w, 2, 0), BITS(w, 5, 3), 0);
    i->sign = kinds[op].sign;
    i->rm = (uint8_t)BITS(w, 8, 6);
    i->reg_offset = true;
    i->cls = op < 3 ? INSN_STORE : INSN_LOAD;
}

static void imm5(struct insn *i, uint32_t w)
{
    uint32_t size = BITS(w, 15, 12) == 6 ? 4 : BITS(w, 15, 12) == 7 ? 1 : 2;
    set_offset(i, size, BITS(w, 2, 0), BITS(w, 5, 3), (int32_t)(BITS(w, 10, 6) * size));
    i->cls = BIT(w, 11) ? INSN_LOAD : INSN_STORE;
}

static void sp_relative(struct insn *i, uint32_t w)
{
    set_offset(i, 4, BITS(w, 10, 8), SP, (int32_t)BITS(w, 7, 0) * 4);
    i->cls = BIT(w, 11) ? INSN_LOAD : INSN_STORE;
}

static void push16(struct insn *i, uint32_t w)
{
    set_multiple(i, SP, BITS(w, 7, 0) | BIT(w, 8) << 14, true, true);
}

static void pop16(struct insn *i, uint32_t w)
{
    set_multiple(i, SP, BITS(w, 7, 0) | BIT(w, 8) << 15, true, false);
    i->ends_block = BIT(w, 8);
}

static void multiple16(struct insn *i, uint32_t w)
{
    uint32_t rn = BITS(w, 10, 8), list = BITS(w, 7, 0);
    bool load = BIT(w, 11);
    set_multiple(i, rn, list, !load || !BIT(list, rn), false);
    i->cls = load ? INSN_LOAD_MULTIPLE : INSN_STORE_MULTIPLE;
}

static void low_byte(struct insn *i, uint32_t w)
{
    i->it = (uint8_t)w;
}

const struct row decode_rows16[] = {
    {0xFC00, 0x1800, INSN_ALU, V6, three16}, /* ADD, SUB (register) */
    {0xFC00, 0x1C00, INSN_ALU, V6, d_from_m},
    {0xE000, 0x0000, INSN_ALU, V6, shift16},
    {0xF800, 0x2000, INSN_ALU, V6, d8},  /* MOV #imm8 */
    {0xF800, 0x2800, INSN_ALU, V6, n8},  /* CMP #imm8 */
    {0xF000, 0x3000, INSN_ALU, V6, dn8}, /* ADD, SUB #imm8 */
    {0xFC00, 0x4000, INSN_ALU, V6, data16},
    {0xFF87, 0x4687, INSN_BRANCH_REG, ENDS | V6, branch_high}, /* MOV PC, Rm */
    {0xFF87, 0x4487, INSN_BRANCH_REG, ENDS | V6, branch_high}, /* ADD PC, Rm */
    {0xFF00, 0x4400, INSN_ALU, V6, add_high},
    {0xFF00, 0x4500, INSN_ALU, V6, cmp_high},
    {0xFF00, 0x4600, INSN_ALU, V6, mov_high},
    {0xFF07, 0x4704, INSN_BRANCH_REG, ENDS, branch_nowhere}, /* BXNS, BLXNS */
    {0xFF00, 0x4700, INSN_BRANCH_REG, ENDS | V6, branch_high},
    {0xF800, 0x4800, INSN_LOAD, V6, literal16},
    {0xF000, 0x5000, INSN_LOAD, V6, register16},
    {0xE000, 0x6000, INSN_LOAD, V6, imm5},
    {0xF000, 0x8000, INSN_LOAD, V6, imm5},
    {0xF000, 0x9000, INSN_LOAD, V6, sp_relative},
    {0xF800, 0xA000, INSN_ALU, V6, d8}, /* ADR */
    {0xF800, 0xA800, INSN_ALU, V6, add_sp},
    {0xFF00, 0xB000, INSN_ALU, V6, adjust_sp},
    {0xFF00, 0xB200, INSN_ALU, V6, d_from_m}, /* SXTH to UXTB */
    {0xFE00, 0xB400, INSN_STORE_MULTIPLE, V6, push16},
    {0xFF00, 0xBA00, INSN_ALU, V6, d_from_m}, /* REV */
    {0xFE00, 0xBC00, INSN_LOAD_MULTIPLE, V6, pop16},
    {0xF000, 0xC000, INSN_LOAD_MULTIPLE, V6, multiple16},
    {0xFF00, 0xDF00, INSN_SVC, ENDS | V6, low_byte},
    {0xFF00, 0xDE00, INSN_ALU, ENDS | V6, NULL}, /* UDF */
    {0xF000, 0xD000, INSN_BRANCH, ENDS | V6 | COND, branch_direct},
    {0xF800, 0xE000, INSN_BRANCH, ENDS | V6, branch_direct},
    {0xF500, 0xB100, INSN_BRANCH, ENDS | COND, compare_branch}, /* CBZ, CBNZ */
    {0xFF00, 0xBE00, INSN_BKPT, ENDS | V6, low_byte},
    {0xFFE8, 0xB660, INSN_CPS, ENDS | V6, low_byte},
    {0xFFFF, 0xBF30, INSN_WFI, ENDS | V6, NULL},
    {0xFFFF, 0xBF20, INSN_WFE, V6, NULL},
    {0xFFFF, 0xBF40, INSN_SEV, V6, NULL},
    {0xFF0F, 0xBF00, INSN_NOP, V6, NULL}, /* other hints */
    {0xFF00, 0xBF00, INSN_IT, 0, low_byte},
};
const size_t decode_count16 = sizeof decode_rows16 / sizeof *decode_rows16;
