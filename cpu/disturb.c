/*
 * Ways to disturb a run that nothing of it may show: for tests of DESIGN's "Time".
 *
 * The hook comes before all others on instructions, which then see each instruction once.
 *
 * Source: none of Arm's; DESIGN, section 4.
 */
#include "cpu/core.h"

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 16;
}

static void on_disturbed(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    struct cpu_disturbance *d = &c->disturbance;
    uint32_t pc = (uint32_t)address;
    (void)uc;
    (void)size;
    bool again = c->disturbed_at == pc;
    c->disturbed_at = ADDR_NONE;
    if (c->exit != EXIT_NONE || c->alone || again || block_is_conditional(c, pc) ||
        next_random(&d->seed) % d->leave_one_in)
        return;
    c->disturbed_at = pc;
    engine_leave(c, EXIT_DISTURBED, pc);
}

void cpu_disturb(struct cpu *c, const struct cpu_disturbance *d)
{
    MOAT_ASSERT(!c->watched_n, "the run has begun");
    c->disturbance = *d;
    c->disturbed = d->own_most || d->leave_one_in;
    c->counted = c->disturbed && d->own_most != CPU_OWN_ALL;
    c->disturbance.seed |= 1u;
    c->disturbed_at = ADDR_NONE;
    if (d->leave_one_in)
        engine_add_hook(c, UC_HOOK_CODE, (void *)on_disturbed, 1, 0);
}

void disturb_drop(struct cpu *c, uint32_t pc)
{
    struct cpu_disturbance *d = &c->disturbance;
    if (d->drop_one_in && next_random(&d->seed) % d->drop_one_in == 0)
        engine_retranslate(c, pc);
}

uint32_t disturb_own(struct cpu *c, enum exit_kind why, uint32_t usual)
{
    struct cpu_disturbance *d = &c->disturbance;
    bool must = why != EXIT_DISTURBED && why != EXIT_NONE; /* the engine has left it to us */
    if (d->own_most == CPU_OWN_ALL)
        return UINT32_MAX;
    if (d->own_most)
        return must + (uint32_t)(next_random(&d->seed) % d->own_most);
    return d->leave_one_in ? must : usual;
}
