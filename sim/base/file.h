/*
 * Whole files in, whole files out, with the errors in words.
 */
#ifndef MOAT_FILE_H
#define MOAT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/buf.h"
#include "sim/base/error.h"

/**
 * Read a regular file into @out (appended). @what names it in errors ("firmware").
 *
 * Returns 0, or -MOAT_ENOINPUT when it cannot be opened or read or is a folder.
 */
MOAT_CHECKED int file_read(const char *path, const char *what, struct buf *out,
                           struct moat_error *err);

/**
 * Write a file whole: into a temporary beside it, then renamed over it.
 *
 * @durable  flushed to disk before that, so that it outlives a host that loses its power
 *
 * Returns 0, -MOAT_ECREATE, or -MOAT_EIO; on failure the old file, if any, is untouched.
 */
MOAT_CHECKED int file_write(const char *path, const void *bytes, size_t n, bool durable,
                            struct moat_error *err);

/** Make a folder, unless it is there; -MOAT_ECREATE. */
MOAT_CHECKED int file_make_folder(const char *path, struct moat_error *err);

/** "dir/name" in @out, which is cleared first. */
void file_join(struct buf *out, const char *dir, const char *name);

/** The last component of @path; points into it. */
const char *file_basename(const char *path);

#endif
