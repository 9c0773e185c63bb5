/*
 * One load or store instruction, executed on the memory itself.
 *
 * Used where the engine may not go on by itself: a page that is refused or mixed, a device, the
 * system control space. The order of effects is the manual's pseudocode: accesses in ascending
 * address order, base write-back last and only when no access faulted, so that the instruction can
 * be restarted. Registers of a multiple load below the refused one are already loaded (B1.5.10
 * leaves it open), except the base.
 *
 * Source: DDI 0403E A7.7 (each instruction's Operation), B1.5.10.
 */
#include "cpu/core.h"

#define PC 15u
#define SP 13u

static uint32_t operand(const struct cpu *c, uint32_t n)
{
    return n == PC ? (c->pc + 4) & ~3u : core_reg(c, n);
}

static bool unaligned(struct fault *f, uint32_t addr, enum cpu_access access, uint32_t bytes)
{
    *f = (struct fault){
        .cfsr = CFSR_UNALIGNED, .addr = addr, .access = access, .bytes = bytes, .priv = true};
    return false;
}

/* Of LDM, LDRD and kin. The engine does not look at SP, which only a MOV can have made unaligned.
 */
static bool is_misaligned(const struct insn *i, uint32_t addr)
{
    return addr % 4 != 0 && i->rn != SP;
}

static uint32_t extend(uint32_t val, const struct insn *i)
{
    if (!i->sign)
        return val;
    return i->size == 1 ? (uint32_t)(int8_t)val : (uint32_t)(int16_t)val;
}

static bool execute_single(struct cpu *c, const struct insn *i, struct fault *f)
{
    bool priv = core_priv(c) && !i->unpriv;
    uint32_t base = operand(c, i->rn);
    uint32_t offset = i->reg_offset ? core_reg(c, i->rm) << i->shift : (uint32_t)i->offset;
    uint32_t addr = i->index ? base + offset : base;
    uint32_t next = c->pc + i->bytes, val;
    if (i->aligned && addr & (i->size - 1u)) /* LDA, STL */
        return unaligned(f, addr, i->cls == INSN_STORE ? CPU_ACCESS_STORE : CPU_ACCESS_LOAD,
                         i->size);
    if (i->cls == INSN_STORE) {
        if (!access_store(c, addr, i->size, priv, core_reg(c, i->rt), f))
            return false;
    } else if (!access_load(c, addr, i->size, priv, &val, f)) {
        return false;
    }
    if (i->wback)
        core_set_reg(c, i->rn, base + (uint32_t)i->wback_offset);
    c->pc = next;
    if (i->cls == INSN_STORE)
        return true;
    if (i->rt == PC)
        execute_branch_exchange(c, val);
    else
        core_set_reg(c, i->rt, extend(val, i));
    return true;
}

static bool execute_load_multiple(struct cpu *c, const struct insn *i, struct fault *f)
{
    uint32_t base = core_reg(c, i->rn), addr = base + (uint32_t)i->offset;
    uint32_t next = c->pc + i->bytes, new_base = base + (uint32_t)i->wback_offset;
    uint32_t target = 0;
    if (is_misaligned(i, addr))
        return unaligned(f, addr, CPU_ACCESS_LOAD, 4);
    for (uint32_t n = 0; n < 16; n++) {
        uint32_t val;
        if (!(i->list >> n & 1u))
            continue;
        if (!access_load(c, addr, 4, core_priv(c), &val, f))
            return false;
        addr += 4;
        if (n == PC)
            target = val;
        else if (n == i->rn)
            new_base = val;
        else
            core_set_reg(c, n, val);
    }
    if (i->wback || (i->list >> i->rn & 1u))
        core_set_reg(c, i->rn, new_base);
    c->pc = next;
    if (i->list >> PC & 1u)
        execute_branch_exchange(c, target);
    return true;
}

static bool execute_store_multiple(struct cpu *c, const struct insn *i, struct fault *f)
{
    uint32_t base = core_reg(c, i->rn), addr = base + (uint32_t)i->offset;
    if (is_misaligned(i, addr))
        return unaligned(f, addr, CPU_ACCESS_STORE, 4);
    for (uint32_t n = 0; n < 15; n++) {
        if (!(i->list >> n & 1u))
            continue;
        if (!access_store(c, addr, 4, core_priv(c), core_reg(c, n), f))
            return false;
        addr += 4;
    }
    if (i->wback)
        core_set_reg(c, i->rn, base + (uint32_t)i->wback_offset);
    c->pc += i->bytes;
    return true;
}

static bool execute_dual(struct cpu *c, const struct insn *i, struct fault *f)
{
    bool load = i->cls == INSN_LOAD_DUAL, priv = core_priv(c);
    uint32_t base = operand(c, i->rn), addr = i->index ? base + (uint32_t)i->offset : base;
    uint32_t lo, hi;
    if (is_misaligned(i, addr))
        return unaligned(f, addr, load ? CPU_ACCESS_LOAD : CPU_ACCESS_STORE, 4);
    if (load) {
        if (!access_load(c, addr, 4, priv, &lo, f))
            return false;
        if (i->rt != i->rn)
            core_set_reg(c, i->rt, lo);
        if (!access_load(c, addr + 4, 4, priv, &hi, f))
            return false;
        core_set_reg(c, i->rt, lo);
        core_set_reg(c, i->rt2, hi);
    } else if (!access_store(c, addr, 4, priv, core_reg(c, i->rt), f) ||
               !access_store(c, addr + 4, 4, priv, core_reg(c, i->rt2), f)) {
        return false;
    }
    if (i->wback)
        core_set_reg(c, i->rn, base + (uint32_t)i->wback_offset);
    c->pc += i->bytes;
    return true;
}

/*
 * LDREX, STREX. The monitor covers all of memory, as on Cortex-M: what counts is whether it is
 * open. A STREX that will fail is still checked against the MPU. Source: DDI 0403E A3.4, pseudocode
 * ExclusiveMonitorsPass().
 */
static bool execute_exclusive(struct cpu *c, const struct insn *i, struct fault *f)
{
    bool load = i->cls == INSN_LOAD_EXCLUSIVE;
    uint32_t addr = core_reg(c, i->rn) + (uint32_t)i->offset, val;
    if (addr % i->size != 0)
        return unaligned(f, addr, load ? CPU_ACCESS_LOAD : CPU_ACCESS_STORE, i->size);
    if (load) {
        if (!access_load(c, addr, i->size, core_priv(c), &val, f))
            return false;
        core_set_reg(c, i->rt, val);
    } else {
        if (!access_writable(c, addr, i->size, core_priv(c), f))
            return false;
        bool open = c->monitor_open;
        if (open && !access_store(c, addr, i->size, core_priv(c), core_reg(c, i->rt), f))
            return false;
        core_set_reg(c, i->rt2, !open);
    }
    c->monitor_open = load;
    c->pc += i->bytes;
    return true;
}

/* Words of an FP load or store, in ascending order. Source: A7.7.225 VLDM, A7.7.227 VLDR. */
static bool execute_fp(struct cpu *c, const struct insn *i, struct fault *f)
{
    bool load = i->cls == INSN_FP_LOAD;
    uint32_t base = operand(c, i->rn), addr = base + (uint32_t)i->offset;
    if (is_misaligned(i, addr))
        return unaligned(f, addr, load ? CPU_ACCESS_LOAD : CPU_ACCESS_STORE, 4);
    for (uint32_t n = 0; n < i->fp_words; n++) {
        int reg = UC_ARM_REG_S0 + (int)((i->fp_first + n) & 31u);
        uint32_t val = load ? 0 : engine_reg(c, reg);
        if (load ? !access_load(c, addr + 4 * n, 4, core_priv(c), &val, f)
                 : !access_store(c, addr + 4 * n, 4, core_priv(c), val, f))
            return false;
        if (load)
            engine_set_reg(c, reg, val);
    }
    if (i->wback)
        core_set_reg(c, i->rn, base + (uint32_t)i->wback_offset);
    c->pc += i->bytes;
    return true;
}

static bool execute_table_branch(struct cpu *c, const struct insn *i, struct fault *f)
{
    uint32_t base = i->rn == PC ? c->pc + 4 : core_reg(c, i->rn), halfwords;
    uint32_t addr = base + (core_reg(c, i->rm) << i->shift);
    if (!access_load(c, addr, i->size, core_priv(c), &halfwords, f))
        return false;
    c->pc = c->pc + 4 + 2 * halfwords;
    return true;
}

/* Most loads and stores: an offset, no write-back, nothing special about registers or rights. */
static bool is_usual(const struct insn *i)
{
    bool single = i->cls == INSN_LOAD || i->cls == INSN_STORE;
    return single && i->index && !i->aligned && !i->wback && !i->reg_offset && !i->unpriv &&
           !i->sign && i->rn != PC && i->rt != PC;
}

static bool load_usual(struct cpu *c, const struct insn *i, struct fault *f)
{
    uint32_t addr = c->regs.r[i->rn] + (uint32_t)i->offset, val;
    if (!access_load(c, addr, i->size, core_priv(c), &val, f))
        return false;
    c->regs.r[i->rt] = val;
    c->pc += i->bytes;
    return true;
}

static bool store_usual(struct cpu *c, const struct insn *i, struct fault *f)
{
    uint32_t addr = c->regs.r[i->rn] + (uint32_t)i->offset;
    if (!access_store(c, addr, i->size, core_priv(c), c->regs.r[i->rt], f))
        return false;
    c->pc += i->bytes;
    return true;
}

loadstore_fn loadstore_find(const struct insn *i)
{
    static const loadstore_fn execute[INSN_CLASS_COUNT] = {
        [INSN_LOAD] = execute_single,
        [INSN_STORE] = execute_single,
        [INSN_LOAD_MULTIPLE] = execute_load_multiple,
        [INSN_STORE_MULTIPLE] = execute_store_multiple,
        [INSN_LOAD_DUAL] = execute_dual,
        [INSN_STORE_DUAL] = execute_dual,
        [INSN_LOAD_EXCLUSIVE] = execute_exclusive,
        [INSN_STORE_EXCLUSIVE] = execute_exclusive,
        [INSN_TABLE_BRANCH] = execute_table_branch,
        [INSN_FP_LOAD] = execute_fp,
        [INSN_FP_STORE] = execute_fp,
    };
    if (is_usual(i))
        return i->cls == INSN_LOAD ? load_usual : store_usual;
    return execute[i->cls];
}
