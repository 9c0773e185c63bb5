/*
 * The trace on disk: Common Trace Format 1.8, so that other tools read it as it is.
 *
 * A folder: `metadata`, the description in text, and `stream`, packets of events, each with a
 * checksum; of a recording of limited size only the last of several, `stream-1`, `stream-2`...
 * Writer and reader stand in one file, as the layout is one decision. Cycles are delta-coded: 16
 * bits while they grow by less.
 *
 *     struct ctf_writer *w;
 *     ctf_create("out/ctf", 25000000, &w, &err);
 *     ctf_write(w, TRACE_control, cycle, state, &(struct trace_control){.pc = 0x100});
 *     rc = ctf_close(w, &err);
 *
 *     struct ctf_reader *r;
 *     ctf_open("out/ctf/metadata", text, &r, &err);
 *     ctf_add("out/ctf/stream", &bytes);
 *     while ((rc = ctf_next(r, &event, &err)) > 0) ...
 *
 * Source: CTF 1.8.3, 4 (types), 5 (packet header), 6 (events), 7 (metadata), 8 (clocks).
 */
#ifndef MOAT_CTF_H
#define MOAT_CTF_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/buf.h"
#include "sim/base/error.h"
#include "sim/trace/events.h"

struct ctf_writer;
struct ctf_reader;

/**
 * Create the folder and an empty trace; -MOAT_ECREATE or -MOAT_EIO on failure.
 */
MOAT_CHECKED int ctf_create(const char *folder, uint64_t clock_hz, struct ctf_writer **out,
                            struct moat_error *err);

/** The first event will have number @number. Before the first. */
void ctf_begin_at(struct ctf_writer *w, uint64_t number);

/** Go on in another file of the folder, "stream-3". */
MOAT_CHECKED int ctf_next_file(struct ctf_writer *w, const char *name, struct moat_error *err);

/** Bytes in the file so far. */
uint64_t ctf_file_bytes(const struct ctf_writer *w);

/**
 * Append an event. @cycle never goes back. @fields is the event's struct.
 *
 * A failure to write is kept and told by ctf_failed() and ctf_close().
 */
void ctf_write(struct ctf_writer *w, enum trace_kind kind, uint64_t cycle, uint8_t state,
               const void *fields);

/** The number of the last event written. */
uint64_t ctf_count(const struct ctf_writer *w);

/** Did writing fail (a full disk)? */
bool ctf_failed(const struct ctf_writer *w);

/** Write what is still in memory to the file. */
void ctf_flush(struct ctf_writer *w);

/** Flush and free; 0, or -MOAT_EIO when anything could not be written. */
MOAT_CHECKED int ctf_close(struct ctf_writer *w, struct moat_error *err);

/**
 * Open for reading, with the text of a metadata file; -MOAT_EINPUT for another version, or when it
 * is none of ours. @path is for messages.
 */
MOAT_CHECKED int ctf_open(const char *path, const char *metadata, struct ctf_reader **out,
                          struct moat_error *err);
void ctf_reader_free(struct ctf_reader *r);

/** The next file of packets. Takes what @bytes holds. @path is for messages. */
void ctf_add(struct ctf_reader *r, const char *path, struct buf *bytes);

/**
 * The next event: 1 and @out, 0 at the end, -MOAT_EINPUT (file and offset named) where the stream
 * is damaged. A last packet that was cut off is damage too; all before it has been read.
 */
MOAT_CHECKED int ctf_next(struct ctf_reader *r, struct trace_event *out, struct moat_error *err);

/** After ctf_next() failed: did the file end inside its last packet? */
bool ctf_cut_off(const struct ctf_reader *r);

/** A place between two events, to go back to. */
struct ctf_place {
    size_t file, at, packet_end;
    uint32_t events_left;
    uint64_t number, cycle;
};
struct ctf_place ctf_tell(const struct ctf_reader *r);
/** The number of the event that was read last; 0 before the first. */
uint64_t ctf_number(const struct ctf_reader *r);
void ctf_seek(struct ctf_reader *r, const struct ctf_place *place);

/** Back to the first event. */
void ctf_rewind(struct ctf_reader *r);

/** The clock's frequency in Hz as the metadata tells it. */
uint64_t ctf_clock_hz(const struct ctf_reader *r);

#endif
