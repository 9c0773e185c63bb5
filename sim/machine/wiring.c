/*
 * What devices do to each other: wires, buses, memory as a bus master, reset.
 *
 * A signal is told to the devices it is wired to before the call that gave it returns; one that is
 * given meanwhile waits until the device being told has returned. So no device is nested deeply,
 * and a circle of wires cannot hang: after SIGNALS_AT_ONCE of them the rest is dropped and noted.
 */
#include "sim/machine/private.h"

#define SIGNALS_AT_ONCE 1024u

static void queue(struct machine *m, struct device *from, uint32_t port, bool level)
{
    if (m->signals == MACHINE_SIGNALS_MAX) {
        m->host.unmodelled(m->host.ctx, from->name, port, true);
        return;
    }
    m->signal[(m->signal_head + m->signals++) % MACHINE_SIGNALS_MAX] =
        (struct machine_signal){from->number, port, level};
}

static void deliver(struct machine *m, struct machine_signal s)
{
    for (uint32_t i = 0; i < m->board.wires; i++) {
        const struct board_wire *w = &m->board.wire[i];
        struct device *to = m->device[w->to].dev;
        if (w->from == s.from && s.port - w->first < w->count && to->ops->signal)
            to->ops->signal(to, w->at + (s.port - w->first), s.level);
    }
}

void wiring_signal(void *ctx, struct device *d, uint32_t port, bool level)
{
    struct machine *m = ctx;
    queue(m, d, port, level);
    if (m->host.signal)
        m->host.signal(m->host.ctx, d->name, port, level);
    if (m->delivering)
        return;
    m->delivering = true;
    for (uint32_t n = 0; m->signals && n < SIGNALS_AT_ONCE; n++) {
        struct machine_signal s = m->signal[m->signal_head];
        m->signal_head = (m->signal_head + 1) % MACHINE_SIGNALS_MAX;
        m->signals--;
        deliver(m, s);
    }
    if (m->signals)
        m->host.unmodelled(m->host.ctx, d->name, port, true);
    m->signals = m->signal_head = 0;
    m->delivering = false;
}

bool wiring_fetch(void *ctx, struct device *d, uint32_t addr, void *out, uint32_t n)
{
    (void)d;
    return cpu_peek(((struct machine *)ctx)->cpu, addr, out, n);
}

bool wiring_store(void *ctx, struct device *d, uint32_t addr, const void *bytes, uint32_t n)
{
    (void)d;
    return cpu_poke(((struct machine *)ctx)->cpu, addr, bytes, n);
}

bool wiring_transfer(void *ctx, struct device *d, enum bus_op op, uint8_t *byte)
{
    struct machine *m = ctx;
    bool ack = false;
    for (uint32_t i = 0; i < m->devices; i++) {
        struct device *on = m->device[i].dev;
        if (m->board.device[i].bus == (int)d->number && on->ops->transfer)
            ack |= on->ops->transfer(on, op, byte);
    }
    return ack;
}

void wiring_reset(void *ctx, struct device *d)
{
    struct machine *m = ctx;
    (void)d;
    m->reset_wanted = true;
    cpu_limit(m->cpu, *cpu_now(m->cpu));
}
