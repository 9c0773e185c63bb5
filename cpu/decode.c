#include "cpu/decode.h"

#include <stddef.h>

#define BITS(v, hi, lo) (((uint32_t)(v) >> (lo)) & ((1u << ((hi) - (lo) + 1)) - 1))
#define BIT(v, n)       (((uint32_t)(v) >> (n)) & 1u)
#define PC              15u
#define SP              13u

typedef void (*fill_fn)(struct insn *i, uint32_t w);

/* One row of a table: an instruction word with @mask bits equal to @match is of class @cls, and
 * @fill, if any, sets its operands. The first row that matches counts. */
struct row {
    uint32_t mask, match;
    enum insn_class cls;
    bool ends_block;
    fill_fn fill;
};

static uint8_t popcount16(uint32_t v)
{
    return (uint8_t)__builtin_popcount(v & 0xFFFFu);
}

static void set_multiple(struct insn *i, uint32_t rn, uint32_t list, bool wback, bool before)
{
    int32_t bytes = 4 * popcount16(list);
    i->size = 4;
    i->rn = (uint8_t)rn;
    i->list = (uint16_t)list;
    i->wback = wback;
    i->offset = before ? -bytes : 0;
    i->wback_offset = before ? -bytes : bytes;
}

static void set_offset(struct insn *i, uint32_t size, uint32_t rt, uint32_t rn, int32_t offset)
{
    i->size = (uint8_t)size;
    i->rt = (uint8_t)rt;
    i->rn = (uint8_t)rn;
    i->offset = offset;
    i->index = true;
}

/* 16-bit encodings. Source: DDI 0403E A5.2. */

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

static const struct row rows16[] = {
    {0xF800, 0x4800, INSN_LOAD, false, literal16},
    {0xF000, 0x5000, INSN_LOAD, false, register16},
    {0xE000, 0x6000, INSN_LOAD, false, imm5},
    {0xF000, 0x8000, INSN_LOAD, false, imm5},
    {0xF000, 0x9000, INSN_LOAD, false, sp_relative},
    {0xFE00, 0xB400, INSN_STORE_MULTIPLE, false, push16},
    {0xFE00, 0xBC00, INSN_LOAD_MULTIPLE, false, pop16},
    {0xF000, 0xC000, INSN_LOAD_MULTIPLE, false, multiple16},
    {0xFF00, 0x4700, INSN_BRANCH_REG, true, NULL}, /* BX, BLX */
    {0xFF87, 0x4687, INSN_BRANCH_REG, true, NULL}, /* MOV PC, Rm */
    {0xFF87, 0x4487, INSN_BRANCH_REG, true, NULL}, /* ADD PC, Rm */
    {0xFF00, 0xDF00, INSN_SVC, true, NULL},        /* SVC */
    {0xFF00, 0xDE00, INSN_ALU, true, NULL},        /* UDF */
    {0xF000, 0xD000, INSN_BRANCH, true, NULL},     /* B<c> */
    {0xF800, 0xE000, INSN_BRANCH, true, NULL},     /* B */
    {0xF500, 0xB100, INSN_BRANCH, true, NULL},     /* CBZ, CBNZ */
    {0xFF00, 0xBE00, INSN_BKPT, true, NULL},       /* BKPT */
    {0xFFE8, 0xB660, INSN_SPECIAL, true, NULL},    /* CPS */
    {0xFFFF, 0xBF30, INSN_WAIT, true, NULL},       /* WFI */
    {0xFFFF, 0xBF20, INSN_WAIT, false, NULL},      /* WFE */
    {0xFF0F, 0xBF00, INSN_ALU, false, NULL},       /* other hints */
    {0xFF00, 0xBF00, INSN_IT, false, NULL},        /* IT */
};

/* 32-bit encodings; w holds the first halfword above the second. Source: DDI 0403E A5.3. */

static void multiple32(struct insn *i, uint32_t w)
{
    set_multiple(i, BITS(w, 19, 16), BITS(w, 15, 0), BIT(w, 21), BIT(w, 24));
    i->cls = BIT(w, 20) ? INSN_LOAD_MULTIPLE : INSN_STORE_MULTIPLE;
    i->ends_block = BIT(w, 20) && BIT(w, 15);
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
}

static void exclusive32(struct insn *i, uint32_t w)
{
    set_offset(i, 4, BITS(w, 15, 12), BITS(w, 19, 16), (int32_t)BITS(w, 7, 0) * 4);
    i->rt2 = (uint8_t)BITS(w, 11, 8);
}

static void exclusive32_small(struct insn *i, uint32_t w)
{
    set_offset(i, BIT(w, 4) ? 2 : 1, BITS(w, 15, 12), BITS(w, 19, 16), 0);
    i->rt2 = (uint8_t)BITS(w, 3, 0);
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
    i->ends_block = load && rt == PC && size == 4;
    if (load && rt == PC && size != 4)
        i->cls = INSN_ALU; /* PLD, PLI: hints that touch nothing */
}

static const struct row rows32[] = {
    {0xFFF0FFE0, 0xE8D0F000, INSN_TABLE_BRANCH, true, table32},
    {0xFFF00000, 0xE8400000, INSN_STORE_EXCLUSIVE, false, exclusive32},
    {0xFFF00F00, 0xE8500F00, INSN_LOAD_EXCLUSIVE, false, exclusive32},
    {0xFFF00FE0, 0xE8C00F40, INSN_STORE_EXCLUSIVE, false, exclusive32_small},
    {0xFFF00FEF, 0xE8D00F4F, INSN_LOAD_EXCLUSIVE, false, exclusive32_small},
    {0xFE400000, 0xE8000000, INSN_LOAD_MULTIPLE, false, multiple32},
    {0xFE400000, 0xE8400000, INSN_LOAD_DUAL, false, dual32},
    {0xFE100000, 0xF8000000, INSN_STORE, false, single32},
    {0xFE100000, 0xF8100000, INSN_LOAD, false, single32},
    {0xEC000E00, 0xEC000A00, INSN_FP, false, NULL},                /* coprocessors 10, 11 */
    {0xFFE0D000, 0xF3808000, INSN_SPECIAL, true, NULL},            /* MSR */
    {0xFFE0D000, 0xF3E08000, INSN_MRS, false, NULL},               /* MRS */
    {0xFFF0D0F0, 0xF3B08060, INSN_ISB, true, NULL},                /* ISB */
    {0xFFF0D0C0, 0xF3B08040, INSN_BARRIER, false, NULL},           /* DSB, DMB */
    {0xFFF0D7FF, 0xF3A08003, INSN_WAIT, true, NULL},               /* WFI.W */
    {0xFFF0D000, 0xF3A08000, INSN_ALU, false, NULL},               /* other wide hints */
    {0xFFF0F000, 0xF7F0A000, INSN_ALU, true, NULL},                /* UDF.W */
    {0xF800D000, 0xF000D000, INSN_BRANCH, true, NULL},             /* BL */
    {0xF800D000, 0xF0009000, INSN_BRANCH, true, NULL},             /* B.W */
    {0xF800D000, 0xF0008000, INSN_BRANCH, true, NULL},             /* B<c>.W; the rest is above */
    {0xFFD000F0, 0xFB9000F0, INSN_DIVIDE, false, NULL},            /* SDIV, UDIV */
    {0xFFF0F0F0, 0xFB00F000, INSN_ALU, false, NULL},               /* MUL */
    {0xFFF000E0, 0xFB000000, INSN_MULTIPLY_ACC, false, NULL},      /* MLA, MLS */
    {0xFFD000F0, 0xFB800000, INSN_MULTIPLY_LONG, false, NULL},     /* SMULL, UMULL */
    {0xFFD000F0, 0xFBC00000, INSN_MULTIPLY_LONG_ACC, false, NULL}, /* SMLAL, UMLAL */
    {0xFFF000F0, 0xFBE00060, INSN_MULTIPLY_LONG_ACC, false, NULL}, /* UMAAL */
};

static struct insn decode_with(const struct row *rows, size_t n, uint32_t w, uint8_t bytes)
{
    struct insn i = {.cls = INSN_ALU, .bytes = bytes};
    for (size_t r = 0; r < n; r++) {
        if ((w & rows[r].mask) != rows[r].match)
            continue;
        i.cls = rows[r].cls;
        i.ends_block = rows[r].ends_block;
        if (rows[r].fill)
            rows[r].fill(&i, w);
        break;
    }
    return i;
}

struct insn insn_decode(uint16_t hw1, uint16_t hw2, bool priv)
{
    struct insn i;
    if (insn_is_wide(hw1))
        i = decode_with(rows32, sizeof rows32 / sizeof *rows32, (uint32_t)hw1 << 16 | hw2, 4);
    else
        i = decode_with(rows16, sizeof rows16 / sizeof *rows16, hw1, 2);
    if (i.cls == INSN_SPECIAL && i.bytes == 2 && !priv)
        i = (struct insn){.cls = INSN_ALU, .bytes = 2}; /* CPS: a NOP for unprivileged code */
    return i;
}
