/*
 * Blocks: runs of instructions that are entered only at their start, with what they cost.
 *
 * A block ends where control may go elsewhere, where privilege or masks may change, and at the end
 * of a 1 KiB page; the engine ends its own translations at all those places too, so that a block
 * never starts unnoticed. It may end some earlier; that is no boundary (struct cpu, continues).
 */
#include "cpu/core.h"

#include <string.h>

#include "cpu/timing.h"

bool block_read_insn(const struct cpu *c, uint32_t pc, uint16_t hw[2], uint32_t *bytes)
{
    hw[1] = 0;
    *bytes = 0;
    if (!cpu_peek(c, pc, &hw[0], 2))
        return false;
    *bytes = insn_is_wide(hw[0]) ? 4 : 2;
    return *bytes == 2 || cpu_peek(c, pc + 2, &hw[1], 2);
}

static bool insn_at(const struct cpu *c, uint32_t pc, struct insn *i)
{
    uint16_t hw[2];
    uint32_t bytes;
    if (!block_read_insn(c, pc, hw, &bytes))
        return false;
    *i = insn_decode(hw[0], hw[1], core_priv(c));
    return true;
}

/* FNV-1a over the bytes of a block. */
static uint32_t checksum(const struct cpu *c, uint32_t from, uint32_t to)
{
    const struct ram *r = bus_ram(c, from);
    uint32_t sum = 2166136261u;
    for (uint32_t at = from; r && at < to && at - r->base < r->bytes; at++)
        sum = (sum ^ r->mem[at - r->base]) * 16777619u;
    return sum;
}

static void mark_code(struct cpu *c, const struct block *b, uint32_t pc)
{
    const struct ram *first = bus_ram(c, pc), *last = bus_ram(c, b->end - 1);
    if (first)
        first->code[(pc - first->base) / MPU_PAGE_BYTES] = 1;
    if (last)
        last->code[(b->end - 1 - last->base) / MPU_PAGE_BYTES] = 1;
}

static void decode(struct cpu *c, struct block *b, uint32_t pc, uint32_t engine_bytes)
{
    uint32_t page_end = (pc | (MPU_PAGE_BYTES - 1)) + 1;
    struct insn i, prev = {0};
    *b = (struct block){.key = pc | core_priv(c), .end = pc};
    while (insn_at(c, b->end, &i)) {
        if (b->insns && b->end + i.bytes > page_end)
            break;
        b->cost += timing_cost(&i, b->insns ? &prev : NULL);
        b->insns++;
        b->end += i.bytes;
        b->special = i.cls == INSN_SPECIAL;
        b->unpriv |= i.unpriv;
        b->trap |= i.cls == INSN_FP;
        if ((i.ends_block && b->end >= pc + engine_bytes) || b->end >= page_end || b->end == 0)
            break;
        prev = i;
    }
    if (b->end == pc)
        b->end += 2; /* nothing to read: the engine faults on it */
    b->plain = !b->special && !b->trap;
    b->sum = checksum(c, pc, b->end);
    mark_code(c, b, pc);
}

struct block *block_find(struct cpu *c, uint32_t pc, uint32_t engine_bytes)
{
    uint32_t key = pc | core_priv(c);
    struct block *b = block_slot(c, key);
    if (b->key != key || b->end - pc < engine_bytes)
        decode(c, b, pc, engine_bytes);
    return b;
}

struct block *block_verify(struct cpu *c, uint32_t pc, uint32_t engine_bytes)
{
    struct block *b = block_find(c, pc, engine_bytes);
    if (b->sum != checksum(c, pc, b->end))
        decode(c, b, pc, engine_bytes);
    return b;
}

bool block_is_stale(const struct cpu *c)
{
    const struct block *b = c->block;
    return b && b->key != BLOCK_NONE && b->sum != checksum(c, block_start(b), b->end);
}

void block_drop(struct cpu *c, uint32_t pc)
{
    block_slot(c, pc)->key = BLOCK_NONE;
    block_slot(c, pc | 1u)->key = BLOCK_NONE;
}

void block_refund(struct cpu *c, uint32_t pc)
{
    if (!c->block || pc < block_start(c->block) || pc >= c->block->end)
        return;
    struct insn i, prev = {0};
    uint64_t cost = 0, insns = 0;
    for (uint32_t at = block_start(c->block); at < pc && insn_at(c, at, &i); at += i.bytes) {
        cost += timing_cost(&i, insns ? &prev : NULL);
        insns++;
        prev = i;
    }
    c->now -= c->block->cost - cost;
    c->insns -= c->block->insns - insns;
    c->block = NULL;
}
