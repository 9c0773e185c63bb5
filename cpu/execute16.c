/*
 * Integer instructions of 16 bits. Inside an IT block they leave the flags alone.
 *
 * Source: DDI 0403E A5.2 and A7.7.
 */
#include "cpu/execute_rows.h"

static bool sets_flags(const struct cpu *c)
{
    return !c->in_it;
}

static uint32_t d_of(uint32_t w)
{
    return BITS(w, 2, 0);
}

static uint32_t low(const struct cpu *c, uint32_t w, uint32_t at)
{
    return reg(c, w >> at & 7u);
}

static void logic(struct cpu *c, uint32_t d, uint32_t result)
{
    c->regs.r[d] = result;
    if (sets_flags(c))
        set_nz(c, result);
}

/* ---- Shift, add, subtract, move, compare. A5.2.1. ---- */

static void shift(struct cpu *c, uint32_t d, uint32_t x, enum shift_type type, uint32_t n)
{
    struct shifted s = execute_shift(x, type, n, carry_in(c));
    c->regs.r[d] = s.value;
    if (sets_flags(c))
        set_nzc(c, s.value, s.carry);
}

static void lsl_imm(struct cpu *c, uint32_t w)
{
    shift(c, d_of(w), low(c, w, 3), SHIFT_LSL, BITS(w, 10, 6));
}

static void lsr_imm(struct cpu *c, uint32_t w)
{
    uint32_t n = BITS(w, 10, 6);
    shift(c, d_of(w), low(c, w, 3), SHIFT_LSR, n ? n : 32);
}

static void asr_imm(struct cpu *c, uint32_t w)
{
    uint32_t n = BITS(w, 10, 6);
    shift(c, d_of(w), low(c, w, 3), SHIFT_ASR, n ? n : 32);
}

static void add_three(struct cpu *c, uint32_t w)
{
    uint32_t y = BIT(w, 10) ? BITS(w, 8, 6) : low(c, w, 6);
    c->regs.r[d_of(w)] = add(c, low(c, w, 3), y, false, sets_flags(c));
}

static void sub_three(struct cpu *c, uint32_t w)
{
    uint32_t y = BIT(w, 10) ? BITS(w, 8, 6) : low(c, w, 6);
    c->regs.r[d_of(w)] = add(c, low(c, w, 3), ~y, true, sets_flags(c));
}

static void mov_imm(struct cpu *c, uint32_t w)
{
    logic(c, BITS(w, 10, 8), BITS(w, 7, 0));
}

static void cmp_imm(struct cpu *c, uint32_t w)
{
    add(c, low(c, w, 8), ~BITS(w, 7, 0), true, true);
}

static void add_imm(struct cpu *c, uint32_t w)
{
    uint32_t d = BITS(w, 10, 8);
    c->regs.r[d] = add(c, reg(c, d), BITS(w, 7, 0), false, sets_flags(c));
}

static void sub_imm(struct cpu *c, uint32_t w)
{
    uint32_t d = BITS(w, 10, 8);
    c->regs.r[d] = add(c, reg(c, d), ~BITS(w, 7, 0), true, sets_flags(c));
}

/* ---- Data processing on two registers: Rdn and Rm. A5.2.2. ---- */

static void and_reg(struct cpu *c, uint32_t w)
{
    logic(c, d_of(w), low(c, w, 0) & low(c, w, 3));
}

static void eor_reg(struct cpu *c, uint32_t w)
{
    logic(c, d_of(w), low(c, w, 0) ^ low(c, w, 3));
}

static void orr_reg(struct cpu *c, uint32_t w)
{
    logic(c, d_of(w), low(c, w, 0) | low(c, w, 3));
}

static void bic_reg(struct cpu *c, uint32_t w)
{
    logic(c, d_of(w), low(c, w, 0) & ~low(c, w, 3));
}

static void mvn_reg(struct cpu *c, uint32_t w)
{
    logic(c, d_of(w), ~low(c, w, 3));
}

static void mul_reg(struct cpu *c, uint32_t w)
{
    logic(c, d_of(w), low(c, w, 0) * low(c, w, 3));
}

static void tst_reg(struct cpu *c, uint32_t w)
{
    set_nz(c, low(c, w, 0) & low(c, w, 3));
}

static void lsl_reg(struct cpu *c, uint32_t w)
{
    shift(c, d_of(w), low(c, w, 0), SHIFT_LSL, low(c, w, 3) & 0xFFu);
}

static void lsr_reg(struct cpu *c, uint32_t w)
{
    shift(c, d_of(w), low(c, w, 0), SHIFT_LSR, low(c, w, 3) & 0xFFu);
}

static void asr_reg(struct cpu *c, uint32_t w)
{
    shift(c, d_of(w), low(c, w, 0), SHIFT_ASR, low(c, w, 3) & 0xFFu);
}

static void ror_reg(struct cpu *c, uint32_t w)
{
    shift(c, d_of(w), low(c, w, 0), SHIFT_ROR, low(c, w, 3) & 0xFFu);
}

static void adc_reg(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = add(c, low(c, w, 0), low(c, w, 3), carry_in(c), sets_flags(c));
}

static void sbc_reg(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = add(c, low(c, w, 0), ~low(c, w, 3), carry_in(c), sets_flags(c));
}

static void rsb_zero(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = add(c, ~low(c, w, 3), 0, true, sets_flags(c));
}

static void cmp_reg(struct cpu *c, uint32_t w)
{
    add(c, low(c, w, 0), ~low(c, w, 3), true, true);
}

static void cmn_reg(struct cpu *c, uint32_t w)
{
    add(c, low(c, w, 0), low(c, w, 3), false, true);
}

/* ---- High registers, branches by register. A5.2.3. ---- */

static uint32_t high_d(uint32_t w)
{
    return BIT(w, 7) << 3 | BITS(w, 2, 0);
}

static uint32_t high_m(const struct cpu *c, uint32_t w)
{
    return reg(c, BITS(w, 6, 3));
}

static void write_high(struct cpu *c, uint32_t w, uint32_t value)
{
    if (high_d(w) == 15)
        c->pc = value & ~1u;
    else
        core_set_reg(c, high_d(w), value);
}

static void add_high(struct cpu *c, uint32_t w)
{
    write_high(c, w, reg(c, high_d(w)) + high_m(c, w));
}

static void mov_high(struct cpu *c, uint32_t w)
{
    write_high(c, w, high_m(c, w));
}

static void cmp_high(struct cpu *c, uint32_t w)
{
    add(c, reg(c, high_d(w)), ~high_m(c, w), true, true);
}

static void bx(struct cpu *c, uint32_t w)
{
    execute_branch_exchange(c, high_m(c, w));
}

/* No exception returns by BLX. */
static void blx(struct cpu *c, uint32_t w)
{
    uint32_t target = high_m(c, w);
    c->regs.r[14] = c->pc | 1u;
    c->pc = target & ~1u;
    c->t_clear = !(target & 1u);
}

/* ---- Addresses, extension, bytes. A5.2.5. ---- */

static void adr(struct cpu *c, uint32_t w)
{
    c->regs.r[BITS(w, 10, 8)] = (reg(c, 15) & ~3u) + BITS(w, 7, 0) * 4;
}

static void add_sp(struct cpu *c, uint32_t w)
{
    c->regs.r[BITS(w, 10, 8)] = reg(c, 13) + BITS(w, 7, 0) * 4;
}

static void adjust_sp(struct cpu *c, uint32_t w)
{
    uint32_t by = BITS(w, 6, 0) * 4;
    c->regs.r[13] += BIT(w, 7) ? -by : by;
}

static void sxth(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = (uint32_t)(int16_t)low(c, w, 3);
}

static void sxtb(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = (uint32_t)(int8_t)low(c, w, 3);
}

static void uxth(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = low(c, w, 3) & 0xFFFFu;
}

static void uxtb(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = low(c, w, 3) & 0xFFu;
}

static void rev(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = __builtin_bswap32(low(c, w, 3));
}

static void rev16(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = rotate_right(__builtin_bswap32(low(c, w, 3)), 16);
}

static void revsh(struct cpu *c, uint32_t w)
{
    c->regs.r[d_of(w)] = (uint32_t)(int16_t)__builtin_bswap16((uint16_t)low(c, w, 3));
}

/* ---- Branches. c->pc is the next instruction, R15 the address of this one plus 4. ---- */

static void branch_if(struct cpu *c, uint32_t w)
{
    if (execute_holds(c->regs.apsr, BITS(w, 11, 8)))
        c->pc = reg(c, 15) + sign_extend(BITS(w, 7, 0) << 1, 9);
}

static void if_then(struct cpu *c, uint32_t w)
{
    c->regs.it = (uint8_t)BITS(w, 7, 0);
}

static void branch(struct cpu *c, uint32_t w)
{
    c->pc = reg(c, 15) + sign_extend(BITS(w, 10, 0) << 1, 12);
}

static void compare_branch(struct cpu *c, uint32_t w)
{
    if ((low(c, w, 0) == 0) != BIT(w, 11))
        c->pc = reg(c, 15) + (BIT(w, 9) << 6 | BITS(w, 7, 3) << 1);
}

const struct execute_row execute_rows16[] = {
    {0xFA00, 0x1800, add_three}, {0xFA00, 0x1A00, sub_three}, {0xF800, 0x0000, lsl_imm},
    {0xF800, 0x0800, lsr_imm},   {0xF800, 0x1000, asr_imm},   {0xF800, 0x2000, mov_imm},
    {0xF800, 0x2800, cmp_imm},   {0xF800, 0x3000, add_imm},   {0xF800, 0x3800, sub_imm},
    {0xFFC0, 0x4000, and_reg},   {0xFFC0, 0x4040, eor_reg},   {0xFFC0, 0x4080, lsl_reg},
    {0xFFC0, 0x40C0, lsr_reg},   {0xFFC0, 0x4100, asr_reg},   {0xFFC0, 0x4140, adc_reg},
    {0xFFC0, 0x4180, sbc_reg},   {0xFFC0, 0x41C0, ror_reg},   {0xFFC0, 0x4200, tst_reg},
    {0xFFC0, 0x4240, rsb_zero},  {0xFFC0, 0x4280, cmp_reg},   {0xFFC0, 0x42C0, cmn_reg},
    {0xFFC0, 0x4300, orr_reg},   {0xFFC0, 0x4340, mul_reg},   {0xFFC0, 0x4380, bic_reg},
    {0xFFC0, 0x43C0, mvn_reg},   {0xFF00, 0x4400, add_high},  {0xFF00, 0x4500, cmp_high},
    {0xFF00, 0x4600, mov_high},  {0xFF87, 0x4700, bx},        {0xFF87, 0x4780, blx},
    {0xF800, 0xA000, adr},       {0xF800, 0xA800, add_sp},    {0xFF00, 0xB000, adjust_sp},
    {0xFFC0, 0xB200, sxth},      {0xFFC0, 0xB240, sxtb},      {0xFFC0, 0xB280, uxth},
    {0xFFC0, 0xB2C0, uxtb},      {0xFFC0, 0xBA00, rev},       {0xFFC0, 0xBA40, rev16},
    {0xFFC0, 0xBAC0, revsh},     {0xFF00, 0xBF00, if_then},   {0xFE00, 0xDE00, NULL}, /* UDF, SVC */
    {0xF000, 0xD000, branch_if}, {0xF800, 0xE000, branch},    {0xF500, 0xB100, compare_branch},
};
const size_t execute_count16 = sizeof execute_rows16 / sizeof *execute_rows16;
