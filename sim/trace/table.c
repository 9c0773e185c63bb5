#include "sim/trace/table.h"

#define FIELD(event, type, field, format) \
    {#field, TRACE_TYPED_##type, TRACE_FORMAT_##format, offsetof(struct trace_##event, field)},
#define FIELDS(name, class, summary, fields) \
    static const struct trace_field name##_fields[] = {fields{0}};
TRACE_EVENTS(FIELDS, FIELD)

#define KIND(name, class, summary, fields) {#name, TRACE_CLASS_##class, summary, name##_fields},
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
