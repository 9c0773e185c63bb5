/*
 * The core as its owner sees it: made, reset, asked.
 */
#include <stdio.h>
#include <string.h>

#include "cpu/core.h"

void cpu_reset(struct cpu *c)
{
    uint32_t sp = 0, pc = 0;
    uint8_t from = exception_state(c);
    c->ipsr = c->control = c->primask = c->basepri = c->faultmask = 0;
    core_mode_changed(c);
    transfer_forget(c);
    bool limited = c->msplim || c->psplim;
    c->msplim = c->psplim = 0;
    if (limited)
        engine_set_limits(c);
    c->regs = (struct regs){.r[14] = UINT32_MAX};
    c->negative = c->t_clear = c->sleeping = c->reset_requested = false;
    c->event = false;
    c->monitor_open = false;
    core_edit(c)->block = NULL;
    core_edit(c)->continues = ADDR_NONE;
    c->stop = (struct cpu_stop){0};
    mpu_reset(&c->mpu, c->traits->mpu, c->config.mpu_regions);
    core_mpu_changed(c);
    scs_reset(c);
    itm_reset(c);
    fetch_reset(c);
    fpu_reset(c);
    nvic_reset(c);
    systick_reset(c);
    exception_priority_changed(c);
    c->tlb_dirty = true;
    bool readable = access_vector(c, c->scb.vtor, &sp) && access_vector(c, c->scb.vtor + 4, &pc);
    core_set_reg(c, 13, sp & ~3u);
    c->pc = pc & ~1u;
    c->t_clear = readable && !(pc & 1u);
    core_edit(c)->end = c->pc;
    core_look(c);
    struct cpu_event e = {.kind = CPU_EVENT_RESET,
                          .cycle = c->now,
                          .state = exception_state(c),
                          .from = from,
                          .pc = c->pc,
                          .sp = sp};
    c->host.event(c->host.ctx, &e);
}

struct cpu *cpu_new(const struct cpu_config *config, const struct cpu_host *host,
                    struct moat_error *err)
{
    unsigned major, minor;
    uc_version(&major, &minor);
    if (major != 2 || minor < 1) {
        moat_fail(err, MOAT_EINPUT, "Unicorn %u.%u is too old: 2.1 is needed", major, minor);
        return NULL;
    }
    struct cpu *c = calloc(1, sizeof *c);
    MOAT_ASSERT(c, "no memory");
    c->config = *config;
    c->traits = cpu_traits(config->model);
    c->timing = timing_of(config->model);
    c->host = *host;
    c->forced_page = ADDR_NONE;
    c->code_generation = 1;
    c->last = &c->edited;
    mpu_reset(&c->mpu, c->traits->mpu, c->config.mpu_regions); /* what reset does not find out */
    scs_open(c);
    c->edited.continues = ADDR_NONE;
    for (size_t i = 0; i < sizeof c->blocks / sizeof *c->blocks; i++)
        c->blocks[i].key = BLOCK_NONE;
    for (uint32_t key = 0; key < 2u << BLOCKS_LOG2; key++)
        block_charge_slot(c, key)->pc = ADDR_NONE;
    if (engine_open(c, err) < 0) {
        free(c);
        return NULL;
    }
    return c;
}

void cpu_free(struct cpu *c)
{
    if (!c)
        return;
    uc_close(c->uc);
    for (uint32_t i = 0; i < c->bus.rams; i++)
        if (c->bus.ram[i].engine_addr == c->bus.ram[i].base) {
            free(c->bus.ram[i].code);
            free(c->bus.ram[i].begun);
            free(c->bus.ram[i].dirty);
        }
    free(c->watched);
    free(c->debug.breaks);
    free(c);
}

void cpu_watch(struct cpu *c, uint32_t pc, uint64_t nth)
{
    MOAT_ASSERT(!c->watch_left && nth, "one watch at a time");
    c->watch_left = nth;
    c->watch_pc = pc & ~1u;
    engine_watch(c, pc & ~1u);
}

void cpu_limit(struct cpu *c, uint64_t when)
{
    c->limit = when < c->limit ? when : c->limit;
    c->due = when < c->due ? when : c->due;
}

void cpu_request_stop(struct cpu *c)
{
    c->stop_requested = true;
    core_look(c);
}

const uint64_t *cpu_now(const struct cpu *c)
{
    return &c->now;
}

uint64_t cpu_insns(const struct cpu *c)
{
    return c->insns;
}

uint64_t cpu_next_event(const struct cpu *c)
{
    return systick_interrupts(c) ? c->tick.zero_at : DEVICE_NEVER;
}

uint32_t cpu_reg(const struct cpu *c, uint32_t n)
{
    return n == 15 ? c->pc : core_reg(c, n);
}

void cpu_set_reg(struct cpu *c, uint32_t n, uint32_t value)
{
    if (n == 15)
        c->pc = value & ~1u;
    else
        core_set_reg(c, n, value);
}

bool cpu_stop_requested(const struct cpu *c)
{
    return c->stop_requested;
}

void cpu_skip(struct cpu *c)
{
    c->pc += 2;
    c->regs.it = insn_it_advance(c->regs.it);
    core_edit(c)->end = c->pc;
}

uint8_t cpu_state(const struct cpu *c)
{
    return exception_state(c);
}

const struct mpu *cpu_mpu(const struct cpu *c)
{
    return &c->mpu;
}

const char *cpu_engine_version(void)
{
    static char text[32];
    unsigned v = uc_version(NULL, NULL);
    snprintf(text, sizeof text, "%u.%u.%u", v >> 24, v >> 16 & 0xFFu, v >> 8 & 0xFFu);
    return text;
}
