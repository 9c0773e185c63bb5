/*
 * A part of a recording as a recording of its own: it begins with a checkpoint, and its events keep
 * their cycles.
 */
#ifndef MOAT_TRIM_H
#define MOAT_TRIM_H

#include "sim/record/replay.h"

/**
 * Write what @rec holds from the first boundary at or after cycle @from up to cycle @to
 * (MACHINE_FOREVER: its end) to @path. It is replayed on the way.
 *
 * Returns 0; -MOAT_EUSAGE: there is nothing in between; -MOAT_EINPUT: it does not replay; or as
 * recording_create().
 */
MOAT_CHECKED int recording_trim(struct recording *rec, uint64_t from, uint64_t to, const char *path,
                                struct moat_error *err);

#endif
