#include "sim/record/history.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"

static void *grown(void *array, size_t n, size_t bytes)
{
    if (n & (n - 1)) /* grows at powers of two */
        return array;
    array = realloc(array, (n ? 2 * n : 1) * bytes);
    MOAT_ASSERT(array, "no memory");
    return array;
}

static void add_mark(struct history *h, const struct ctf_place *place)
{
    h->marks = grown(h->marks, h->marks_n, sizeof *h->marks);
    h->marks[h->marks_n++] = *place;
}

void history_insert(struct history *h, size_t at, const struct history_entry *o)
{
    h->outside = grown(h->outside, h->outside_n, sizeof *h->outside);
    memmove(&h->outside[at + 1], &h->outside[at], (h->outside_n++ - at) * sizeof *o);
    h->outside[at] = *o;
}

static void add_outside(struct history *h, const struct trace_event *e)
{
    struct history_entry o = {.number = e->number, .cycle = e->cycle};
    if (e->kind == TRACE_input) {
        o.device = e->input.device;
        o.bytes = e->input.bytes.bytes;
        o.len = e->input.bytes.len;
    } else if (e->kind == TRACE_poke) {
        o.poke = true;
        o.bytes = e->poke.bytes.bytes;
        o.len = e->poke.bytes.len;
        o.insns = e->poke.insns;
        o.what = e->poke.what;
        o.addr = e->poke.addr;
    } else {
        return;
    }
    history_insert(h, h->outside_n, &o);
}

int history_read(struct history *h, struct recording *rec, struct moat_error *err)
{
    struct trace_event e;
    uint64_t events = 0;
    int rc;
    *h = (struct history){.rec = rec, .first = 1};
    ctf_rewind(rec->trace);
    for (;;) {
        bool mark = events++ % HISTORY_MARK_EVERY == 0;
        struct ctf_place before;
        if (mark)
            before = ctf_tell(rec->trace);
        rc = recording_next(rec, &e, &h->cut, err);
        if (rc <= 0)
            break;
        if (h->marks_n == 0) {
            h->first = e.number;
            h->first_cycle = e.cycle;
        }
        if (mark)
            add_mark(h, &before);
        add_outside(h, &e);
        h->last = e.number;
        h->last_cycle = e.cycle;
        h->ended = e.kind == TRACE_stop;
        if (h->ended)
            h->stop = e.stop;
    }
    if (h->marks_n == 0)
        h->last = 0;
    return rc;
}

void history_fini(struct history *h)
{
    free(h->outside);
    free(h->marks);
    *h = (struct history){0};
}

void history_seek(struct history *h, uint64_t number)
{
    struct trace_event e;
    struct moat_error err;
    ctf_rewind(h->rec->trace);
    if (h->marks_n == 0)
        return;
    MOAT_ASSERT(number >= h->first && number <= h->last + 1, "no event %u", (unsigned)number);
    size_t mark = (size_t)((number - h->first) / HISTORY_MARK_EVERY);
    ctf_seek(h->rec->trace, &h->marks[mark < h->marks_n ? mark : h->marks_n - 1]);
    if (number == h->first)
        return;
    while (ctf_tell(h->rec->trace).number + 1 < number) /* all of it was read before */
        MOAT_ASSERT(recording_next(h->rec, &e, NULL, &err) > 0, "%s", err.text);
}
