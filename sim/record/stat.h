/*
 * Where the cycles of a run went: by thread and by exception, for `moat run --stat`.
 *
 * What exception entry and return take counts for the code that is left.
 */
#ifndef MOAT_STAT_H
#define MOAT_STAT_H

#include "cpu/cpu.h"
#include "loaders/keep.h"
#include "sim/base/buf.h"

#define STAT_THREADS_MAX 64u
#define STAT_DEPTH_MAX   64u

struct stat_share {
    uint64_t cycles, times; /* times: entered */
};

struct stat {
    const struct keep *keep; /* for names of threads; may be empty */
    uint64_t since;          /* the cycle up to which everything is counted */
    uint32_t stack[STAT_DEPTH_MAX];
    uint32_t depth; /* active exceptions */
    uint32_t thread;
    struct stat_share exceptions[EXC_MAX];
    struct {
        uint32_t addr;
        struct stat_share share;
    } threads[STAT_THREADS_MAX];
    uint32_t thread_count;
};

/** An event of the core; @c for the word that names Keep's running thread. */
void stat_event(struct stat *s, const struct cpu *c, const struct cpu_event *e);

/** The table, for the run that ends now. Appended to @out. */
void stat_print(struct stat *s, const struct cpu *c, struct buf *out);

#endif
