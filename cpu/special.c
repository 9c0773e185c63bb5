/*
 * The special registers of MRS, MSR and CPS.
 *
 * Source: DDI 0403E B5.2.2 (MRS), B5.2.3 (MSR), B5.2.1 (CPS), B1.4; DDI 0419 B5.2; DDI 0553 C2.4,
 * B3.9 (stack limits).
 */
#include "cpu/core.h"

#define APSR_NZCVQ 0xF8000000u
#define APSR_GE    0x000F0000u
#define FIELD_G    1u /* of MSR's mask */
#define FIELD_NZ   2u

static bool is_psr(uint32_t sysm)
{
    return sysm < SYSM_MSP;
}

/* xPSR and its parts: bit 0 asks for IPSR, bit 2 leaves out APSR; EPSR reads as zero. */
static uint32_t read_psr(const struct cpu *c, uint32_t sysm)
{
    return (sysm & 4u ? 0 : c->regs.apsr) | (sysm & 1u && core_priv(c) ? c->ipsr : 0);
}

uint32_t special_read(const struct cpu *c, uint32_t sysm)
{
    if (is_psr(sysm))
        return read_psr(c, sysm);
    if (sysm == SYSM_CONTROL)
        return c->control;
    if (!core_priv(c))
        return 0;
    switch (sysm) {
    case SYSM_MSP:
    case SYSM_PSP:
        return (sysm == SYSM_PSP) == c->on_psp ? c->regs.r[13] : c->regs.other_sp;
    case SYSM_MSPLIM:
        return c->msplim;
    case SYSM_PSPLIM:
        return c->psplim;
    case SYSM_PRIMASK:
        return c->primask;
    case SYSM_BASEPRI:
    case SYSM_BASEPRI_MAX:
        return c->basepri;
    case SYSM_FAULTMASK:
        return c->faultmask;
    }
    return 0;
}

static void write_apsr(struct cpu *c, uint32_t fields, uint32_t val)
{
    uint32_t mask = (fields & FIELD_NZ || core_v6m(c) ? APSR_NZCVQ : 0) |
                    (fields & FIELD_G && c->traits->has_dsp ? APSR_GE : 0);
    if (core_v6m(c))
        mask &= 0xF0000000u; /* no Q */
    c->regs.apsr = (c->regs.apsr & ~mask) | (val & mask);
}

static void write_control(struct cpu *c, uint32_t val)
{
    uint32_t old = c->control, mask = c->traits->has_user ? CONTROL_NPRIV : 0;
    uint8_t from = exception_state(c);
    if (!c->ipsr || core_v8m(c))
        mask |= CONTROL_SPSEL;
    if (c->config.fpu)
        mask |= CONTROL_FPCA;
    c->control = (old & ~mask) | (val & mask);
    core_mode_changed(c);
    exception_control_changed(c, old, from, c->pc);
}

/* BASEPRI_MAX only raises the priority. */
static void write_basepri(struct cpu *c, uint32_t val, bool raise_only)
{
    val &= 0xFFu << (8 - c->config.prio_bits) & 0xFFu;
    if (!raise_only || (val && (!c->basepri || val < c->basepri)))
        c->basepri = val;
}

/* FAULTMASK can be set only above priority -1. */
static void write_faultmask(struct cpu *c, uint32_t val)
{
    if (!(val & 1u) || c->running > -1)
        c->faultmask = val & 1u;
}

/* The engine checks the limits of the code that it executes. */
static void write_limit(struct cpu *c, uint32_t sysm, uint32_t val)
{
    uint32_t r0 = c->regs.r[0];
    *(sysm == SYSM_MSPLIM ? &c->msplim : &c->psplim) = val & ~7u;
    c->regs.r[0] = val;
    engine_alone(c, 0xF3808800u | sysm, 4); /* MSR MSPLIM or PSPLIM, R0 */
    c->regs.r[0] = r0;
}

void special_write(struct cpu *c, uint32_t sysm, uint32_t fields, uint32_t val)
{
    if (is_psr(sysm) && !(sysm & 4u))
        write_apsr(c, fields, val);
    if (is_psr(sysm) || !core_priv(c))
        return;
    switch (sysm) {
    case SYSM_MSP:
    case SYSM_PSP:
        *core_stack(c, sysm == SYSM_PSP) = val & ~3u;
        return;
    case SYSM_MSPLIM:
    case SYSM_PSPLIM:
        if (core_v8m(c))
            write_limit(c, sysm, val);
        return;
    case SYSM_CONTROL:
        write_control(c, val);
        break;
    case SYSM_PRIMASK:
        c->primask = val & 1u;
        break;
    case SYSM_BASEPRI:
    case SYSM_BASEPRI_MAX:
        if (!core_v6m(c))
            write_basepri(c, val, sysm == SYSM_BASEPRI_MAX);
        break;
    case SYSM_FAULTMASK:
        if (!core_v6m(c))
            write_faultmask(c, val);
        break;
    default:
        return;
    }
    exception_priority_changed(c);
    core_look(c);
}

/* Bit 4 disables; bit 1 is PRIMASK, bit 0 FAULTMASK. */
void special_cps(struct cpu *c, uint32_t how)
{
    uint32_t disable = how >> 4 & 1u;
    if (how & 2u)
        special_write(c, SYSM_PRIMASK, 0, disable);
    if (how & 1u)
        special_write(c, SYSM_FAULTMASK, 0, disable);
}
