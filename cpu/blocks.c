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

bool block_read_insn(const struct cpu *c, uint32_t pc, uint16_t hw[2], uint32_t *bytes)
{
    hw[1] = 0;
    *bytes = 0;
    if (!cpu_peek(c, pc, &hw[0], 2))
        return false;
    *bytes = insn_is_wide(hw[0]) ? 4 : 2;
    return *bytes == 2 || cpu_peek(c, pc + 2, &hw[1], 2);
}

struct decoded *block_decode(struct cpu *c, struct decoded *d, uint32_t pc)
{
    uint16_t hw[2];
    uint32_t bytes;
    if (!block_read_insn(c, pc, hw, &bytes))
        return NULL;
    d->tag = block_tag(c, pc);
    d->insn = insn_decode(hw[0], hw[1], core_priv(c));
    d->w = bytes == 4 ? (uint32_t)hw[0] << 16 | hw[1] : hw[0];
    d->execute = execute_find(&d->insn, d->w);
    d->memory = loadstore_find(&d->insn);
    d->plain = (d->execute || d->memory) && !insn_is_fp(d->insn.cls) &&
               !watch_needed(c, &d->insn) && !watch_is_ours(c, &d->insn) &&
               !(core_v8m(c) && d->insn.writes >> 13 & 1u);
    struct timing_pipe pipe = {.at = pc};
    d->cost = (uint8_t)c->timing->cost(&pipe, &d->insn);
    d->refill = (uint8_t)c->timing->refill(&pipe, &d->insn);
    block_mark_code(c, pc, pc + bytes);
    return d;
}

bool block_insn(struct cpu *c, uint32_t pc, struct insn *i)
{
    const struct decoded *d = block_decoded(c, pc);
    if (d)
        *i = d->insn;
    return d != NULL;
}

/* A walk over the instructions of a block, from its start. */
struct walk {
    struct timing_pipe pipe;
    uint32_t pc;
    uint8_t it; /* ITSTATE of the next instruction */
};

static struct walk walk_from(uint32_t pc)
{
    return (struct walk){.pipe = {.at = pc}, .pc = pc};
}

/* The next instruction, its cost, and the walk behind it; false when there is none to read. */
static bool walk_on(struct cpu *c, struct walk *w, struct insn *i, uint32_t *cost)
{
    if (!block_insn(c, w->pc, i))
        return false;
    bool conditional = w->it && i->cls != INSN_IT;
    i->conditional |= conditional;
    w->pipe.at = w->pc;
    *cost = c->timing->cost(&w->pipe, i);
    if (watch_is_left_out(c, i))
        *cost = *cost > 1 ? 1 : *cost; /* the rest when it is executed after all */
    w->pc += i->bytes;
    w->it = i->cls == INSN_IT ? i->it : insn_it_advance(w->it);
    return true;
}

bool block_is_conditional(struct cpu *c, uint32_t pc)
{
    if (!block_holds(c, pc))
        return false;
    struct walk w = walk_from(block_start(c->last->block));
    struct insn i;
    uint32_t cost;
    while (w.pc < pc && walk_on(c, &w, &i, &cost))
        ;
    return w.it != 0;
}

void block_mark_code(struct cpu *c, uint32_t from, uint32_t to)
{
    uint32_t granules = (to - 1) / MPU_GRANULE - from / MPU_GRANULE + 1;
    for (uint32_t n = 0; n < granules; n++) {
        uint32_t at = (from & ~(MPU_GRANULE - 1)) + n * MPU_GRANULE;
        const struct ram *r = bus_ram(c, at);
        if (!r)
            continue;
        uint32_t *word = &r->code[(at - r->base) / MPU_PAGE_BYTES];
        if (*word == 0) {
            c->tlb_dirty = true;
            if (c->in_engine)
                engine_flush_tlb(c);
        }
        *word |= 1u << (at - r->base) % MPU_PAGE_BYTES / MPU_GRANULE;
    }
}

/*
 * A base register that has to be aligned: checked at the block's start when its value there tells,
 * else when the instruction is reached. SP always is. @changed: registers that the block has
 * written by then.
 */
#define ANY_BASE 0xDFFFu /* every register but SP may have changed */

static bool note_alignment(struct block *b, const struct insn *i, uint32_t at, uint32_t changed)
{
    if (!i->aligned || i->rn == 13 || (i->rn == 15 && i->size == 4))
        return true;
    if (changed >> i->rn & 1u || b->aligns == BLOCK_ALIGN_MAX)
        return false;
    int32_t delta =
        i->cls == INSN_LOAD_MULTIPLE || i->cls == INSN_STORE_MULTIPLE || i->index ? i->offset : 0;
    b->align[b->aligns].reg = i->rn;
    b->align[b->aligns].mask = (uint8_t)(i->size - 1);
    b->align[b->aligns].at = (uint16_t)(at - block_start(b));
    b->align[b->aligns].delta = delta;
    b->aligns++;
    return true;
}

/* What the engine makes of an instruction, hooks included, and of each word that it moves. */
#define HOST_BYTES_INSN   160u
#define HOST_BYTES_ACCESS 160u

static uint32_t accesses(const struct insn *i)
{
    return insn_is_memory(i->cls) ? 2u + (uint32_t)__builtin_popcount(i->list) + i->fp_words : 0;
}

/* Has the engine to be stopped at the instruction each time? Notes its base in @b, if that tells.
 */
static bool stops_engine(struct cpu *c, struct block *b, const struct insn *i, uint32_t at,
                         uint32_t changed)
{
    return watch_needed(c, i) || !(core_v6m(c) || note_alignment(b, i, at, changed));
}

/* What the block has to know of an instruction of it. */
static void note(struct cpu *c, struct block *b, const struct insn *i, uint32_t at)
{
    b->host_bytes += HOST_BYTES_INSN + HOST_BYTES_ACCESS * accesses(i);
    b->unpriv |= i->unpriv;
    b->fp |= insn_is_fp(i->cls) && c->config.fpu;
    b->ours |= watch_is_ours(c, i) || (c->debug.breaks_n && debug_break_at(c, at));
    b->own &= execute_can(block_decoded(c, at));
}

static uint8_t block_ends(const struct insn *i)
{
    if (i->cls == INSN_BRANCH)
        return i->conditional ? END_CONDITIONAL : END_DIRECT;
    if (i->cls == INSN_CALL)
        return END_DIRECT;
    return insn_is_branch(i) ? END_INDIRECT : END_OTHER;
}

static void forget_size(struct cpu *c, uint32_t key)
{
    struct charge *charge = block_charge_slot(c, key);
    if (charge->pc == (key & ~1u))
        charge->pc = ADDR_NONE;
}

static void decode(struct cpu *c, struct block *b, uint32_t pc, uint32_t engine_bytes)
{
    uint32_t page_end = (pc | (MPU_PAGE_BYTES - 1)) + 1, cost, changed = 0;
    struct walk w = walk_from(pc), before = w;
    struct insn i;
    forget_size(c, b->key); /* its charge points to it */
    forget_size(c, pc | core_priv(c));
    *b = (struct block){.key = pc | core_priv(c), .end = pc, .own = true};
    while (walk_on(c, &w, &i, &cost)) {
        if (b->insns && b->end + i.bytes > page_end)
            break;
        if (b->insns == 0)
            b->entry_refill = (uint8_t)c->timing->arrive(pc, i.bytes);
        b->ours |= before.it && i.cls == INSN_IT; /* UNPREDICTABLE */
        note(c, b, &i, b->end);
        b->watch |= stops_engine(c, b, &i, b->end, changed | (before.it ? ANY_BASE : 0));
        b->refill = (uint8_t)c->timing->refill(&before.pipe, &i);
        b->ends = block_ends(&i);
        b->exchanges = i.exchanges;
        b->literals = (uint16_t)(b->literals + (i.cls == INSN_LOAD && i.rn == 15));
        b->cost += cost;
        b->insns++;
        b->end += i.bytes;
        changed |= i.writes;
        before = w;
        b->ours |= before.it && i.ends_block; /* not its IT block's last: UNPREDICTABLE */
        if ((i.ends_block && b->end >= pc + engine_bytes) || b->end >= page_end || b->end == 0)
            break;
    }
    if (b->end == pc)
        b->end += 2; /* nothing to read: the engine faults on it */
    MOAT_ASSERT(b->cost <= UINT16_MAX, "a block of %u cycles", b->cost);
    b->ours |= before.it != 0; /* the engine would begin a block inside the IT block */
    b->waits = bus_ram(c, pc) && bus_ram(c, pc)->flash;
    b->plain = !b->waits && !b->ours && !b->fp && !b->aligns && !c->timing->mispredict;
    block_mark_code(c, pc, b->end);
}

/* As decode() went over them. An instruction inside an IT block cannot stop the engine: its IT
 * does. */
bool block_watch(struct cpu *c, struct block *b)
{
    uint32_t cost, changed = 0, it_at = 0;
    struct walk w = walk_from(block_start(b));
    struct block scratch = {.key = b->key};
    struct insn i;
    bool any = false;
    b->watch = false;
    while (w.pc < b->end) {
        bool inside = w.it != 0;
        uint32_t at = w.pc;
        if (!walk_on(c, &w, &i, &cost))
            break;
        it_at = i.cls == INSN_IT ? at : it_at;
        if (stops_engine(c, &scratch, &i, at, changed | (inside ? ANY_BASE : 0))) {
            any |= engine_watch_insn(c, at);
            if (inside)
                any |= engine_watch_insn(c, it_at);
        }
        changed |= i.writes;
    }
    return any;
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

struct block *block_make(struct cpu *c, uint32_t pc, uint32_t engine_bytes)
{
    uint32_t key = pc | core_priv(c);
    struct block *b = block_slot(c, key);
    if (b->key != key)
        decode(c, b, pc, 0);
    return b->end - pc < engine_bytes ? odd_block(c, pc, engine_bytes) : b;
}

/* Call @drop for each block that may begin in the page, or before it and reach in, at each alias.
 */
static void each_key(struct cpu *c, const struct ram *r, uint32_t page,
                     void (*drop)(struct cpu *c, uint32_t key))
{
    for (uint32_t i = 0; i < c->bus.rams; i++) {
        const struct ram *alias = &c->bus.ram[i];
        if (alias->code != r->code || page * MPU_PAGE_BYTES >= alias->bytes)
            continue;
        uint32_t first = alias->base + page * MPU_PAGE_BYTES;
        for (uint32_t key = page ? first - MPU_PAGE_BYTES : first; key < first + MPU_PAGE_BYTES;
             key++)
            drop(c, key);
    }
}

static void forget_block(struct cpu *c, uint32_t key)
{
    struct block *b = block_slot(c, key);
    if (b->key == key)
        b->key = BLOCK_NONE;
    forget_size(c, key);
}

void block_forget_sizes(struct cpu *c, const struct ram *r, uint32_t page)
{
    each_key(c, r, page, forget_size);
}

void block_drop_page(struct cpu *c, const struct ram *r, uint32_t page)
{
    c->code_generation++;
    each_key(c, r, page, forget_block);
}

struct block_rest block_walk_to(struct cpu *c, struct block *b, uint32_t pc)
{
    struct walk w = walk_from(block_start(b));
    struct block_rest rest = {b->cost, b->insns};
    struct insn i;
    uint32_t cost;
    while (w.pc < pc && walk_on(c, &w, &i, &cost)) {
        rest.cycles -= cost;
        rest.insns--;
    }
    b->left_at = pc;
    b->left = rest;
    return rest;
}

void block_left(struct cpu *c)
{
    core_edit(c)->end = c->pc;
    core_edit(c)->continues = ADDR_NONE;
    core_look(c);
}
