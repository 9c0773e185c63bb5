/*
 * Blocks: runs of instructions that are entered only at their start, with what they cost.
 *
 * A block ends where control may go elsewhere, where privilege or masks may change, and at the end
 * of a 1 KiB page; the engine ends its own translations at all those places too, so that a block
 * never starts unnoticed. It may end some earlier; that is no boundary (struct cpu, continues).
 *
 * Code that changes: pages that hold decoded code are never filled for writing, so every store to
 * them takes the exact path and drops what was decoded and translated there (engine_forget_code).
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

void block_mark_code(struct cpu *c, uint32_t from, uint32_t to)
{
    for (uint32_t at = from & ~(MPU_GRANULE - 1); at < to; at += MPU_GRANULE) {
        const struct ram *r = bus_ram(c, at);
        if (!r)
            continue;
        uint32_t *word = &r->code[(at - r->base) / MPU_PAGE_BYTES];
        if (*word == 0)
            engine_flush_tlb(c);
        *word |= 1u << (at - r->base) % MPU_PAGE_BYTES / MPU_GRANULE;
    }
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
    block_mark_code(c, pc, b->end);
}

/*
 * What the engine runs at once beyond the block's own end (code whose bytes mean something else to
 * it) is charged with it, but not remembered: a block must not depend on what was executed before.
 */
static struct block *odd_block(struct cpu *c, uint32_t pc, uint32_t engine_bytes)
{
    decode(c, &c->odd_block, pc, engine_bytes);
    c->odd_block.plain = false;
    return &c->odd_block;
}

struct block *block_find(struct cpu *c, uint32_t pc, uint32_t engine_bytes)
{
    uint32_t key = pc | core_priv(c);
    struct block *b = block_slot(c, key);
    if (b->key != key)
        decode(c, b, pc, 0);
    return b->end - pc < engine_bytes ? odd_block(c, pc, engine_bytes) : b;
}

void block_drop_page(struct cpu *c, const struct ram *r, uint32_t page)
{
    for (uint32_t i = 0; i < c->bus.rams; i++) {
        const struct ram *alias = &c->bus.ram[i];
        if (alias->code != r->code || page * MPU_PAGE_BYTES >= alias->bytes)
            continue;
        /* A block may begin in the page before and end with an instruction that reaches in here. */
        uint32_t first = alias->base + page * MPU_PAGE_BYTES;
        for (uint32_t key = page ? first - MPU_PAGE_BYTES : first; key < first + MPU_PAGE_BYTES;
             key++) {
            struct block *b = block_slot(c, key);
            if (b->key == key)
                b->key = BLOCK_NONE;
        }
    }
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
