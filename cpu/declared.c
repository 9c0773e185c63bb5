/*
 * The declared state of the core: what saving, comparing and naming it go by.
 *
 * Only what decides the future is declared. What is kept to be quick (blocks, pages, what the
 * engine was told) follows from it. At a boundary no block is being executed; of the last one only
 * where it ended and what leaving it costs is left.
 *
 * Source: DDI 0403E B1.4, B3.2 to B3.5 (the registers).
 */
#include "cpu/core.h"

#include <string.h>

#define ROW(title, member)                                                     \
    {                                                                          \
        title, offsetof(struct cpu, member), sizeof(((struct cpu *)0)->member) \
    }
#define MEMBER(member) ROW(#member, member)

// clang-format off
static const struct state_field fields[] = {
    ROW("r0", regs.r[0]), ROW("r1", regs.r[1]), ROW("r2", regs.r[2]), ROW("r3", regs.r[3]),
    ROW("r4", regs.r[4]), ROW("r5", regs.r[5]), ROW("r6", regs.r[6]), ROW("r7", regs.r[7]),
    ROW("r8", regs.r[8]), ROW("r9", regs.r[9]), ROW("r10", regs.r[10]), ROW("r11", regs.r[11]),
    ROW("r12", regs.r[12]), ROW("sp", regs.r[13]), ROW("lr", regs.r[14]), MEMBER(pc),
    ROW("sp of the other stack", regs.other_sp), ROW("apsr", regs.apsr), ROW("itstate", regs.it),
    MEMBER(ipsr), MEMBER(control), MEMBER(primask), MEMBER(basepri), MEMBER(faultmask),
    MEMBER(msplim), MEMBER(psplim), MEMBER(t_clear),
    ROW("s0..s31", fp.s), ROW("fpscr", fp.fpscr),
    MEMBER(now), MEMBER(insns),
    MEMBER(sleeping), MEMBER(sleeps_for_event), ROW("event register", event),
    ROW("exclusive monitor", monitor_open),
    ROW("mpu_ctrl", mpu.ctrl), ROW("mpu_rnr", mpu.rnr), ROW("mpu_rbar", mpu.rbar),
    ROW("mpu_rasr", mpu.rasr), ROW("mpu_mair", mpu.mair), ROW("mpu held off", mpu_held_off),
    ROW("nvic pending", nvic.pending), ROW("nvic enabled", nvic.enabled),
    ROW("nvic active", nvic.active), ROW("nvic lines", nvic.line), ROW("nvic priorities", nvic.prio),
    ROW("vtor", scb.vtor), ROW("aircr", scb.aircr), ROW("scr", scb.scr), ROW("ccr", scb.ccr),
    ROW("cfsr", scb.cfsr), ROW("hfsr", scb.hfsr), ROW("dfsr", scb.dfsr), ROW("mmfar", scb.mmfar),
    ROW("bfar", scb.bfar), ROW("cpacr", scb.cpacr), ROW("demcr", scb.demcr),
    ROW("fpccr", scb.fpccr), ROW("fpcar", scb.fpcar), ROW("fpdscr", scb.fpdscr),
    ROW("itm_ter", scb.itm_ter), ROW("itm_tpr", scb.itm_tpr), ROW("itm_tcr", scb.itm_tcr),
    ROW("dwt_ctrl", scb.dwt_ctrl), ROW("dwt_cyccnt base", scb.dwt_base),
    ROW("dwt_cyccnt held", scb.dwt_held),
    ROW("syst_csr", tick.ctrl), ROW("syst_csr.countflag", tick.countflag),
    ROW("syst_rvr", tick.load), ROW("syst_cvr held", tick.held),
    ROW("syst_cvr is 0 at", tick.zero_at), ROW("syst_cvr reloads at", tick.reload_at),
    ROW("flash line", fetch.line), ROW("flash lines", fetch.lines),
    ROW("branch counters", fetch.counts), ROW("branch targets", fetch.targets),
    ROW("last block's kind of end", fetch.ends), ROW("last block's end for prediction", fetch.after),
    ROW("last block's end", edited.end), ROW("last block's refill", edited.refill),
    {0},
};
// clang-format on

#define S_REGS 32u

const struct state_field *cpu_state_fields(void)
{
    return fields;
}

void *cpu_state_base(struct cpu *c)
{
    return c;
}

void cpu_state_collect(struct cpu *c)
{
    struct charge *last = core_edit(c);
    last->block = NULL;
    last->continues = ADDR_NONE;
    for (uint32_t s = 0; c->config.fpu && s < S_REGS; s++)
        c->fp.s[s] = engine_reg(c, UC_ARM_REG_S0 + (int)s);
    if (c->config.fpu)
        c->fp.fpscr = engine_reg(c, UC_ARM_REG_FPSCR);
}

static void give_engine_its_part(struct cpu *c)
{
    for (uint32_t s = 0; c->config.fpu && s < S_REGS; s++)
        engine_set_reg(c, UC_ARM_REG_S0 + (int)s, c->fp.s[s]);
    if (c->config.fpu)
        engine_set_reg(c, UC_ARM_REG_FPSCR, c->fp.fpscr);
    transfer_forget(c);
    if (core_v8m(c))
        engine_set_limits(c);
}

void cpu_state_restored(struct cpu *c)
{
    c->last = &c->edited;
    c->edited.block = NULL;
    c->edited.continues = ADDR_NONE;
    c->edited.pc = ADDR_NONE;
    c->priv = c->ipsr != 0 || !(c->control & CONTROL_NPRIV);
    c->on_psp = !c->ipsr && (c->control & CONTROL_SPSEL);
    c->more_at = c->ours_at = c->disturbed_at = ADDR_NONE;
    c->ran = 0;
    c->stop = (struct cpu_stop){0};
    c->stop_requested = c->reset_requested = false;
    c->debug.hit_pending = false;
    exception_priority_changed(c);
    core_mpu_changed(c);
    c->page_view = VIEW_NONE;
    c->tlb_dirty = true;
    give_engine_its_part(c);
    core_look(c);
}

uint32_t cpu_memories(const struct cpu *c, struct cpu_memory *out, uint32_t cap)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->bus.rams; i++) {
        const struct ram *r = &c->bus.ram[i];
        if (r->engine_addr != r->base)
            continue;
        MOAT_ASSERT(n < cap, "%u memories", n);
        out[n++] = (struct cpu_memory){r->base, r->bytes, r->mem, r->dirty};
    }
    return n;
}

void cpu_clean(struct cpu *c)
{
    for (uint32_t i = 0; i < c->bus.rams; i++)
        memset(c->bus.ram[i].dirty, 0, c->bus.ram[i].bytes / MPU_PAGE_BYTES);
    c->tlb_dirty = true; /* the engine asks again before it writes */
}
