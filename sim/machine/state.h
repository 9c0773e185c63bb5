/*
 * All state of a machine, declared: what is saved, restored, compared and named.
 *
 *     struct machine_state s;
 *     machine_state(m, &s);
 *     machine_collect(m);                 stopped at a boundary: the fields hold
 *     ...write fields and memory...
 *     machine_restored(m);                go on from there
 */
#ifndef MOAT_MACHINE_STATE_H
#define MOAT_MACHINE_STATE_H

#include "cpu/debug.h"
#include "sim/machine/machine.h"

#define MACHINE_FIELDS_MAX 1024u

/** One named piece of state. */
struct machine_field {
    const char *owner; /* "core", "machine", or the device's name */
    const char *name;
    void *at;
    size_t bytes;
};

struct machine_state {
    struct machine_field field[MACHINE_FIELDS_MAX];
    uint32_t fields;
    struct cpu_memory memory[BOARD_MEMORIES_MAX];
    uint32_t memories;
};

/** Where everything lies; holds as long as the machine. */
void machine_state(struct machine *m, struct machine_state *out);

void machine_collect(struct machine *m);
void machine_restored(struct machine *m);

#endif
