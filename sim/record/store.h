/*
 * Where a recording lies: a folder, or the same folder as one file (".moat": a tar archive,
 * compressed with zstd). Readers see names and bytes and need not know which.
 *
 *     struct store *s;
 *     store_open("bug.moat", &s, &err);
 *     store_read(s, "recording.json", &text, &err);
 */
#ifndef MOAT_STORE_H
#define MOAT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/buf.h"
#include "sim/base/error.h"

#define STORE_ENDING ".moat"

struct store;

/** Open for reading; -MOAT_ENOINPUT when there is nothing, -MOAT_EINPUT for a damaged archive. */
MOAT_CHECKED int store_open(const char *path, struct store **out, struct moat_error *err);
void store_close(struct store *s);

/** The names of its files, sorted. */
size_t store_count(const struct store *s);
const char *store_name(const struct store *s, size_t n);
bool store_has(const struct store *s, const char *name);

/** A file's bytes, appended to @out; -MOAT_ENOINPUT or -MOAT_EINPUT. */
MOAT_CHECKED int store_read(const struct store *s, const char *name, struct buf *out,
                            struct moat_error *err);

/** The name as messages have it: "bug.moat/recording.json". Valid until the next call. */
const char *store_path(struct store *s, const char *name);

/** All of it in bytes, as it would lie in a folder. */
uint64_t store_bytes(const struct store *s);

/** Write the recording at @from, folder or file, as one file @to. */
MOAT_CHECKED int store_pack(const char *from, const char *to, struct moat_error *err);

/** Write the recording at @from as folder @to, which is new or empty. */
MOAT_CHECKED int store_unpack(const char *from, const char *to, struct moat_error *err);

/** Does @path end in ".moat"? */
bool store_is_file_name(const char *path);

#endif
