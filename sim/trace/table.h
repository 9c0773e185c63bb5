/*
 * The event table as data, for code that handles all events alike.
 */
#ifndef MOAT_TABLE_H
#define MOAT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/trace/events.h"

enum trace_class {
    TRACE_CLASS_TRANSITION,
    TRACE_CLASS_FAULT,
    TRACE_CLASS_MPU,
    TRACE_CLASS_THREAD,
    TRACE_CLASS_CONSOLE,
    TRACE_CLASS_NOTE,
    TRACE_CLASS_STATE, /* for replay: not shown unless asked for */
};

enum trace_type {
    TRACE_TYPED_u8,
    TRACE_TYPED_u32,
    TRACE_TYPED_u64,
    TRACE_TYPED_text,
    TRACE_TYPED_data
};

/** How people see a value. ORDER trace_format: printers in print.c. */
enum trace_format {
    TRACE_FORMAT_dec,
    TRACE_FORMAT_hex,
    TRACE_FORMAT_code, /* an address of code: printed with its symbol where one is known */
    TRACE_FORMAT_flag,
    TRACE_FORMAT_state,
    TRACE_FORMAT_exception,
    TRACE_FORMAT_access,
    TRACE_FORMAT_rule,
    TRACE_FORMAT_region,
    TRACE_FORMAT_stop,
    TRACE_FORMAT_text,
    TRACE_FORMAT_data,
    TRACE_FORMAT_units, /* of state: how many */
    TRACE_FORMAT_poke,
    TRACE_FORMAT_COUNT
};

struct trace_field {
    const char *name; /* NULL ends a list */
    enum trace_type type;
    enum trace_format format;
    size_t offset; /* in the event's struct */
};

struct trace_kind_info {
    const char *name;
    enum trace_class cls;
    const char *summary;
    const struct trace_field *fields;
    size_t bytes; /* of the event's struct */
};

/** By enum trace_kind. */
extern const struct trace_kind_info trace_kinds[TRACE_KIND_COUNT];

/** Where the fields of @e lie: its struct inside the union. */
static inline const void *trace_fields_of(const struct trace_event *e)
{
    return &e->reset;
}

/** An event of these fields, which stay where they are. */
struct trace_event trace_event_of(enum trace_kind kind, uint64_t number, uint64_t cycle,
                                  uint8_t state, const void *fields);

/** Do the structs of two events of the same kind agree in field @f? In all fields? */
bool trace_field_same(const void *a, const void *b, const struct trace_field *f);
bool trace_fields_same(enum trace_kind kind, const void *a, const void *b);

/** An integer field of an event. */
uint64_t trace_value(const struct trace_event *e, const struct trace_field *f);

#endif
