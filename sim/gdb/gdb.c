#include "sim/gdb/gdb.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/listen.h"
#include "sim/gdb/private.h"

/* ---- Interrupts: the socket has something to say while the machine runs. ---- */

static struct debuggee *volatile running;

static void on_io(int sig)
{
    (void)sig;
    if (running)
        debuggee_interrupt(running);
}

static void resume(struct gdb_server *g, enum debuggee_how how)
{
    struct moat_error err;
    for (;;) {
        g->d->interrupted = 0;
        running = g->d;
        if (rsp_interrupted(&g->rsp))
            debuggee_interrupt(g->d);
        int rc = debuggee_resume(g->d, how, &g->stop, &err);
        running = NULL;
        if (rc < 0) {
            buf_addf(&g->out, "E.%s", err.text);
            return;
        }
        if (g->stop.reason != DEBUGGEE_INTERRUPTED || rsp_interrupted(&g->rsp) ||
            g->rsp.at < g->rsp.len || *g->rsp.quit)
            break; /* else it was but an acknowledgement */
    }
    g->selected = 0;
}

/* ---- Stops. ---- */

void gdb_refresh(struct gdb_server *g)
{
    struct session *s = debuggee_session(g->d);
    threads_read(debuggee_cpu(g->d), s->image, &s->recorder.keep, &g->threads);
}

const struct thread *gdb_current(const struct gdb_server *g)
{
    for (uint32_t i = 0; i < g->threads.count; i++)
        if (g->threads.thread[i].current)
            return &g->threads.thread[i];
    MOAT_ASSERT(false, "no thread runs");
    return NULL;
}

/* The signals of GDB's protocol: SIGINT 2, SIGTRAP 5, SIGSEGV 11. */
void gdb_answer_stop(struct gdb_server *g)
{
    static const uint8_t signals[] = {
        [DEBUGGEE_STEPPED] = 5,   [DEBUGGEE_AT_BREAK] = 5,    [DEBUGGEE_AT_ACCESS] = 5,
        [DEBUGGEE_AT_FAULT] = 11, [DEBUGGEE_INTERRUPTED] = 2, [DEBUGGEE_BEGIN] = 5,
        [DEBUGGEE_END] = 5,       [DEBUGGEE_DIFFERS] = 5,
    };
    const struct debuggee_stop *s = &g->stop;
    const struct cpu_hit *hit = &s->access;
    gdb_refresh(g);
    buf_addf(&g->out, "T%02xthread:%x;", signals[s->reason], gdb_current(g)->id);
    if (s->reason == DEBUGGEE_AT_BREAK)
        buf_addf(&g->out, "hwbreak:;");
    if (s->reason == DEBUGGEE_AT_ACCESS) {
        const char *kind = "awatch";
        uint32_t addr = hit->addr;
        for (size_t i = 0; i < g->d->watch_n; i++) {
            const struct cpu_watchpoint *w = &g->d->watch[i];
            if (hit->addr - w->addr >= w->bytes && w->addr - hit->addr >= hit->bytes)
                continue;
            kind = !w->read ? "watch" : !w->write ? "rwatch" : "awatch";
            addr = w->addr > hit->addr ? w->addr : hit->addr;
        }
        buf_addf(&g->out, "%s:%08x;", kind, addr);
    }
    if (s->reason == DEBUGGEE_BEGIN)
        buf_addf(&g->out, "replaylog:begin;");
    if (s->reason == DEBUGGEE_END || s->reason == DEBUGGEE_DIFFERS)
        buf_addf(&g->out, "replaylog:end;");
}

static void say(struct gdb_server *g, const char *text)
{
    struct buf packet = {0};
    buf_addf(&packet, "O");
    rsp_hex(&packet, text, strlen(text));
    rsp_write(&g->rsp, packet.data, packet.len);
    buf_fini(&packet);
}

static void tell_end(struct gdb_server *g)
{
    const struct debuggee_stop *s = &g->stop;
    struct buf text = {0};
    if (s->reason == DEBUGGEE_DIFFERS)
        buf_addf(&text, "moat: the recording does not replay beyond this point: moat replay\n");
    else if (s->reason == DEBUGGEE_END && s->ended.kind == MACHINE_STOP_PAUSE)
        buf_addf(&text, "moat: the present: from here on the run goes on\n");
    else if (s->reason == DEBUGGEE_END && s->ended.kind == MACHINE_STOP_EXIT && g->d->over)
        buf_addf(&text, "moat: the guest exited with status %u\n", s->ended.status);
    else if (s->reason == DEBUGGEE_END && g->d->over)
        buf_addf(&text, "moat: %s\n", machine_stop_text(s->ended.kind));
    if (text.len)
        say(g, text.data);
    buf_fini(&text);
}

void gdb_run(struct gdb_server *g, enum debuggee_how how)
{
    resume(g, how);
    if (g->out.len)
        return;
    tell_end(g);
    gdb_answer_stop(g);
}

static bool is_killing(const struct gdb_server *g)
{
    return g->leaves && g->end == GDB_KILLED && buf_text(&g->in)[0] == 'k';
}

static void serve(struct gdb_server *g)
{
    struct sigaction act = {.sa_handler = on_io}, old;
    sigaction(SIGIO, &act, &old);
    fcntl(g->rsp.fd, F_SETOWN, getpid());
    fcntl(g->rsp.fd, F_SETFL, fcntl(g->rsp.fd, F_GETFL) | O_ASYNC);
    g->leaves = false;
    while (!g->leaves) {
        enum rsp_got got = rsp_read(&g->rsp, &g->in);
        if (got == RSP_CLOSED) {
            g->end = *g->rsp.quit ? GDB_QUIT : GDB_DETACHED;
            break;
        }
        if (got == RSP_INTERRUPT)
            continue; /* it stands already */
        gdb_dispatch(g);
        if (!g->silent && !is_killing(g))
            rsp_write(&g->rsp, buf_text(&g->out), g->out.len); /* rsp_read() notices */
    }
    sigaction(SIGIO, &old, NULL);
    close(g->rsp.fd);
}

/* ---- The door. ---- */

int gdb_listen(unsigned port, struct gdb_server **out, struct moat_error *err)
{
    int fd = listen_local(&port, 0, "--gdb 0", err);
    if (fd < 0)
        return fd;
    struct gdb_server *g = calloc(1, sizeof *g);
    MOAT_ASSERT(g, "no memory");
    g->listener = fd;
    g->port = port;
    *out = g;
    return 0;
}

unsigned gdb_port(const struct gdb_server *g)
{
    return g->port;
}

void gdb_close(struct gdb_server *g)
{
    if (!g)
        return;
    close(g->listener);
    buf_fini(&g->in);
    buf_fini(&g->out);
    free(g);
}

enum gdb_end gdb_serve(struct gdb_server *g, struct debuggee *d, const volatile sig_atomic_t *quit)
{
    struct pollfd p = {.fd = g->listener, .events = POLLIN};
    while (!*quit && poll(&p, 1, -1) <= 0)
        ;
    int on = 1, fd = *quit ? -1 : accept(g->listener, NULL, NULL);
    if (fd < 0)
        return GDB_QUIT;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    g->rsp = (struct rsp){.fd = fd, .quit = quit};
    g->d = d;
    g->selected = 0;
    g->stop = (struct debuggee_stop){.reason = DEBUGGEE_STEPPED};
    serve(g);
    return g->end;
}
