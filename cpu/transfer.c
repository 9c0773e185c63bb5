/*
 * Registers and modes: to the engine before it runs, and back when it stops.
 *
 * The engine lets modes be changed as a guest may change them: SPSEL in Thread mode alone, and all
 * but the flags by privileged code. Writing xPSR chooses the stack that R13 is; what the engine
 * remembers of the mode is made anew when the flags are written, which come last. GE is written
 * with them alone.
 *
 * Source: DDI 0403E B1.4 (registers).
 */
#include <string.h>

#include "cpu/core.h"

#define CORE_REGS 16

static const int core_regs[CORE_REGS] = {
    UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2, UC_ARM_REG_R3,  UC_ARM_REG_R4,  UC_ARM_REG_R5,
    UC_ARM_REG_R6,  UC_ARM_REG_R7, UC_ARM_REG_R8, UC_ARM_REG_R9,  UC_ARM_REG_R10, UC_ARM_REG_R11,
    UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_XPSR};

uint32_t engine_core_reg(const struct cpu *c, uint32_t n)
{
    return engine_reg(c, core_regs[n]);
}

void transfer_forget(struct cpu *c)
{
    c->engine.control = UINT32_MAX;
}

static void set_modes(struct cpu *c, const struct engine_state *to)
{
    uint32_t msp = c->on_psp ? c->regs.other_sp : c->regs.r[13];
    uint32_t psp = c->on_psp ? c->regs.r[13] : c->regs.other_sp;
    uint32_t secure = core_v8m(c) && (to->control & CONTROL_FPCA) ? CONTROL_SFPA : 0;
    const struct {
        int reg;
        uint32_t value;
    } writes[] = {
        {UC_ARM_REG_XPSR, XPSR_T | EXC_HARDFAULT}, /* privileged, from any state */
        {UC_ARM_REG_CONTROL, 0},
        {UC_ARM_REG_XPSR, XPSR_T}, /* Thread mode: SPSEL may be written */
        {UC_ARM_REG_CONTROL, 0},
        {UC_ARM_REG_MSP, msp},
        {UC_ARM_REG_PSP, psp},
        {UC_ARM_REG_PRIMASK, to->primask},
        {UC_ARM_REG_BASEPRI, to->basepri},
        {UC_ARM_REG_FAULTMASK, to->faultmask},
        {UC_ARM_REG_CONTROL, to->control | secure},
        {UC_ARM_REG_XPSR, XPSR_T | to->ipsr},
    };
    for (size_t n = 0; n < sizeof writes / sizeof *writes; n++)
        engine_set_reg(c, writes[n].reg, writes[n].value);
    c->engine = *to;
}

void transfer_to_engine(struct cpu *c)
{
    const struct engine_state now = {c->ipsr,    c->control,   c->primask,
                                     c->basepri, c->faultmask, c->regs.other_sp};
    uint32_t xpsr = core_xpsr(c);
    void *at[CORE_REGS];
    if (memcmp(&now, &c->engine, sizeof now) != 0)
        set_modes(c, &now);
    for (int n = 0; n < CORE_REGS - 1; n++)
        at[n] = &c->regs.r[n];
    at[CORE_REGS - 1] = &xpsr;
    uc_reg_write_batch(c->uc, (int *)core_regs, at, CORE_REGS);
    if (c->traits->has_dsp)
        engine_set_reg(c, UC_ARM_REG_APSR_NZCVQG, xpsr);
    engine_set_reg(c, UC_ARM_REG_APSR_NZCV, xpsr);
}

bool transfer_from_engine(struct cpu *c)
{
    uint32_t xpsr;
    void *at[CORE_REGS];
    for (int n = 0; n < CORE_REGS - 1; n++)
        at[n] = &c->regs.r[n];
    at[CORE_REGS - 1] = &xpsr;
    uc_reg_read_batch(c->uc, (int *)core_regs, at, CORE_REGS);
    core_set_xpsr(c, xpsr);
    return xpsr & XPSR_T;
}
