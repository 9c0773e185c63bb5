/*
 * The trace on disk: Common Trace Format 1.8, so that other tools read it as it is.
 *
 * A folder with two files: `metadata`, the description in text, and `stream`, packets of events.
 * Writer and reader stand in one file, as the layout is one decision.
 *
 *     struct ctf_writer *w;
 *     ctf_create("out/ctf", 25000000, &w, &err);
 *     ctf_write(w, TRACE_control, cycle, state, &(struct trace_control){.pc = 0x100});
 *     rc = ctf_close(w, &err);
 *
 *     struct ctf_reader *r;
 *     ctf_open("out/ctf", &r, &err);
 *     while ((rc = ctf_next(r, &event, &err)) > 0) ...
 *
 * Source: CTF 1.8.3, 4 (types), 5 (packet header), 6 (events), 7 (metadata), 8 (clocks).
 */
#ifndef MOAT_CTF_H
#define MOAT_CTF_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/error.h"
#include "sim/trace/events.h"

struct ctf_writer;
struct ctf_reader;

/** Create the folder and an empty trace; -MOAT_ECREATE or -MOAT_EIO on failure. */
MOAT_CHECKED int ctf_create(const char *folder, uint64_t clock_hz, struct ctf_writer **out,
                            struct moat_error *err);

/**
 * Append an event. @cycle never goes back. @fields is the event's struct.
 *
 * A failure to write is kept and told by ctf_failed() and ctf_close().
 */
void ctf_write(struct ctf_writer *w, enum trace_kind kind, uint64_t cycle, uint8_t state,
               const void *fields);

/** Events written so far. */
uint64_t ctf_count(const struct ctf_writer *w);

/** Did writing fail (a full disk)? */
bool ctf_failed(const struct ctf_writer *w);

/** Write what is still in memory to the file. */
void ctf_flush(struct ctf_writer *w);

/** Flush and free; 0, or -MOAT_EIO when anything could not be written. */
MOAT_CHECKED int ctf_close(struct ctf_writer *w, struct moat_error *err);

/** Open for reading; -MOAT_ENOINPUT, or -MOAT_EINPUT for another version or no trace at all. */
MOAT_CHECKED int ctf_open(const char *folder, struct ctf_reader **out, struct moat_error *err);
void ctf_reader_free(struct ctf_reader *r);

/**
 * The next event: 1 and @out, 0 at the end, -MOAT_EINPUT (file and offset named) where the stream
 * is damaged. A last packet that was cut off is damage too; all before it has been read.
 */
MOAT_CHECKED int ctf_next(struct ctf_reader *r, struct trace_event *out, struct moat_error *err);

/** After ctf_next() failed: did the file end inside its last packet? */
bool ctf_cut_off(const struct ctf_reader *r);

/** Back to the first event. */
void ctf_rewind(struct ctf_reader *r);

/** The clock's frequency in Hz as the metadata tells it. */
uint64_t ctf_clock_hz(const struct ctf_reader *r);

#endif
