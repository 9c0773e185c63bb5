/*
 * Encodings of 32 bits, FP included.
 *
 * Source: DDI 0403E A5.3 (encodings), A6.4 to A6.7 (FP); DDI 0553 C2 for what ARMv8-M adds.
 */
#include "cpu/decode_rows.h"

/* ---- 32-bit encodings; w holds the first halfword above the second. Source: A5.3. ---- */

/* PC where no register may be: UNPREDICTABLE, taken for UNDEFINED. After all else of @i. */
static void missing_if(struct insn *i, bool odd)
{
    if (odd)
        *i = (struct insn){.cls = INSN_MISSING, .bytes = 4, .ends_block = true};
}

static bool is_pc(uint32_t w, uint32_t lo)
{
    return BITS(w, lo + 3, lo) == PC;
}

/* Data processing: Rd = 15 is a comparison, Rn = 15 a move. Source: A5.3.1, A5.3.11. */
static bool is_odd_data(uint32_t w)
{
    static const uint32_t tests = 1u << 0 | 1u << 4 | 1u << 8 | 1u << 13;
    static const uint32_t moves = 1u << 2 | 1u << 3;
    uint32_t op = BITS(w, 24, 21);
    return (is_pc(w, 8) && !(BIT(w, 20) && tests >> op & 1u)) ||
           (is_pc(w, 16) && !(moves >> op & 1u));
}

static void read_dnm(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 19, 16));
    reads(i, BITS(w, 3, 0));
    writes(i, BITS(w, 11, 8));
}

/* Extension with Rn = 15 adds nothing. Source: A5.3.12. */
static void dnm(struct insn *i, uint32_t w)
{
    bool extends = BITS(w, 23, 20) < 6 && (w & 0xF0C0u) == 0xF080; /* SXTH to UXTB */
    read_dnm(i, w);
    missing_if(i, is_pc(w, 8) || is_pc(w, 0) || (is_pc(w, 16) && !extends));
}

static void shifted_register(struct insn *i, uint32_t w)
{
    read_dnm(i, w);
    i->shifted = BITS(w, 14, 12) || BITS(w, 7, 4);
    missing_if(i, is_odd_data(w) || is_pc(w, 0));
}

static void low_dnm(struct insn *i, uint32_t w)
{
    read_dnm(i, w);
    missing_if(i, is_pc(w, 8) || is_pc(w, 16) || is_pc(w, 0));
}

static void shifted_dnm(struct insn *i, uint32_t w)
{
    low_dnm(i, w);
    i->shifted = true;
}

static void modified_imm(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 19, 16));
    writes(i, BITS(w, 11, 8));
    i->shifted = BIT(w, 26) || BITS(w, 14, 12); /* not a plain 8-bit value */
    missing_if(i, is_odd_data(w));
}

/* ADDW, MOVW, MOVT, bit fields, saturation. Source: A5.3.3. */
static void plain_imm(struct insn *i, uint32_t w)
{
    uint32_t op = BITS(w, 24, 20);
    bool movw = op == 0x04, movt = op == 0x0C, bfi = op == 0x16;
    if (!movw && !movt)
        reads(i, BITS(w, 19, 16));
    if (movt || bfi)
        reads(i, BITS(w, 11, 8));
    writes(i, BITS(w, 11, 8));
    i->shifted = op >= 0x10;
    bool adr = is_pc(w, 16) && (op == 0x00 || op == 0x0A);
    missing_if(i, is_pc(w, 8) || (is_pc(w, 16) && op >= 0x10 && !bfi) ||
                      (adr && BITS(w, 11, 8) == SP));
}

static void divide(struct insn *i, uint32_t w)
{
    low_dnm(i, w);
    i->rm = (uint8_t)BITS(w, 3, 0);
}

static void multiply(struct insn *i, uint32_t w)
{
    low_dnm(i, w);
    reads(i, BITS(w, 15, 12));
}

static void multiply_long(struct insn *i, uint32_t w)
{
    low_dnm(i, w);
    writes(i, BITS(w, 15, 12));
    if (i->cls == INSN_MULTIPLY_LONG_ACC) {
        reads(i, BITS(w, 15, 12));
        reads(i, BITS(w, 11, 8));
    }
    missing_if(i, i->cls == INSN_MISSING || is_pc(w, 12));
}

static void read_special(struct insn *i, uint32_t w)
{
    writes(i, BITS(w, 11, 8));
    i->it = (uint8_t)w;
}

static void write_special(struct insn *i, uint32_t w)
{
    reads(i, BITS(w, 19, 16));
    i->rn = (uint8_t)BITS(w, 19, 16);
    i->it = (uint8_t)w;
}

static void call(struct insn *i, uint32_t w)
{
    (void)w;
    i->writes |= PC_BIT | REG(LR);
}

static void multiple32(struct insn *i, uint32_t w)
{
    set_multiple(i, BITS(w, 19, 16), BITS(w, 15, 0), BIT(w, 21), BIT(w, 24));
    i->cls = BIT(w, 20) ? INSN_LOAD_MULTIPLE : INSN_STORE_MULTIPLE;
    i->ends_block = BIT(w, 20) && BIT(w, 15);
    missing_if(i, BIT(w, 24) == BIT(w, 23)); /* RFE, SRS of other profiles */
}

/* P, U, W and an offset at the places that LDRD and the 8-bit forms share. */
static void set_puw(struct insn *i, uint32_t p, uint32_t u, uint32_t wb, uint32_t offset)
{
    i->index = p;
    i->wback = wb;
    i->offset = u ? (int32_t)offset : -(int32_t)offset;
    i->wback_offset = i->offset;
}

static void dual32(struct insn *i, uint32_t w)
{
    set_offset(i, 4, BITS(w, 15, 12), BITS(w, 19, 16), 0);
    set_puw(i, BIT(w, 24), BIT(w, 23), BIT(w, 21), BITS(w, 7, 0) * 4);
    i->rt2 = (uint8_t)BITS(w, 11, 8);
    i->cls = BIT(w, 20) ? INSN_LOAD_DUAL : INSN_STORE_DUAL;
    i->aligned = true;
    missing_if(i, !BIT(w, 24) && !BIT(w, 21));
}

static void exclusive32(struct insn *i, uint32_t w)
{
    set_offset(i, 4, BITS(w, 15, 12), BITS(w, 19, 16), (int32_t)BITS(w, 7, 0) * 4);
    i->rt2 = (uint8_t)BITS(w, 11, 8);
    i->aligned = true;
}

static void exclusive32_small(struct insn *i, uint32_t w)
{
    set_offset(i, 1u << BITS(w, 5, 4), BITS(w, 15, 12), BITS(w, 19, 16), 0);
    i->rt2 = (uint8_t)BITS(w, 3, 0);
    i->aligned = true;
}

static void table32(struct insn *i, uint32_t w)
{
    set_offset(i, BIT(w, 4) ? 2 : 1, PC, BITS(w, 19, 16), 0);
    i->rm = (uint8_t)BITS(w, 3, 0);
    i->shift = (uint8_t)BIT(w, 4);
    i->reg_offset = true;
}

/* LDR, STR and their kin: 1111 100S Uss L nnnn tttt ... */
static void single32(struct insn *i, uint32_t w)
{
    bool load = BIT(w, 20);
    uint32_t rt = BITS(w, 15, 12), rn = BITS(w, 19, 16), size = 1u << BITS(w, 22, 21);
    set_offset(i, size, rt, rn, 0);
    i->sign = BIT(w, 24);
    i->cls = load ? INSN_LOAD : INSN_STORE;
    if (load && rn == PC) {
        int32_t imm = (int32_t)BITS(w, 11, 0);
        i->offset = BIT(w, 23) ? imm : -imm;
    } else if (BIT(w, 23)) {
        i->offset = (int32_t)BITS(w, 11, 0);
    } else if (BIT(w, 11)) {
        set_puw(i, BIT(w, 10), BIT(w, 9), BIT(w, 8), BITS(w, 7, 0));
        i->unpriv = BITS(w, 10, 8) == 6;
    } else {
        i->rm = (uint8_t)BITS(w, 3, 0);
        i->shift = (uint8_t)BITS(w, 5, 4);
        i->reg_offset = true;
    }
    bool literal = load && rn == PC, plain = literal || BIT(w, 23);
    bool undefined = size == 8 || (i->sign && (!load || size == 4)) ||
                     (!plain && !BIT(w, 11) && BITS(w, 10, 6)) ||
                     (!plain && BIT(w, 11) && !BIT(w, 10) && !BIT(w, 8));
    i->ends_block = load && rt == PC && size == 4;
    if (undefined)
        *i = (struct insn){.cls = INSN_MISSING, .bytes = 4, .ends_block = true};
    else if (load && rt == PC && size != 4 && !i->wback && !i->unpriv)
        *i = (struct insn){.cls = INSN_NOP, .bytes = 4}; /* PLD, PLI: hints that touch nothing */
}

/* ---- FP. Source: A6.4 to A6.7. ---- */

/* Register fields: an S register is V:x, a D register x:V, two S registers. */
static uint32_t fp_reg(uint32_t w, uint32_t v_lo, uint32_t x, bool dbl)
{
    uint32_t v = BITS(w, v_lo + 3, v_lo);
    return dbl ? 2 * (BIT(w, x) << 4 | v) : v << 1 | BIT(w, x);
}

static uint32_t fp_mask(uint32_t first, uint32_t words)
{
    uint64_t m = ((1ull << words) - 1) << (first & 63u);
    return (uint32_t)m;
}

static void fp_memory(struct insn *i, uint32_t w)
{
    bool dbl = BIT(w, 8), single = BIT(w, 24) && !BIT(w, 21);
    uint32_t imm = BITS(w, 7, 0), words = single ? (dbl ? 2 : 1) : dbl ? imm & ~1u : imm;
    i->size = 4;
    i->aligned = true;
    i->rn = (uint8_t)BITS(w, 19, 16);
    i->fp_first = (uint8_t)fp_reg(w, 12, 22, dbl);
    i->fp_words = (uint8_t)(words > 32 ? 32 : words);
    i->index = true;
    i->wback = BIT(w, 21);
    i->wback_offset = (BIT(w, 23) ? 1 : -1) * (int32_t)(imm * 4);
    i->offset = single || BIT(w, 24) ? i->wback_offset : 0;
    if (BIT(w, 20)) {
        i->cls = INSN_FP_LOAD;
        i->fp_writes = fp_mask(i->fp_first, i->fp_words);
    } else {
        i->cls = INSN_FP_STORE;
        i->fp_reads = fp_mask(i->fp_first, i->fp_words);
    }
    missing_if(i, BIT(w, 24) == BIT(w, 23) && (BIT(w, 21) || !BIT(w, 24)));
}

static void fp_data(struct insn *i, uint32_t w)
{
    uint32_t words = BIT(w, 8) ? 2 : 1, opc1 = BITS(w, 23, 20) & 0xBu;
    bool dbl = words == 2, one_operand = opc1 == 0xB, mac = opc1 < 2 || opc1 == 9 || opc1 == 10;
    i->fp_writes = fp_mask(fp_reg(w, 12, 22, dbl), words);
    i->fp_reads = fp_mask(fp_reg(w, 0, 5, dbl), words);
    if (!one_operand)
        i->fp_reads |= fp_mask(fp_reg(w, 16, 7, dbl), words);
    if (mac) {
        i->cls = INSN_FP_MAC;
        i->fp_reads |= i->fp_writes;
    } else if (opc1 == 8) {
        i->cls = INSN_FP_DIVIDE;
    } else if (one_operand && BITS(w, 19, 16) == 1 && BITS(w, 7, 6) == 3) {
        i->cls = INSN_FP_ROOT;
    } else if (one_operand && (BITS(w, 19, 16) & 0xEu) == 4) { /* VCMP: flags only */
        i->fp_reads |= i->fp_writes;
        i->fp_writes = 0;
    }
}

#define VMRS_FLAGS 0xEEF10A10u /* VMRS APSR_nzcv, FPSCR: Rt = 15 */

/* One core register to or from an S register, half of a D register, or FPSCR. */
static void fp_transfer(struct insn *i, uint32_t w)
{
    uint32_t rt = BITS(w, 15, 12), s = BIT(w, 8) ? fp_reg(w, 16, 7, true) : fp_reg(w, 16, 7, false);
    if (BIT(w, 20)) {
        writes(i, rt);
        i->fp_reads = fp_mask(s, 1);
    } else {
        reads(i, rt);
        i->fp_writes = fp_mask(s, 1);
    }
    missing_if(i, rt == PC && (w & 0xFFFF0FFFu) != VMRS_FLAGS);
}

static void fp_transfer_two(struct insn *i, uint32_t w)
{
    uint32_t s = fp_mask(fp_reg(w, 0, 5, BIT(w, 8)), 2);
    for (uint32_t field = 12; field <= 16; field += 4)
        (BIT(w, 20) ? writes : reads)(i, BITS(w, field + 3, field));
    if (BIT(w, 20))
        i->fp_reads = s;
    else
        i->fp_writes = s;
    missing_if(i, is_pc(w, 12) || is_pc(w, 16));
}

const struct row decode_rows32[] = {
    {0xFFFFFFFF, 0xE97FE97F, INSN_SECURE, 0, NULL}, /* SG */
    {0xFFF0F03F, 0xE840F000, INSN_SECURE, 0, NULL}, /* TT and kin */
    {0xFFF0FFE0, 0xE8D0F000, INSN_TABLE_BRANCH, ENDS, table32},
    {0xFFE000F0, 0xE8C00070, INSN_MISSING, ENDS, NULL}, /* LDREXD, STREXD: of A-profile cores */
    {0xFFF00000, 0xE8400000, INSN_STORE_EXCLUSIVE, 0, exclusive32},
    {0xFFF00F00, 0xE8500F00, INSN_LOAD_EXCLUSIVE, 0, exclusive32},
    {0xFFF00FE0, 0xE8C00F40, INSN_STORE_EXCLUSIVE, 0, exclusive32_small},
    {0xFFF00FEF, 0xE8D00F4F, INSN_LOAD_EXCLUSIVE, 0, exclusive32_small},
    {0xFFF00FC0, 0xE8C00FC0, INSN_STORE_EXCLUSIVE, V8, exclusive32_small}, /* STLEX */
    {0xFFF00FCF, 0xE8D00FCF, INSN_LOAD_EXCLUSIVE, V8, exclusive32_small},  /* LDAEX */
    {0xFFF00FCF, 0xE8C00F8F, INSN_STORE, V8, exclusive32_small},           /* STL */
    {0xFFF00FCF, 0xE8D00F8F, INSN_LOAD, V8, exclusive32_small},            /* LDA */
    {0xFE400000, 0xE8000000, INSN_LOAD_MULTIPLE, 0, multiple32},
    {0xFE400000, 0xE8400000, INSN_LOAD_DUAL, 0, dual32},
    {0xFE000000, 0xEA000000, INSN_ALU, 0, shifted_register},
    {0xFE100000, 0xF8000000, INSN_STORE, 0, single32},
    {0xFE100000, 0xF8100000, INSN_LOAD, 0, single32},
    {0xFFE00E00, 0xEC400A00, INSN_FP_MOVE, 0, fp_transfer_two},
    {0xFFA00E00, 0xEC200A00, INSN_SECURE, 0, NULL}, /* VLSTM, VLLDM */
    {0xFE000E00, 0xEC000A00, INSN_FP_LOAD, 0, fp_memory},
    {0xFF000E10, 0xEE000A10, INSN_FP_MOVE, 0, fp_transfer},
    {0xEF000E10, 0xEE000A00, INSN_FP_ALU, 0, fp_data},
    {0xEC000000, 0xEC000000, INSN_COPROCESSOR, ENDS, NULL},
    {0xFFF0F300, 0xF3808000, INSN_MSR, ENDS | V6, write_special},
    {0xFFFFF000, 0xF3EF8000, INSN_MRS, V6, read_special},
    {0xFFFFFFF0, 0xF3BF8F60, INSN_ISB, ENDS | V6, NULL},
    {0xFFFFFFFF, 0xF3BF8F2F, INSN_CLREX, 0, NULL},
    {0xFFFFFFE0, 0xF3BF8F40, INSN_BARRIER, V6, NULL}, /* DSB, DMB */
    {0xFFFFFFFF, 0xF3AF8003, INSN_WFI, ENDS, NULL},   /* WFI.W */
    {0xFFFFFFFF, 0xF3AF8002, INSN_WFE, 0, NULL},
    {0xFFFFFFFF, 0xF3AF8004, INSN_SEV, 0, NULL},
    {0xFFFFFF00, 0xF3AF8000, INSN_NOP, 0, NULL},         /* other wide hints */
    {0xFFF0F000, 0xF7F0A000, INSN_ALU, ENDS | V6, NULL}, /* UDF.W */
    {0xF800D000, 0xF000D000, INSN_CALL, ENDS | V6, call},
    {0xF800D000, 0xF0009000, INSN_BRANCH, ENDS, branch_direct},        /* B.W */
    {0xF800D000, 0xF0008000, INSN_BRANCH, ENDS | COND, branch_direct}, /* the rest is above */
    {0xFA008000, 0xF0000000, INSN_ALU, 0, modified_imm},
    {0xFA008000, 0xF2000000, INSN_ALU, 0, plain_imm},
    {0xFF80F080, 0xFA00F000, INSN_ALU, 0, shifted_dnm}, /* LSL to ROR by register */
    {0xFF000000, 0xFA000000, INSN_ALU, 0, dnm},         /* extends, parallel sums, REV, CLZ */
    {0xFFD000F0, 0xFB9000F0, INSN_DIVIDE, 0, divide},
    {0xFFF0F0F0, 0xFB00F000, INSN_MULTIPLY, 0, multiply},
    {0xFFF000E0, 0xFB000000, INSN_MULTIPLY_ACC, 0, multiply},
    {0xFF800000, 0xFB000000, INSN_DSP_MULTIPLY, 0, multiply},
    {0xFFD000F0, 0xFB800000, INSN_MULTIPLY_LONG, 0, multiply_long},
    {0xFF800000, 0xFB800000, INSN_MULTIPLY_LONG_ACC, 0, multiply_long},
};
const size_t decode_count32 = sizeof decode_rows32 / sizeof *decode_rows32;
