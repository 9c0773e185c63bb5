/*
 * A recording: all that a run was, enough to run it again.
 *
 *     moat.rec/recording.json   versions, options, checksums; "complete" once the run has ended
 *     moat.rec/board.json       the board, normalised
 *     moat.rec/firmware/NAME    the image as it was loaded
 *     moat.rec/ctf/             the trace (sim/trace/ctf.h)
 *     moat.rec/checkpoint       all state at the trace's beginning, when that is not the reset;
 *                               checkpoint-N for ctf/stream-N
 *
 * The same as one file: sim/record/store.h.
 */
#ifndef MOAT_RECORDING_H
#define MOAT_RECORDING_H

#include <stdbool.h>

#include "loaders/board.h"
#include "loaders/image.h"
#include "sim/base/error.h"
#include "sim/record/info.h"
#include "sim/record/recorder.h"
#include "sim/record/store.h"
#include "sim/trace/ctf.h"

#define RECORDING_DEFAULT   "moat.rec"
#define RECORDING_SEGMENTS  4u /* of a limited recording; two are always there */
#define RECORDING_LIMIT_MIN 65536u

/* ---- Writing one. ---- */

struct recording_out;

/**
 * Begin a recording in folder @path, or, when the name ends in ".moat", in a folder beside it that
 * becomes that file in the end. An earlier recording there is replaced; anything else that is not
 * empty is refused.
 *
 * @info, @image  stay the caller's and outlive it
 *
 * Returns 0, -MOAT_ECREATE or -MOAT_EIO.
 */
MOAT_CHECKED int recording_create(const char *path, const struct board *board,
                                  const struct board_parts *parts, const struct image *image,
                                  const struct recording_info *info, struct recording_out **out,
                                  struct moat_error *err);

/** The trace begins with event @number, in the state of @checkpoint. Before the first event. */
MOAT_CHECKED int recording_begin_at(struct recording_out *out, uint64_t number,
                                    const struct buf *checkpoint, struct moat_error *err);

struct ctf_writer *recording_trace(struct recording_out *out);

/** Events go to @out, which may be NULL: then nobody wants any. A full disk stops the run. */
struct recorder_sink recording_sink(struct recording_out *out);

/** All events so far are on disk. Returns where: a folder, whatever it will be packed into. */
const char *recording_flush(struct recording_out *out);

/** Is it time for recording_turn(), by the limit? */
bool recording_full(const struct recording_out *out);

/** Go on in a new segment that begins in the state of @checkpoint, and drop the oldest. */
MOAT_CHECKED int recording_turn(struct recording_out *out, const struct buf *checkpoint,
                                struct moat_error *err);

/**
 * End it: close the trace and mark the recording complete; frees @out. On failure (-MOAT_EIO) it
 * stays marked incomplete, and what could be written can be read.
 */
MOAT_CHECKED int recording_finish(struct recording_out *out, struct moat_error *err);

/* ---- Reading one. ---- */

struct recording {
    char *path;
    struct store *store;
    struct ctf_reader *trace;
    struct image *image;
    struct board board;
    struct recording_info info;
    bool complete;
    struct buf checkpoint; /* the state that the trace begins in; empty: reset */
    char checkpoint_name[32];
    uint64_t events; /* number of the last event; of a complete one */
};

/**
 * Open; -MOAT_ENOINPUT when there is none, -MOAT_EINPUT when it is damaged.
 *
 * Every byte is covered by a checksum but those of packets, which ctf_next() checks.
 */
MOAT_CHECKED int recording_open(const char *path, const struct board_parts *parts,
                                struct recording *out, struct moat_error *err);
void recording_close(struct recording *r);

/** Is what recording_open() has no need of whole too: checkpoints of later segments, and nothing
 * that does not belong? */
MOAT_CHECKED int recording_check(struct recording *r, struct moat_error *err);

/**
 * The next event, as ctf_next(); and at the end of a complete recording an error when events are
 * missing there. 0 at the end, also of one that was cut off: then @cut (may be NULL) is set.
 */
MOAT_CHECKED int recording_next(struct recording *r, struct trace_event *e, bool *cut,
                                struct moat_error *err);

#endif
