/*
 * An event in words: one line of text, or one JSON object.
 */
#ifndef MOAT_PRINT_H
#define MOAT_PRINT_H

#include "sim/base/buf.h"
#include "sim/trace/events.h"

/** Names of what a trace has numbers for. */
struct trace_symbols {
    const void *ctx;
    /** The symbol of a code address: "main+4", or NULL. The text may live in @out. */
    const char *(*name)(const void *ctx, uint32_t addr, char *out, size_t cap);
    const void *registers;
    /** The name of a device's register, or NULL. May itself be NULL. */
    const char *(*register_name)(const void *registers, const char *device, uint32_t offset);
};

/**
 * Append "e42  t=12345  task  kind  details" and a newline. Columns are fixed; the fields that
 * only explain (registers) are left to JSON.
 *
 * @task  name of the running thread, "-" when unknown
 */
void trace_print_text(const struct trace_event *e, const char *task,
                      const struct trace_symbols *symbols, struct buf *out);

/** Append one JSON object, every field under its name, and a newline. */
void trace_print_json(const struct trace_event *e, const char *task,
                      const struct trace_symbols *symbols, struct buf *out);

#endif
