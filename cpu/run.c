/*
 * The run loop: boundaries, and what to do with each reason the engine stops for.
 */
#include "cpu/core.h"

#define OPCODE_WFI   0xBF30u
#define OPCODE_WFI_W 0xF3AF8003u

static void set_due(struct cpu *c)
{
    c->due = c->limit < c->tick.zero_at ? c->limit : c->tick.zero_at;
}

void core_look_if_needed(struct cpu *c)
{
    if (c->stop_requested || c->reset_requested || c->special || nvic_takeable(c))
        core_look(c);
    else
        set_due(c);
}

bool core_boundary(struct cpu *c)
{
    if (c->special) {
        c->special = false;
        exception_sync_special(c, c->pc);
    }
    systick_update(c);
    enum cpu_stop_kind stop = c->reset_requested   ? CPU_STOP_RESET
                              : c->stop_requested  ? CPU_STOP_REQUEST
                              : c->now >= c->limit ? CPU_STOP_LIMIT
                                                   : CPU_STOP_NONE;
    if (stop != CPU_STOP_NONE) {
        c->stop = (struct cpu_stop){.kind = stop, .pc = c->pc};
        core_edit(c)->block = NULL;
        return false;
    }
    if (exception_take_pending(c, c->pc))
        return false;
    set_due(c);
    return true;
}

void core_system_access(struct cpu *c)
{
    if (!c->touched_system)
        block_refund(c, c->pc);
    c->touched_system = true;
    c->host.sync(c->host.ctx);
    systick_update(c);
}

static void take_fetch_fault(struct cpu *c, const struct fault *f)
{
    block_refund(c, c->pc);
    fault_take(c, f, c->pc);
}

static void refused_fetch(struct cpu *c)
{
    struct fault f;
    uint16_t hw[2];
    uint32_t bytes;
    if (!block_holds(c, c->pc) && c->now >= c->due && !core_boundary(c))
        return;
    if (!access_fetch(c, c->pc, &f)) {
        take_fetch_fault(c, &f);
        return;
    }
    if (!block_read_insn(c, c->pc, hw, &bytes) || (bytes == 4 && !access_fetch(c, c->pc + 2, &f))) {
        if (!f.cfsr)
            f.cfsr = CFSR_IBUSERR;
        take_fetch_fault(c, &f);
        return;
    }
    /* The page may be all right by now: MSR and CPS take effect after the engine has asked. */
    const struct page_verdict *v = access_page(c, c->refused.page, core_priv(c));
    if (v->all >> MPU_EXEC & 1u || engine_is_stepped(c, c->refused.page))
        c->tlb_dirty = true;
    else
        engine_step_page(c, c->refused.page);
    if (block_holds(c, c->pc))
        core_edit(c)->continues = c->pc;
}

/*
 * LDRD whose first destination is its base: the engine has overwritten the base when only the
 * second word's page was refused. The second word then lies at the very start of that page, and the
 * first, just before it, is what the base now holds. (An untouched base that points into the page
 * while the word before the page happens to hold the same pointer cannot be told apart.)
 */
static void restore_dual_base(struct cpu *c, const struct insn *i)
{
    if (i->cls != INSN_LOAD_DUAL || i->rt != i->rn || i->wback || i->rn == 15)
        return;
    uint32_t rn = core_reg(c, i->rn), first;
    uint32_t before = c->refused.page - 4;
    bool touched = cpu_peek(c, before, &first, 4) && first == rn &&
                   access_page(c, before, core_priv(c))->all >> MPU_READ & 1u;
    if (touched)
        core_set_reg(c, i->rn, before - (uint32_t)i->offset);
}

static void refused_access(struct cpu *c)
{
    struct fault f;
    struct insn i;
    uint32_t at = c->pc, ipsr = c->ipsr;
    MOAT_ASSERT(block_insn(c, at, &i), "no instruction at 0x%08x", at);
    if (!insn_is_memory(i.cls)) { /* UNPREDICTABLE, and an access only to the engine */
        fault_instruction(c, CFSR_UNDEFINSTR);
        return;
    }
    restore_dual_base(c, &i);
    c->touched_system = false;
    if (!loadstore_execute(c, &i, &f)) {
        block_refund(c, at);
        fault_take(c, &f, at);
        return;
    }
    bool ran_on = c->pc == at + i.bytes && c->ipsr == ipsr;
    if (c->touched_system) {
        struct timing_pipe pipe = {.at = at};
        c->now += c->timing->cost(&pipe, &i);
        core_edit(c)->refill = (uint8_t)c->timing->refill(&pipe, &i);
        c->insns++;
        if (ran_on)
            core_edit(c)->end = c->pc;
        core_edit(c)->continues = ADDR_NONE;
        core_look(c);
        if (ran_on)
            watch_finish_it(c); /* no block begins inside an IT block */
    } else if (ran_on && block_holds(c, c->pc)) {
        core_edit(c)->continues = c->pc;
    }
}

static void wait_for_interrupt(struct cpu *c)
{
    uint32_t wide = 0;
    uint16_t hw = 0;
    cpu_peek(c, c->pc - 2, &hw, 2);
    cpu_peek(c, c->pc - 4, &wide, 4);
    MOAT_ASSERT(hw == OPCODE_WFI || (wide >> 16 | wide << 16) == OPCODE_WFI_W,
                "the engine stopped at 0x%08x for no known reason", c->pc);
    c->sleeping = true;
    c->sleeps_for_event = false;
}

static void run_engine(struct cpu *c)
{
    struct fault f;
    enum exit_kind why = engine_run(c);
    if (c->t_clear && c->stop.kind == CPU_STOP_NONE)
        return; /* whatever it was, Arm code is none of ours */
    switch (why) {
    case EXIT_WAIT:
        wait_for_interrupt(c);
        break;
    case EXIT_REFUSED_FETCH:
        refused_fetch(c);
        break;
    case EXIT_REFUSED_ACCESS:
        refused_access(c);
        break;
    case EXIT_DISTURBED:
        disturb_drop(c, c->pc);
        if (block_holds(c, c->pc))
            core_edit(c)->continues = c->pc;
        break;
    case EXIT_OWN:
        watch_execute(c);
        break;
    case EXIT_FETCH:
        if (!access_fetch(c, c->pc, &f) || !access_fetch(c, c->pc + 2, &f))
            take_fetch_fault(c, &f);
        break;
    case EXIT_WATCH:
        block_refund(c, c->pc);
        core_edit(c)->end = c->pc;
        core_edit(c)->continues = ADDR_NONE;
        c->stop = (struct cpu_stop){.kind = CPU_STOP_WATCH, .pc = c->pc};
        break;
    case EXIT_BOUNDARY:
    case EXIT_NONE:
        break;
    }
}

/* What ends WFE. Source: DDI 0403E B1.5.18. */
static bool wakes_for_event(struct cpu *c)
{
    return c->event || nvic_takeable(c);
}

/* Would an interrupt end WFI? As if PRIMASK were clear. Source: DDI 0403E B1.5.19. */
static bool wakes(struct cpu *c)
{
    if (c->sleeps_for_event)
        return wakes_for_event(c);

    uint32_t primask = c->primask;
    c->primask = 0;
    nvic_update_running(c);
    uint32_t exc = nvic_takeable(c);
    c->primask = primask;
    nvic_update_running(c);
    return exc != 0;
}

bool cpu_sleeping(struct cpu *c)
{
    return c->sleeping && !wakes(c);
}

static void doze(struct cpu *c)
{
    systick_update(c);
    if (wakes(c) || c->stop_requested) {
        if (c->sleeps_for_event && !c->stop_requested)
            c->event = false;
        c->sleeping = false;
        core_look(c);
        return;
    }
    uint64_t tick = cpu_next_event(c), next = c->limit < tick ? c->limit : tick;
    if (next != DEVICE_NEVER) /* else time stands still: the owner decides what that means */
        c->now = next > c->now ? next : c->now;
    if (c->now >= c->limit || next == DEVICE_NEVER)
        c->stop = (struct cpu_stop){.kind = CPU_STOP_LIMIT, .pc = c->pc};
}

struct cpu_stop cpu_run(struct cpu *c, uint64_t until)
{
    c->limit = until;
    if (c->stop.kind != CPU_STOP_LOCKUP)
        c->stop = (struct cpu_stop){0};
    core_look(c);
    while (c->stop.kind == CPU_STOP_NONE) {
        if (c->sleeping)
            doze(c);
        else if (c->pc != c->last->continues && c->now >= c->due && !core_boundary(c))
            continue; /* an exception was taken, or there is a stop */
        else if (c->t_clear)
            fault_instruction(c, CFSR_INVSTATE);
        else
            run_engine(c);
    }
    c->stop_requested = false;
    return c->stop;
}
