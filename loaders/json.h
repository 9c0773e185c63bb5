/*
 * JSON that is checked: every object against its table of fields, every error with its place.
 *
 * cJSON parses; on its own it is too lax (duplicate keys, trailing text, saturated numbers), so
 * values are read through these functions only.
 *
 *     struct json_doc doc;
 *     if (json_open(&doc, "b.json", text, len, &err) < 0) ...
 *     struct json_at root = json_root(&doc);
 *     json_check_object(&root, fields);
 *     uint64_t hz = json_int(&root, &fields[2]);
 *     rc = json_close(&doc, &err);     // all the errors, or 0
 */
#ifndef MOAT_JSON_H
#define MOAT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/buf.h"
#include "sim/base/error.h"
#include "sim/base/field.h"

#define JSON_ERRORS_MAX 20u

struct cJSON;

struct json_doc {
    const char *name; /* for messages */
    const char *text;
    size_t len;
    struct cJSON *root;
    struct buf errors; /* lines "file:line:col: /path: what" */
    unsigned error_count;
};

/** A node and how it was reached, for messages. */
struct json_at {
    struct json_doc *doc;
    const struct json_at *up;
    const struct cJSON *node; /* NULL: absent */
};

/** Parse. @name and @text stay the caller's and must outlive the document. */
MOAT_CHECKED int json_open(struct json_doc *doc, const char *name, const char *text, size_t len,
                           struct moat_error *err);

/** Free; 0, or -MOAT_EINPUT with every error that was noted. */
MOAT_CHECKED int json_close(struct json_doc *doc, struct moat_error *err);

struct json_at json_root(struct json_doc *doc);

/** Note an error at the node. */
void json_error(const struct json_at *at, const char *fmt, ...) MOAT_PRINTF(2, 3);

/**
 * Note unknown and duplicate keys, missing required ones, and wrong types, against @fields and,
 * when not NULL, against @more as well. False when the node is no object at all.
 */
bool json_check_object(const struct json_at *at, const struct field *fields,
                       const struct field *more);

/** Member @name, its node NULL when absent. */
struct json_at json_member(const struct json_at *at, const char *name);

/** Element @i of an array, its node NULL past the end. */
struct json_at json_element(const struct json_at *at, unsigned i);

/** Number, address, size or boolean under @f's rules; its default when absent or wrong (noted). */
uint64_t json_value(const struct json_at *object, const struct field *f);

/** The string that @at is, under @f's rules; "" when it is none (noted). */
void json_text(const struct json_at *at, const struct field *f, char *out, size_t cap);

/** String of at most @cap - 1 bytes into @out; "" when absent or wrong (noted). */
void json_string(const struct json_at *object, const struct field *f, char *out, size_t cap);

#endif
