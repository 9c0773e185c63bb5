#include "cpu/timing.h"

#include <stddef.h>

/* ORDER insn_class: cycles without the transfers of the multiple forms. */
static const uint8_t base_cost[] = {
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
    [INSN_BRANCH] = 1,
    [INSN_BRANCH_REG] = 1,
    [INSN_DIVIDE] = 6,
    [INSN_MULTIPLY_ACC] = 1,
    [INSN_MULTIPLY_LONG] = 1,
    [INSN_MULTIPLY_LONG_ACC] = 1,
    [INSN_SPECIAL] = 2,
    [INSN_MRS] = 1,
    [INSN_BARRIER] = 1,
    [INSN_ISB] = 3,
    [INSN_SVC] = 1,
    [INSN_BKPT] = 1,
    [INSN_WAIT] = 1,
    [INSN_IT] = 1,
    [INSN_FP] = 1,
};
_Static_assert(sizeof base_cost == INSN_CLASS_COUNT, "ORDER insn_class");

uint32_t timing_cost(const struct insn *i, const struct insn *prev)
{
    uint32_t cost = base_cost[i->cls];
    if (i->cls == INSN_LOAD_MULTIPLE || i->cls == INSN_STORE_MULTIPLE)
        return cost + (uint32_t)__builtin_popcount(i->list);
    bool pipelined = prev && prev->cls == INSN_LOAD && !prev->wback && i->cls == INSN_LOAD &&
                     i->rn != prev->rt && !(i->reg_offset && i->rm == prev->rt);
    return pipelined ? cost - 1 : cost;
}
