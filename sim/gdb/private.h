/*
 * The inside of the GDB server: gdb.c has the door, the run and its stops; packets.c what packets
 * ask for.
 */
#ifndef MOAT_GDB_PRIVATE_H
#define MOAT_GDB_PRIVATE_H

#include "sim/gdb/gdb.h"
#include "sim/gdb/monitor.h"
#include "sim/gdb/registers.h"
#include "sim/gdb/rsp.h"

struct gdb_server {
    int listener;
    unsigned port;
    struct rsp rsp;
    struct debuggee *d;
    struct buf in, out; /* the packet, and its answer */
    struct threads threads;
    uint32_t selected; /* id of the thread that registers are asked of; 0: the current one */
    struct bookmarks marks;
    struct debuggee_stop stop;
    bool silent; /* no answer to this packet */
    bool leaves; /* after it */
    enum gdb_end end;
};

/** g->threads as they are now. */
void gdb_refresh(struct gdb_server *g);
/** The one that runs; after gdb_refresh(). */
const struct thread *gdb_current(const struct gdb_server *g);
/** Go on, and answer with the stop. */
void gdb_run(struct gdb_server *g, enum debuggee_how how);
/** Answer with the last stop. */
void gdb_answer_stop(struct gdb_server *g);
/** Answer g->in into g->out. */
void gdb_dispatch(struct gdb_server *g);

#endif
