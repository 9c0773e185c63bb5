/*
 * The firmware of a recording: the files of the image, in folder firmware/.
 */
#ifndef MOAT_FIRMWARE_H
#define MOAT_FIRMWARE_H

#include "loaders/image.h"
#include "sim/record/info.h"
#include "sim/record/store.h"

/** Fill in what @info tells of the files of @image. */
void firmware_describe(const struct image *image, struct recording_info *info);

/** Their checksums. */
void firmware_hash(const struct image *image, struct info_files *files);

/** "firmware/NAME" of file @n, 0 for the first, appended to @out. */
void firmware_name(const struct recording_info *info, uint32_t n, struct buf *out);

/** Write them to recording folder @path. */
MOAT_CHECKED int firmware_save(const char *path, const struct recording_info *info,
                               const struct image *image, struct moat_error *err);

/** And back, checked. */
MOAT_CHECKED int firmware_load(struct store *store, const struct recording_info *info,
                               const struct info_files *files, struct image **out,
                               struct moat_error *err);

#endif
