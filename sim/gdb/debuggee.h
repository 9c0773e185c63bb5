/*
 * What a debugger debugs: a run that goes on, a recording, or both. A live run's past is what was
 * recorded of it so far, replayed; going forwards beyond its end, the run goes on.
 *
 *     debuggee_resume(&d, DEBUGGEE_CONTINUE, &stop);
 *     debuggee_resume(&d, DEBUGGEE_BACK, &stop);
 */
#ifndef MOAT_DEBUGGEE_H
#define MOAT_DEBUGGEE_H

#include <signal.h>

#include "sim/record/timeline.h"

#define DEBUGGEE_BREAKS_MAX 256u

enum debuggee_how {
    DEBUGGEE_CONTINUE,
    DEBUGGEE_STEP,
    DEBUGGEE_BACK,
    DEBUGGEE_STEP_BACK
};

enum debuggee_reason {
    DEBUGGEE_STEPPED,
    DEBUGGEE_AT_BREAK,
    DEBUGGEE_AT_ACCESS, /* of a watchpoint: see access */
    DEBUGGEE_AT_FAULT,  /* a fault was taken: the first instruction of its handler */
    DEBUGGEE_INTERRUPTED,
    DEBUGGEE_BEGIN, /* of what was recorded */
    DEBUGGEE_END,   /* of it, or of a live run: see ended */
    DEBUGGEE_DIFFERS
};

struct debuggee_stop {
    enum debuggee_reason reason;
    struct cpu_hit access;
    struct machine_stop ended; /* DEBUGGEE_END of a live run */
};

struct debuggee {
    struct session *live; /* NULL: a recording alone */
    /** Bring to disk what was recorded of the live run, and say where; NULL: it is not recorded. */
    const char *(*flush)(void *ctx);
    void *ctx;
    struct recording rec; /* in_past */
    struct timeline past;
    bool in_past, over; /* over: the live run has ended */
    struct machine_stop end;
    uint32_t breaks[DEBUGGEE_BREAKS_MAX];
    size_t breaks_n;
    struct cpu_watchpoint watch[CPU_WATCHPOINTS_MAX];
    size_t watch_n;
    bool catches_faults, faulted;
    volatile sig_atomic_t interrupted;
};

/** A live run; session_start() was called. @flush and @ctx as above. */
void debuggee_attach(struct debuggee *d, struct session *live, const char *(*flush)(void *ctx),
                     void *ctx);

/** A recording, at its beginning. @rec is taken over. */
MOAT_CHECKED int debuggee_open(struct debuggee *d, struct recording *rec, struct moat_error *err);
void debuggee_close(struct debuggee *d);

/** The session that the debugger sees now. */
struct session *debuggee_session(struct debuggee *d);
struct cpu *debuggee_cpu(struct debuggee *d);

/** The core has told of an event while the live session ran: its host calls this. */
void debuggee_cpu_event(struct debuggee *d, const struct cpu_event *e);

/** Can it go back? A live run that is recorded can. */
bool debuggee_has_past(const struct debuggee *d);

/** Go on. -MOAT_EINPUT: there is no past, or it cannot be read. */
MOAT_CHECKED int debuggee_resume(struct debuggee *d, enum debuggee_how how,
                                 struct debuggee_stop *stop, struct moat_error *err);

/** To T, in the past; also from a live run. */
MOAT_CHECKED int debuggee_go(struct debuggee *d, const struct when *when, struct moat_error *err);
MOAT_CHECKED int debuggee_seek(struct debuggee *d, struct cpu_position at, struct moat_error *err);

/** Write as session_poke(). False: no such place, or it is the past, which cannot be changed. */
bool debuggee_poke(struct debuggee *d, struct trace_poke *poke);

/** Ask it to stop; also from a signal handler. */
void debuggee_interrupt(struct debuggee *d);

#endif
