/*
 * Travel in time: a recording, replayed, that can go to any of its points, forwards and backwards.
 *
 * Snapshots are taken on the way; a point that was passed is reached from the one before it. What
 * is looked for backwards (breakpoints, watchpoints, changes of the MPU) is found by running the
 * stretches between snapshots again, the latest first.
 *
 *     timeline_open(&t, &recording, NULL, &err);
 *     timeline_run(&t, &(struct replay_goal){.limit = 1000000}, &stop);
 *     timeline_set_watchpoints(&t, &watch, 1);
 *     if (timeline_back(&t, NULL, NULL, &hit)) ...     at the last write before that
 */
#ifndef MOAT_TIMELINE_H
#define MOAT_TIMELINE_H

#include "sim/base/when.h"
#include "sim/record/replay.h"
#include "sim/record/snapshot.h"

#define TIMELINE_SNAPSHOT_BYTES  (256u << 20) /* that snapshots take at most */
#define TIMELINE_SNAPSHOTS_APART 1000000u     /* cycles, to begin with */

struct timeline {
    struct replay replay;
    struct snapshots *snapshots;
    uint32_t *breaks;
    size_t breaks_n;
    struct cpu_watchpoint watch[CPU_WATCHPOINTS_MAX];
    size_t watch_n;
    bool watch_mpu;
    bool interrupted;        /* timeline_back() was: session_stop() */
    struct replay_host host; /* of who travels */
};

/** A stop that was found backwards. */
struct timeline_hit {
    struct machine_stop stop;
    struct cpu_position at; /* before the instruction that is the reason */
    struct cpu_hit access;  /* of a watchpoint */
};

/** @host: as replay_open(), may be NULL. @rec stays the caller's. */
MOAT_CHECKED int timeline_open(struct timeline *t, struct recording *rec,
                               const struct replay_host *host, struct moat_error *err);
void timeline_close(struct timeline *t);

/** What timeline_run() and timeline_back() stop at. Copied. */
void timeline_set_breaks(struct timeline *t, const uint32_t *pcs, size_t n);
void timeline_set_watchpoints(struct timeline *t, const struct cpu_watchpoint *w, size_t n);
void timeline_watch_mpu(struct timeline *t, bool on);

struct cpu *timeline_cpu(struct timeline *t);
struct cpu_position timeline_position(struct timeline *t);

/** Forwards, stopping at breakpoints and watchpoints. */
enum replay_end timeline_run(struct timeline *t, const struct replay_goal *goal,
                             struct machine_stop *stop);

/** One instruction forwards, or into a handler that is entered. */
enum replay_end timeline_step(struct timeline *t, struct machine_stop *stop);

/** To the first position not before @at, from wherever; past nothing but the recording's end. */
enum replay_end timeline_seek(struct timeline *t, struct cpu_position at);

/** From a boundary to the next instruction; asleep, nowhere. */
enum replay_end timeline_settle(struct timeline *t);

/** To the first instruction at or after @cycle; asleep, to that cycle. */
enum replay_end timeline_go(struct timeline *t, uint64_t cycle);

/** To the last position at which event @number had not come yet: of a fault, the instruction. */
enum replay_end timeline_before_event(struct timeline *t, uint64_t number);

/** To T. -MOAT_EUSAGE: no such symbol, event, or arrival. */
MOAT_CHECKED int timeline_go_when(struct timeline *t, const struct when *when,
                                  struct moat_error *err);

/** One instruction back; false at the beginning. */
bool timeline_step_back(struct timeline *t);

/** Does the stop count? The machine stands right after it. */
typedef bool (*timeline_filter)(void *ctx, struct timeline *t);

/**
 * Back to the last stop before here that @filter (may be NULL) lets count. False when there is
 * none: then at the beginning.
 */
bool timeline_back(struct timeline *t, timeline_filter filter, void *ctx, struct timeline_hit *hit);

#endif
