#include "loaders/json.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/nearest.h"

#define DEPTH_MAX 16
#define TEXT_MAX  (1u << 20)

static void note(struct json_doc *doc, size_t offset, const char *path, const char *what)
{
    unsigned line = 1, col = 1;
    for (size_t i = 0; i < offset && i < doc->len; i++) {
        col = doc->text[i] == '\n' ? 1 : col + 1;
        line += doc->text[i] == '\n';
    }
    if (doc->error_count++ < JSON_ERRORS_MAX)
        buf_addf(&doc->errors, "%s%s:%u:%u: %s%s%s", doc->errors.len ? "\n" : "", doc->name, line,
                 col, path, path[0] ? ": " : "", what);
}

/* What cJSON takes for white space or cuts short, and JSON does not allow: its offset, or @len. */
static size_t first_odd_byte(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || (i == 0 && c == 0xEF))
            return i;
        if (len - i >= 6 && memcmp(text + i, "\\u0000", 6) == 0)
            return i;
    }
    return len;
}

int json_open(struct json_doc *doc, const char *name, const char *text, size_t len,
              struct moat_error *err)
{
    *doc = (struct json_doc){.name = name, .text = text, .len = len};
    const char *end = NULL;
    size_t odd = first_odd_byte(text, len);
    if (len > TEXT_MAX || odd < len) {
        note(doc, odd < len ? odd : 0, "", len > TEXT_MAX ? "larger than 1 MiB" : "not JSON here");
        return json_close(doc, err);
    }
    /* The caller's text ends with a NUL (struct buf): that NUL is what must follow the value. */
    doc->root = cJSON_ParseWithLengthOpts(text, len + 1, &end, 1);
    if (doc->root)
        return 0;
    note(doc, end ? (size_t)(end - text) : 0, "", "not valid JSON here");
    return json_close(doc, err);
}

int json_close(struct json_doc *doc, struct moat_error *err)
{
    int rc = 0;
    if (doc->error_count)
        rc = moat_fail(err, MOAT_EINPUT, "%s", buf_text(&doc->errors));
    cJSON_Delete(doc->root);
    buf_fini(&doc->errors);
    return rc;
}

struct json_at json_root(struct json_doc *doc)
{
    return (struct json_at){.doc = doc, .node = doc->root};
}

/* ---- Where a node stands in the text. The text is known to be valid JSON. ---- */

static const char *skip_space(const char *p)
{
    while (isspace((unsigned char)*p))
        p++;
    return p;
}

static const char *skip_string(const char *p)
{
    for (p++; *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p + 1;
}

static const char *skip_value(const char *p)
{
    int depth = 0;
    p = skip_space(p);
    do {
        if (*p == '"') {
            p = skip_string(p);
            continue;
        }
        depth += (*p == '{' || *p == '[') - (*p == '}' || *p == ']');
        p++;
    } while (depth > 0 || (!strchr(",]}", *p) && !isspace((unsigned char)*p) && *p));
    return p;
}

/* The value of the @index-th member of the container at @p. */
static const char *find_child(const char *p, unsigned index, bool object)
{
    p = skip_space(p) + 1;
    for (;; index--) {
        p = skip_space(p);
        if (object)
            p = skip_space(skip_space(skip_string(p)) + 1);
        if (index == 0)
            return p;
        p = skip_space(skip_value(p)) + 1;
    }
}

static unsigned index_of(const cJSON *parent, const cJSON *node)
{
    unsigned n = 0;
    for (const cJSON *c = parent->child; c && c != node; c = c->next)
        n++;
    return n;
}

static size_t offset_of(const struct json_at *at, struct buf *path)
{
    const struct json_at *chain[DEPTH_MAX];
    int depth = 0;
    for (; at->up && depth < DEPTH_MAX; at = at->up)
        chain[depth++] = at;
    const char *text = at->doc->text, *value = skip_space(text);
    while (depth-- > 0) {
        const cJSON *parent = chain[depth]->up->node, *node = chain[depth]->node;
        unsigned index = index_of(parent, node);
        bool object = cJSON_IsObject(parent);
        value = find_child(value, index, object);
        if (object)
            buf_addf(path, "/%s", node->string);
        else
            buf_addf(path, "/%u", index);
    }
    return (size_t)(value - text);
}

void json_error(const struct json_at *at, const char *fmt, ...)
{
    if (at->doc->error_count >= JSON_ERRORS_MAX) /* finding its place costs time */
        return;
    struct buf path = {0}, what = {0};
    va_list args;
    va_start(args, fmt);
    buf_vaddf(&what, fmt, args);
    va_end(args);
    size_t offset = offset_of(at, &path);
    note(at->doc, offset, buf_text(&path), buf_text(&what));
    buf_fini(&path);
    buf_fini(&what);
}

/* ---- Objects. ---- */

static const struct field *find_field(const struct field *fields, const char *name)
{
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

static const char *nearest_field(const char *wrong, const struct field *fields)
{
    for (; fields && fields->name; fields++)
        if (nearest_is_near(wrong, fields->name))
            return fields->name;
    return NULL;
}

static const char *const type_names[] = {
    [FIELD_INT] = "a whole number",
    [FIELD_ADDR] = "an address such as \"0x20000000\"",
    [FIELD_SIZE] = "a size such as \"64K\" or 65536",
    [FIELD_BOOL] = "true or false",
    [FIELD_STRING] = "a string",
    [FIELD_ARRAY] = "an array",
    [FIELD_OBJECT] = "an object",
};

static bool type_fits(const cJSON *node, enum field_type type)
{
    switch (type) {
    case FIELD_INT:
        return cJSON_IsNumber(node) && node->valuedouble == floor(node->valuedouble) &&
               fabs(node->valuedouble) < 1e18;
    case FIELD_SIZE:
        return cJSON_IsString(node) || type_fits(node, FIELD_INT);
    case FIELD_ADDR:
    case FIELD_STRING:
        return cJSON_IsString(node);
    case FIELD_BOOL:
        return cJSON_IsBool(node);
    case FIELD_ARRAY:
        return cJSON_IsArray(node);
    case FIELD_OBJECT:
        return cJSON_IsObject(node);
    }
    return false;
}

static void check_member(const struct json_at *at, const struct field *fields,
                         const struct field *more)
{
    const char *name = at->node->string;
    const struct field *f = find_field(fields, name);
    f = f ? f : find_field(more, name);
    if (!f) {
        const char *near = nearest_field(name, fields);
        near = near ? near : nearest_field(name, more);
        json_error(at, "unknown key \"%s\"%s%s%s", name, near ? ", did you mean \"" : "",
                   near ? near : "", near ? "\"?" : "");
        return;
    }
    if (cJSON_GetObjectItemCaseSensitive(at->up->node, name) != at->node)
        json_error(at, "duplicate key \"%s\"", name);
    else if (!type_fits(at->node, f->type))
        json_error(at, "expected %s", type_names[f->type]);
}

static void check_required(const struct json_at *at, const struct field *fields)
{
    for (; fields && fields->name; fields++)
        if (fields->required && !cJSON_GetObjectItemCaseSensitive(at->node, fields->name))
            json_error(at, "missing key \"%s\": %s", fields->name, fields->help);
}

bool json_check_object(const struct json_at *at, const struct field *fields,
                       const struct field *more)
{
    if (!cJSON_IsObject(at->node)) {
        json_error(at, "expected an object");
        return false;
    }
    for (const cJSON *n = at->node->child; n && at->doc->error_count < JSON_ERRORS_MAX;
         n = n->next) {
        struct json_at member = {.doc = at->doc, .up = at, .node = n};
        check_member(&member, fields, more);
    }
    check_required(at, fields);
    check_required(at, more);
    return true;
}

struct json_at json_member(const struct json_at *at, const char *name)
{
    return (struct json_at){
        .doc = at->doc, .up = at, .node = cJSON_GetObjectItemCaseSensitive(at->node, name)};
}

struct json_at json_element(const struct json_at *at, unsigned i)
{
    const cJSON *n =
        at->node && cJSON_IsArray(at->node) ? cJSON_GetArrayItem(at->node, (int)i) : NULL;
    return (struct json_at){.doc = at->doc, .up = at, .node = n};
}

/* "64K", "4M", "0x1000" or digits. */
static bool parse_text(const char *text, enum field_type type, uint64_t *out)
{
    char *end;
    if (!isdigit((unsigned char)text[0]))
        return false;
    bool hex = text[0] == '0' && text[1] == 'x';
    *out = strtoull(text, &end, hex ? 16 : 10);
    if (type == FIELD_ADDR)
        return hex && *end == '\0' && end - text <= 18;
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (shift)
        end++;
    if (*end != '\0' || *out > (UINT64_MAX >> shift) || end - text > 18)
        return false;
    *out <<= shift;
    return true;
}

uint64_t json_value(const struct json_at *object, const struct field *f)
{
    struct json_at at = json_member(object, f->name);
    uint64_t v = 0;
    if (!at.node || !type_fits(at.node, f->type))
        return f->def; /* absent, or json_check_object() has noted it */
    if (f->type == FIELD_BOOL)
        return (uint64_t)cJSON_IsTrue(at.node);
    if (cJSON_IsString(at.node)) {
        if (!parse_text(at.node->valuestring, f->type, &v)) {
            json_error(&at, "expected %s, got \"%s\"", type_names[f->type], at.node->valuestring);
            return f->def;
        }
    } else if (at.node->valuedouble < 0) {
        json_error(&at, "expected %llu to %llu, got %.0f", (unsigned long long)f->min,
                   (unsigned long long)f->max, at.node->valuedouble);
        return f->def;
    } else {
        v = (uint64_t)at.node->valuedouble;
    }
    if (v < f->min || v > f->max) {
        const char *format = f->type == FIELD_ADDR ? "expected 0x%08llx to 0x%08llx, got 0x%llx"
                                                   : "expected %llu to %llu, got %llu";
        struct buf text = {0};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        buf_addf(&text, format, (unsigned long long)f->min, (unsigned long long)f->max,
                 (unsigned long long)v);
#pragma GCC diagnostic pop
        json_error(&at, "%s", buf_text(&text));
        buf_fini(&text);
        return f->def;
    }
    return v;
}

void json_text(const struct json_at *at, const struct field *f, char *out, size_t cap)
{
    out[0] = '\0';
    if (!at->node || !cJSON_IsString(at->node)) {
        json_error(at, "expected a string");
        return;
    }
    size_t n = strlen(at->node->valuestring);
    if (n < f->min || n > f->max || n >= cap)
        json_error(at, "expected %llu to %llu characters", (unsigned long long)f->min,
                   (unsigned long long)f->max);
    else
        memcpy(out, at->node->valuestring, n + 1);
}

void json_string(const struct json_at *object, const struct field *f, char *out, size_t cap)
{
    struct json_at at = json_member(object, f->name);
    out[0] = '\0';
    if (at.node && cJSON_IsString(at.node)) /* else it was noted */
        json_text(&at, f, out, cap);
}
