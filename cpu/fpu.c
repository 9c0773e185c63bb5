/*
 * The FP context: who may use it, its part of exception frames, lazy stacking.
 *
 * The engine executes FP instructions and holds S0 to S31 and FPSCR. It knows nothing of CPACR or
 * lazy stacking: a block that holds FP instructions is the engine's only when fpu_ready().
 *
 * Source: DDI 0403E B1.5.7 (stacking), B3.2.20 (CPACR), B3.2.21 to B3.2.23 (FPCCR, FPCAR, FPDSCR);
 * pseudocode ExecuteFPCheck(), PreserveFPState().
 * Deviation: a fault of the lazy save escalates by the priorities as they are then, not by FPCCR's
 * RDY bits.
 */
#include "cpu/core.h"

#define FPCCR_ASPEN    (1u << 31)
#define FPCCR_LSPEN    (1u << 30)
#define FPCCR_MONRDY   (1u << 8)
#define FPCCR_BFRDY    (1u << 6)
#define FPCCR_MMRDY    (1u << 5)
#define FPCCR_HFRDY    (1u << 4)
#define FPCCR_THREAD   (1u << 3)
#define FPCCR_USER     (1u << 1)
#define FPCCR_LSPACT   (1u << 0)
#define FPCCR_SETTINGS (FPCCR_ASPEN | FPCCR_LSPEN)
#define CPACR_CP10_POS 20
#define FRAME_REGS     16u
#define FRAME_FPSCR    16u
#define FRAME_WORDS    17u /* the 18th is reserved: never written */
#define S_REGS         32u

void fpu_reset(struct cpu *c)
{
    if (!c->config.fpu)
        return;
    c->scb.fpccr = FPCCR_SETTINGS;
    for (uint32_t s = 0; s < S_REGS; s++)
        engine_set_reg(c, UC_ARM_REG_S0 + (int)s, 0);
    engine_set_reg(c, UC_ARM_REG_FPSCR, 0);
}

bool fpu_enabled(const struct cpu *c, bool priv)
{
    uint32_t access = c->scb.cpacr >> CPACR_CP10_POS & 3u;
    return c->config.fpu && (access == 3 || (access == 1 && priv));
}

bool fpu_ready(const struct cpu *c)
{
    bool context = (c->control & CONTROL_FPCA) || !(c->scb.fpccr & FPCCR_ASPEN);
    return fpu_enabled(c, core_priv(c)) && context && !(c->scb.fpccr & FPCCR_LSPACT);
}

void fpu_set_active(struct cpu *c, bool on)
{
    if (c->config.fpu)
        c->control = on ? c->control | CONTROL_FPCA : c->control & ~CONTROL_FPCA;
}

static void read_context(const struct cpu *c, uint32_t words[FRAME_WORDS])
{
    for (uint32_t s = 0; s < FRAME_REGS; s++)
        words[s] = engine_reg(c, UC_ARM_REG_S0 + (int)s);
    words[FRAME_FPSCR] = engine_reg(c, UC_ARM_REG_FPSCR);
}

static bool save(struct cpu *c, uint32_t at, bool priv, struct fault *f)
{
    uint32_t words[FRAME_WORDS];
    read_context(c, words);
    return access_frame(c, at, words, FRAME_WORDS, priv, CPU_ACCESS_STACKING, f);
}

static void new_context(struct cpu *c)
{
    if ((c->control & CONTROL_FPCA) || !(c->scb.fpccr & FPCCR_ASPEN))
        return;
    fpu_set_active(c, true);
    engine_set_reg(c, UC_ARM_REG_FPSCR, c->scb.fpdscr);
}

bool fpu_prepare(struct cpu *c, struct fault *f)
{
    *f = (struct fault){.cfsr = CFSR_NOCP, .priv = core_priv(c)};
    if (!fpu_enabled(c, core_priv(c)))
        return false;
    if (c->scb.fpccr & FPCCR_LSPACT) {
        bool user = c->scb.fpccr & FPCCR_USER;
        if (!save(c, c->scb.fpcar, !user, f)) {
            f->cfsr = f->cfsr & (CFSR_MSTKERR | CFSR_MLSPERR) ? CFSR_MLSPERR : CFSR_LSPERR;
            return false;
        }
        c->now += c->timing->lazy_save;
        c->scb.fpccr &= ~FPCCR_LSPACT;
    }
    new_context(c);
    return true;
}

/* Which faults of the lazy save could be taken as themselves, for the handler that will look. */
static uint32_t ready_bits(const struct cpu *c)
{
    uint32_t bits = c->running > -1 ? FPCCR_HFRDY : 0;
    static const struct {
        uint32_t exc, bit;
    } each[] = {
        {EXC_MEMMANAGE, FPCCR_MMRDY}, {EXC_BUSFAULT, FPCCR_BFRDY}, {EXC_DEBUGMON, FPCCR_MONRDY}};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (nvic_enabled(c, each[i].exc) && nvic_group_priority(c, each[i].exc) < c->running)
            bits |= each[i].bit;
    return bits;
}

/* CheckVFPEnabled() of PushStack() and PopStack(). */
static bool may_move(const struct cpu *c, bool priv, struct fault *f)
{
    *f = (struct fault){.cfsr = CFSR_NOCP, .priv = priv};
    return fpu_enabled(c, priv);
}

bool fpu_push(struct cpu *c, uint32_t sp, bool priv, struct fault *f)
{
    if (!(c->scb.fpccr & FPCCR_LSPEN)) {
        c->now += c->timing->fp_frame;
        if (!may_move(c, priv, f) || !save(c, sp, priv, f))
            return false;
        engine_set_reg(c, UC_ARM_REG_FPSCR, c->scb.fpdscr);
        return true;
    }
    c->scb.fpcar = sp & ~7u;
    c->scb.fpccr = (c->scb.fpccr & FPCCR_SETTINGS) | FPCCR_LSPACT | ready_bits(c) |
                   (priv ? 0 : FPCCR_USER) | (c->ipsr ? 0 : FPCCR_THREAD);
    return true;
}

bool fpu_pop(struct cpu *c, uint32_t sp, bool priv, struct fault *f)
{
    uint32_t words[FRAME_WORDS];
    if (c->scb.fpccr & FPCCR_LSPACT) { /* never saved: the registers are still the thread's */
        c->scb.fpccr &= ~FPCCR_LSPACT;
        return true;
    }
    c->now += c->timing->fp_frame;
    if (!may_move(c, priv, f) ||
        !access_frame(c, sp, words, FRAME_WORDS, priv, CPU_ACCESS_UNSTACKING, f))
        return false;
    for (uint32_t s = 0; s < FRAME_REGS; s++)
        engine_set_reg(c, UC_ARM_REG_S0 + (int)s, words[s]);
    engine_set_reg(c, UC_ARM_REG_FPSCR, words[FRAME_FPSCR]);
    return true;
}

uint32_t cpu_fp_reg(const struct cpu *c, uint32_t n)
{
    return c->config.fpu ? engine_reg(c, UC_ARM_REG_S0 + (int)n) : 0;
}
