/*
 * Snapshots of a session in memory: all declared state, and of memory what changed, compressed. A
 * bounded store: when it is full every second one goes, so that those left are evenly apart.
 *
 *     struct snapshots *s = snapshots_new(limit_bytes, apart_cycles);
 *     snapshots_looked(s, &session);          after each digest
 *     snapshots_restore(s, snapshots_before(s, &at), &session);
 */
#ifndef MOAT_SNAPSHOT_H
#define MOAT_SNAPSHOT_H

#include "sim/record/session.h"

struct snapshots;

/** A snapshot's place in the run. */
struct snapshot_place {
    struct cpu_position at;
    uint64_t count; /* events before it */
};

/** @apart: cycles from one to the next at least. */
struct snapshots *snapshots_new(size_t limit_bytes, uint64_t apart);
void snapshots_free(struct snapshots *s);

/** A digest was made (or the session started): perhaps take a snapshot. At a boundary. */
void snapshots_looked(struct snapshots *s, struct session *session);

size_t snapshots_count(const struct snapshots *s);
struct snapshot_place snapshots_place(const struct snapshots *s, size_t n);

/** Bytes that they take now. */
size_t snapshots_bytes(const struct snapshots *s);

/** The last one that is not after @at; there is always the first. */
size_t snapshots_before(const struct snapshots *s, const struct cpu_position *at);

/** The session is as it was; it is at a boundary. */
void snapshots_restore(struct snapshots *s, size_t n, struct session *session);

#endif
