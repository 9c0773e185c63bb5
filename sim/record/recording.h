/*
 * A recording: a folder with the trace, the firmware, the board and how the run was asked for.
 *
 *     moat.rec/recording.json   version, engine, options; "complete" once the run has ended
 *     moat.rec/board.json       the board, normalised
 *     moat.rec/firmware/NAME    the image as it was loaded
 *     moat.rec/ctf/             the trace (sim/trace/ctf.h)
 */
#ifndef MOAT_RECORDING_H
#define MOAT_RECORDING_H

#include <stdbool.h>

#include "loaders/board.h"
#include "loaders/image.h"
#include "sim/base/error.h"
#include "sim/trace/ctf.h"

#define RECORDING_DEFAULT "moat.rec"

/** What is told about a run besides its events. */
struct recording_info {
    const char *firmware; /* base name of the image */
    const char *build_id;
    const char *engine; /* version of Unicorn */
};

/**
 * Begin a recording in folder @path. An earlier recording there is replaced; any other folder
 * that is not empty is refused.
 *
 * Returns 0, -MOAT_ECREATE or -MOAT_EIO.
 */
MOAT_CHECKED int recording_create(const char *path, const struct board *board,
                                  const struct board_parts *parts, const struct image *image,
                                  const struct recording_info *info, struct ctf_writer **trace,
                                  struct moat_error *err);

/**
 * End it: close the trace and mark the recording complete. On failure (-MOAT_EIO) it stays marked
 * incomplete, and what could be written can be read.
 */
MOAT_CHECKED int recording_finish(const char *path, const struct recording_info *info,
                                  struct ctf_writer *trace, struct moat_error *err);

/** A recording opened for reading. */
struct recording {
    struct ctf_reader *trace;
    struct image *image;
    char firmware[256]; /* base name */
    bool complete;
};

/** Open; -MOAT_ENOINPUT when there is none, -MOAT_EINPUT when it is damaged. */
MOAT_CHECKED int recording_open(const char *path, struct recording *out, struct moat_error *err);
void recording_close(struct recording *r);

#endif
