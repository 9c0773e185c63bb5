/*
 * Exception entry, return, stacking, faults and their escalation.
 *
 * Source: DDI 0403E B1.5 and its pseudocode: ExceptionEntry(), PushStack(), ExceptionTaken(),
 * ExceptionReturn(), PopStack(); B3.2.15, B3.2.16 (status registers).
 *
 * Derived exceptions (a fault while stacking) follow B1.5.6 and B1.5.12: the more urgent of the
 * two is taken, the other stays pending.
 */
#include <string.h>

#include "cpu/core.h"

#define XPSR_ALIGN         (1u << 9) /* in a stacked xPSR: SP was adjusted by 4 */
#define CCR_NONBASETHRDENA (1u << 0)
#define CCR_STKALIGN       (1u << 9)
#define CCR_STKOFHFNMIGN   (1u << 10)
#define SCR_SLEEPONEXIT    (1u << 1)
#define FRAME_WORDS        8u
#define FP_FRAME_BYTES     104u
enum {
    FRAME_R12 = 4,
    FRAME_LR,
    FRAME_PC,
    FRAME_XPSR
};

/* EXC_RETURN. Source: DDI 0403E B1.5.8, table B1-8; DDI 0553 D1.2, EXC_RETURN. */
#define EXC_RETURN_V7    0xFFFFFFE1u
#define EXC_RETURN_V8    0xFFFFFFA0u
#define EXC_RETURN_BASIC 0x10u /* a frame without FP context */
#define EXC_RETURN_TO_TM 0x08u /* to Thread mode */
#define EXC_RETURN_PSP   0x04u

uint8_t exception_state(const struct cpu *c)
{
    bool psp = !c->ipsr && (c->control & CONTROL_SPSEL);
    return (uint8_t)((core_priv(c) ? CPU_STATE_PRIV : 0) | (c->ipsr ? CPU_STATE_HANDLER : 0) |
                     (psp ? CPU_STATE_PSP : 0));
}

void exception_emit(struct cpu *c, struct cpu_event e)
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
    if (negative != c->negative)
        c->page_view = VIEW_NONE;
    c->negative = negative;
}

/* Handler mode @exc on the main stack, or Thread mode on the stack that @psp says. */
static void change_mode(struct cpu *c, uint32_t exc, bool psp)
{
    c->ipsr = exc;
    c->control = psp ? c->control | CONTROL_SPSEL : c->control & ~CONTROL_SPSEL;
    core_mode_changed(c);
    core_stay(c);
    c->left = true;
}

/* ExceptionTaken(): from here on the handler runs. */
static void take(struct cpu *c, uint32_t exc, uint32_t lr, uint32_t ret, uint8_t from, bool tail)
{
    uint32_t vector;
    if (!access_vector(c, c->scb.vtor + 4 * exc, &vector)) {
        if (!fault_vector(c, exc, ret, &vector))
            return;
        exc = EXC_HARDFAULT;
    }
    uint32_t sp = c->regs.r[13];
    nvic_activate(c, exc);
    change_mode(c, exc, false);
    c->pc = vector & ~1u;
    c->t_clear = !(vector & 1u);
    c->regs.r[14] = lr;
    c->regs.it = 0;
    c->now += tail ? c->timing->tail_chain : c->timing->entry;
    core_edit(c)->end = c->pc;
    core_edit(c)->continues = ADDR_NONE;
    core_edit(c)->block = NULL;
    c->fetch.ends = END_OTHER;
    c->sleeping = false;
    c->event = true;
    c->monitor_open = false;
    fpu_set_active(c, false);
    exception_priority_changed(c);
    core_look_if_needed(c);
    exception_emit(c, (struct cpu_event){.kind = CPU_EVENT_ENTER,
                                         .from = from,
                                         .tail = tail,
                                         .exception = exc,
                                         .pc = ret,
                                         .target = c->pc,
                                         .sp = sp});
}

/* The limit of the stack in use; 0 where there is none. Source: DDI 0553 B3.9. */
uint32_t exception_stack_limit(const struct cpu *c, bool psp)
{
    if ((c->scb.ccr & CCR_STKOFHFNMIGN) && c->negative)
        return 0;
    return psp ? c->psplim : c->msplim;
}

/* PushStack(): the frame on the stack in use, with the privilege of the interrupted code. */
static bool push_frame(struct cpu *c, uint32_t ret, struct fault *f)
{
    const uint32_t *r = c->regs.r;
    bool fp = c->control & CONTROL_FPCA, psp = c->on_psp;
    uint32_t sp = r[13], xpsr = c->t_clear ? core_xpsr(c) & ~XPSR_T : core_xpsr(c);
    uint32_t align = fp || (c->scb.ccr & CCR_STKALIGN) ? sp & 4u : 0;
    uint32_t words[FRAME_WORDS] = {r[0],  r[1],  r[2], r[3],
                                   r[12], r[14], ret,  xpsr | (align ? XPSR_ALIGN : 0)};
    sp = (sp - (fp ? FP_FRAME_BYTES : 4 * FRAME_WORDS)) & ~align;
    if (sp < exception_stack_limit(c, psp)) {
        *f = (struct fault){.cfsr = CFSR_STKOF, .access = CPU_ACCESS_STACKING, .addr = sp};
        core_set_reg(c, 13, exception_stack_limit(c, psp));
        return false;
    }
    core_set_reg(c, 13, sp);
    struct fault more; /* the first fault is told; what follows is done all the same */
    bool stored = access_frame(c, sp, words, FRAME_WORDS, core_priv(c), CPU_ACCESS_STACKING, f);
    bool fp_stored = !fp || fpu_push(c, sp + 4 * FRAME_WORDS, core_priv(c), stored ? f : &more);
    return stored && fp_stored;
}

/* LR in the handler. */
static uint32_t exc_return_value(const struct cpu *c)
{
    uint32_t lr = core_v8m(c) ? EXC_RETURN_V8 : EXC_RETURN_V7;
    if (!(c->control & CONTROL_FPCA))
        lr |= EXC_RETURN_BASIC;
    if (!c->ipsr)
        lr |= EXC_RETURN_TO_TM | (c->control & CONTROL_SPSEL ? EXC_RETURN_PSP : 0);
    return lr;
}

/* ExceptionEntry(). A fault while stacking is a derived exception: the more urgent is taken. */
void exception_enter(struct cpu *c, uint32_t exc, uint32_t ret)
{
    struct fault f;
    uint8_t from = exception_state(c);
    uint32_t lr = exc_return_value(c);
    if (!push_frame(c, ret, &f)) {
        uint32_t target = fault_pend(c, &f, ret);
        if (!target)
            return;
        if (nvic_priority(c, target) < nvic_priority(c, exc))
            exc = target;
    }
    take(c, exc, lr, ret, from, false);
}

bool exception_take_pending(struct cpu *c, uint32_t ret)
{
    uint32_t exc = nvic_takeable(c);
    if (exc)
        exception_enter(c, exc, ret);
    return exc != 0;
}

/* The next handler is entered on the frame that is there. */
static void tail_chain(struct cpu *c, uint32_t exc, uint32_t lr)
{
    take(c, exc, lr, lr, exception_state(c), true);
}

/* A return that may not happen: UsageFault INVPC, or a fault of unstacking. What is more urgent
 * and pending by then arrives first, as on any entry (B1.5.11). */
static void return_fault(struct cpu *c, const struct fault *f, uint32_t lr)
{
    uint32_t target = fault_pend(c, f, c->pc), next = nvic_takeable(c);
    if (target)
        tail_chain(c, next ? next : target, lr);
}

/*
 * Source: DDI 0403E B1.5.8 "Integrity checks on exception returns"; DDI 0553 pseudocode
 * ValidateExceptionReturn(). @nested: active exceptions.
 */
static bool return_is_valid(const struct cpu *c, uint32_t exc_return, uint32_t nested)
{
    bool to_thread = exc_return & EXC_RETURN_TO_TM;
    if (core_v8m(c)) /* bits of the Security Extension are ignored */
        return exc_return >> 8 == 0xFFFFFFu && !(exc_return & 2u) &&
               (to_thread || !(exc_return & EXC_RETURN_PSP));
    uint32_t fixed = EXC_RETURN_V7 | (c->config.fpu ? 0 : EXC_RETURN_BASIC);
    uint32_t choice = EXC_RETURN_BASIC | EXC_RETURN_TO_TM | EXC_RETURN_PSP;
    if ((exc_return & ~choice) != EXC_RETURN_V7 || (exc_return & fixed) != fixed)
        return false;
    if (!to_thread)
        return !(exc_return & EXC_RETURN_PSP) && nested > 1;
    return nested == 1 || (c->scb.ccr & CCR_NONBASETHRDENA);
}

static void emit_return(struct cpu *c, uint32_t exc, uint32_t exc_return, uint32_t sp, uint8_t from,
                        bool tail)
{
    exception_emit(c, (struct cpu_event){.kind = CPU_EVENT_RETURN,
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
    bool to_handler = !(exc_return & EXC_RETURN_TO_TM), psp = exc_return & EXC_RETURN_PSP;
    bool fp = c->config.fpu && !(exc_return & EXC_RETURN_BASIC);
    bool priv = to_handler || !(c->control & CONTROL_NPRIV);
    uint32_t sp = *core_stack(c, psp), words[FRAME_WORDS];
    if (!access_frame(c, sp, words, FRAME_WORDS, priv, CPU_ACCESS_UNSTACKING, f))
        return false;
    uint32_t xpsr = words[FRAME_XPSR], exc = xpsr & 0x1FFu;
    if (to_handler != (exc != 0) || exc >= EXC_IRQ0 + c->config.irqs) {
        *f = (struct fault){.cfsr = CFSR_INVPC};
        return false;
    }
    if (fp && !fpu_pop(c, sp + 4 * FRAME_WORDS, priv, f))
        return false;
    fpu_set_active(c, fp); /* while still in Handler mode */
    uint32_t align = (fp || (c->scb.ccr & CCR_STKALIGN)) && (xpsr & XPSR_ALIGN) ? 4u : 0;
    change_mode(c, exc, to_handler ? c->control & CONTROL_SPSEL : psp);
    memcpy(c->regs.r, words, 4 * sizeof words[0]);
    c->regs.r[12] = words[FRAME_R12];
    c->regs.r[14] = words[FRAME_LR];
    core_set_xpsr(c, xpsr);
    c->t_clear = !(xpsr & XPSR_T);
    c->pc = words[FRAME_PC] & ~1u;
    *after = (sp + (fp ? FP_FRAME_BYTES : 4 * FRAME_WORDS)) | align;
    c->regs.r[13] = *after;
    return true;
}

void exception_return(struct cpu *c, uint32_t exc_return)
{
    uint32_t exc = c->ipsr, nested = nvic_active_count(c), sp = core_reg(c, 13);
    uint8_t from = exception_state(c);
    struct fault f = {.cfsr = CFSR_INVPC};
    bool valid = exc_in(&c->nvic.active, exc) && return_is_valid(c, exc_return, nested);
    core_edit(c)->block = NULL;
    c->fetch.ends = END_OTHER;
    c->left = true;
    nvic_deactivate(c, exc);
    if (exc != EXC_NMI)
        c->faultmask = 0;
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
    c->now += c->timing->exit;
    c->event = true;
    c->monitor_open = false;
    core_edit(c)->end = c->pc;
    core_edit(c)->continues = ADDR_NONE;
    exception_priority_changed(c);
    emit_return(c, exc, exc_return, sp, from, false);
    if (!c->ipsr && (c->scb.scr & SCR_SLEEPONEXIT)) {
        c->sleeping = true;
        c->sleeps_for_event = false;
    }
    core_look_if_needed(c);
}

void exception_control_changed(struct cpu *c, uint32_t old, uint8_t from, uint32_t pc)
{
    const uint32_t told = CONTROL_NPRIV | CONTROL_SPSEL; /* FPCA is no transition */
    if ((c->control ^ old) & told)
        exception_emit(c, (struct cpu_event){.kind = CPU_EVENT_CONTROL,
                                             .from = from,
                                             .pc = pc,
                                             .target = c->control & told,
                                             .sp = old & told});
}

void exception_supervisor_call(struct cpu *c)
{
    /* An SVC that escalates to HardFault is its own return address (B1.5.6, ReturnAddress()). */
    bool takeable = nvic_group_priority(c, EXC_SVCALL) < c->running;
    fault_raise(c, EXC_SVCALL, takeable ? c->pc : c->pc - 2, NULL);
}
