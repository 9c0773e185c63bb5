#include "sim/record/trim.h"

#include <inttypes.h>

#include "sim/record/checkpoint.h"

static int failed(const struct replay *r, enum replay_end end, struct moat_error *err)
{
    if (end == REPLAY_FAILED)
        return moat_fail(err, MOAT_EINPUT, "%s", r->error.text);
    int rc = moat_fail(err, MOAT_EINPUT, "the recording does not replay beyond t=%" PRIu64,
                       r->difference.cycle);
    moat_hint(err, "moat replay");
    return rc;
}

/* The new recording begins where the replay stands: its state, and what its events refer to. */
static int begin(struct replay *r, struct recording_out *out, struct moat_error *err)
{
    struct recorder *recorder = &r->session.recorder;
    struct buf state = {0};
    replay_compare_no_more(r); /* what its events refer to is told anew, and not where it was */
    recorder_flush(recorder);
    checkpoint_save(r->session.machine, &state);
    int rc = recording_begin_at(out, recorder->count + 1, &state, err);
    buf_fini(&state);
    if (rc < 0)
        return rc;
    r->host.also = recording_sink(out);
    recorder_context(recorder);
    return 0;
}

/* To @to or the recording's end, whichever is first, and the end of the run. */
static int copy(struct replay *r, uint64_t to, struct moat_error *err)
{
    struct machine_stop stop = {0};
    struct replay_goal goal = replay_end_goal(r);
    bool cut = to < r->history.last_cycle;
    if (cut)
        goal = (struct replay_goal){.limit = to};
    enum replay_end end = replay_run(r, &goal, &stop);
    if (end == REPLAY_DIFFERS || end == REPLAY_FAILED)
        return failed(r, end, err);
    if (end == REPLAY_ENDED)
        return 0; /* the guest ended it, and that is written down */
    if (end == REPLAY_POSITION)
        machine_disown(r->session.machine);
    stop.pc = cpu_reg(machine_cpu(r->session.machine), 15);
    if (!cut && r->history.ended)
        stop.kind = (enum machine_stop_kind)r->history.stop.reason;
    session_end(&r->session, &stop);
    return 0;
}

int recording_trim(struct recording *rec, uint64_t from, uint64_t to, const char *path,
                   struct moat_error *err)
{
    struct replay r;
    struct recording_out *out = NULL;
    struct recording_info info = rec->info;
    int rc = replay_open(&r, rec, NULL, err);
    bool whole = from <= r.history.first_cycle;
    if (rc == 0 && from > to)
        rc = moat_fail(err, MOAT_EUSAGE, "it is to begin at t=%" PRIu64 " and to end before that",
                       from);
    if (rc == 0 && from > r.history.last_cycle)
        rc = moat_fail(err, MOAT_EUSAGE, "the recording has t=%" PRIu64 " to t=%" PRIu64,
                       r.history.first_cycle, r.history.last_cycle);
    if (rc == 0 && !whole) {
        enum replay_end end = replay_run(&r, &(struct replay_goal){.limit = from}, NULL);
        if (end == REPLAY_DIFFERS || end == REPLAY_FAILED)
            rc = failed(&r, end, err);
        else if (end != REPLAY_LIMIT)
            rc = moat_fail(err, MOAT_EUSAGE, "nothing is left from t=%" PRIu64 " on", from);
    }
    info.limit = 0;
    info.until[0] = '\0';
    if (rc == 0)
        rc = recording_create(path, &rec->board, machine_parts(), rec->image, &info, &out, err);
    if (rc == 0 && !whole)
        rc = begin(&r, out, err);
    if (rc == 0 && whole && rec->checkpoint.len)
        rc = recording_begin_at(out, r.history.first, &rec->checkpoint, err);
    if (rc == 0 && whole) { /* from its beginning: once more, with the sink in place */
        replay_close(&r);
        rc = replay_open(&r, rec, &(struct replay_host){.also = recording_sink(out)}, err);
    }
    if (rc == 0)
        rc = copy(&r, to, err);
    replay_close(&r);
    if (out) {
        struct moat_error other;
        int closed = recording_finish(out, rc < 0 ? &other : err);
        rc = rc < 0 ? rc : closed;
    }
    return rc;
}
