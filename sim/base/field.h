/*
 * Tables that describe data: what a key of a config file may hold, and where a piece of state lies.
 *
 * One table checks the JSON, prints the help and writes the documentation; another saves, restores,
 * hashes and shows a device's state. Both end with a row whose name is NULL.
 */
#ifndef MOAT_FIELD_H
#define MOAT_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type {
    FIELD_INT,  /* a whole JSON number */
    FIELD_ADDR, /* "0x40004000" */
    FIELD_SIZE, /* bytes: "64K", "4M" or a whole number */
    FIELD_BOOL,
    FIELD_STRING,
    FIELD_ARRAY, /* walked by its own code */
    FIELD_OBJECT,
};

/** One key of an object in a config file. */
struct field {
    const char *name;
    enum field_type type;
    bool required;
    uint64_t min, max; /* of the value; for strings of the length */
    uint64_t def;      /* when absent */
    const char *help;  /* one line, with the unit */
};

/** One piece of declared state inside a struct. */
struct state_field {
    const char *name;
    size_t offset, bytes;
};

#define STATE_FIELD(type, member)                                    \
    {                                                                \
#member, offsetof(type, member), sizeof(((type *)0)->member) \
    }

#endif
