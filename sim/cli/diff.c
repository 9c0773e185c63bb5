#include "sim/cli/diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/explain/explain.h"
#include "sim/trace/print.h"
#include "sim/trace/table.h"

#define SHOWN 6u /* events of each history */

/* One of the two histories being read. */
struct side {
    const char *name;
    struct recording *rec;
    struct keep keep;
    struct explain_state state;
    struct trace_symbols symbols;
    struct trace_event e;
    bool more;
    uint32_t at; /* bytes of an output that are compared already */
    uint64_t counts[TRACE_KIND_COUNT];
    struct buf lines, last;
    uint32_t shown;
};

static bool is_history(const struct trace_event *e)
{
    enum trace_class cls = trace_kinds[e->kind].cls;
    return cls != TRACE_CLASS_STATE && cls != TRACE_CLASS_MPU && e->kind != TRACE_poke;
}

/* The next event that belongs to the history itself, and is not there to explain others. */
static int next(struct side *s, struct moat_error *err)
{
    int rc;
    do {
        rc = recording_next(s->rec, &s->e, NULL, err);
        if (rc > 0)
            explain_feed(&s->state, &s->e);
    } while (rc > 0 && !is_history(&s->e));
    s->more = rc > 0;
    s->at = 0;
    return rc < 0 ? rc : 0;
}

static bool same(const struct trace_event *a, const struct trace_event *b)
{
    return a->kind == b->kind && a->cycle == b->cycle && a->state == b->state &&
           trace_fields_same(a->kind, trace_fields_of(a), trace_fields_of(b));
}

/* As many bytes as both have left of an output; other events may have cut it elsewhere. */
static int take_output(struct side *a, struct side *b, bool *equal, struct moat_error *err)
{
    const struct trace_data *x = &a->e.output.bytes, *y = &b->e.output.bytes;
    uint32_t n = x->len - a->at < y->len - b->at ? x->len - a->at : y->len - b->at;
    bool begins = a->at == 0 && b->at == 0;
    *equal = strcmp(a->e.output.device, b->e.output.device) == 0 &&
             memcmp(x->bytes + a->at, y->bytes + b->at, n) == 0 &&
             !(begins && (a->e.cycle != b->e.cycle || a->e.state != b->e.state));
    if (!*equal)
        return 0;
    a->at += n;
    b->at += n;
    int rc = a->at == x->len ? next(a, err) : 0;
    return rc == 0 && b->at == y->len ? next(b, err) : rc;
}

/* One event of both, if they agree. */
static int take_same(struct side *a, struct side *b, bool *equal, struct moat_error *err)
{
    if (a->e.kind == TRACE_output && b->e.kind == TRACE_output)
        return take_output(a, b, equal, err);
    *equal = a->at == 0 && b->at == 0 && same(&a->e, &b->e);
    if (!*equal)
        return 0;
    int rc = next(a, err);
    return rc == 0 ? next(b, err) : rc;
}

static void print(struct side *s, bool json, struct buf *out)
{
    (json ? trace_print_json : trace_print_text)(&s->e, s->state.task[0] ? s->state.task : "-",
                                                 &s->symbols, out);
}

/* All of one side from here on: the first events as lines, the rest counted. */
static int take_rest(struct side *s, bool json, struct moat_error *err)
{
    int rc = 0;
    while (s->more && rc == 0) {
        s->counts[s->e.kind]++;
        if (s->shown < SHOWN || (s->e.kind == TRACE_fault && s->shown < 2 * SHOWN)) {
            print(s, json, &s->lines);
            s->shown++;
        }
        buf_clear(&s->last);
        print(s, json, &s->last);
        rc = next(s, err);
    }
    return rc;
}

static int open_side(struct side *s, const char *name, struct recording *rec,
                     struct moat_error *err)
{
    *s = (struct side){.name = name, .rec = rec};
    s->state.image = rec->image;
    s->symbols = (struct trace_symbols){.ctx = rec->image, .name = explain_symbol};
    ctf_rewind(rec->trace);
    int rc = keep_read(rec->image, &s->keep, err);
    s->state.keep = &s->keep;
    return rc < 0 ? rc : next(s, err);
}

static void close_side(struct side *s)
{
    keep_fini(&s->keep);
    buf_fini(&s->lines);
    buf_fini(&s->last);
}

static void tell_lines(const struct side *s)
{
    printf("%s:\n", s->name);
    for (const char *at = buf_text(&s->lines); *at; at += strcspn(at, "\n") + 1)
        printf("  %.*s\n", (int)strcspn(at, "\n"), at);
    if (s->last.len && !strstr(s->lines.data, s->last.data))
        printf("  ...\n  %s", s->last.data);
}

static void tell_text(const struct side *a, const struct side *b, uint64_t agreed, uint64_t cycle,
                      uint32_t hz)
{
    if (!a->lines.len && !b->lines.len) {
        printf("no difference: all %" PRIu64 " events are the same\n", agreed);
        return;
    }
    printf("%" PRIu64 " events are the same; the first difference is at t=%" PRIu64 " (%.6f s)\n",
           agreed, cycle, (double)cycle / hz);
    tell_lines(a);
    tell_lines(b);
    printf("from there on, recorded and changed:\n");
    for (int k = 0; k < TRACE_KIND_COUNT; k++)
        if (a->counts[k] != b->counts[k])
            printf("  %-10s %8" PRIu64 " %8" PRIu64 "\n", trace_kinds[k].name, a->counts[k],
                   b->counts[k]);
}

static void tell_json_side(const struct side *s, const char *sep)
{
    printf("%s\"%s\":{\"counts\":{", sep, s->name);
    for (int k = 0; k < TRACE_KIND_COUNT; k++)
        printf("%s\"%s\":%" PRIu64, k ? "," : "", trace_kinds[k].name, s->counts[k]);
    printf("},\"events\":[");
    for (const char *at = buf_text(&s->lines); *at; at += strcspn(at, "\n") + 1)
        printf("%s%.*s", at == s->lines.data ? "" : ",", (int)strcspn(at, "\n"), at);
    printf("],\"last\":%.*s}", s->last.len ? (int)s->last.len - 1 : 4,
           s->last.len ? s->last.data : "null");
}

int diff_print(struct recording *recorded, struct recording *changed, bool json,
               struct moat_error *err)
{
    struct side a, b = {0};
    uint64_t agreed = 0, cycle = 0;
    int rc = open_side(&a, "recorded", recorded, err);
    if (rc == 0)
        rc = open_side(&b, "changed", changed, err);
    for (bool equal = true; rc == 0 && a.more && b.more; agreed++) {
        rc = take_same(&a, &b, &equal, err);
        if (!equal)
            break;
    }
    if (a.more || b.more)
        cycle = a.more && (!b.more || a.e.cycle < b.e.cycle) ? a.e.cycle : b.e.cycle;
    if (rc == 0)
        rc = take_rest(&a, json, err);
    if (rc == 0)
        rc = take_rest(&b, json, err);
    if (rc == 0 && json) {
        printf("{\"same\":%" PRIu64 ",\"first_difference\":%" PRIu64, agreed, cycle);
        tell_json_side(&a, ",");
        tell_json_side(&b, ",");
        printf("}\n");
    } else if (rc == 0) {
        tell_text(&a, &b, agreed, cycle, recorded->board.clock_hz);
    }
    close_side(&a);
    close_side(&b);
    return rc;
}
