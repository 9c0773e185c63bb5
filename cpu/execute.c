/*
 * Code executed here, an instruction at a time, instead of by the engine: what the engine cannot
 * execute as the architecture wants, what it is refused, and the few instructions after it was
 * left, for it is often left again soon. Whoever executes a block, it takes the same time and does
 * the same.
 *
 * Integer instructions are in execute16.c and execute32.c, loads and stores in loadstore.c. FP
 * arithmetic and the DSP extension are the engine's, alone if need be (engine_alone).
 *
 * Source: DDI 0403E A7 (instructions), A7.3 (conditional execution), B1.5.
 */
#include "cpu/execute_rows.h"

#define BKPT_SEMIHOSTING 0xBEABu

const uint16_t execute_conditions[] = {
    0xF0F0, 0x0F0F, /* EQ, NE */
    0xCCCC, 0x3333, /* CS, CC */
    0xFF00, 0x00FF, /* MI, PL */
    0xAAAA, 0x5555, /* VS, VC */
    0x0C0C, 0xF3F3, /* HI, LS */
    0xAA55, 0x55AA, /* GE, LT */
    0x0A05, 0xF5FA, /* GT, LE */
    0xFFFF, 0xFFFF, /* AL, unconditional */
};

void execute_branch_exchange(struct cpu *c, uint32_t target)
{
    c->pc = target & ~1u;
    if (c->ipsr && target >> 24 == 0xFFu) /* where the engine takes it for a return, too */
        exception_return(c, target);
    else
        c->t_clear = !(target & 1u);
}

/* ---- Instructions that concern the core as a whole. c->pc is behind them already. ---- */

static void supervisor_call(struct cpu *c, const struct decoded *d)
{
    (void)d;
    exception_supervisor_call(c);
}

void execute_breakpoint(struct cpu *c)
{
    uint16_t hw = 0;
    cpu_peek(c, c->pc, &hw, 2);
    if (hw == BKPT_SEMIHOSTING)
        c->stop = (struct cpu_stop){.kind = CPU_STOP_SEMIHOST, .pc = c->pc};
    else
        cpu_breakpoint(c);
}

static void breakpoint(struct cpu *c, const struct decoded *d)
{
    c->pc -= d->insn.bytes;
    execute_breakpoint(c);
}

static void wait_for_interrupt(struct cpu *c, const struct decoded *d)
{
    (void)d;
    c->sleeping = true;
    c->sleeps_for_event = false;
}

/* A new block begins behind it. Source: DDI 0403E B1.5.18; A7.7.263. */
static void wait_for_event(struct cpu *c, const struct decoded *d)
{
    (void)d;
    block_refund(c, c->pc);
    block_left(c);
    c->sleeping = !c->event;
    c->sleeps_for_event = true;
    c->event = false;
}

static void send_event(struct cpu *c, const struct decoded *d)
{
    (void)d;
    c->event = true;
}

static void clear_exclusive(struct cpu *c, const struct decoded *d)
{
    (void)d;
    c->monitor_open = false;
}

static void move_to_special(struct cpu *c, const struct decoded *d)
{
    special_write(c, d->insn.it, d->w >> 10 & 3u, c->regs.r[d->insn.rn]);
}

static void move_from_special(struct cpu *c, const struct decoded *d)
{
    core_set_reg(c, d->w >> 8 & 15u, special_read(c, d->insn.it));
}

static void change_processor_state(struct cpu *c, const struct decoded *d)
{
    special_cps(c, d->insn.it);
}

static void nothing(struct cpu *c, const struct decoded *d)
{
    (void)c, (void)d;
}

static void (*const core_wide[INSN_CLASS_COUNT])(struct cpu *, const struct decoded *) = {
    [INSN_SVC] = supervisor_call,
    [INSN_BKPT] = breakpoint,
    [INSN_WFI] = wait_for_interrupt,
    [INSN_WFE] = wait_for_event,
    [INSN_SEV] = send_event,
    [INSN_CLREX] = clear_exclusive,
    [INSN_MSR] = move_to_special,
    [INSN_MRS] = move_from_special,
    [INSN_CPS] = change_processor_state,
    [INSN_NOP] = nothing,
    [INSN_BARRIER] = nothing,
    [INSN_ISB] = nothing,
};

static execute_fn find(const struct execute_row *rows, size_t n, uint32_t w)
{
    for (size_t r = 0; r < n; r++)
        if ((w & rows[r].mask) == rows[r].match)
            return rows[r].sound && !rows[r].sound(w) ? NULL : rows[r].execute;
    return NULL;
}

execute_fn execute_find(const struct insn *i, uint32_t w)
{
    if (core_wide[i->cls] || insn_is_memory(i->cls))
        return NULL;
    if (i->bytes == 2)
        return find(execute_rows16, execute_count16, w);
    return find(execute_rows32, execute_count32, w);
}

bool execute_can(const struct decoded *d)
{
    return d->execute || core_wide[d->insn.cls] || insn_is_memory(d->insn.cls);
}

/* ---- One instruction. ---- */

/* It is not executed: take back the time of the rest of its block. */
static void refuse(struct cpu *c, const struct fault *f)
{
    block_refund(c, c->pc);
    fault_take(c, f, c->pc);
}

static bool watch_reached(struct cpu *c)
{
    bool counted = c->watch_counted;
    c->watch_counted = false;
    if (!c->watch_left || c->pc != c->watch_pc || counted || --c->watch_left)
        return false;
    core_watch_stop(c);
    return true;
}

/* ARMv8-M: would @i take SP below its limit? Source: DDI 0553 B3.9, pseudocode
 * ViolatesSPLim(). */
static bool overflows(const struct cpu *c, const struct insn *i)
{
    uint32_t limit = core_v8m(c) && i->writes >> 13 & 1u ? exception_stack_limit(c, c->on_psp) : 0;
    uint32_t sp = c->regs.r[13];
    return i->wback && (sp < limit || sp + (uint32_t)i->wback_offset < limit);
}

/* Memory was left for a device, a system register or code: the block ends here. */
static void end_system_access(struct cpu *c, const struct decoded *d, uint32_t at, bool charged)
{
    if (charged) { /* was, and was taken back */
        c->now += d->cost;
        c->insns++;
    }
    core_edit(c)->refill = d->refill;
    if (c->pc == at + d->insn.bytes)
        core_edit(c)->end = c->pc;
    core_edit(c)->continues = ADDR_NONE;
    core_look_if_needed(c);
}

__attribute__((always_inline)) static inline bool
execute_memory(struct cpu *c, const struct decoded *d, bool charged, struct fault *f)
{
    uint32_t at = c->pc;
    c->touched_system = c->left = false;
    if (!d->memory(c, &d->insn, f))
        return false;
    if (c->touched_system && !c->left)
        end_system_access(c, d, at, charged);
    return true;
}

/* An instruction of ours that is none of memory's. SP below its limit is found afterwards. */
static bool execute_here(struct cpu *c, const struct decoded *d, struct fault *f)
{
    uint32_t at = c->pc, sp = c->regs.r[13];
    c->regs.r[15] = at + 4;
    c->pc = at + d->insn.bytes;
    if (!d->execute) {
        core_wide[d->insn.cls](c, d);
        return true;
    }
    d->execute(c, d->w);
    if (!core_v8m(c) || c->regs.r[13] == sp || c->regs.r[13] >= exception_stack_limit(c, c->on_psp))
        return true;
    *f = (struct fault){.cfsr = CFSR_STKOF, .priv = core_priv(c)};
    c->regs.r[13] = sp;
    c->pc = at;
    return false;
}

/* By the engine, alone. */
static void execute_there(struct cpu *c, const struct decoded *d)
{
    uint32_t bytes = d->insn.bytes;
    bool done = engine_alone(c, d->w, bytes);
    if (insn_is_fp(d->insn.cls))
        c->engine.control |= CONTROL_FPCA;
    if (done)
        c->pc += bytes;
    else
        engine_raised(c);
}

/* What it takes beyond what its block was charged; all of it when no block is. */
static void charge(struct cpu *c, const struct decoded *d, bool charged)
{
    const struct insn *i = &d->insn;
    bool inside = c->regs.it != 0;
    if (charged && c->more_at == c->pc) /* by watch_look(), before the engine was refused */
        return;
    uint32_t more = watch_needed(c, i) || inside ? watch_cycles(c, d, inside && charged) : 0;
    c->now += more;
    if (charged) {
        c->more_at = c->pc;
        c->more_cycles = more;
    } else {
        c->now += d->cost;
        c->insns++;
    }
}

/* Faults that it takes whatever it does. */
static bool admitted(struct cpu *c, const struct insn *i, bool in_it, struct fault *f)
{
    *f = (struct fault){.cfsr = watch_refusal(c, i), .priv = core_priv(c)};
    if (in_it && i->cls == INSN_BRANCH && i->conditional && !i->reads) /* B<c>, not CBZ */
        f->cfsr = CFSR_UNDEFINSTR;
    if (!f->cfsr && overflows(c, i))
        f->cfsr = CFSR_STKOF;
    if (f->cfsr)
        return false;
    return !insn_is_fp(i->cls) || fpu_ready(c) || fpu_prepare(c, f);
}

/* Is the block not the engine's, as things are? */
static bool is_ours(const struct cpu *c, const struct block *b)
{
    return b->ours || (b->fp && !fpu_ready(c));
}

/* The engine can go on from here, in the middle of the block. */
static bool hand_over(struct cpu *c, const struct decoded *d, bool charged)
{
    if (execute_can(d) || !charged || c->regs.it || c->debug.probing ||
        is_ours(c, c->last->block) || !engine_runs(c, c->pc))
        return false;
    core_edit(c)->continues = c->pc;
    c->own_left = 0;
    return true;
}

static void leave_out(struct cpu *c, const struct insn *i, bool charged)
{
    c->now += !charged;
    c->insns += !charged;
    c->pc += i->bytes;
    c->regs.it = insn_it_advance(c->regs.it);
}

/* It is admitted and charged. */
static void execute_admitted(struct cpu *c, const struct decoded *d, bool charged)
{
    const struct insn *i = &d->insn;
    uint8_t it = c->regs.it;
    uint32_t next = c->pc + i->bytes;
    struct fault f;
    c->in_it = it != 0;
    c->left = false;
    if (i->cls != INSN_BKPT)
        c->regs.it = insn_it_advance(c->regs.it);
    bool done = insn_is_memory(i->cls) ? execute_memory(c, d, charged, &f) : execute_here(c, d, &f);
    c->in_it = false;
    if (!done) {
        c->regs.it = it;
        refuse(c, &f);
    } else if (c->pc != next && !c->left && i->cls != INSN_BKPT) {
        c->regs.it = 0; /* a branch that is not its IT block's last: UNPREDICTABLE */
    }
}

/* The instruction at c->pc, with all that may be to ask before it. */
static void execute_insn(struct cpu *c, const struct decoded *d)
{
    const struct insn *i = &d->insn;
    uint8_t it = c->regs.it;
    bool charged = block_holds(c, c->pc);
    struct fault f;
    if (!access_fetch(c, c->pc, i->bytes, &f)) {
        refuse(c, &f);
        return;
    }
    if (it && i->cls != INSN_BKPT && i->cls != INSN_IT && !execute_holds(c->regs.apsr, it >> 4)) {
        leave_out(c, i, charged);
        return;
    }
    if (watch_reached(c))
        return;
    if (!admitted(c, i, it, &f)) {
        refuse(c, &f);
        return;
    }
    if (hand_over(c, d, charged))
        return;
    charge(c, d, charged);
    if (execute_can(d))
        execute_admitted(c, d, charged);
    else
        execute_there(c, d);
    c->more_at = ADDR_NONE;
}

/* ---- Blocks. ---- */

/* Nothing can be fetched there. */
static void execute_nothing(struct cpu *c)
{
    struct fault f;
    if (!access_fetch(c, c->pc, 4, &f))
        refuse(c, &f);
}

/* A block begins at c->pc. False when it does not, after all, or not here. */
static bool arrive(struct cpu *c)
{
    struct charge *last = core_edit(c);
    struct fault f;
    bool branched = c->pc != last->end;
    c->now += branched ? last->refill : 0;
    last->refill = 0; /* it is paid, however often we come here before the block runs */
    last->block = NULL;
    last->continues = ADDR_NONE;
    if (c->now >= c->due && !core_boundary(c))
        return false;
    if (!c->t_clear && !access_runs(c, c->pc) && !access_fetch(c, c->pc, 2, &f)) {
        refuse(c, &f);
        return false;
    }
    struct block *b = block_find(c, c->pc, 0);
    bool can = b->own || is_ours(c, b) || c->pc == c->ours_at || c->debug.slow;
    if (!can && !c->t_clear && engine_runs(c, c->pc)) {
        c->own_left = 0;
        return false;
    }
    block_charge(c, b, branched, last);
    if (!c->t_clear)
        return true;
    fault_instruction(c, CFSR_INVSTATE);
    return false;
}

/* Is c->pc in the middle of the block that is charged, or of an IT block where none is? */
static bool goes_on(struct cpu *c)
{
    if (c->pc == c->last->continues && block_holds(c, c->pc)) {
        core_edit(c)->continues = ADDR_NONE;
        return true;
    }
    if (c->regs.it)
        core_edit(c)->block = NULL;
    return c->regs.it;
}

static inline void execute_register(struct cpu *c, const struct decoded *d, uint32_t next)
{
    c->regs.r[15] = c->pc + 4;
    c->pc = next;
    d->execute(c, d->w);
}

/* In an IT block: arithmetic alone is done at once, and costs what it costs when it is left out. */
static inline bool execute_conditional(struct cpu *c, const struct decoded *d, uint32_t next)
{
    uint8_t it = c->regs.it;
    if (d->insn.cls != INSN_ALU || d->insn.ends_block)
        return false;
    c->regs.it = insn_it_advance(it);
    if (!execute_holds(c->regs.apsr, it >> 4)) {
        c->pc = next;
        return true;
    }
    c->in_it = true;
    execute_register(c, d, next);
    c->in_it = false;
    return true;
}

/*
 * From c->pc on, those instructions of the charged block @b that nothing has to be asked before;
 * all of it may be executed. Returns the address behind the last one, ADDR_NONE when there was
 * none.
 */
static uint32_t execute_plain(struct cpu *c, const struct block *b)
{
    const uint64_t tag = block_tag(c, 0); /* what changes it, leaves the block */
    uint32_t from = c->pc, behind = from;
    struct fault f;
    struct decoded *d = block_decoded(c, c->pc);
    for (; d && d->plain; d = block_decoded_after(c, d, tag, behind)) {
        uint32_t next = c->pc + d->insn.bytes;
        if (c->regs.it) {
            if (!execute_conditional(c, d, next))
                break;
            behind = next;
        } else if (d->execute) {
            behind = next;
            execute_register(c, d, next);
        } else {
            behind = next;
            if (!execute_memory(c, d, true, &f))
                refuse(c, &f);
            if (c->last->block != b || c->debug.probing)
                break;
        }
        if (c->pc != next || next >= b->end)
            break;
    }
    uint32_t done = (behind - from) / 2; /* halfwords are as good as instructions */
    c->own_left -= done < c->own_left ? done : c->own_left;
    return behind != from ? behind : ADDR_NONE;
}

/* May its instructions be executed with nothing asked in between? */
static inline bool hurries(struct cpu *c, const struct block *b)
{
    if (!b || c->last->block != b || c->pc >= b->end || c->debug.probing || c->watch_left ||
        c->counted || !access_runs(c, c->pc))
        return false;
    bool one_page = (c->pc ^ (b->end - 1)) < MPU_PAGE_BYTES;
    return one_page || access_runs(c, b->end - 1);
}

/* One instruction. False when there is none to be had, or it is not to be executed now. */
__attribute__((noinline)) static bool execute_one(struct cpu *c, uint32_t *next)
{
    if (c->debug.probing && debug_probe(c))
        return false;
    const struct decoded *d = block_decoded(c, c->pc);
    if (!d) {
        execute_nothing(c);
        return false;
    }
    *next = c->pc + d->insn.bytes;
    c->own_left -= c->own_left != 0;
    execute_insn(c, d);
    return true;
}

/* The block that begins at c->pc, or what is left of the one that is charged. */
static inline void execute_block(struct cpu *c)
{
    if (!goes_on(c) && !arrive(c))
        return;
    const struct block *b = c->last->block;
    uint32_t next;
    do {
        next = hurries(c, b) ? execute_plain(c, b) : ADDR_NONE;
        if (next == ADDR_NONE && !execute_one(c, &next))
            return;
        if (c->pc != next)
            return;
        if (c->stop.kind != CPU_STOP_NONE || c->sleeping)
            return;
    } while ((c->regs.it || (b && c->last->block == b && next < b->end)) &&
             !(c->counted && c->own_left == 0 && !(b && is_ours(c, b))));
    if (c->last->block == b && block_holds(c, c->pc))
        core_edit(c)->continues = c->pc;
}

void execute_blocks(struct cpu *c)
{
    do
        execute_block(c);
    while (c->own_left && c->stop.kind == CPU_STOP_NONE && !c->sleeping);
}
