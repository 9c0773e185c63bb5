#include "sim/record/snapshot.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "sim/base/assert.h"

#define PAGE  MPU_PAGE_BYTES
#define LEVEL 1

/* What a page held from one snapshot on, until its next version. */
struct version {
    uint64_t serial; /* of that snapshot */
    uint64_t hash;
    uint32_t len; /* 0: all zero */
    char *packed;
};

/* A page that ever held anything but zero. */
struct kept_page {
    uint32_t memory, page;
    struct version *versions; /* by serial */
    size_t n;
    bool touched; /* since the last snapshot */
};

struct snapshot {
    uint64_t serial;
    struct snapshot_place place;
    uint64_t digest;
    struct recorder recorder;
    char *fields;
};

struct snapshots {
    size_t limit, bytes, field_bytes;
    uint64_t apart, serials;
    struct snapshot *all;
    size_t n;
    struct kept_page *pages;
    size_t pages_n;
    uint32_t *index[BOARD_MEMORIES_MAX]; /* of a memory's pages in pages, plus 1; 0: none */
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
};

struct snapshots *snapshots_new(size_t limit_bytes, uint64_t apart)
{
    struct snapshots *s = calloc(1, sizeof *s);
    MOAT_ASSERT(s, "no memory");
    s->limit = limit_bytes;
    s->apart = apart;
    s->pack = ZSTD_createCCtx();
    s->unpack = ZSTD_createDCtx();
    MOAT_ASSERT(s->pack && s->unpack, "no memory");
    return s;
}

void snapshots_free(struct snapshots *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++)
        free(s->all[i].fields);
    for (size_t i = 0; i < s->pages_n; i++) {
        for (size_t v = 0; v < s->pages[i].n; v++)
            free(s->pages[i].versions[v].packed);
        free(s->pages[i].versions);
    }
    for (size_t i = 0; i < BOARD_MEMORIES_MAX; i++)
        free(s->index[i]);
    ZSTD_freeCCtx(s->pack);
    ZSTD_freeDCtx(s->unpack);
    free(s->pages);
    free(s->all);
    free(s);
}

size_t snapshots_count(const struct snapshots *s)
{
    return s->n;
}

struct snapshot_place snapshots_place(const struct snapshots *s, size_t n)
{
    return s->all[n].place;
}

size_t snapshots_bytes(const struct snapshots *s)
{
    return s->bytes;
}

size_t snapshots_before(const struct snapshots *s, const struct cpu_position *at)
{
    size_t low = 0, high = s->n;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (cpu_position_compare(s->all[middle].place.at, *at) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* ---- Taking. ---- */

static void touch(struct snapshots *s, const struct digest *d, struct digest_page p)
{
    uint32_t **index = &s->index[p.memory];
    if (!*index) {
        *index = calloc(d->state.memory[p.memory].bytes / PAGE, sizeof **index);
        MOAT_ASSERT(*index, "no memory");
    }
    uint32_t *at = &(*index)[p.page];
    if (!*at) {
        s->pages = realloc(s->pages, (s->pages_n + 1) * sizeof *s->pages);
        MOAT_ASSERT(s->pages, "no memory");
        s->pages[s->pages_n++] = (struct kept_page){.memory = p.memory, .page = p.page};
        *at = (uint32_t)s->pages_n;
    }
    s->pages[*at - 1].touched = true;
}

static void touch_all(struct snapshots *s, const struct digest *d)
{
    for (size_t i = 0; i < d->touched_n; i++)
        touch(s, d, d->touched[i]);
}

static void clear_touched(struct snapshots *s)
{
    for (size_t i = 0; i < s->pages_n; i++)
        s->pages[i].touched = false;
}

static bool is_zero(const uint8_t *bytes)
{
    static const uint8_t zero[PAGE];
    return memcmp(bytes, zero, PAGE) == 0;
}

static void save_page(struct snapshots *s, struct kept_page *p, const uint8_t *bytes)
{
    char packed[PAGE + PAGE / 2];
    struct version v = {.serial = s->serials, .hash = XXH3_64bits(bytes, PAGE)};
    if (p->n ? p->versions[p->n - 1].hash == v.hash : is_zero(bytes))
        return;
    if (!is_zero(bytes)) {
        size_t n = ZSTD_compressCCtx(s->pack, packed, sizeof packed, bytes, PAGE, LEVEL);
        MOAT_ASSERT(!ZSTD_isError(n), "%s", ZSTD_getErrorName(n));
        v.len = (uint32_t)n;
        v.packed = malloc(n);
        MOAT_ASSERT(v.packed, "no memory");
        memcpy(v.packed, packed, n);
    }
    p->versions = realloc(p->versions, (p->n + 1) * sizeof *p->versions);
    MOAT_ASSERT(p->versions, "no memory");
    p->versions[p->n++] = v;
    s->bytes += v.len + sizeof v;
}

static char *save_fields(struct snapshots *s, const struct machine_state *state)
{
    size_t total = 0, at = 0;
    for (uint32_t i = 0; i < state->fields; i++)
        total += state->field[i].bytes;
    char *out = malloc(total);
    MOAT_ASSERT(out, "no memory");
    for (uint32_t i = 0; i < state->fields; at += state->field[i++].bytes)
        memcpy(out + at, state->field[i].at, state->field[i].bytes);
    s->field_bytes = total;
    s->bytes += total + sizeof(struct snapshot);
    return out;
}

static void take(struct snapshots *s, struct session *session)
{
    const struct machine_state *state = &session->digest.state;
    s->serials++;
    for (size_t i = 0; i < s->pages_n; i++) {
        struct kept_page *p = &s->pages[i];
        if (p->touched)
            save_page(s, p, state->memory[p->memory].mem + (size_t)p->page * PAGE);
        p->touched = false;
    }
    s->all = realloc(s->all, (s->n + 1) * sizeof *s->all);
    MOAT_ASSERT(s->all, "no memory");
    s->all[s->n++] = (struct snapshot){.serial = s->serials,
                                       .place = {.at = cpu_position(machine_cpu(session->machine)),
                                                 .count = session->recorder.count},
                                       .digest = session->digest.total,
                                       .recorder = session->recorder,
                                       .fields = save_fields(s, state)};
}

/* ---- Dropping. ---- */

/* Versions that no snapshot needs: the next one is not after the first snapshot that is left. */
static void drop_versions(struct snapshots *s, struct kept_page *p)
{
    size_t kept = 0, at = 0;
    for (size_t v = 0; v < p->n; v++) {
        while (at < s->n && s->all[at].serial < p->versions[v].serial)
            at++;
        uint64_t needed = at < s->n ? s->all[at].serial : UINT64_MAX;
        if (v + 1 < p->n && p->versions[v + 1].serial <= needed) {
            s->bytes -= p->versions[v].len + sizeof *p->versions;
            free(p->versions[v].packed);
        } else {
            p->versions[kept++] = p->versions[v];
        }
    }
    p->n = kept;
}

static void thin(struct snapshots *s)
{
    size_t kept = 1;
    for (size_t i = 1; i < s->n; i++) {
        if (i % 2 == 0 || i + 1 == s->n) {
            s->all[kept++] = s->all[i];
            continue;
        }
        free(s->all[i].fields);
        s->bytes -= s->field_bytes + sizeof *s->all;
    }
    s->n = kept;
    s->apart *= 2;
    for (size_t i = 0; i < s->pages_n; i++)
        drop_versions(s, &s->pages[i]);
}

void snapshots_looked(struct snapshots *s, struct session *session)
{
    struct cpu_position at = cpu_position(machine_cpu(session->machine));
    int order = s->n ? cpu_position_compare(at, s->all[s->n - 1].place.at) : 1;
    if (order < 0)
        return; /* here we were before */
    if (order == 0) {
        clear_touched(s);
        return;
    }
    touch_all(s, &session->digest);
    if (s->n && at.cycle - s->all[s->n - 1].place.at.cycle < s->apart)
        return;
    take(s, session);
    while (s->bytes > s->limit && s->n > 2)
        thin(s);
}

/* ---- Restoring. ---- */

/* What the page held at snapshot @serial; NULL: zero from the beginning. */
static const struct version *version_at(const struct kept_page *p, uint64_t serial)
{
    const struct version *found = NULL;
    size_t low = 0, high = p->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p->versions[middle].serial <= serial) {
            found = &p->versions[middle];
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return found;
}

static void restore_page(struct snapshots *s, const struct kept_page *p, uint64_t serial,
                         const struct cpu_memory *m, struct cpu *c)
{
    uint8_t bytes[PAGE] = {0};
    const struct version *v = version_at(p, serial);
    const uint8_t *now = m->mem + (size_t)p->page * PAGE;
    if (v && v->len ? XXH3_64bits(now, PAGE) == v->hash : is_zero(now))
        return;
    if (v && v->len) {
        size_t n = ZSTD_decompressDCtx(s->unpack, bytes, PAGE, v->packed, v->len);
        MOAT_ASSERT(n == PAGE, "a page of a snapshot: %s", ZSTD_getErrorName(n));
    }
    MOAT_ASSERT(cpu_poke(c, m->base + p->page * PAGE, bytes, PAGE), "a page that is no memory");
}

static void restore_recorder(struct recorder *r, const struct recorder *saved)
{
    uint64_t stop_at = r->stop_at;
    struct recorder_sink sink = r->sink;
    *r = *saved;
    r->stop_at = stop_at; /* what is wanted of it now, not then */
    r->sink = sink;
    r->stop_wanted = false;
}

void snapshots_restore(struct snapshots *s, size_t n, struct session *session)
{
    const struct snapshot *from = &s->all[n];
    struct machine_state *state = &session->digest.state;
    struct cpu *c = machine_cpu(session->machine);
    digest_update(&session->digest); /* so that all pages that were written since are known here */
    touch_all(s, &session->digest);
    for (size_t i = 0; i < s->pages_n; i++)
        restore_page(s, &s->pages[i], from->serial, &state->memory[s->pages[i].memory], c);
    size_t at = 0;
    for (uint32_t i = 0; i < state->fields; at += state->field[i++].bytes)
        memcpy(state->field[i].at, from->fields + at, state->field[i].bytes);
    machine_restored(session->machine);
    restore_recorder(&session->recorder, &from->recorder);
    session_restored(session);
    MOAT_ASSERT(session->digest.total == from->digest, "a snapshot did not restore all");
    if (n + 1 == s->n)
        clear_touched(s);
}
