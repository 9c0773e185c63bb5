/*
 * recording.json: what is told of a run besides its events, with a checksum of its own.
 */
#ifndef MOAT_INFO_H
#define MOAT_INFO_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/buf.h"
#include "sim/base/error.h"

#define INFO_FILE             "recording.json"
#define INFO_HASH             17u /* 16 hexadecimal digits and a NUL */
#define INFO_PLACE            16u
#define INFO_LOADS_MAX        7u
#define RECORDING_CHANGES_MAX 16u

/** A file beside the first that the firmware is made of. */
struct info_load {
    char name[272];         /* in firmware/ */
    char place[INFO_PLACE]; /* "-", an address of a raw file, or "over" */
};

/** What is told about a run besides its events. */
struct recording_info {
    char firmware[256];     /* base name of the image */
    char place[INFO_PLACE]; /* as of the others */
    struct info_load loads[INFO_LOADS_MAX];
    uint32_t load_count;
    char entry[INFO_PLACE]; /* where it starts, "" for the reset vector */
    char build_id[64];
    char engine[32];                          /* version of Unicorn */
    char moat[64];                            /* and ours */
    char until[160];                          /* as it was asked for; "" for none */
    uint64_t digest_every;                    /* cycles from one digest to the next */
    uint64_t limit;                           /* bytes of trace that are kept at most; 0: all */
    char changes[RECORDING_CHANGES_MAX][256]; /* `moat replay --with` */
    uint32_t change_count;
};

/** What the recording adds: its state, and the checksums of the files beside it. */
struct info_files {
    bool complete;
    uint64_t events; /* number of the last event, once complete */
    char firmware[INFO_HASH], board[INFO_HASH], metadata[INFO_HASH];
    char loads[INFO_LOADS_MAX][INFO_HASH];
};

/** The checksum of @n bytes as text. */
void info_hash(const void *bytes, size_t n, char out[INFO_HASH]);

/** The text of the file, appended to @out. */
void info_print(const struct recording_info *info, const struct info_files *files, struct buf *out);

/** And back; -MOAT_EINPUT with the place of what is wrong. @path is for messages. */
MOAT_CHECKED int info_parse(const char *path, const struct buf *text, struct recording_info *info,
                            struct info_files *files, struct moat_error *err);

#endif
