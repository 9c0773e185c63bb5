/*
 * All state of a machine as bytes: versioned, self-describing, compressed, with a checksum.
 *
 * For a recording that does not begin at the reset. Fields are found by name, so that a checkpoint
 * does not depend on how structs are laid out; one whose size is another is refused.
 */
#ifndef MOAT_CHECKPOINT_H
#define MOAT_CHECKPOINT_H

#include "sim/base/buf.h"
#include "sim/machine/state.h"

/** The machine as it is now, at a boundary. Appended to @out. */
void checkpoint_save(struct machine *m, struct buf *out);

/** Is it whole, and of this version? -MOAT_EINPUT. */
MOAT_CHECKED int checkpoint_check(const struct buf *in, const char *path, struct moat_error *err);

/** Go on from @in. @path is for messages. -MOAT_EINPUT: damaged, or of another board or version. */
MOAT_CHECKED int checkpoint_load(struct machine *m, const struct buf *in, const char *path,
                                 struct moat_error *err);

#endif
