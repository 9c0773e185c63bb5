#include "sim/record/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#include "sim/base/assert.h"

#define MAGIC              0x504B434Du /* "MCKP" */
#define CHECKPOINT_VERSION 1u
#define LEVEL              3
#define RAW_MOST           (1ull << 30)
#define PAGE               MPU_PAGE_BYTES

struct head {
    uint32_t magic, version;
    uint64_t checksum;  /* XXH3 of what follows the head */
    uint64_t raw_bytes; /* uncompressed */
};

/* Uncompressed it is a list of these, each followed by its bytes: a field, its name before them, or
 * a page that is not all zero. */
struct item {
    uint32_t name_bytes; /* 0: a page */
    uint32_t addr;       /* of a page */
    uint32_t bytes;
};

static bool is_zero(const uint8_t *bytes)
{
    static const uint8_t zero[PAGE];
    return memcmp(bytes, zero, PAGE) == 0;
}

static void add_field(struct buf *raw, const struct machine_field *f)
{
    struct buf name = {0};
    buf_addf(&name, "%s %s", f->owner, f->name);
    struct item i = {.name_bytes = (uint32_t)name.len, .bytes = (uint32_t)f->bytes};
    buf_add(raw, &i, sizeof i);
    buf_add(raw, name.data, name.len);
    buf_add(raw, f->at, f->bytes);
    buf_fini(&name);
}

static void add_pages(struct buf *raw, const struct cpu_memory *m)
{
    for (uint32_t at = 0; at < m->bytes; at += PAGE) {
        struct item i = {.addr = m->base + at, .bytes = PAGE};
        if (is_zero(m->mem + at))
            continue;
        buf_add(raw, &i, sizeof i);
        buf_add(raw, m->mem + at, PAGE);
    }
}

void checkpoint_save(struct machine *m, struct buf *out)
{
    struct machine_state s;
    struct buf raw = {0};
    machine_state(m, &s);
    machine_collect(m);
    for (uint32_t i = 0; i < s.memories; i++) /* first: writing memory touches the core's state */
        add_pages(&raw, &s.memory[i]);
    for (uint32_t i = 0; i < s.fields; i++)
        add_field(&raw, &s.field[i]);
    size_t cap = ZSTD_compressBound(raw.len);
    char *packed = malloc(cap);
    MOAT_ASSERT(packed, "no memory");
    size_t n = ZSTD_compress(packed, cap, raw.data, raw.len, LEVEL);
    MOAT_ASSERT(!ZSTD_isError(n), "%s", ZSTD_getErrorName(n));
    struct head h = {MAGIC, CHECKPOINT_VERSION, XXH3_64bits(packed, n), raw.len};
    buf_add(out, &h, sizeof h);
    buf_add(out, packed, n);
    free(packed);
    buf_fini(&raw);
}

static int damaged(const char *path, const char *what, struct moat_error *err)
{
    return moat_fail(err, MOAT_EINPUT, "'%s' is damaged at byte 0: %s", path, what);
}

static int unpack(const struct buf *in, const char *path, struct buf *raw, struct moat_error *err)
{
    struct head h;
    if (in->len < sizeof h)
        return damaged(path, "it ends inside its head", err);
    memcpy(&h, in->data, sizeof h);
    if (h.magic != MAGIC)
        return damaged(path, "it is no checkpoint", err);
    if (h.version != CHECKPOINT_VERSION)
        return moat_fail(err, MOAT_EINPUT,
                         "'%s' has version %u at byte 4, this moat reads version %u", path,
                         h.version, CHECKPOINT_VERSION);
    if (XXH3_64bits(in->data + sizeof h, in->len - sizeof h) != h.checksum ||
        h.raw_bytes > RAW_MOST)
        return damaged(path, "its checksum is wrong", err);
    raw->data = malloc((size_t)h.raw_bytes + 1);
    MOAT_ASSERT(raw->data, "no memory");
    raw->cap = (size_t)h.raw_bytes + 1;
    raw->len =
        ZSTD_decompress(raw->data, (size_t)h.raw_bytes, in->data + sizeof h, in->len - sizeof h);
    if (ZSTD_isError(raw->len) || raw->len != h.raw_bytes) {
        raw->len = 0;
        return damaged(path, "it cannot be unpacked", err);
    }
    return 0;
}

int checkpoint_check(const struct buf *in, const char *path, struct moat_error *err)
{
    struct buf raw = {0};
    int rc = unpack(in, path, &raw, err);
    buf_fini(&raw);
    return rc;
}

static struct machine_field *find_field(struct machine_state *s, const char *name, size_t n)
{
    for (uint32_t i = 0; i < s->fields; i++) {
        size_t owner = strlen(s->field[i].owner), own = strlen(s->field[i].name);
        if (owner + 1 + own == n && memcmp(name, s->field[i].owner, owner) == 0 &&
            memcmp(name + owner + 1, s->field[i].name, own) == 0)
            return &s->field[i];
    }
    return NULL;
}

static void clear_memories(struct machine *m, const struct machine_state *s)
{
    static const uint8_t zero[PAGE];
    for (uint32_t i = 0; i < s->memories; i++)
        for (uint32_t at = 0; at < s->memory[i].bytes; at += PAGE)
            if (!is_zero(s->memory[i].mem + at) &&
                !cpu_poke(machine_cpu(m), s->memory[i].base + at, zero, PAGE))
                MOAT_ASSERT(false, "a page of memory that is none");
}

int checkpoint_load(struct machine *m, const struct buf *in, const char *path,
                    struct moat_error *err)
{
    struct machine_state s;
    struct buf raw = {0};
    uint32_t fields = 0;
    int rc = unpack(in, path, &raw, err);
    machine_state(m, &s);
    if (rc == 0)
        clear_memories(m, &s);
    for (size_t at = 0; rc == 0 && at < raw.len;) {
        struct item i;
        bool whole = raw.len - at >= sizeof i;
        if (whole)
            memcpy(&i, raw.data + at, sizeof i);
        if (!whole || raw.len - at - sizeof i < (uint64_t)i.name_bytes + i.bytes) {
            rc = damaged(path, "it ends inside an item", err);
            break;
        }
        const char *name = raw.data + at + sizeof i, *bytes = name + i.name_bytes;
        struct machine_field *f = i.name_bytes ? find_field(&s, name, i.name_bytes) : NULL;
        if (f && f->bytes == i.bytes) {
            memcpy(f->at, bytes, i.bytes);
            fields++;
        } else if (i.name_bytes || !cpu_poke(machine_cpu(m), i.addr, bytes, i.bytes)) {
            rc = moat_fail(err, MOAT_EINPUT, "'%s' has state that this board lacks: %.*s", path,
                           (int)i.name_bytes, name);
        }
        at += sizeof i + i.name_bytes + i.bytes;
    }
    if (rc == 0 && fields != s.fields)
        rc = moat_fail(err, MOAT_EINPUT, "'%s' lacks state of this board", path);
    machine_restored(m);
    buf_fini(&raw);
    return rc;
}
