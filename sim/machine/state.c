#include "sim/machine/state.h"

#include "sim/base/assert.h"
#include "sim/machine/private.h"

static void add(struct machine_state *s, const char *owner, const char *name, void *at,
                size_t bytes)
{
    MOAT_ASSERT(s->fields < MACHINE_FIELDS_MAX, "too much state");
    s->field[s->fields++] = (struct machine_field){owner, name, at, bytes};
}

static void add_rows(struct machine_state *s, const char *owner, void *base,
                     const struct state_field *rows)
{
    for (; rows->name; rows++)
        add(s, owner, rows->name, (char *)base + rows->offset, rows->bytes);
}

void machine_state(struct machine *m, struct machine_state *out)
{
    out->fields = 0;
    add_rows(out, "core", cpu_state_base(m->cpu), cpu_state_fields());
    for (uint32_t i = 0; i < m->devices; i++) {
        struct machine_device *d = &m->device[i];
        add_rows(out, d->dev->name, d->dev, d->dev->ops->state);
        add(out, d->dev->name, "next event", &d->due, sizeof d->due);
        add(out, d->dev->name, "interrupt lines", d->lines, sizeof d->lines);
    }
    add(out, "machine", "injected interrupts", m->injected, sizeof m->injected);
    add(out, "machine", "reset wanted", &m->reset_wanted, sizeof m->reset_wanted);
    add(out, "machine", "semihosting errno", &m->semihost_errno, sizeof m->semihost_errno);
    add(out, "machine", "semihosting features", &m->features_at, sizeof m->features_at);
    out->memories = cpu_memories(m->cpu, out->memory, BOARD_MEMORIES_MAX);
}

void machine_collect(struct machine *m)
{
    cpu_state_collect(m->cpu);
}

void machine_restored(struct machine *m)
{
    cpu_state_restored(m->cpu);
    m->next_poll = 0; /* the host says when there is more */
    m->at_boundary = true;
    m->soonest = 0;
}
