#include "sim/record/session.h"

#include <string.h>

#include "sim/base/assert.h"
#include "sim/record/checkpoint.h"
#include "sim/trace/names.h"

_Static_assert(TRACE_POKE_COUNT == 6, "ORDER trace_poke: session_poke()");

static void on_cpu_event(void *ctx, const struct cpu_event *e)
{
    struct session *s = ctx;
    recorder_cpu_event(&s->recorder, e);
    if (s->host.cpu_event)
        s->host.cpu_event(s->host.ctx, e);
}

static void on_output(void *ctx, const char *name, const void *bytes, size_t n)
{
    struct session *s = ctx;
    recorder_output(&s->recorder, name, bytes, n);
    if (s->host.output)
        s->host.output(s->host.ctx, name, bytes, n);
}

static void on_unmodelled(void *ctx, const char *name, uint32_t offset, bool write)
{
    struct session *s = ctx;
    recorder_unmodelled(&s->recorder, name, offset, write);
    if (s->host.unmodelled)
        s->host.unmodelled(s->host.ctx, name, offset, write);
}

static bool on_input(void *ctx, struct machine_input *in, bool wait, uint64_t *again)
{
    struct session *s = ctx;
    if (wait)
        recorder_flush(&s->recorder);
    if (!s->host.input(s->host.ctx, in, wait, again))
        return false;
    recorder_input(&s->recorder, in->device, in->bytes, in->n);
    return true;
}

static bool on_ask(void *ctx, const struct machine_question *q, struct buf *answer)
{
    struct session *s = ctx;
    recorder_flush(&s->recorder);
    if (!s->host.ask(s->host.ctx, q, answer) || !answer->len)
        return false;
    recorder_input(&s->recorder, MACHINE_DEBUGGER, answer->data, answer->len);
    return true;
}

static void on_signal(void *ctx, const char *name, uint32_t port, bool level)
{
    struct session *s = ctx;
    s->host.signal(s->host.ctx, name, port, level);
}

int session_open(struct session *s, const struct board *board, struct image *image,
                 const struct session_host *host, struct moat_error *err)
{
    *s = (struct session){.host = *host, .board = *board, .image = image};
    struct machine_host mine = {.ctx = s,
                                .cpu_event = on_cpu_event,
                                .output = on_output,
                                .input = host->input ? on_input : NULL,
                                .ask = host->ask ? on_ask : NULL,
                                .unmodelled = on_unmodelled,
                                .signal = host->signal ? on_signal : NULL};
    int rc = keep_read(image, &s->recorder.keep, err);
    if (rc == 0)
        rc = machine_new(board, image, &mine, &s->machine, err);
    s->recorder.machine = s->machine;
    s->recorder.sink = host->sink;
    return rc;
}

void session_close(struct session *s)
{
    struct machine *m = s->machine;
    s->machine = NULL; /* a signal handler may ask it to stop */
    digest_fini(&s->digest);
    machine_free(m);
    keep_fini(&s->recorder.keep);
}

static void begin(struct session *s, uint64_t digest_every)
{
    s->looks = digest_every != 0;
    s->digest_every = digest_every;
    s->next_look = MACHINE_FOREVER;
    if (!s->looks)
        return;
    uint64_t now = *cpu_now(machine_cpu(s->machine));
    s->next_look = (now / digest_every + 1) * digest_every;
    digest_init(&s->digest, s->machine);
}

void session_start(struct session *s, uint64_t digest_every)
{
    machine_reset(s->machine);
    begin(s, digest_every);
}

void session_start_at(struct session *s, uint64_t digest_every, uint64_t number)
{
    begin(s, digest_every);
    s->recorder.count = number - 1;
    recorder_context(&s->recorder);
}

void session_restored(struct session *s)
{
    s->looks = true;
    uint64_t now = *cpu_now(machine_cpu(s->machine));
    s->next_look = (now / s->digest_every + 1) * s->digest_every;
    digest_update(&s->digest);
}

void session_look(struct session *s)
{
    uint64_t now = *cpu_now(machine_cpu(s->machine));
    if (now >= s->next_look)
        s->next_look = (now / s->digest_every + 1) * s->digest_every;
    digest_update(&s->digest);
    bool turn = s->host.turn && s->host.turn(s->host.ctx);
    recorder_digest(&s->recorder, s->digest.total, s->digest.changed.data, s->digest.changed.len,
                    turn);
    if (s->host.looked)
        s->host.looked(s->host.ctx);
    if (turn) {
        s->host.turned(s->host.ctx);
        recorder_context(&s->recorder);
    }
    s->recorder.wants_digest = false; /* this was it */
}

struct machine_stop session_run(struct session *s, uint64_t limit)
{
    for (;;) {
        struct machine_stop stop = machine_run(s->machine, s->next_look, limit);
        bool requested = stop.kind == MACHINE_STOP_REQUEST;
        bool wanted = s->stop_wanted || s->recorder.stop_wanted;
        bool due = stop.kind == MACHINE_STOP_PAUSE || (requested && s->recorder.wants_digest);
        if (requested)
            s->recorder.wants_digest = false;
        if (s->looks && due)
            session_look(s);
        if (requested ? wanted : stop.kind != MACHINE_STOP_PAUSE)
            return stop;
        if (s->stop_wanted || s->recorder.stop_wanted)
            machine_request_stop(s->machine);
    }
}

const char *session_task(const struct session *s)
{
    const struct recorder *r = &s->recorder;
    const struct keep_abi_thread *t = keep_thread_at(&r->keep, r->thread);
    return t ? t->name : r->thread ? "?" : "-";
}

void session_stop(struct session *s)
{
    s->stop_wanted = 1;
    if (s->machine)
        machine_request_stop(s->machine);
}

void session_resume(struct session *s)
{
    s->stop_wanted = 0;
    s->recorder.stop_wanted = false;
}

bool session_settle(struct session *s, struct machine_stop *stop)
{
    struct cpu *c = machine_cpu(s->machine);
    cpu_seek(c, cpu_position(c));
    *stop = session_run(s, MACHINE_FOREVER);
    cpu_go(c);
    return stop->kind == MACHINE_STOP_STEP;
}

bool session_poke(struct session *s, struct trace_poke *p)
{
    struct cpu *c = machine_cpu(s->machine);
    uint32_t word = 0, second;
    memcpy(&word, p->bytes.bytes, p->bytes.len < 4 ? p->bytes.len : 4);
    machine_disown(s->machine);
    p->insns = cpu_insns(c);
    switch ((enum trace_poke_kind)p->what) {
    case TRACE_POKE_MEMORY:
        if (!cpu_poke(c, p->addr, p->bytes.bytes, p->bytes.len))
            return false;
        break;
    case TRACE_POKE_REGISTER:
        if (p->addr > 15)
            return false;
        cpu_set_reg(c, p->addr, word);
        break;
    case TRACE_POKE_SPECIAL:
        if (p->addr >= CPU_SPECIAL_COUNT)
            return false;
        cpu_set_special(c, (enum cpu_special)p->addr, word);
        break;
    case TRACE_POKE_FP:
        if (p->addr > 31)
            return false;
        cpu_set_fp_reg(c, p->addr, word);
        break;
    case TRACE_POKE_REGION:
        if (p->addr >= cpu_mpu(c)->regions || p->bytes.len != 8)
            return false;
        memcpy(&second, p->bytes.bytes + 4, 4);
        cpu_set_region(c, p->addr, word, second);
        break;
    case TRACE_POKE_MPU_HELD:
        cpu_hold_mpu_off(c, word != 0);
        break;
    case TRACE_POKE_COUNT:
        return false;
    }
    recorder_poke(&s->recorder, p);
    return true;
}

void session_end(struct session *s, const struct machine_stop *stop)
{
    recorder_stop(&s->recorder, stop);
}
