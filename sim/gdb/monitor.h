/*
 * What `monitor` understands: the machine in words, and travel in time by name.
 */
#ifndef MOAT_MONITOR_H
#define MOAT_MONITOR_H

#include "sim/gdb/debuggee.h"

#define BOOKMARKS_MAX 64u

struct bookmarks {
    struct {
        char name[32];
        struct cpu_position at;
    } mark[BOOKMARKS_MAX];
    uint32_t count;
};

/** Answer @line into @out, whole lines. *@moved: registers and memory are others now. */
void monitor_run(struct debuggee *d, struct bookmarks *b, const char *line, struct buf *out,
                 bool *moved);

#endif
