/*
 * A machine and all that is written down of it: one run, whoever drives it.
 *
 * A live run has a host that looks for input; a replay has one that takes it from a recording. Both
 * look at the whole state at the same cycles, and after each fault.
 *
 *     session_open(&s, &board, image, &host, &err);
 *     session_start(&s);
 *     stop = session_run(&s, MACHINE_FOREVER);
 *     session_close(&s);
 */
#ifndef MOAT_SESSION_H
#define MOAT_SESSION_H

#include <signal.h>

#include "sim/record/digest.h"
#include "sim/record/recorder.h"

/** Cycles from one digest to the next, unless the run was asked for another number. */
#define SESSION_DIGEST_EVERY 1048576u

struct session;

/** What the session asks and tells; any may be NULL. */
struct session_host {
    void *ctx;
    struct recorder_sink sink;
    bool (*input)(void *ctx, struct machine_input *in, bool wait, uint64_t *again);
    bool (*ask)(void *ctx, const struct machine_question *q, struct buf *answer);
    void (*output)(void *ctx, const char *device, const void *bytes, size_t n);
    void (*cpu_event)(void *ctx, const struct cpu_event *e);
    /** Each time; the trace has it once. */
    void (*unmodelled)(void *ctx, const char *device, uint32_t offset, bool write);
    void (*signal)(void *ctx, const char *device, uint32_t port, bool level);
    /** Shall the recording go on in a new segment after this digest? */
    bool (*turn)(void *ctx);
    /** It does; the machine stands at the boundary that the segment begins at. */
    void (*turned)(void *ctx);
    /** A digest was written; @s->digest says what was touched. At a boundary. */
    void (*looked)(void *ctx);
};

struct session {
    struct session_host host;
    struct board board;
    struct image *image; /* the caller's */
    struct machine *machine;
    struct recorder recorder;
    struct digest digest;
    bool looks; /* digests are made at all */
    uint64_t digest_every, next_look;
    volatile sig_atomic_t stop_wanted;
};

/** Make the machine; nothing runs and nothing is written. -MOAT_EINPUT as machine_new(). */
MOAT_CHECKED int session_open(struct session *s, const struct board *board, struct image *image,
                              const struct session_host *host, struct moat_error *err);
void session_close(struct session *s);

/** Power on. @digest_every 0: no digests. */
void session_start(struct session *s, uint64_t digest_every);

/**
 * Or go on from a checkpoint (sim/record/checkpoint.h) instead: the machine's state is in place.
 * Its first event, @number, begins the context (recorder_context()).
 */
void session_start_at(struct session *s, uint64_t digest_every, uint64_t number);

/** Run until cycle @limit or another stop; MACHINE_STOP_REQUEST when a stop was wanted. */
struct machine_stop session_run(struct session *s, uint64_t limit);

/** A stop that was wanted is over: session_run() goes on. */
void session_resume(struct session *s);

/** Write a digest now; at a boundary. session_run() does when one is due. */
void session_look(struct session *s);

/**
 * From a boundary to the point before the next instruction: exceptions that are pending are taken.
 * A core that sleeps stays where it is. False when that ended the run.
 */
bool session_settle(struct session *s, struct machine_stop *stop);

/** The name of Keep's running thread, as far as events told; "-" when there is none. */
const char *session_task(const struct session *s);

/** Ask it to stop. Also from a signal handler or a callback. */
void session_stop(struct session *s);

/** State was written from outside at a boundary (a checkpoint was restored): look at all of it. */
void session_restored(struct session *s);

/**
 * Write to the machine as a debugger, and write that down; not at a boundary: see session_settle().
 * @poke's insns is filled in. False when there is no such place: then nothing was written.
 */
bool session_poke(struct session *s, struct trace_poke *poke);

/** The end of the run, as an event. */
void session_end(struct session *s, const struct machine_stop *stop);

#endif
