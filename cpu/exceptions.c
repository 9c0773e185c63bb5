/*
 * Exception entry, return, stacking, faults and their escalation.
 *
 * Source: DDI 0403E B1.5 and its pseudocode: ExceptionEntry(), PushStack(), ExceptionTaken(),
 * ExceptionReturn(), PopStack(); B3.2.15, B3.2.16 (status registers).
 *
 * Derived exceptions (a fault while stacking) follow B1.5.6 and B1.5.12: the more urgent of the
 * two is taken, the other stays pending.
 */
#include "cpu/core.h"

#include "cpu/timing.h"

#define XPSR_T             (1u << 24)
#define XPSR_ALIGN         (1u << 9) /* in a stacked xPSR: SP was adjusted by 4 */
#define XPSR_FLAGS         0xF80F0000u
#define XPSR_IT            0x0600FC00u
#define CONTROL_NPRIV      1u
#define CONTROL_SPSEL      2u
#define CCR_NONBASETHRDENA (1u << 0)
#define CCR_STKALIGN       (1u << 9)
#define SCR_SLEEPONEXIT    (1u << 1)
#define EXC_RETURN_HANDLER 0xFFFFFFF1u
#define EXC_RETURN_MAIN    0xFFFFFFF9u
#define EXC_RETURN_PROCESS 0xFFFFFFFDu
#define FRAME_WORDS        8u
enum {
    FRAME_R12 = 4,
    FRAME_LR,
    FRAME_PC,
    FRAME_XPSR
};

uint8_t exception_state(const struct cpu *c)
{
    bool psp = !c->ipsr && (c->control & CONTROL_SPSEL);
    return (uint8_t)((core_priv(c) ? CPU_STATE_PRIV : 0) | (c->ipsr ? CPU_STATE_HANDLER : 0) |
                     (psp ? CPU_STATE_PSP : 0));
}

static void emit(struct cpu *c, struct cpu_event e)
{
    e.cycle = c->now;
    e.state = exception_state(c);
    c->host.event(c->host.ctx, &e);
}

void exception_priority_changed(struct cpu *c)
{
    nvic_update_running(c);
    bool negative = c->running < 0;
    bool matters = (c->mpu.ctrl & MPU_CTRL_ENABLE) && !(c->mpu.ctrl & MPU_CTRL_HFNMIENA);
    if (negative != c->negative && matters)
        c->tlb_dirty = true;
    c->negative = negative;
}

static void lockup(struct cpu *c, uint32_t pc)
{
    c->pc = pc;
    c->stop = (struct cpu_stop){.kind = CPU_STOP_LOCKUP, .pc = pc};
}

/* Everything that a person will ask about a fault, taken down before anything changes. */
static void report(struct cpu *c, const struct fault *f, uint32_t hfsr, uint32_t exc, uint32_t pc)
{
    struct cpu_fault out = {
        .cfsr = f->cfsr,
        .hfsr = hfsr,
        .exception = exc,
        .addr = f->addr,
        .addr_valid = f->addr_valid,
        .access = f->access,
        .bytes = f->bytes,
        .access_priv = f->priv,
        .why = f->why,
        .xpsr = engine_reg(c, UC_ARM_REG_XPSR),
    };
    uint16_t hw[2];
    if (block_read_insn(c, pc, hw, &out.insn_bytes))
        out.insn = hw[0] | (uint32_t)hw[1] << 16;
    for (uint32_t n = 0; n < 15; n++)
        out.regs[n] = core_reg(c, n);
    out.regs[15] = pc;
    c->scb.cfsr |= f->cfsr;
    c->scb.hfsr |= hfsr;
    if (f->cfsr & CFSR_MMARVALID)
        c->scb.mmfar = f->addr;
    if (f->cfsr & CFSR_BFARVALID)
        c->scb.bfar = f->addr;
    emit(c, (struct cpu_event){.kind = CPU_EVENT_FAULT,
                               .exception = exc,
                               .pc = pc,
                               .from = exception_state(c),
                               .fault = &out});
}

/*
 * What a synchronous exception becomes: itself, HardFault, or 0 for lockup. Sets FORCED in *hfsr
 * when it escalates. Source: B1.5.8 "Fault escalation", B1.5.15 lockup.
 */
static uint32_t escalate(const struct cpu *c, uint32_t exc, uint32_t *hfsr)
{
    if (exc != EXC_HARDFAULT) {
        if (nvic_enabled(c, exc) && nvic_priority(c, exc) < c->running)
            return exc;
        *hfsr |= HFSR_FORCED;
    }
    return c->running > -1 ? EXC_HARDFAULT : 0;
}

static uint32_t fault_exception(const struct fault *f)
{
    if (f->cfsr & 0x000000FFu)
        return EXC_MEMMANAGE;
    if (f->cfsr & 0x0000FF00u)
        return EXC_BUSFAULT;
    return f->cfsr ? EXC_USAGEFAULT : EXC_HARDFAULT;
}

/* Thread or Handler mode on either stack -> Handler mode @exc on the main stack. The engine lets
 * SPSEL be written only by privileged code in Thread mode, hence the detour. */
static void engine_handler_mode(struct cpu *c, uint32_t exc, uint32_t xpsr)
{
    uint32_t flags = (xpsr & XPSR_FLAGS) | XPSR_T;
    if (!c->ipsr && (c->control & CONTROL_SPSEL)) {
        if (c->control & CONTROL_NPRIV) {
            engine_set_reg(c, UC_ARM_REG_XPSR, flags | exc);
            engine_set_reg(c, UC_ARM_REG_CONTROL, 0);
            engine_set_reg(c, UC_ARM_REG_XPSR, flags);
        }
        engine_set_reg(c, UC_ARM_REG_CONTROL, 0);
    }
    engine_set_reg(c, UC_ARM_REG_XPSR, flags | exc);
    if (c->control & CONTROL_SPSEL) {
        c->control &= ~CONTROL_SPSEL;
        engine_set_reg(c, UC_ARM_REG_CONTROL, c->control);
    }
    c->ipsr = exc;
    core_mode_changed(c);
}

/* Handler mode on the main stack -> Thread mode with the stack that @spsel names. */
static void engine_thread_mode(struct cpu *c, uint32_t spsel, uint32_t xpsr)
{
    if (spsel) {
        if (c->control & CONTROL_NPRIV)
            engine_set_reg(c, UC_ARM_REG_CONTROL, 0);
        c->control |= CONTROL_SPSEL;
        engine_set_reg(c, UC_ARM_REG_XPSR, xpsr);
        engine_set_reg(c, UC_ARM_REG_CONTROL, c->control);
    } else {
        engine_set_reg(c, UC_ARM_REG_XPSR, xpsr);
    }
    c->ipsr = 0;
    core_mode_changed(c);
}

/* ExceptionTaken(): from here on the handler runs. */
static void take(struct cpu *c, uint32_t exc, uint32_t lr, uint32_t ret, uint8_t from, bool tail)
{
    uint32_t vector;
    if (!access_vector(c, c->scb.vtor + 4 * exc, &vector)) {
        struct fault f = {.access = CPU_ACCESS_VECTOR, .addr = c->scb.vtor + 4 * exc, .bytes = 4};
        bool dead = exc == EXC_HARDFAULT || c->running <= -1;
        report(c, &f, HFSR_VECTTBL, EXC_HARDFAULT, ret);
        if (dead || !access_vector(c, c->scb.vtor + 4 * EXC_HARDFAULT, &vector)) {
            lockup(c, ret);
            return;
        }
        exc = EXC_HARDFAULT;
    }
    static const int last[] = {UC_ARM_REG_LR, UC_ARM_REG_APSR_NZCV, UC_ARM_REG_PC};
    static const int state[] = {UC_ARM_REG_SP, UC_ARM_REG_XPSR};
    uint32_t now[2];
    engine_regs(c, state, now, 2);
    uint32_t sp = now[0], xpsr = now[1];
    nvic_activate(c, exc);
    engine_handler_mode(c, exc, xpsr);
    c->pc = vector & ~1u;
    c->t_clear = !(vector & 1u);
    engine_set_regs(c, last, (const uint32_t[]){lr, xpsr & XPSR_FLAGS, c->pc | 1u}, 3);
    c->now += tail ? TIMING_TAIL_CHAIN : TIMING_ENTRY;
    c->fallthrough = c->pc;
    c->continues = ADDR_NONE;
    c->block = NULL;
    c->sleeping = false;
    exception_priority_changed(c);
    core_look(c);
    emit(c, (struct cpu_event){.kind = CPU_EVENT_ENTER,
                               .from = from,
                               .tail = tail,
                               .exception = exc,
                               .pc = ret,
                               .target = c->pc,
                               .sp = sp});
}

/* PushStack(): the frame on the stack in use, with the privilege of the interrupted code. */
static bool push_frame(struct cpu *c, uint32_t ret, struct fault *f)
{
    /* In the order of the frame, with SP in the place of the return address. */
    static const int regs[FRAME_WORDS] = {UC_ARM_REG_R0, UC_ARM_REG_R1,  UC_ARM_REG_R2,
                                          UC_ARM_REG_R3, UC_ARM_REG_R12, UC_ARM_REG_LR,
                                          UC_ARM_REG_SP, UC_ARM_REG_XPSR};
    uint32_t words[FRAME_WORDS];
    engine_regs(c, regs, words, FRAME_WORDS);
    uint32_t sp = words[FRAME_PC], xpsr = words[FRAME_XPSR] & ~XPSR_ALIGN;
    uint32_t align = (c->scb.ccr & CCR_STKALIGN) ? sp & 4u : 0;
    words[FRAME_PC] = ret;
    words[FRAME_XPSR] = (c->t_clear ? xpsr & ~XPSR_T : xpsr) | (align ? XPSR_ALIGN : 0);
    sp = (sp - 4 * FRAME_WORDS) & ~align;
    core_set_reg(c, 13, sp);
    return access_frame(c, sp, words, FRAME_WORDS, core_priv(c), CPU_ACCESS_STACKING, f);
}

/* A fault while entering @exc: pend it and say which of the two is taken, 0 for lockup. */
static uint32_t derived(struct cpu *c, uint32_t exc, const struct fault *f, uint32_t ret)
{
    uint32_t hfsr = 0, target = escalate(c, fault_exception(f), &hfsr);
    report(c, f, hfsr, target, ret);
    if (!target) {
        lockup(c, ret);
        return 0;
    }
    nvic_pend(c, target);
    return nvic_priority(c, target) < nvic_priority(c, exc) ? target : exc;
}

/* ExceptionEntry(): @exc is pending. */
static void enter(struct cpu *c, uint32_t exc, uint32_t ret)
{
    struct fault f;
    uint8_t from = exception_state(c);
    uint32_t lr = c->ipsr                        ? EXC_RETURN_HANDLER
                  : (c->control & CONTROL_SPSEL) ? EXC_RETURN_PROCESS
                                                 : EXC_RETURN_MAIN;
    if (!push_frame(c, ret, &f))
        exc = derived(c, exc, &f, ret);
    if (exc)
        take(c, exc, lr, ret, from, false);
}

void exception_raise(struct cpu *c, uint32_t exc, uint32_t ret, const struct fault *f)
{
    static const struct fault none = {0};
    uint32_t hfsr = f ? f->hfsr : 0, target = escalate(c, exc, &hfsr);
    if (f || hfsr)
        report(c, f ? f : &none, hfsr, target, ret);
    if (!target) {
        lockup(c, ret);
        return;
    }
    nvic_pend(c, target);
    enter(c, target, ret);
}

void exception_fault(struct cpu *c, const struct fault *f, uint32_t ret)
{
    exception_raise(c, fault_exception(f), ret, f);
}

void exception_instruction(struct cpu *c, uint32_t cfsr)
{
    struct fault f = {.cfsr = cfsr, .priv = core_priv(c)};
    block_refund(c, c->pc);
    exception_fault(c, &f, c->pc);
}

bool exception_take_pending(struct cpu *c, uint32_t ret)
{
    uint32_t exc = nvic_takeable(c);
    if (exc)
        enter(c, exc, ret);
    return exc != 0;
}

/* The next handler is entered on the frame that is there. */
static void tail_chain(struct cpu *c, uint32_t exc, uint32_t lr)
{
    take(c, exc, lr, lr, exception_state(c), true);
}

/* A return that may not happen: UsageFault INVPC, or a fault of unstacking. */
static void return_fault(struct cpu *c, const struct fault *f, uint32_t lr)
{
    uint32_t hfsr = 0, target = escalate(c, fault_exception(f), &hfsr);
    report(c, f, hfsr, target, c->pc);
    if (!target) {
        lockup(c, c->pc);
        return;
    }
    nvic_pend(c, target);
    tail_chain(c, target, lr);
}

/* Source: B1.5.8 "Integrity checks on exception returns". @nested: active exceptions. */
static bool return_is_valid(const struct cpu *c, uint32_t exc_return, uint32_t nested)
{
    bool base = nested == 1 || (c->scb.ccr & CCR_NONBASETHRDENA);
    switch (exc_return) {
    case EXC_RETURN_HANDLER:
        return nested > 1;
    case EXC_RETURN_MAIN:
    case EXC_RETURN_PROCESS:
        return base;
    }
    return false;
}

static void emit_return(struct cpu *c, uint32_t exc, uint32_t exc_return, uint32_t sp, uint8_t from,
                        bool tail)
{
    emit(c, (struct cpu_event){.kind = CPU_EVENT_RETURN,
                               .from = from,
                               .tail = tail,
                               .exception = exc,
                               .pc = tail ? exc_return : c->pc,
                               .target = exc_return,
                               .sp = sp});
}

/* PopStack() and the change of mode, @after is SP then; false with @f when the frame may not be
 * read. */
static bool pop_frame(struct cpu *c, uint32_t exc_return, uint32_t *after, struct fault *f)
{
    bool to_handler = exc_return == EXC_RETURN_HANDLER, psp = exc_return == EXC_RETURN_PROCESS;
    bool priv = to_handler || !(c->control & CONTROL_NPRIV);
    uint32_t sp = psp ? engine_reg(c, UC_ARM_REG_PSP) : core_reg(c, 13), words[FRAME_WORDS];
    if (!access_frame(c, sp, words, FRAME_WORDS, priv, CPU_ACCESS_UNSTACKING, f))
        return false;
    uint32_t xpsr = words[FRAME_XPSR], exc = xpsr & 0x1FFu;
    if (to_handler != (exc != 0)) {
        *f = (struct fault){.cfsr = CFSR_INVPC};
        return false;
    }
    uint32_t align = (c->scb.ccr & CCR_STKALIGN) && (xpsr & XPSR_ALIGN) ? 4u : 0;
    uint32_t engine_xpsr = (xpsr & (XPSR_FLAGS | XPSR_IT)) | XPSR_T;
    if (to_handler) {
        engine_set_reg(c, UC_ARM_REG_XPSR, engine_xpsr | exc);
        c->ipsr = exc;
        core_mode_changed(c);
    } else {
        engine_thread_mode(c, psp, engine_xpsr);
    }
    /* As the frame, then SP; the flags after all that changes the mode, PC last. */
    static const int regs[] = {UC_ARM_REG_R0, UC_ARM_REG_R1,        UC_ARM_REG_R2,
                               UC_ARM_REG_R3, UC_ARM_REG_R12,       UC_ARM_REG_LR,
                               UC_ARM_REG_SP, UC_ARM_REG_APSR_NZCV, UC_ARM_REG_PC};
    c->t_clear = !(xpsr & XPSR_T);
    c->pc = words[FRAME_PC] & ~1u;
    *after = (sp + 4 * FRAME_WORDS) | align;
    engine_set_regs(c, regs,
                    (const uint32_t[]){words[0], words[1], words[2], words[3], words[FRAME_R12],
                                       words[FRAME_LR], *after, engine_xpsr, c->pc | 1u},
                    9);
    return true;
}

void exception_return(struct cpu *c, uint32_t exc_return)
{
    uint32_t exc = c->ipsr, nested = nvic_active_count(c), sp = core_reg(c, 13);
    uint8_t from = exception_state(c);
    struct fault f = {.cfsr = CFSR_INVPC};
    bool valid = exc_in(&c->nvic.active, exc) && return_is_valid(c, exc_return, nested);
    c->block = NULL;
    nvic_deactivate(c, exc);
    if (exc != EXC_NMI && c->faultmask) {
        c->faultmask = 0;
        engine_set_reg(c, UC_ARM_REG_FAULTMASK, 0);
    }
    exception_priority_changed(c);
    if (!valid) {
        emit_return(c, exc, exc_return, sp, from, true);
        return_fault(c, &f, 0xF0000000u | (exc_return & 0x0FFFFFFFu));
        return;
    }
    uint32_t next = nvic_takeable(c);
    if (next) {
        emit_return(c, exc, exc_return, sp, from, true);
        tail_chain(c, next, exc_return);
        return;
    }
    if (!pop_frame(c, exc_return, &sp, &f)) {
        emit_return(c, exc, exc_return, sp, from, true);
        return_fault(c, &f, exc_return);
        return;
    }
    c->now += TIMING_EXIT;
    c->fallthrough = c->pc;
    c->continues = ADDR_NONE;
    exception_priority_changed(c);
    emit_return(c, exc, exc_return, sp, from, false);
    if (!c->ipsr && (c->scb.scr & SCR_SLEEPONEXIT))
        c->sleeping = true;
    core_look(c);
}

/* SP is a multiple of 4 in both banks. Source: B1.4.1. */
static void align_stack(struct cpu *c, int uc_reg)
{
    uint32_t sp = engine_reg(c, uc_reg);
    if (sp & 3u)
        engine_set_reg(c, uc_reg, sp & ~3u);
}

/* FAULTMASK can be set only above priority -1. Source: B5.2.3, MSR. */
static void sync_masks(struct cpu *c)
{
    uint32_t mask = 0xFFu << (8 - c->config.prio_bits) & 0xFFu;
    uint32_t faultmask = engine_reg(c, UC_ARM_REG_FAULTMASK);
    uint32_t basepri = engine_reg(c, UC_ARM_REG_BASEPRI);
    if (faultmask && !c->faultmask && c->running <= -1)
        engine_set_reg(c, UC_ARM_REG_FAULTMASK, faultmask = 0);
    if (basepri & ~mask)
        engine_set_reg(c, UC_ARM_REG_BASEPRI, basepri & mask);
    c->primask = engine_reg(c, UC_ARM_REG_PRIMASK);
    c->basepri = basepri & mask;
    c->faultmask = faultmask;
    exception_priority_changed(c);
}

void exception_sync_special(struct cpu *c, uint32_t pc)
{
    uint32_t control = engine_reg(c, UC_ARM_REG_CONTROL) & (CONTROL_NPRIV | CONTROL_SPSEL);
    uint32_t old = c->control;
    uint8_t from = exception_state(c);
    c->control = control;
    core_mode_changed(c);
    if (core_priv(c)) { /* the engine reads all these as 0 otherwise; and they cannot change */
        sync_masks(c);
        align_stack(c, UC_ARM_REG_MSP);
        align_stack(c, UC_ARM_REG_PSP);
    }
    if (control != old)
        emit(c,
             (struct cpu_event){
                 .kind = CPU_EVENT_CONTROL, .from = from, .pc = pc, .target = control, .sp = old});
}
