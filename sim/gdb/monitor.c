#include "sim/gdb/monitor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/explain/explain.h"
#include "sim/gdb/threads.h"
#include "sim/machine/state.h"
#include "sim/trace/names.h"

/* One command at work. */
struct monitor {
    struct debuggee *d;
    struct bookmarks *marks;
    const char *operand; /* "" for none */
    struct buf *out;
    bool moved;
};

static void say_error(struct monitor *m, const struct moat_error *err)
{
    buf_addf(m->out, "%s\n", err->text);
}

/* ---- The machine in words. ---- */

static void cmd_mpu(struct monitor *m)
{
    const struct mpu *mpu = cpu_mpu(debuggee_cpu(m->d));
    buf_addf(m->out, "MPU %s, PRIVDEFENA %s, HFNMIENA %s, %u regions\n",
             mpu->ctrl & MPU_CTRL_ENABLE ? "on" : "off",
             mpu->ctrl & MPU_CTRL_PRIVDEFENA ? "on" : "off",
             mpu->ctrl & MPU_CTRL_HFNMIENA ? "on" : "off", mpu->regions);
    for (uint32_t n = 0; n < mpu->regions; n++)
        if (mpu_region_enabled(mpu, n))
            explain_region(mpu, n, "", m->out);
}

static void cmd_nvic(struct monitor *m)
{
    struct cpu *c = debuggee_cpu(m->d);
    char name[32];
    buf_addf(m->out, "%-12s %-8s %-8s %-8s %s\n", "exception", "enabled", "pending", "active",
             "priority");
    for (uint32_t n = EXC_NMI; n < EXC_MAX; n++) {
        struct cpu_exception_state s = cpu_exception_state(c, n);
        if (s.pending || s.active || (s.enabled && n >= EXC_IRQ0) || s.line)
            buf_addf(m->out, "%-12s %-8s %-8s %-8s %d\n",
                     trace_exception_name(n, name, sizeof name), s.enabled ? "yes" : "-",
                     s.pending ? "yes" : "-", s.active ? "yes" : "-", s.priority);
    }
}

static void cmd_threads(struct monitor *m)
{
    static struct threads threads;
    struct session *s = debuggee_session(m->d);
    char name[160];
    threads_read(debuggee_cpu(m->d), s->image, &s->recorder.keep, &threads);
    for (uint32_t i = 0; i < threads.count; i++) {
        const struct thread *t = &threads.thread[i];
        uint32_t pc = 0;
        bool known = t->current || threads_register(debuggee_cpu(m->d), t, 15, &pc);
        if (t->current)
            pc = cpu_reg(debuggee_cpu(m->d), 15);
        const char *symbol = explain_symbol(s->image, pc, name, sizeof name);
        buf_addf(m->out, "%s %-16s object 0x%08x", t->current ? "*" : " ", t->name, t->object);
        if (known)
            buf_addf(m->out, "  pc 0x%08x %s", pc, symbol ? symbol : "");
        buf_addf(m->out, "\n");
    }
}

/* The last fault before here, from what was recorded. */
static void cmd_explain(struct monitor *m)
{
    struct session *s = debuggee_session(m->d);
    struct explain_state state = {.image = s->image, .keep = &s->recorder.keep};
    struct recording own, *rec = &m->d->rec;
    struct buf text = {0};
    struct trace_event e;
    struct moat_error err;
    bool past = m->d->in_past;
    if (!past && !m->d->flush) {
        buf_addf(m->out, "the run is not recorded\n");
        return;
    }
    if (!past && recording_open(m->d->flush(m->d->ctx), machine_parts(), &own, &err) < 0) {
        say_error(m, &err);
        return;
    }
    rec = past ? rec : &own;
    struct ctf_place here = ctf_tell(rec->trace);
    ctf_rewind(rec->trace);
    while (recording_next(rec, &e, NULL, &err) > 0 && e.number <= s->recorder.count) {
        explain_feed(&state, &e);
        if (e.kind != TRACE_fault)
            continue;
        buf_clear(&text);
        explain_fault(&state, &e, &text);
    }
    ctf_seek(rec->trace, &here);
    buf_addf(m->out, "%s", text.len ? text.data : "no fault until here\n");
    buf_fini(&text);
    if (!past)
        recording_close(rec);
}

static void cmd_time(struct monitor *m)
{
    struct session *s = debuggee_session(m->d);
    struct cpu_position at = cpu_position(debuggee_cpu(m->d));
    buf_addf(m->out,
             "t=%" PRIu64 " (%.6f s), instruction %" PRIu64 ", after event e%" PRIu64 ", %s\n",
             at.cycle, (double)at.cycle / s->board.clock_hz, at.insns, s->recorder.count,
             m->d->in_past ? "in the recording" : "live");
}

static void add_value(struct buf *out, const struct machine_field *f)
{
    const uint8_t *bytes = f->at;
    uint64_t value = 0;
    if (f->bytes <= 8) {
        memcpy(&value, bytes, f->bytes);
        buf_addf(out, "0x%" PRIx64 "\n", value);
        return;
    }
    for (size_t i = 0; i < f->bytes && i < 32; i++)
        buf_addf(out, "%02x", bytes[i]);
    buf_addf(out, "%s\n", f->bytes > 32 ? "..." : "");
}

/* Declared state, without touching a register. */
static void cmd_state(struct monitor *m)
{
    static struct machine_state state;
    const char *last = "";
    bool any = false;
    machine_state(debuggee_session(m->d)->machine, &state);
    for (uint32_t i = 0; i < state.fields; i++) {
        const struct machine_field *f = &state.field[i];
        bool mine = strcmp(f->owner, m->operand) == 0;
        if (!m->operand[0] && strcmp(last, f->owner) != 0)
            buf_addf(m->out, "%s\n", f->owner);
        last = f->owner;
        any |= mine;
        if (!mine)
            continue;
        buf_addf(m->out, "%-28s ", f->name);
        add_value(m->out, f);
    }
    if (m->operand[0] && !any)
        buf_addf(m->out, "no '%s' on this board: monitor state\n", m->operand);
}

static void cmd_catch(struct monitor *m)
{
    if (strcmp(m->operand, "off") == 0 || strcmp(m->operand, "on") == 0)
        m->d->catches_faults = strcmp(m->operand, "on") == 0;
    else if (m->operand[0])
        buf_addf(m->out, "expected on or off\n");
    buf_addf(m->out, "faults stop the run: %s\n", m->d->catches_faults ? "on" : "off");
}

/* ---- Travel. ---- */

static void cmd_bookmark(struct monitor *m)
{
    struct bookmarks *b = m->marks;
    char name[32];
    if (b->count == BOOKMARKS_MAX) {
        buf_addf(m->out, "there is room for %u bookmarks\n", BOOKMARKS_MAX);
        return;
    }
    snprintf(name, sizeof name, "%u", b->count + 1);
    snprintf(b->mark[b->count].name, sizeof b->mark[0].name, "%s",
             m->operand[0] ? m->operand : name);
    b->mark[b->count].at = cpu_position(debuggee_cpu(m->d));
    buf_addf(m->out, "bookmark '%s' at t=%" PRIu64 ": monitor goto %s\n", b->mark[b->count].name,
             b->mark[b->count].at.cycle, b->mark[b->count].name);
    b->count++;
}

static void cmd_bookmarks(struct monitor *m)
{
    for (uint32_t i = 0; i < m->marks->count; i++)
        buf_addf(m->out, "%-16s t=%" PRIu64 ", instruction %" PRIu64 "\n", m->marks->mark[i].name,
                 m->marks->mark[i].at.cycle, m->marks->mark[i].at.insns);
}

static const struct cpu_position *bookmark_named(const struct bookmarks *b, const char *name)
{
    for (uint32_t i = b->count; i-- > 0;)
        if (strcmp(b->mark[i].name, name) == 0)
            return &b->mark[i].at;
    return NULL;
}

static void cmd_goto(struct monitor *m)
{
    const struct cpu_position *mark = bookmark_named(m->marks, m->operand);
    struct moat_error err;
    struct when when;
    int rc = 0;
    if (!mark)
        rc = when_parse(m->operand, debuggee_session(m->d)->board.clock_hz, &when, &err);
    if (rc == 0)
        rc = mark ? debuggee_seek(m->d, *mark, &err) : debuggee_go(m->d, &when, &err);
    if (rc < 0) {
        say_error(m, &err);
        return;
    }
    m->moved = true;
    cmd_time(m);
    buf_addf(m->out, "so that GDB looks again: maintenance flush register-cache\n");
}

/* ---- All of them. ---- */

static void cmd_help(struct monitor *m);

static const struct {
    const char *name, *help;
    void (*run)(struct monitor *m);
} commands[] = {
    {"bookmark", "bookmark [NAME]: remember this point", cmd_bookmark},
    {"bookmarks", "list them", cmd_bookmarks},
    {"catch", "catch [on|off]: stop when a fault is taken (on)", cmd_catch},
    {"explain", "the last fault before here, in words", cmd_explain},
    {"goto", "goto T|BOOKMARK: cycles (12345), e42, 1.5ms, main#3", cmd_goto},
    {"help", "this list", cmd_help},
    {"mpu", "the MPU's regions in words", cmd_mpu},
    {"nvic", "exceptions that are enabled, pending or active", cmd_nvic},
    {"state", "state [NAME]: registers of a device, without touching them", cmd_state},
    {"threads", "the kernel's threads", cmd_threads},
    {"time", "where in the run this is", cmd_time},
};

static void cmd_help(struct monitor *m)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        buf_addf(m->out, "%-10s %s\n", commands[i].name, commands[i].help);
}

void monitor_run(struct debuggee *d, struct bookmarks *b, const char *line, struct buf *out,
                 bool *moved)
{
    char word[32];
    size_t n = strcspn(line, " ");
    struct monitor m = {.d = d, .marks = b, .out = out};
    m.operand = line + n + strspn(line + n, " ");
    snprintf(word, sizeof word, "%.*s", (int)n, line);
    *moved = false;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].name, word[0] ? word : "help") == 0) {
            commands[i].run(&m);
            *moved = m.moved;
            return;
        }
    buf_addf(out, "no command '%s': monitor help\n", word);
}
