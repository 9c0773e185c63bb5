#include "sim/record/whatif.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"

struct whatif {
    struct recording *rec;
    struct change change[WHATIF_MAX];
    uint32_t n;
    struct board board;
    struct recording_info info;
    struct recording_out *out;
    struct replay replay;
};

/* ---- The input. ---- */

static int change_event(struct history *h, const struct change *c, struct moat_error *err)
{
    for (size_t i = 0; i < h->outside_n; i++) {
        struct history_entry *o = &h->outside[i];
        if (o->number != c->number || o->poke)
            continue;
        if (c->n > 1 && strcmp(o->device, MACHINE_DEBUGGER) == 0)
            return moat_fail(err, MOAT_EUSAGE, "e%" PRIu64 " is one byte that the guest asked for",
                             c->number);
        o->bytes = c->bytes;
        o->len = c->n;
        if (c->n)
            return 0;
        memmove(o, o + 1, (--h->outside_n - i) * sizeof *o);
        return 0;
    }
    return moat_fail(err, MOAT_EUSAGE, "e%" PRIu64 " is no input", c->number);
}

static int add_input(struct whatif *w, const struct change *c, struct moat_error *err)
{
    struct history *h = &w->replay.history;
    const char *name = machine_input_name(w->replay.session.machine, c->device);
    size_t at = 0;
    bool irq = name && strcmp(name, MACHINE_IRQ) == 0;
    if (!name || strcmp(name, MACHINE_DEBUGGER) == 0)
        return moat_fail(err, MOAT_EUSAGE, "the board has no '%s' that takes input", c->device);
    if (irq && (c->n != 3 || (c->bytes[0] | (uint32_t)c->bytes[1] << 8) >= w->board.irqs))
        return moat_fail(err, MOAT_EUSAGE, "irq takes three bytes: line low, line high, level");
    while (at < h->outside_n && h->outside[at].cycle <= c->cycle)
        at++;
    history_insert(
        h, at,
        &(struct history_entry){.cycle = c->cycle, .device = name, .bytes = c->bytes, .len = c->n});
    return 0;
}

static int change_input(struct whatif *w, struct moat_error *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < w->n; i++) {
        const struct change *c = &w->change[i];
        if (c->kind == CHANGE_EVENT)
            rc = change_event(&w->replay.history, c, err);
        else if (c->kind == CHANGE_INPUT)
            rc = add_input(w, c, err);
    }
    return rc;
}

/* ---- The board. ---- */

static int change_board(struct whatif *w, struct moat_error *err)
{
    int rc = 0;
    w->board = w->rec->board;
    for (uint32_t i = 0; rc == 0 && i < w->n; i++)
        if (w->change[i].kind == CHANGE_BOARD)
            rc = board_change(&w->board, machine_parts(), w->change[i].path, w->change[i].value,
                              err);
    return rc;
}

/* ---- The run. ---- */

static int by_cycle(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    return (x->cycle > y->cycle) - (x->cycle < y->cycle);
}

static int apply(struct whatif *w, struct change *c, struct moat_error *err)
{
    for (uint32_t i = 0; i < c->pokes; i++) {
        c->poke[i].bytes.bytes = c->word[i];
        if (!session_poke(&w->replay.session, &c->poke[i]))
            return moat_fail(err, MOAT_EUSAGE, "there is no such place on this board: 0x%08x",
                             c->poke[i].addr);
    }
    return 0;
}

static uint64_t limit_of(const struct whatif *w, uint64_t limit)
{
    const struct history *h = &w->replay.history;
    bool by_itself =
        h->ended && (h->stop.reason == MACHINE_STOP_EXIT || h->stop.reason == MACHINE_STOP_LOCKUP ||
                     h->stop.reason == MACHINE_STOP_IDLE);
    return limit != MACHINE_FOREVER ? limit : h->last_cycle * (by_itself ? 2 : 1);
}

/* To each change that is made at a time, then to the end. */
static int run(struct whatif *w, uint64_t limit, struct moat_error *err)
{
    struct replay *r = &w->replay;
    struct machine_stop stop = {0};
    enum replay_end end = REPLAY_LIMIT;
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < w->n; i++) {
        struct change *c = &w->change[i];
        if (c->kind != CHANGE_POKES)
            continue;
        if (end == REPLAY_LIMIT)
            end = replay_run(r, &(struct replay_goal){.limit = c->cycle}, &stop);
        if (end == REPLAY_LIMIT && session_settle(&r->session, &stop))
            rc = apply(w, c, err);
        else
            rc = moat_fail(err, MOAT_EUSAGE, "the run ended before t=%" PRIu64 ", with a change",
                           c->cycle);
    }
    if (end == REPLAY_LIMIT)
        end = replay_run(r, &(struct replay_goal){.limit = limit}, &stop);
    if (end != REPLAY_ENDED) /* else the guest ended it, and that is written down */
        session_end(&r->session, &stop);
    return rc;
}

static int check_times(const struct whatif *w, uint64_t limit, struct moat_error *err)
{
    const struct history *h = &w->replay.history;
    for (uint32_t i = 0; i < w->n; i++) {
        const struct change *c = &w->change[i];
        if (c->cycle && (c->cycle < h->first_cycle || c->cycle >= limit))
            return moat_fail(err, MOAT_EUSAGE,
                             "t=%" PRIu64 " is outside the run, t=%" PRIu64 " to t=%" PRIu64,
                             c->cycle, h->first_cycle, limit);
    }
    return 0;
}

static int open_replay(struct whatif *w, struct moat_error *err)
{
    struct replay_host host = {.changed = &w->board, .also = recording_sink(w->out)};
    replay_close(&w->replay);
    int rc = replay_open(&w->replay, w->rec, &host, err);
    return rc == 0 ? change_input(w, err) : rc;
}

/* All that can be wrong is found before a recording is touched; then once more, recorded. */
static int begin(struct whatif *w, const char *path, uint64_t *limit, struct moat_error *err)
{
    struct recording *rec = w->rec;
    int rc = open_replay(w, err);
    if (rc < 0)
        return rc;
    *limit = limit_of(w, *limit);
    uint64_t first = w->replay.history.first;
    rc = check_times(w, *limit, err);
    if (rc == 0)
        rc = recording_create(path, &w->board, machine_parts(), rec->image, &w->info, &w->out, err);
    if (rc == 0 && rec->checkpoint.len)
        rc = recording_begin_at(w->out, first, &rec->checkpoint, err);
    return rc == 0 ? open_replay(w, err) : rc;
}

static int parse(struct whatif *w, const char *const *texts, uint32_t n, struct moat_error *err)
{
    int rc = 0;
    w->info = w->rec->info;
    for (uint32_t i = 0; rc == 0 && i < n; i++) {
        if (w->info.change_count == RECORDING_CHANGES_MAX)
            return moat_fail(err, MOAT_EUSAGE, "at most %u changes", RECORDING_CHANGES_MAX);
        rc = change_parse(texts[i], w->rec, &w->change[i], err);
        snprintf(w->info.changes[w->info.change_count++], sizeof w->info.changes[0], "%s",
                 texts[i]);
    }
    w->n = n;
    qsort(w->change, n, sizeof *w->change, by_cycle);
    w->info.until[0] = '\0';
    w->info.limit = 0;
    return rc;
}

int whatif_run(struct recording *rec, const char *const *texts, uint32_t n, const char *path,
               uint64_t limit, struct session *volatile *running, struct moat_error *err)
{
    struct whatif *w = calloc(1, sizeof *w);
    MOAT_ASSERT(w, "no memory");
    w->rec = rec;
    int rc = parse(w, texts, n, err);
    if (rc == 0)
        rc = change_board(w, err);
    if (rc == 0)
        rc = begin(w, path, &limit, err);
    if (rc == 0) {
        *running = &w->replay.session;
        rc = run(w, limit, err);
        *running = NULL;
    }
    if (w->out) {
        struct moat_error other;
        int closed = recording_finish(w->out, rc < 0 ? &other : err);
        rc = rc < 0 ? rc : closed;
    }
    replay_close(&w->replay);
    free(w);
    return rc;
}
