/*
 * A recording run again with something changed: the same input, another history, in a recording of
 * its own.
 */
#ifndef MOAT_WHATIF_H
#define MOAT_WHATIF_H

#include "sim/record/change.h"
#include "sim/record/replay.h"

#define WHATIF_MAX RECORDING_CHANGES_MAX

/**
 * Run @rec with @texts (sim/record/change.h), recorded to @path.
 *
 * @limit  cycles; MACHINE_FOREVER: as long as the recording, or twice as long where that ended by
 *         itself
 * @running  set to the session while it runs, so that a signal handler can stop it
 *
 * Returns 0; -MOAT_EUSAGE, -MOAT_EINPUT: a change that cannot be made; or as recording_create().
 */
MOAT_CHECKED int whatif_run(struct recording *rec, const char *const *texts, uint32_t n,
                            const char *path, uint64_t limit, struct session *volatile *running,
                            struct moat_error *err);

#endif
