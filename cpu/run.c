/*
 * The run loop: boundaries, and what to do with each reason the engine stops for.
 */
#include "cpu/core.h"

bool core_boundary(struct cpu *c)
{
    if (c->tick.zero_at <= c->now)
        systick_update(c);
    core_set_due(c); /* first: a signal may ask for a stop meanwhile */
    enum cpu_stop_kind stop = c->reset_requested   ? CPU_STOP_RESET
                              : c->stop_requested  ? CPU_STOP_REQUEST
                              : c->now >= c->limit ? CPU_STOP_LIMIT
                                                   : CPU_STOP_NONE;
    if (stop != CPU_STOP_NONE) {
        c->stop = (struct cpu_stop){.kind = stop, .pc = c->pc};
        core_edit(c)->block = NULL;
        return false;
    }
    if (exception_take_pending(c, c->pc)) {
        c->debug.resumed = false; /* that was a step */
        return false;
    }
    return true;
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
                   access_page(c, before, MPU_READ, core_priv(c))->allow[MPU_READ] == UINT32_MAX;
    if (touched)
        core_set_reg(c, i->rn, before - (uint32_t)i->offset);
}

/* The engine may not touch that page by itself: execute.c does, if it is an access at all. */
static void refused_access(struct cpu *c)
{
    struct insn i;
    MOAT_ASSERT(block_insn(c, c->pc, &i), "no instruction at 0x%08x", c->pc);
    if (insn_is_memory(i.cls))
        restore_dual_base(c, &i);
    else /* UNPREDICTABLE, and an access only to the engine */
        fault_instruction(c, CFSR_UNDEFINSTR);
}

void core_watch_stop(struct cpu *c)
{
    block_refund(c, c->pc);
    core_edit(c)->end = c->pc;
    core_edit(c)->continues = ADDR_NONE;
    c->stop = (struct cpu_stop){.kind = CPU_STOP_WATCH, .pc = c->pc};
}

static bool can_execute(struct cpu *c)
{
    const struct decoded *d = block_decoded(c, c->pc);
    return d && execute_can(d);
}

static void run_engine(struct cpu *c)
{
    enum exit_kind why = engine_run(c);
    if (why == EXIT_INTERRUPT && engine_refused_insn(c) && can_execute(c))
        why = EXIT_INSN; /* by rules of its own: execute.c has the last word */
    bool inside = why == EXIT_INSN || why == EXIT_REFUSED_ACCESS || why == EXIT_DISTURBED;
    if (inside && block_holds(c, c->pc))
        core_edit(c)->continues = c->pc;
    c->watch_counted = inside && why != EXIT_DISTURBED && c->pc == c->watch_pc;
    if ((why != EXIT_REFUSED_ACCESS && why != EXIT_INTERRUPT) || c->more_at != c->pc)
        c->more_at = ADDR_NONE;
    c->own_left = disturb_own(c, why, OWN_INSNS);
    c->ours_at = why == EXIT_OURS ? c->pc : ADDR_NONE;
    if (why == EXIT_REFUSED_ACCESS)
        refused_access(c);
    else if (why == EXIT_INTERRUPT)
        engine_raised(c);
    else if (why == EXIT_WATCH)
        core_watch_stop(c);
    else if (why == EXIT_DISTURBED)
        disturb_drop(c, c->pc);
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
    if (debug_sleeps_at(c)) {
        c->stop = (struct cpu_stop){.kind = CPU_STOP_STEP, .pc = c->pc};
        return;
    }
    if (c->stop_requested) {
        c->stop = (struct cpu_stop){.kind = CPU_STOP_REQUEST, .pc = c->pc};
        return;
    }
    if (wakes(c)) {
        if (c->sleeps_for_event)
            c->event = false;
        c->sleeping = false;
        core_look(c);
        return;
    }
    uint64_t tick = cpu_next_event(c), next = c->limit < tick ? c->limit : tick;
    bool sought =
        c->debug.seeking && c->debug.target.insns <= c->insns && c->debug.target.cycle < next;
    next = sought ? c->debug.target.cycle : next;
    if (next != DEVICE_NEVER) /* else time stands still: the owner decides what that means */
        c->now = next > c->now ? next : c->now;
    if (!sought && (c->now >= c->limit || next == DEVICE_NEVER))
        c->stop = (struct cpu_stop){.kind = CPU_STOP_LIMIT, .pc = c->pc};
}

/* The engine executes whole pages of code, outside IT blocks, and what leaves it rarely. */
static bool engine_may(struct cpu *c)
{
    return c->own_left == 0 && !c->debug.slow && !c->regs.it && !c->t_clear &&
           engine_runs(c, c->pc);
}

struct cpu_stop cpu_run(struct cpu *c, uint64_t until)
{
    c->limit = until;
    if (c->stop.kind >= CPU_STOP_STEP) /* go on from where a debugger stopped it */
        c->debug.resumed = true;
    if (c->stop.kind != CPU_STOP_LOCKUP)
        c->stop = (struct cpu_stop){0};
    core_look(c);
    core_stay(c);
    while (c->stop.kind == CPU_STOP_NONE) {
        if (c->sleeping)
            doze(c);
        else if (engine_may(c))
            run_engine(c);
        else
            execute_blocks(c);
    }
    if (c->stop.kind == CPU_STOP_REQUEST)
        c->stop_requested = false;
    return c->stop;
}
