#include "sim/trace/table.h"

#include <string.h>

#define FIELD(event, type, field, format) \
    {#field, TRACE_TYPED_##type, TRACE_FORMAT_##format, offsetof(struct trace_##event, field)},
#define FIELDS(name, class, summary, fields) \
    static const struct trace_field name##_fields[] = {fields{0}};
TRACE_EVENTS(FIELDS, FIELD)

#define KIND(name, class, summary, fields) \
    {#name, TRACE_CLASS_##class, summary, name##_fields, sizeof(struct trace_##name)},
const struct trace_kind_info trace_kinds[TRACE_KIND_COUNT] = {TRACE_EVENTS(KIND, TRACE_SKIP)};

uint64_t trace_value(const struct trace_event *e, const struct trace_field *f)
{
    const char *at = (const char *)trace_fields_of(e) + f->offset;
    switch (f->type) {
    case TRACE_TYPED_u8:
        return *(const uint8_t *)at;
    case TRACE_TYPED_u32:
        return *(const uint32_t *)(const void *)at;
    case TRACE_TYPED_u64:
        return *(const uint64_t *)(const void *)at;
    case TRACE_TYPED_text:
    case TRACE_TYPED_data:
        break;
    }
    return 0;
}

struct trace_event trace_event_of(enum trace_kind kind, uint64_t number, uint64_t cycle,
                                  uint8_t state, const void *fields)
{
    struct trace_event e = {.kind = kind, .number = number, .cycle = cycle, .state = state};
    memcpy(&e.reset, fields, trace_kinds[kind].bytes);
    return e;
}

bool trace_field_same(const void *a, const void *b, const struct trace_field *f)
{
    const char *x = (const char *)a + f->offset, *y = (const char *)b + f->offset;
    const struct trace_data *p, *q;
    switch (f->type) {
    case TRACE_TYPED_u8:
        return *x == *y;
    case TRACE_TYPED_u32:
        return memcmp(x, y, 4) == 0;
    case TRACE_TYPED_u64:
        return memcmp(x, y, 8) == 0;
    case TRACE_TYPED_text:
        return strcmp(*(const char *const *)(const void *)x,
                      *(const char *const *)(const void *)y) == 0;
    case TRACE_TYPED_data:
        break;
    }
    p = (const struct trace_data *)(const void *)x;
    q = (const struct trace_data *)(const void *)y;
    return p->len == q->len && (p->len == 0 || memcmp(p->bytes, q->bytes, p->len) == 0);
}

bool trace_fields_same(enum trace_kind kind, const void *a, const void *b)
{
    bool same = true;
    for (const struct trace_field *f = trace_kinds[kind].fields; same && f->name; f++)
        same = trace_field_same(a, b, f);
    return same;
}
