#include "sim/trace/print.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/trace/names.h"
#include "sim/trace/table.h"

#define VALUE_MAX 192

static const char *pick(const char *const *names, size_t n, uint64_t v)
{
    return v < n ? names[v] : "?";
}

static const char *symbol_of(const struct trace_symbols *s, uint64_t addr, char *out, size_t cap)
{
    return s && s->name ? s->name(s->ctx, (uint32_t)addr, out, cap) : NULL;
}

/* The name of the register that the event is about, or NULL. */
static const char *register_of(const struct trace_symbols *s, const struct trace_event *e)
{
    const struct trace_unmodelled *u = &e->unmodelled;
    return e->kind == TRACE_unmodelled && s && s->register_name
               ? s->register_name(s->registers, u->device, u->offset)
               : NULL;
}

/* A number that has a name, or NULL when it is to be shown as a number. */
static const char *value_name(enum trace_format format, uint64_t v, char *out, size_t cap)
{
    switch (format) {
    case TRACE_FORMAT_exception:
        return trace_exception_name((uint32_t)v, out, cap);
    case TRACE_FORMAT_state:
        return trace_state_name((uint8_t)v);
    case TRACE_FORMAT_access:
        return pick(trace_access_names, TRACE_ACCESS_COUNT, v);
    case TRACE_FORMAT_rule:
        return pick(trace_rule_names, TRACE_RULE_COUNT, v);
    case TRACE_FORMAT_stop:
        return pick(trace_stop_names, TRACE_STOP_COUNT, v);
    case TRACE_FORMAT_poke:
        return pick(trace_poke_names, TRACE_POKE_COUNT, v);
    case TRACE_FORMAT_region:
        return v == TRACE_REGION_NONE ? "none" : NULL;
    default:
        return NULL;
    }
}

/* Bytes inside quotes as JSON writes them; bytes from 0x80 up are taken as Latin-1. */
static void add_quoted(struct buf *out, const uint8_t *bytes, size_t n)
{
    buf_addf(out, "\"");
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == '"' || bytes[i] == '\\')
            buf_addf(out, "\\%c", bytes[i]);
        else if (bytes[i] == '\n')
            buf_addf(out, "\\n");
        else if (bytes[i] < 0x20 || bytes[i] >= 0x7F)
            buf_addf(out, "\\u%04x", bytes[i]);
        else
            buf_addf(out, "%c", bytes[i]);
    }
    buf_addf(out, "\"");
}

static void add_text_field(const struct trace_event *e, const struct trace_field *f,
                           const struct trace_symbols *symbols, struct buf *out)
{
    const char *at = (const char *)trace_fields_of(e) + f->offset;
    char text[VALUE_MAX];
    uint64_t v = trace_value(e, f);
    if (f->type == TRACE_TYPED_data) {
        const struct trace_data *d = (const struct trace_data *)(const void *)at;
        if (f->format == TRACE_FORMAT_units) {
            buf_addf(out, " %s=%u", f->name, d->len / TRACE_UNIT_BYTES);
            return;
        }
        buf_addf(out, " ");
        add_quoted(out, d->bytes, d->len);
        return;
    }
    if (f->type == TRACE_TYPED_text) {
        buf_addf(out, " %s", *(const char *const *)(const void *)at);
        return;
    }
    if (f->format == TRACE_FORMAT_flag) {
        if (v)
            buf_addf(out, " %s", f->name);
        return;
    }
    const char *name = value_name(f->format, v, text, sizeof text);
    if (name) {
        buf_addf(out, " %s=%s", f->name, name);
        return;
    }
    bool hex = f->format == TRACE_FORMAT_hex || f->format == TRACE_FORMAT_code;
    buf_addf(out, hex ? " %s=0x%08" PRIx64 : " %s=%" PRIu64, f->name, v);
    const char *symbol = NULL;
    if (f->format == TRACE_FORMAT_code)
        symbol = symbol_of(symbols, v, text, sizeof text);
    if (symbol)
        buf_addf(out, "<%s>", symbol);
}

/* In text, a fault's line ends before the fields that only explain it. */
static bool last_in_text(const struct trace_event *e, const struct trace_field *f)
{
    return e->kind == TRACE_fault && strcmp(f->name, "hfsr") == 0;
}

void trace_print_text(const struct trace_event *e, const char *task,
                      const struct trace_symbols *symbols, struct buf *out)
{
    char number[32];
    snprintf(number, sizeof number, "e%" PRIu64, e->number);
    buf_addf(out, "%-8s %12" PRIu64 "  %-10s %-10s %-17s", number, e->cycle, task,
             trace_kinds[e->kind].name, trace_state_name(e->state));
    for (const struct trace_field *f = trace_kinds[e->kind].fields; f->name; f++) {
        add_text_field(e, f, symbols, out);
        if (last_in_text(e, f))
            break;
    }
    const char *reg = register_of(symbols, e);
    if (reg)
        buf_addf(out, " <%s>", reg);
    buf_addf(out, "\n");
}

static void add_json_field(cJSON *o, const struct trace_event *e, const struct trace_field *f,
                           const struct trace_symbols *symbols)
{
    const char *at = (const char *)trace_fields_of(e) + f->offset;
    char text[VALUE_MAX], key[64];
    uint64_t v = trace_value(e, f);
    if (f->type == TRACE_TYPED_data) {
        const struct trace_data *d = (const struct trace_data *)(const void *)at;
        struct buf quoted = {0};
        if (f->format == TRACE_FORMAT_units) {
            cJSON_AddNumberToObject(o, f->name, d->len / TRACE_UNIT_BYTES);
            return;
        }
        add_quoted(&quoted, d->bytes, d->len);
        cJSON_AddRawToObject(o, f->name, buf_text(&quoted));
        buf_fini(&quoted);
        return;
    }
    if (f->type == TRACE_TYPED_text) {
        cJSON_AddStringToObject(o, f->name, *(const char *const *)(const void *)at);
        return;
    }
    const char *name = value_name(f->format, v, text, sizeof text);
    if (f->format == TRACE_FORMAT_flag)
        cJSON_AddBoolToObject(o, f->name, v != 0);
    else if (name)
        cJSON_AddStringToObject(o, f->name, name);
    else
        cJSON_AddNumberToObject(o, f->name, (double)v);
    const char *symbol = NULL;
    if (f->format == TRACE_FORMAT_code)
        symbol = symbol_of(symbols, v, text, sizeof text);
    if (symbol) {
        snprintf(key, sizeof key, "%s_symbol", f->name);
        cJSON_AddStringToObject(o, key, symbol);
    }
}

void trace_print_json(const struct trace_event *e, const char *task,
                      const struct trace_symbols *symbols, struct buf *out)
{
    cJSON *o = cJSON_CreateObject();
    cJSON_AddNumberToObject(o, "event", (double)e->number);
    cJSON_AddNumberToObject(o, "t", (double)e->cycle);
    cJSON_AddStringToObject(o, "task", task);
    cJSON_AddStringToObject(o, "kind", trace_kinds[e->kind].name);
    cJSON_AddStringToObject(o, "state", trace_state_name(e->state));
    cJSON_AddBoolToObject(o, "privileged", (e->state & TRACE_STATE_PRIV) != 0);
    for (const struct trace_field *f = trace_kinds[e->kind].fields; f->name; f++)
        add_json_field(o, e, f, symbols);
    const char *reg = register_of(symbols, e);
    if (reg)
        cJSON_AddStringToObject(o, "register", reg);
    char *text = cJSON_PrintUnformatted(o);
    MOAT_ASSERT(text, "no memory");
    buf_addf(out, "%s\n", text);
    cJSON_free(text);
    cJSON_Delete(o);
}
