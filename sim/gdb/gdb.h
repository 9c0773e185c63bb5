/*
 * A server for GDB: a debugger connects, and debugs a run or a recording.
 *
 * It takes one connection on the loopback address and serves it until the debugger detaches, kills
 * or goes. Reading memory and registers as a debugger disturbs nothing; what it writes to a live
 * run is recorded, and so comes again in a replay.
 *
 * Source: Debugging with GDB, appendix E (Remote Serial Protocol).
 */
#ifndef MOAT_GDB_H
#define MOAT_GDB_H

#include "sim/gdb/debuggee.h"

struct gdb_server;

/**
 * Listen on 127.0.0.1:@port; 0: any that is free. -MOAT_EDISPLAY when it cannot be had.
 */
MOAT_CHECKED int gdb_listen(unsigned port, struct gdb_server **out, struct moat_error *err);
unsigned gdb_port(const struct gdb_server *g);
void gdb_close(struct gdb_server *g);

enum gdb_end {
    GDB_DETACHED, /* the run may go on */
    GDB_KILLED,   /* it may not */
    GDB_QUIT      /* @quit was set */
};

/** Wait for a debugger and serve it; until *@quit is not 0, which a signal handler sets. */
enum gdb_end gdb_serve(struct gdb_server *g, struct debuggee *d, const volatile sig_atomic_t *quit);

#endif
