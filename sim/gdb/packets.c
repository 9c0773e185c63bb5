/*
 * What packets ask for: a handler each, and the table that finds it.
 *
 * Source: Debugging with GDB, E.2 "Packets", E.4 "General Query Packets".
 */
#include <stdlib.h>
#include <string.h>

#include "sim/gdb/private.h"
#include "sim/trace/names.h"

#define PPB_BASE  0xE0000000u
#define PPB_BYTES 0x00100000u
#define PAST      "E.the past cannot be changed: moat replay --with"

static const struct thread *thread_by_id(const struct gdb_server *g, uint32_t id)
{
    for (uint32_t i = 0; i < g->threads.count; i++)
        if (g->threads.thread[i].id == id)
            return &g->threads.thread[i];
    return NULL;
}

/* ---- Packets. Each handler has the text behind its name. ---- */

static void ok(struct gdb_server *g)
{
    buf_addf(&g->out, "OK");
}

static void error(struct gdb_server *g, unsigned number)
{
    buf_addf(&g->out, "E%02x", number);
}

static bool numbers(const char **at, char end, uint32_t *out)
{
    char *stop;
    *out = (uint32_t)strtoul(*at, &stop, 16);
    bool good = stop != *at && *stop == end;
    *at = stop + (end != '\0');
    return good;
}

static void on_why(struct gdb_server *g, const char *text)
{
    (void)text;
    gdb_answer_stop(g);
}

static void add_register(struct gdb_server *g, const struct thread *t, uint32_t n)
{
    const struct cpu *c = debuggee_cpu(g->d);
    uint32_t bytes = registers_bytes(c, n);
    uint8_t value[8];
    if (registers_get(c, t, n, value))
        rsp_hex(&g->out, value, bytes);
    else
        for (uint32_t i = 0; i < bytes; i++)
            buf_addf(&g->out, "xx");
}

static const struct thread *selected(struct gdb_server *g)
{
    gdb_refresh(g);
    const struct thread *t = g->selected ? thread_by_id(g, g->selected) : NULL;
    return t ? t : gdb_current(g);
}

static void on_registers(struct gdb_server *g, const char *text)
{
    const struct thread *t = selected(g);
    (void)text;
    for (uint32_t n = 0; n < registers_count(debuggee_cpu(g->d)); n++)
        add_register(g, t, n);
}

static void on_register(struct gdb_server *g, const char *text)
{
    uint32_t n;
    if (!numbers(&text, '\0', &n) || !registers_bytes(debuggee_cpu(g->d), n))
        error(g, 1);
    else
        add_register(g, selected(g), n);
}

static bool set_register(struct gdb_server *g, uint32_t n, const char *hex)
{
    uint8_t value[8];
    uint32_t bytes = registers_bytes(debuggee_cpu(g->d), n);
    return bytes && selected(g)->current && rsp_unhex(hex, bytes, value) &&
           registers_set(g->d, n, value);
}

static void on_set_register(struct gdb_server *g, const char *text)
{
    uint32_t n;
    if (numbers(&text, '=', &n) && set_register(g, n, text))
        ok(g);
    else if (g->d->in_past)
        buf_addf(&g->out, PAST);
    else
        error(g, 1);
}

static void on_set_registers(struct gdb_server *g, const char *text)
{
    const struct cpu *c = debuggee_cpu(g->d);
    for (uint32_t n = 0; n < registers_count(c); n++) {
        if (!set_register(g, n, text)) {
            error(g, 1);
            return;
        }
        text += 2 * registers_bytes(c, n);
    }
    ok(g);
}

/* Memory, or a register of the system control space that reading does not change. */
static bool read_byte(struct gdb_server *g, uint32_t addr, uint8_t *out)
{
    struct cpu *c = debuggee_cpu(g->d);
    uint32_t word;
    if (cpu_peek(c, addr, out, 1))
        return true;
    if (!cpu_peek_system(c, addr & ~3u, &word))
        return false;
    *out = (uint8_t)(word >> addr % 4 * 8);
    return true;
}

static void on_read(struct gdb_server *g, const char *text)
{
    uint32_t addr, n;
    uint8_t byte;
    if (!numbers(&text, ',', &addr) || !numbers(&text, '\0', &n)) {
        error(g, 1);
        return;
    }
    for (uint32_t i = 0; i < n && i < RSP_PACKET_MAX / 4 && read_byte(g, addr + i, &byte); i++)
        rsp_hex(&g->out, &byte, 1);
    if (!g->out.len && n)
        error(g, 14);
}

static void write_memory(struct gdb_server *g, uint32_t addr, const uint8_t *bytes, uint32_t n)
{
    struct trace_poke p = {
        .what = TRACE_POKE_MEMORY, .addr = addr, .bytes = {.bytes = bytes, .len = n}};
    if (n == 0 || debuggee_poke(g->d, &p))
        ok(g);
    else if (g->d->in_past)
        buf_addf(&g->out, PAST);
    else
        error(g, 14);
}

static void on_write(struct gdb_server *g, const char *text)
{
    uint32_t addr, n;
    uint8_t bytes[RSP_PACKET_MAX / 2];
    if (numbers(&text, ',', &addr) && numbers(&text, ':', &n) && n <= sizeof bytes &&
        rsp_unhex(text, n, bytes))
        write_memory(g, addr, bytes, n);
    else
        error(g, 1);
}

static void on_write_binary(struct gdb_server *g, const char *text)
{
    uint32_t addr, n;
    if (numbers(&text, ',', &addr) && numbers(&text, ':', &n) &&
        g->in.len - (size_t)(text - g->in.data) >= n)
        write_memory(g, addr, (const uint8_t *)text, n);
    else
        error(g, 1);
}

static void on_continue(struct gdb_server *g, const char *text)
{
    (void)text;
    gdb_run(g, DEBUGGEE_CONTINUE);
}

static void on_step(struct gdb_server *g, const char *text)
{
    (void)text;
    gdb_run(g, DEBUGGEE_STEP);
}

static void on_back(struct gdb_server *g, const char *text)
{
    (void)text;
    gdb_run(g, DEBUGGEE_BACK);
}

static void on_step_back(struct gdb_server *g, const char *text)
{
    (void)text;
    gdb_run(g, DEBUGGEE_STEP_BACK);
}

static void on_vcont(struct gdb_server *g, const char *text)
{
    if (*text == '?')
        buf_addf(&g->out, "vCont;c;C;s;S");
    else if (text[0] == ';' && (text[1] == 's' || text[1] == 'S'))
        gdb_run(g, DEBUGGEE_STEP);
    else if (text[0] == ';' && (text[1] == 'c' || text[1] == 'C'))
        gdb_run(g, DEBUGGEE_CONTINUE);
}

/* ---- Breakpoints and watchpoints: Z and z, type, address, kind or length. ---- */

static bool change_break(struct debuggee *d, bool on, uint32_t pc)
{
    for (size_t i = 0; i < d->breaks_n; i++)
        if (d->breaks[i] == pc) {
            if (!on)
                d->breaks[i] = d->breaks[--d->breaks_n];
            return true;
        }
    if (on && d->breaks_n == DEBUGGEE_BREAKS_MAX)
        return false;
    if (on)
        d->breaks[d->breaks_n++] = pc;
    return true;
}

static bool change_watch(struct debuggee *d, bool on, const struct cpu_watchpoint *w)
{
    for (size_t i = 0; i < d->watch_n; i++)
        if (d->watch[i].addr == w->addr && d->watch[i].bytes == w->bytes &&
            d->watch[i].read == w->read && d->watch[i].write == w->write) {
            if (!on)
                d->watch[i] = d->watch[--d->watch_n];
            return true;
        }
    if (on && d->watch_n == CPU_WATCHPOINTS_MAX)
        return false;
    if (on)
        d->watch[d->watch_n++] = *w;
    return true;
}

static void change_point(struct gdb_server *g, bool on, const char *text)
{
    uint32_t type, addr, bytes;
    if (!numbers(&text, ',', &type) || !numbers(&text, ',', &addr) ||
        (bytes = (uint32_t)strtoul(text, NULL, 16), type > 4)) {
        error(g, 1);
        return;
    }
    struct cpu_watchpoint w = {.addr = addr,
                               .bytes = bytes ? bytes : 1,
                               .write = type == 2 || type == 4,
                               .read = type == 3 || type == 4};
    if (type < 2 ? change_break(g->d, on, addr & ~1u) : change_watch(g->d, on, &w))
        ok(g);
    else
        error(g, 28);
}

static void on_insert(struct gdb_server *g, const char *text)
{
    change_point(g, true, text);
}

static void on_remove(struct gdb_server *g, const char *text)
{
    change_point(g, false, text);
}

/* ---- Threads. ---- */

static void on_select(struct gdb_server *g, const char *text)
{
    long id = strtol(text + (*text != '\0'), NULL, 16);
    gdb_refresh(g);
    if (*text == 'g')
        g->selected = id > 0 && thread_by_id(g, (uint32_t)id) ? (uint32_t)id : 0;
    ok(g);
}

static void on_alive(struct gdb_server *g, const char *text)
{
    gdb_refresh(g);
    if (thread_by_id(g, (uint32_t)strtoul(text, NULL, 16)))
        ok(g);
    else
        error(g, 3);
}

static void on_current_thread(struct gdb_server *g, const char *text)
{
    (void)text;
    gdb_refresh(g);
    buf_addf(&g->out, "QC%x", gdb_current(g)->id);
}

static void on_first_threads(struct gdb_server *g, const char *text)
{
    (void)text;
    gdb_refresh(g);
    for (uint32_t i = 0; i < g->threads.count; i++)
        buf_addf(&g->out, "%c%x", i ? ',' : 'm', g->threads.thread[i].id);
}

static void on_more_threads(struct gdb_server *g, const char *text)
{
    (void)text;
    buf_addf(&g->out, "l");
}

static void on_thread_info(struct gdb_server *g, const char *text)
{
    const struct thread *t = thread_by_id(g, (uint32_t)strtoul(text, NULL, 16));
    struct buf words = {0};
    buf_addf(&words, "%s%s", t ? t->name : "gone", t && t->current ? ", runs" : "");
    rsp_hex(&g->out, words.data, words.len);
    buf_fini(&words);
}

/* ---- Documents that are read in parts. ---- */

static void add_threads(struct gdb_server *g, struct buf *out)
{
    gdb_refresh(g);
    buf_addf(out, "<?xml version=\"1.0\"?><threads>");
    for (uint32_t i = 0; i < g->threads.count; i++) {
        const struct thread *t = &g->threads.thread[i];
        buf_addf(out, "<thread id=\"%x\" name=\"", t->id);
        for (const char *c = t->name; *c; c++)
            if (strchr("<>&\"", *c))
                buf_addf(out, "&#%d;", *c);
            else
                buf_addf(out, "%c", *c);
        buf_addf(out, "\">%s</thread>", t->current ? "runs" : "");
    }
    buf_addf(out, "</threads>");
}

static void add_features(struct gdb_server *g, struct buf *out)
{
    registers_describe(debuggee_cpu(g->d), out);
}

static void add_range(struct buf *out, uint32_t base, uint32_t bytes)
{
    buf_addf(out, "<memory type=\"ram\" start=\"0x%x\" length=\"0x%x\"/>", base, bytes);
}

static void add_memory(struct gdb_server *g, struct buf *out)
{
    const struct board *b = &debuggee_session(g->d)->board;
    buf_addf(out, "<?xml version=\"1.0\"?><memory-map>");
    for (uint32_t i = 0; i < b->memories; i++)
        add_range(out, b->memory[i].base, b->memory[i].bytes);
    add_range(out, PPB_BASE, PPB_BYTES);
    buf_addf(out, "</memory-map>");
}

static const struct {
    const char *name;
    void (*add)(struct gdb_server *g, struct buf *out);
} documents[] = {
    {"features:read:target.xml:", add_features},
    {"memory-map:read::", add_memory},
    {"threads:read::", add_threads},
};

static void on_document(struct gdb_server *g, const char *text)
{
    struct buf all = {0};
    uint32_t from, n;
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        size_t len = strlen(documents[i].name);
        if (strncmp(text, documents[i].name, len) != 0)
            continue;
        text += len;
        if (!numbers(&text, ',', &from) || !numbers(&text, '\0', &n)) {
            error(g, 1);
            return;
        }
        documents[i].add(g, &all);
        from = from < all.len ? from : (uint32_t)all.len;
        n = n < RSP_PACKET_MAX / 2 ? n : RSP_PACKET_MAX / 2;
        n = n < all.len - from ? n : (uint32_t)all.len - from;
        buf_addf(&g->out, from + n < all.len ? "m" : "l");
        buf_add(&g->out, all.data + from, n);
        buf_fini(&all);
        return;
    }
    error(g, 0);
}

/* ---- The rest. ---- */

static void on_supported(struct gdb_server *g, const char *text)
{
    (void)text;
    buf_addf(&g->out,
             "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;"
             "qXfer:threads:read+;hwbreak+;vContSupported+%s",
             RSP_PACKET_MAX / 2, debuggee_has_past(g->d) ? ";ReverseStep+;ReverseContinue+" : "");
}

static void on_no_ack(struct gdb_server *g, const char *text)
{
    (void)text;
    ok(g);
    rsp_write(&g->rsp, g->out.data, g->out.len); /* still acknowledged */
    g->rsp.no_ack = true;
    g->silent = true;
}

static void on_attached(struct gdb_server *g, const char *text)
{
    (void)text;
    buf_addf(&g->out, "1");
}

static void on_monitor(struct gdb_server *g, const char *text)
{
    char line[256] = {0};
    struct buf answer = {0};
    size_t n = strlen(text) / 2;
    bool moved;
    if (n >= sizeof line || !rsp_unhex(text, n, line)) {
        error(g, 1);
        return;
    }
    monitor_run(g->d, &g->marks, line, &answer, &moved);
    if (moved)
        g->selected = 0;
    if (answer.len)
        rsp_hex(&g->out, answer.data, answer.len);
    else
        ok(g);
    buf_fini(&answer);
}

static void on_detach(struct gdb_server *g, const char *text)
{
    (void)text;
    ok(g);
    g->leaves = true;
    g->end = GDB_DETACHED;
}

static void on_kill(struct gdb_server *g, const char *text)
{
    (void)text;
    ok(g);
    g->leaves = true;
    g->end = GDB_KILLED;
}

/* By the longest name that fits. @ends: what may follow a name that takes nothing; NULL: anything.
 */
static const struct {
    const char *name;
    void (*handle)(struct gdb_server *g, const char *text);
    const char *ends;
} packets[] = {
    {"?", on_why, ""},
    {"D", on_detach, ";"},
    {"G", on_set_registers},
    {"H", on_select},
    {"M", on_write},
    {"P", on_set_register},
    {"QStartNoAckMode", on_no_ack, ""},
    {"T", on_alive},
    {"X", on_write_binary},
    {"Z", on_insert},
    {"bc", on_back, ""},
    {"bs", on_step_back, ""},
    {"c", on_continue},
    {"C", on_continue},
    {"g", on_registers, ""},
    {"k", on_kill, ""},
    {"m", on_read},
    {"p", on_register},
    {"qAttached", on_attached, ":"},
    {"qC", on_current_thread, ""},
    {"qfThreadInfo", on_first_threads},
    {"qRcmd,", on_monitor},
    {"qsThreadInfo", on_more_threads},
    {"qSupported", on_supported},
    {"qThreadExtraInfo,", on_thread_info},
    {"qXfer:", on_document},
    {"s", on_step},
    {"S", on_step},
    {"vCont", on_vcont},
    {"vKill", on_kill, ";"},
    {"z", on_remove},
};

void gdb_dispatch(struct gdb_server *g)
{
    const char *text = buf_text(&g->in);
    size_t best = 0;
    void (*handle)(struct gdb_server *, const char *) = NULL;
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++) {
        size_t n = strlen(packets[i].name);
        bool fits = strncmp(text, packets[i].name, n) == 0 &&
                    (!packets[i].ends || !text[n] || strchr(packets[i].ends, text[n]));
        if (n > best && fits) {
            best = n;
            handle = packets[i].handle;
        }
    }
    buf_clear(&g->out);
    g->silent = false;
    if (handle)
        handle(g, text + best);
}
