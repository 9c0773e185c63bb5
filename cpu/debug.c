/*
 * Breakpoints, watchpoints, steps and exact positions.
 *
 * A block that holds a breakpoint is not the engine's, nor is any while stepping; a page that holds
 * a watched byte is never filled for that kind of access. The probe then stands before each
 * instruction that is executed here.
 *
 * Source: none of Arm's for what stops; registers: DDI 0403E B1.4, B5.2.
 */
#include <string.h>

#include "cpu/core.h"

struct cpu_position cpu_position(struct cpu *c)
{
    struct block_rest rest = block_rest(c, c->pc);
    return (struct cpu_position){c->insns - rest.insns, c->now - rest.cycles};
}

bool debug_break_at(const struct cpu *c, uint32_t pc)
{
    for (size_t n = 0; n < c->debug.breaks_n; n++)
        if (c->debug.breaks[n] == pc)
            return true;
    return false;
}

static enum cpu_stop_kind reason(struct cpu *c, bool first)
{
    struct debug *d = &c->debug;
    if (d->hit_pending)
        return CPU_STOP_ACCESS;
    if (d->seeking && cpu_position_compare(cpu_position(c), d->target) >= 0)
        return CPU_STOP_STEP;
    if (first)
        return CPU_STOP_NONE;
    if (d->stepping)
        return CPU_STOP_STEP;
    return debug_break_at(c, c->pc) ? CPU_STOP_BREAK : CPU_STOP_NONE;
}

bool debug_probe(struct cpu *c)
{
    bool first = c->debug.resumed;
    c->debug.resumed = false;
    enum cpu_stop_kind kind = reason(c, first);
    if (kind == CPU_STOP_NONE)
        return false;
    c->debug.hit_pending = false;
    c->debug.stepping = c->debug.seeking = false;
    debug_update(c);
    if (block_holds(c, c->pc))
        core_edit(c)->continues = c->pc;
    c->stop = (struct cpu_stop){.kind = kind, .pc = c->pc};
    return true;
}

bool debug_sleeps_at(struct cpu *c)
{
    if (!c->debug.seeking || cpu_position_compare(cpu_position(c), c->debug.target) < 0)
        return false;
    cpu_go(c);
    return true;
}

void debug_update(struct cpu *c)
{
    struct debug *d = &c->debug;
    d->slow = d->stepping || d->seeking || d->hit_pending;
    d->probing = d->slow || d->breaks_n;
}

void cpu_step(struct cpu *c)
{
    c->debug.stepping = c->debug.resumed = true;
    debug_update(c);
}

void cpu_seek(struct cpu *c, struct cpu_position at)
{
    c->debug.seeking = true;
    c->debug.target = at;
    debug_update(c);
}

void cpu_go(struct cpu *c)
{
    c->debug.stepping = c->debug.seeking = c->debug.hit_pending = false;
    debug_update(c);
}

/* What was decoded around @pc knew of other breakpoints. The block being executed is kept aside. */
static void forget_around(struct cpu *c, uint32_t pc)
{
    const struct ram *r = bus_ram(c, pc);
    if (!r)
        return;
    if (c->last->block && c->last->block != &c->held_block) {
        c->held_block = *c->last->block;
        core_edit(c)->block = &c->held_block;
    }
    uint32_t page = (pc - r->base) / MPU_PAGE_BYTES;
    block_drop_page(c, r, page);
}

void cpu_set_breaks(struct cpu *c, const uint32_t *pcs, size_t n)
{
    for (size_t i = 0; i < c->debug.breaks_n; i++)
        forget_around(c, c->debug.breaks[i]);
    c->debug.breaks = realloc(c->debug.breaks, (n + 1) * sizeof *pcs);
    MOAT_ASSERT(c->debug.breaks, "no memory");
    c->debug.breaks_n = n;
    for (size_t i = 0; i < n; i++) {
        c->debug.breaks[i] = pcs[i] & ~1u;
        forget_around(c, pcs[i]);
    }
    debug_update(c);
}

/* ---- Watchpoints. ---- */

static void hit(struct cpu *c)
{
    c->debug.hit_pending = true;
    c->debug.resumed = false;
    debug_update(c);
}

void cpu_set_watchpoints(struct cpu *c, const struct cpu_watchpoint *w, size_t n)
{
    MOAT_ASSERT(n <= CPU_WATCHPOINTS_MAX, "%zu watchpoints", n);
    memcpy(c->debug.watch, w, n * sizeof *w);
    c->debug.watch_n = n;
    memset(c->pages, 0, sizeof c->pages);
    c->tlb_dirty = true;
}

void cpu_watch_mpu(struct cpu *c, bool on)
{
    c->debug.watch_mpu = on;
}

void debug_mpu_changed(struct cpu *c)
{
    if (!c->debug.watch_mpu || c->debug.hit_pending)
        return;
    c->debug.hit = (struct cpu_hit){.pc = c->pc, .write = true, .cycle = c->now};
    hit(c);
}

static bool overlaps(const struct cpu_watchpoint *w, uint32_t addr, uint32_t bytes)
{
    return addr - w->addr < w->bytes || w->addr - addr < bytes;
}

bool debug_watches_page(const struct cpu *c, uint32_t page, bool write)
{
    for (size_t n = 0; n < c->debug.watch_n; n++) {
        const struct cpu_watchpoint *w = &c->debug.watch[n];
        if ((write ? w->write : w->read) && overlaps(w, page, MPU_PAGE_BYTES))
            return true;
        for (uint32_t i = 0; i < c->bus.rams; i++) { /* at each alias */
            const struct ram *r = &c->bus.ram[i], *of = bus_ram(c, w->addr);
            struct cpu_watchpoint there = *w;
            if (!of || r->code != of->code)
                continue;
            there.addr = r->base + (w->addr - of->base);
            if ((write ? w->write : w->read) && overlaps(&there, page, MPU_PAGE_BYTES))
                return true;
        }
    }
    return false;
}

void debug_touch(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t val)
{
    struct debug *d = &c->debug;
    for (size_t n = 0; n < d->watch_n && !d->hit_pending; n++) {
        if (!(write ? d->watch[n].write : d->watch[n].read) || !overlaps(&d->watch[n], addr, bytes))
            continue;
        uint32_t before = 0;
        cpu_peek(c, addr, &before, bytes);
        d->hit = (struct cpu_hit){.pc = c->pc,
                                  .addr = addr,
                                  .bytes = bytes,
                                  .write = write,
                                  .before = before,
                                  .after = write ? val : before,
                                  .cycle = c->now};
        hit(c);
    }
}

const struct cpu_hit *cpu_hit(const struct cpu *c)
{
    return &c->debug.hit;
}

/* ---- Registers by name. ---- */

static const uint8_t sysm[CPU_SPECIAL_COUNT] = {
    [CPU_MSP] = SYSM_MSP,         [CPU_PSP] = SYSM_PSP,         [CPU_PRIMASK] = SYSM_PRIMASK,
    [CPU_BASEPRI] = SYSM_BASEPRI, [CPU_CONTROL] = SYSM_CONTROL, [CPU_FAULTMASK] = SYSM_FAULTMASK,
    [CPU_MSPLIM] = SYSM_MSPLIM,   [CPU_PSPLIM] = SYSM_PSPLIM,
};

uint32_t cpu_special(const struct cpu *c, enum cpu_special which)
{
    switch (which) {
    case CPU_XPSR:
        return core_xpsr(c) & ~(c->t_clear ? XPSR_T : 0);
    case CPU_FPSCR:
        return c->config.fpu ? engine_reg(c, UC_ARM_REG_FPSCR) : 0;
    case CPU_MSP:
    case CPU_PSP:
        return (which == CPU_PSP) == c->on_psp ? c->regs.r[13] : c->regs.other_sp;
    case CPU_PRIMASK:
        return c->primask;
    case CPU_BASEPRI:
        return c->basepri;
    case CPU_FAULTMASK:
        return c->faultmask;
    case CPU_CONTROL:
        return c->control;
    case CPU_MSPLIM:
        return c->msplim;
    case CPU_PSPLIM:
        return c->psplim;
    case CPU_SPECIAL_COUNT:
        break;
    }
    return 0;
}

void cpu_set_special(struct cpu *c, enum cpu_special which, uint32_t value)
{
    if (which == CPU_XPSR) {
        core_set_xpsr(c, value);
    } else if (which == CPU_FPSCR) {
        if (c->config.fpu)
            engine_set_reg(c, UC_ARM_REG_FPSCR, value);
    } else {
        bool priv = c->priv;
        c->priv = true; /* a debugger may do what privileged code may */
        special_write(c, sysm[which], 0, value);
        c->priv = which == CPU_CONTROL ? c->ipsr != 0 || !(c->control & CONTROL_NPRIV) : priv;
    }
    core_look(c);
}

void cpu_set_fp_reg(struct cpu *c, uint32_t n, uint32_t value)
{
    if (c->config.fpu)
        engine_set_reg(c, UC_ARM_REG_S0 + (int)n, value);
}

static void mpu_was_written(struct cpu *c)
{
    core_mpu_changed(c);
    exception_priority_changed(c);
}

void cpu_set_region(struct cpu *c, uint32_t n, uint32_t rbar, uint32_t rasr)
{
    uint32_t rnr = c->mpu.rnr;
    bool v8 = c->mpu.arch == MPU_PMSAV8; /* there, bit 4 is no VALID */
    mpu_write(&c->mpu, MPU_RNR, n);
    mpu_write(&c->mpu, MPU_RASR, 0); /* off while its base changes */
    mpu_write(&c->mpu, MPU_RBAR, v8 ? rbar : rbar & ~MPU_RBAR_VALID);
    mpu_write(&c->mpu, MPU_RASR, rasr);
    mpu_write(&c->mpu, MPU_RNR, rnr);
    mpu_was_written(c);
}

void cpu_hold_mpu_off(struct cpu *c, bool hold)
{
    c->mpu_held_off = hold;
    mpu_write(&c->mpu, MPU_CTRL, c->mpu.ctrl & ~MPU_CTRL_ENABLE);
    mpu_was_written(c);
}

void cpu_disown(struct cpu *c)
{
    block_refund(c, c->pc);
    block_left(c);
}

bool cpu_peek_system(struct cpu *c, uint32_t addr, uint32_t *out)
{
    if (addr < SCS_BASE || addr - SCS_BASE >= SCS_WORDS * 4)
        return false;
    struct systick tick = c->tick; /* reading SYST_CSR clears COUNTFLAG: DDI 0403E B3.3.3 */
    *out = scs_read(c, addr, 4);
    c->tick = tick;
    return true;
}

struct cpu_exception_state cpu_exception_state(const struct cpu *c, uint32_t exception)
{
    return (struct cpu_exception_state){.pending = exc_in(&c->nvic.pending, exception),
                                        .active = exc_in(&c->nvic.active, exception),
                                        .enabled = exc_in(&c->nvic.enabled, exception),
                                        .line = exc_in(&c->nvic.line, exception),
                                        .priority = nvic_priority(c, exception)};
}

const struct cpu_config *cpu_config(const struct cpu *c)
{
    return &c->config;
}
