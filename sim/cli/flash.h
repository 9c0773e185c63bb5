/*
 * Flash that is kept in a file from run to run (--flash).
 */
#ifndef MOAT_FLASH_H
#define MOAT_FLASH_H

#include "loaders/board.h"
#include "loaders/image.h"
#include "sim/machine/machine.h"

/**
 * Load what an earlier run has kept, if there is such a file, over what @image has.
 *
 * Returns 0, -MOAT_EUSAGE: the board has no flash, or the file is the firmware's own and would be
 * overwritten, or -MOAT_EINPUT: it is of another board, or no file of the kind.
 */
MOAT_CHECKED int flash_load(struct image *image, const struct board *board, const char *path,
                            struct moat_error *err);

/** Write what of flash is no longer as @image has it. */
MOAT_CHECKED int flash_keep(const struct machine *m, const struct image *image, const char *path,
                            struct moat_error *err);

#endif
