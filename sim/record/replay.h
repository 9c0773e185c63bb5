/*
 * A recording run again: inputs and pokes are fed back where they came in, every event and every
 * digest is compared with the recorded one, and the first difference is named.
 *
 *     struct replay r;
 *     replay_open(&r, &recording, NULL, &err);
 *     switch (replay_run(&r, &(struct replay_goal){.limit = MACHINE_FOREVER}, &stop)) ...
 *     replay_close(&r);
 */
#ifndef MOAT_REPLAY_H
#define MOAT_REPLAY_H

#include "sim/record/history.h"
#include "sim/record/session.h"
#include "sim/trace/print.h"

/** What a replay tells while it runs; any may be NULL. */
struct replay_host {
    void *ctx;
    const struct trace_symbols *symbols;                   /* names in the report of a difference */
    void (*event)(void *ctx, const struct trace_event *e); /* each recorded event that came again */
    const struct board *changed; /* run on this board, and compare nothing: another history */
    struct recorder_sink also;   /* gets all events; event NULL: none */
    void (*looked)(void *ctx);   /* after a digest, at a boundary: also the place to look for a
                                    person who wants to stop it (session_stop()) */
};

/** How a replay_run() ended. */
enum replay_end {
    REPLAY_LIMIT,    /* at the first boundary at or after the goal's cycle */
    REPLAY_POSITION, /* at the goal's position */
    REPLAY_STOPPED,  /* a breakpoint, a watchpoint, a watched symbol, or a request: see the stop */
    REPLAY_ENDED,    /* the recording ends here */
    REPLAY_DIFFERS,  /* r->difference */
    REPLAY_FAILED,   /* r->error: the recording cannot be read on */
};

/** Up to where: whatever comes first. Zero values say nothing but @limit, a cycle. */
struct replay_goal {
    uint64_t limit;
    bool seek; /* to @at */
    struct cpu_position at;
};

struct replay_difference {
    uint64_t number;               /* of the first event that differs */
    uint64_t cycle;                /* of it, the earlier of the two */
    bool digest;                   /* only the state differs: all events before it were the same */
    struct buf recorded, replayed; /* the two events as lines; empty: there is none */
    struct buf fields;             /* "pc, sp" */
    uint64_t state_cycle;
    struct buf state; /* what of the state differs then, by name, a line each; may be empty */
    uint32_t units;   /* how many units of state differ */
};

struct replay {
    struct replay_host host;
    struct recording *rec;
    struct history history;
    struct session session;
    size_t next_input, next_poke; /* in history.outside */
    bool compares;                /* else events of the recording are not looked at */
    uint64_t digests_apart;       /* compare digests so many cycles apart; 0: all */
    uint64_t next_digest;         /* cycle of the next that is compared */
    bool ended;                   /* all recorded events have come */
    bool open_end;                /* and then it goes on to end_at */
    struct cpu_position end_at;
    bool done; /* and the end of the run */
    bool differs;
    struct replay_difference difference;
    int status; /* of reading the recording; negative: error says why */
    struct moat_error error;
};

/** Make the machine as it was at the recording's beginning. @rec and what @host names outlive it.
 * -MOAT_EINPUT: the recording is damaged, or of another version of the engine's model. */
MOAT_CHECKED int replay_open(struct replay *r, struct recording *rec,
                             const struct replay_host *host, struct moat_error *err);
void replay_close(struct replay *r);

/** Go on towards @goal. @stop may be NULL. */
enum replay_end replay_run(struct replay *r, const struct replay_goal *goal,
                           struct machine_stop *stop);

/** From here on events are not compared: the run goes where it goes, with the same input. */
void replay_compare_no_more(struct replay *r);

/** Where the recording ends, as a goal; what the guest does by itself is none. */
struct replay_goal replay_end_goal(const struct replay *r);

/** The run that is recorded has not ended: it stands at @at. */
void replay_open_end(struct replay *r, struct cpu_position at);

/** State was restored (sim/record/snapshot.h): the recording goes on after event @count. */
void replay_restored(struct replay *r);

/** Number of the last event that came. */
uint64_t replay_count(const struct replay *r);

#endif
