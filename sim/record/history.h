/*
 * A recording read once: what came from outside, in order, and where its events lie.
 *
 *     struct history h;
 *     history_read(&h, &recording, &err);
 *     history_seek(&h, 1000);                 the next event read is e1000
 */
#ifndef MOAT_HISTORY_H
#define MOAT_HISTORY_H

#include "sim/record/recording.h"

/** An input or a poke. */
struct history_entry {
    uint64_t number, cycle;
    bool poke;
    const char *device; /* of an input */
    const uint8_t *bytes;
    uint32_t len;
    uint64_t insns; /* of a poke, with what and addr */
    uint8_t what;
    uint32_t addr;
};

struct history {
    struct recording *rec;
    struct history_entry *outside;
    size_t outside_n;
    struct ctf_place *marks; /* before every HISTORY_MARK_EVERY-th event, from the first on */
    size_t marks_n;
    uint64_t first, last; /* numbers of events; first - 1 when there is none */
    uint64_t first_cycle, last_cycle;
    bool ended;             /* the last event is the end of the run */
    struct trace_stop stop; /* and says this */
    bool cut;               /* the trace ends inside a packet */
};

#define HISTORY_MARK_EVERY 4096u

/** Read all of @rec, which stays the caller's; -MOAT_EINPUT where it is damaged. Text and data
 * point into the recording. */
MOAT_CHECKED int history_read(struct history *h, struct recording *rec, struct moat_error *err);
void history_fini(struct history *h);

/** One more entry, before the one that is @at. What it points to stays the caller's. */
void history_insert(struct history *h, size_t at, const struct history_entry *o);

/** The next recording_next() reads event @number, first to last + 1. */
void history_seek(struct history *h, uint64_t number);

#endif
