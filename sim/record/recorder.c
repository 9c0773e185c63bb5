#include "sim/record/recorder.h"

#include <string.h>

#include "sim/trace/names.h"

/* The numbers of a trace are these enums'. ORDER names.c */
_Static_assert(CPU_ACCESS_COUNT == TRACE_ACCESS_COUNT, "ORDER cpu_access");
_Static_assert(MPU_RULE_COUNT == TRACE_RULE_COUNT, "ORDER mpu_rule");
_Static_assert(MACHINE_STOP_COUNT == TRACE_STOP_COUNT, "ORDER machine_stop_kind");
_Static_assert(CPU_STATE_PRIV == (int)TRACE_STATE_PRIV &&
                   CPU_STATE_HANDLER == (int)TRACE_STATE_HANDLER &&
                   CPU_STATE_PSP == (int)TRACE_STATE_PSP,
               "state bits");

static void want_digest(struct recorder *r)
{
    r->wants_digest = true;
    machine_request_stop(r->machine);
}

static void emit(struct recorder *r, enum trace_kind kind, uint64_t cycle, uint8_t state,
                 const void *fields)
{
    r->count++;
    bool more = r->sink.event(r->sink.ctx, kind, cycle, state, fields);
    if (more && r->sink.full && r->sink.full(r->sink.ctx))
        want_digest(r);
    if (!more || (r->stop_at && r->count >= r->stop_at)) {
        r->stop_wanted = true;
        machine_request_stop(r->machine);
    }
}

static void flush_output(struct recorder *r)
{
    if (!r->output_len)
        return;
    struct trace_output out = {.device = r->output_device,
                               .bytes = {.bytes = r->output, .len = r->output_len}};
    r->output_len = 0;
    emit(r, TRACE_output, r->output_cycle, r->output_state, &out);
}

static void write_event(struct recorder *r, enum trace_kind kind, uint64_t cycle, uint8_t state,
                        const void *fields)
{
    flush_output(r);
    emit(r, kind, cycle, state, fields);
}

/* Does Keep run another thread than when we last looked? */
static void watch_thread(struct recorder *r, uint64_t cycle, uint8_t state)
{
    uint32_t now = 0;
    if (!r->keep.current || !cpu_peek(machine_cpu(r->machine), r->keep.current, &now, 4) ||
        now == r->thread)
        return;
    r->thread = now;
    const struct keep_abi_thread *t = keep_thread_at(&r->keep, now);
    struct trace_thread out = {.thread = now, .name = t ? t->name : now ? "?" : "-"};
    write_event(r, TRACE_thread, cycle, state, &out);
}

static void write_mpu(struct recorder *r, uint64_t cycle, uint8_t state)
{
    const struct mpu *m = cpu_mpu(machine_cpu(r->machine));
    if (!r->mpu_written || m->ctrl != r->mpu.ctrl) {
        struct trace_mpu out = {
            .arch = (uint8_t)m->arch, .ctrl = m->ctrl, .regions = (uint8_t)m->regions};
        write_event(r, TRACE_mpu, cycle, state, &out);
    }
    for (uint32_t n = 0; n < m->regions; n++) {
        if (r->mpu_written && m->rbar[n] == r->mpu.rbar[n] && m->rasr[n] == r->mpu.rasr[n])
            continue;
        struct trace_mpu_region out = {
            .region = (uint8_t)n, .rbar = m->rbar[n], .rasr = m->rasr[n]};
        write_event(r, TRACE_mpu_region, cycle, state, &out);
    }
    r->mpu = *m;
    r->mpu_written = true;
}

static void write_fault(struct recorder *r, const struct cpu_event *e)
{
    const struct cpu_fault *f = e->fault;
    write_mpu(r, e->cycle, e->state);
    struct trace_fault out = {
        .exception = f->exception,
        .pc = e->pc,
        .access = (uint8_t)f->access,
        .addr = f->addr,
        .bytes = (uint8_t)f->bytes,
        .rule = (uint8_t)f->why.rule,
        .region = (uint8_t)f->why.region,
        .cfsr = f->cfsr,
        .hfsr = f->hfsr,
        .addr_valid = f->addr_valid,
        .access_priv = f->access_priv,
        .covering = f->why.covering,
        .holes = f->why.holes,
        .insn = f->insn,
        .insn_bytes = (uint8_t)f->insn_bytes,
        .sp = f->regs[13],
        .lr = f->regs[14],
        .xpsr = f->xpsr,
    };
    memcpy(&out.r0, f->regs, 13 * sizeof *f->regs); /* r0 to r12 are neighbours in the row */
    write_event(r, TRACE_fault, e->cycle, e->state, &out);
    want_digest(r);
}
_Static_assert(offsetof(struct trace_fault, r12) == offsetof(struct trace_fault, r0) + 48,
               "r0 to r12 are neighbours");

void recorder_cpu_event(struct recorder *r, const struct cpu_event *e)
{
    r->faults += e->kind == CPU_EVENT_FAULT;
    if (!r->sink.event)
        return;
    switch (e->kind) {
    case CPU_EVENT_RESET:
        write_event(r, TRACE_reset, e->cycle, e->state,
                    &(struct trace_reset){.pc = e->pc, .sp = e->sp, .from = e->from});
        break;
    case CPU_EVENT_ENTER:
        write_event(r, TRACE_enter, e->cycle, e->state,
                    &(struct trace_enter){.exception = e->exception,
                                          .pc = e->pc,
                                          .handler = e->target,
                                          .sp = e->sp,
                                          .from = e->from,
                                          .tail = e->tail});
        break;
    case CPU_EVENT_RETURN:
        write_event(r, TRACE_leave, e->cycle, e->state,
                    &(struct trace_leave){.exception = e->exception,
                                          .pc = e->pc,
                                          .exc_return = e->target,
                                          .sp = e->sp,
                                          .from = e->from,
                                          .tail = e->tail});
        watch_thread(r, e->cycle, e->state); /* the kernel switches inside handlers only */
        break;
    case CPU_EVENT_CONTROL:
        write_event(
            r, TRACE_control, e->cycle, e->state,
            &(struct trace_control){.pc = e->pc, .old = e->sp, .new = e->target, .from = e->from});
        break;
    case CPU_EVENT_FAULT:
        write_fault(r, e);
        break;
    case CPU_EVENT_ITM:
        write_event(r, TRACE_itm, e->cycle, e->state,
                    &(struct trace_itm){.port = (uint8_t)e->exception,
                                        .bytes = (uint8_t)e->sp,
                                        .value = e->target,
                                        .pc = e->pc});
        break;
    }
}

static uint64_t now(const struct recorder *r)
{
    return *cpu_now(machine_cpu(r->machine));
}

static uint8_t state(const struct recorder *r)
{
    return cpu_state(machine_cpu(r->machine));
}

void recorder_output(struct recorder *r, const char *device, const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    if (!r->sink.event)
        return;
    if (r->output_len && r->output_device != device)
        flush_output(r);
    for (size_t i = 0; i < n; i++) {
        if (!r->output_len) {
            r->output_device = device;
            r->output_cycle = now(r);
            r->output_state = state(r);
        }
        r->output[r->output_len++] = at[i];
        if (at[i] == '\n' || r->output_len == RECORDER_OUTPUT_MAX)
            flush_output(r);
    }
}

void recorder_input(struct recorder *r, const char *device, const void *bytes, size_t n)
{
    if (!r->sink.event)
        return;
    struct trace_input in = {.device = device, .bytes = {.bytes = bytes, .len = (uint32_t)n}};
    write_event(r, TRACE_input, now(r), state(r), &in);
}

void recorder_context(struct recorder *r)
{
    uint32_t thread = 0;
    const struct keep_abi_thread *t = NULL;
    if (r->keep.current && cpu_peek(machine_cpu(r->machine), r->keep.current, &thread, 4))
        t = keep_thread_at(&r->keep, thread);
    struct trace_thread out = {.thread = thread, .name = t ? t->name : thread ? "?" : "-"};
    if (r->keep.current)
        write_event(r, TRACE_thread, now(r), state(r), &out);
    r->thread = thread;
    r->mpu_written = false;
    r->seen_count = 0;
    write_mpu(r, now(r), state(r));
}

void recorder_digest(struct recorder *r, uint64_t total, const void *changed, size_t bytes,
                     bool turn)
{
    struct trace_digest out = {
        .state = total, .turn = turn, .changed = {.bytes = changed, .len = (uint32_t)bytes}};
    r->wants_digest = false;
    if (r->sink.event)
        write_event(r, TRACE_digest, now(r), state(r), &out);
}

void recorder_poke(struct recorder *r, const struct trace_poke *poke)
{
    if (r->sink.event)
        write_event(r, TRACE_poke, now(r), state(r), poke);
}

void recorder_flush(struct recorder *r)
{
    if (r->sink.event)
        flush_output(r);
}

static bool seen_before(struct recorder *r, const char *device, uint32_t offset)
{
    for (uint32_t i = 0; i < r->seen_count; i++)
        if (r->seen[i].device == device && r->seen[i].offset == offset)
            return true;
    if (r->seen_count == RECORDER_SEEN_MAX)
        return true;
    r->seen[r->seen_count].device = device;
    r->seen[r->seen_count++].offset = offset;
    return false;
}

void recorder_unmodelled(struct recorder *r, const char *device, uint32_t offset, bool write)
{
    if (!r->sink.event || seen_before(r, device, offset))
        return;
    struct trace_unmodelled out = {.device = device, .offset = offset, .write = write};
    write_event(r, TRACE_unmodelled, now(r), state(r), &out);
}

void recorder_stop(struct recorder *r, const struct machine_stop *s)
{
    if (!r->sink.event)
        return;
    struct trace_stop out = {.reason = (uint8_t)s->kind,
                             .ok = s->ok,
                             .status = s->status,
                             .pc = s->pc,
                             .insns = cpu_insns(machine_cpu(r->machine))};
    write_event(r, TRACE_stop, now(r), state(r), &out);
}
