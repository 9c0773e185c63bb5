#include "sim/trace/ctf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/buf.h"
#include "sim/base/file.h"
#include "sim/trace/table.h"

#define PACKET_BYTES 16384u
#define CTF_MAGIC    0xC1FC1FC1u

/* Packet header and context, as described in the metadata. Packed, little-endian. */
struct packet_head {
    uint32_t magic, stream_id;
    uint64_t begin, end;                /* cycles of the first and last event */
    uint64_t content_bits, packet_bits; /* header included */
    uint64_t first_event;               /* its number */
    uint32_t events, version;
};
_Static_assert(sizeof(struct packet_head) == 56, "as in the metadata");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "events are copied as they are");

/* Event header: kind, low half of the cycle; event context: state. */
#define EVENT_HEAD_BYTES 6u

static const char metadata_head[] =
    "/* CTF 1.8 */\n"
    "typealias integer { size = 8; align = 8; signed = false; } := u8;\n"
    "typealias integer { size = 8; align = 8; signed = false; base = 16; } := x8;\n"
    "typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
    "typealias integer { size = 32; align = 8; signed = false; base = 16; } := x32;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := u64;\n"
    "trace {\n    major = 1;\n    minor = 8;\n    byte_order = le;\n"
    "    packet.header := struct { u32 magic; u32 stream_id; };\n};\n"
    "env {\n    domain = \"moat\";\n    moat_trace_version = %d;\n};\n"
    "clock {\n    name = cycles;\n    description = \"core clock\";\n    freq = %" PRIu64 ";\n};\n"
    "typealias integer { size = 64; align = 8; signed = false; map = clock.cycles.value; } := "
    "c64;\n"
    "typealias integer { size = 32; align = 8; signed = false; map = clock.cycles.value; } := "
    "c32;\n"
    "stream {\n    id = 0;\n"
    "    packet.context := struct { c64 timestamp_begin; c64 timestamp_end; u64 content_size;\n"
    "        u64 packet_size; u64 first_event; u32 events; u32 version; };\n"
    "    event.header := struct { u8 id; c32 timestamp; };\n"
    "    event.context := struct { x8 state; };\n};\n";

static void describe_field(struct buf *out, const struct trace_field *f)
{
    bool hex = f->format == TRACE_FORMAT_hex || f->format == TRACE_FORMAT_code;
    switch (f->type) {
    case TRACE_TYPED_u8:
        buf_addf(out, "%s _%s; ", hex ? "x8" : "u8", f->name);
        break;
    case TRACE_TYPED_u32:
        buf_addf(out, "%s _%s; ", hex ? "x32" : "u32", f->name);
        break;
    case TRACE_TYPED_u64:
        buf_addf(out, "u64 _%s; ", f->name);
        break;
    case TRACE_TYPED_text:
        buf_addf(out, "string _%s; ", f->name);
        break;
    case TRACE_TYPED_data:
        buf_addf(out, "u32 _%s_len; x8 _%s[_%s_len]; ", f->name, f->name, f->name);
        break;
    }
}

static void describe(struct buf *out, uint64_t clock_hz)
{
    buf_addf(out, metadata_head, TRACE_VERSION, clock_hz);
    for (int k = 0; k < TRACE_KIND_COUNT; k++) {
        buf_addf(out,
                 "event {\n    id = %d;\n    name = \"%s\";\n    stream_id = 0;\n"
                 "    fields := struct { ",
                 k, trace_kinds[k].name);
        for (const struct trace_field *f = trace_kinds[k].fields; f->name; f++)
            describe_field(out, f);
        buf_addf(out, "};\n};\n");
    }
}

/* ---- Writing. ---- */

struct ctf_writer {
    int fd;
    int error; /* errno of the first failure */
    char *path;
    uint64_t count, flushed_bytes, last_cycle;
    uint8_t *packet;
    size_t len, cap; /* header included */
    struct packet_head head;
};

int ctf_create(const char *folder, uint64_t clock_hz, struct ctf_writer **out,
               struct moat_error *err)
{
    struct buf path = {0}, text = {0};
    int rc = 0;
    if (mkdir(folder, 0777) < 0 && errno != EEXIST)
        return moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", folder, strerror(errno));
    describe(&text, clock_hz);
    file_join(&path, folder, "metadata");
    rc = file_write(path.data, text.data, text.len, err);
    buf_fini(&text);
    if (rc < 0)
        goto out_path;
    file_join(&path, folder, "stream");
    int fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        rc = moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", path.data, strerror(errno));
        goto out_path;
    }
    struct ctf_writer *w = calloc(1, sizeof *w);
    MOAT_ASSERT(w, "no memory");
    *w = (struct ctf_writer){.fd = fd, .path = path.data, .cap = 2 * PACKET_BYTES};
    w->packet = malloc(w->cap);
    MOAT_ASSERT(w->packet, "no memory");
    w->len = sizeof w->head;
    *out = w;
    return 0;
out_path:
    buf_fini(&path);
    return rc;
}

void ctf_flush(struct ctf_writer *w)
{
    if (w->head.events == 0)
        return;
    w->head.magic = CTF_MAGIC;
    w->head.version = TRACE_VERSION;
    w->head.end = w->last_cycle;
    w->head.content_bits = w->head.packet_bits = (uint64_t)w->len * 8;
    memcpy(w->packet, &w->head, sizeof w->head);
    for (size_t at = 0; at < w->len && !w->error;) {
        ssize_t n = write(w->fd, w->packet + at, w->len - at);
        if (n < 0 && errno != EINTR) {
            w->error = errno;
            if (ftruncate(w->fd, (off_t)w->flushed_bytes) < 0) /* end with a whole packet */
                w->error = errno;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    if (w->error)
        return;
    w->flushed_bytes += w->len;
    w->len = sizeof w->head;
    w->head = (struct packet_head){0};
}

static void reserve(struct ctf_writer *w, size_t more)
{
    if (w->len + more <= w->cap)
        return;
    w->cap = (w->len + more) * 2;
    w->packet = realloc(w->packet, w->cap);
    MOAT_ASSERT(w->packet, "no memory");
}

static void put(struct ctf_writer *w, const void *bytes, size_t n)
{
    memcpy(w->packet + w->len, bytes, n);
    w->len += n;
}

static void put_field(struct ctf_writer *w, const struct trace_field *f, const char *at)
{
    const struct trace_data *d;
    const char *text;
    switch (f->type) {
    case TRACE_TYPED_u8:
        put(w, at, 1);
        break;
    case TRACE_TYPED_u32:
        put(w, at, 4);
        break;
    case TRACE_TYPED_u64:
        put(w, at, 8);
        break;
    case TRACE_TYPED_text:
        text = *(const char *const *)(const void *)at;
        reserve(w, strlen(text) + 1 + EVENT_HEAD_BYTES + sizeof(struct trace_event));
        put(w, text, strlen(text) + 1);
        break;
    case TRACE_TYPED_data:
        d = (const struct trace_data *)(const void *)at;
        reserve(w, d->len + 4 + EVENT_HEAD_BYTES + sizeof(struct trace_event));
        put(w, &d->len, 4);
        put(w, d->bytes, d->len);
        break;
    }
}

void ctf_write(struct ctf_writer *w, enum trace_kind kind, uint64_t cycle, uint8_t state,
               const void *fields)
{
    MOAT_ASSERT(cycle >= w->last_cycle, "event %d goes back in time", kind);
    /* The header holds 32 bits of the cycle: a packet never spans more. */
    if (w->len >= PACKET_BYTES || (w->head.events && cycle - w->head.begin >= UINT32_MAX))
        ctf_flush(w);
    if (w->head.events == 0) {
        w->head.begin = cycle;
        w->head.first_event = w->count + 1;
    }
    reserve(w, EVENT_HEAD_BYTES + sizeof(struct trace_event));
    uint8_t id = (uint8_t)kind;
    uint32_t low = (uint32_t)cycle;
    put(w, &id, 1);
    put(w, &low, 4);
    put(w, &state, 1);
    for (const struct trace_field *f = trace_kinds[kind].fields; f->name; f++)
        put_field(w, f, (const char *)fields + f->offset);
    w->head.events++;
    w->count++;
    w->last_cycle = cycle;
}

uint64_t ctf_count(const struct ctf_writer *w)
{
    return w->count;
}

bool ctf_failed(const struct ctf_writer *w)
{
    return w->error != 0;
}

int ctf_close(struct ctf_writer *w, struct moat_error *err)
{
    ctf_flush(w);
    if (close(w->fd) < 0 && !w->error)
        w->error = errno;
    int rc = 0;
    if (w->error)
        rc = moat_fail(err, MOAT_EIO, "cannot write '%s': %s", w->path, strerror(w->error));
    free(w->path);
    free(w->packet);
    free(w);
    return rc;
}

/* ---- Reading. ---- */

struct ctf_reader {
    struct buf stream, path;
    uint64_t clock_hz;
    size_t at;         /* of the next event, or of a packet when events_left is 0 */
    size_t packet_end; /* first byte after the packet */
    uint32_t events_left;
    uint64_t number, cycle;
    bool cut_off; /* the file ended inside a packet */
};

static int read_metadata(struct ctf_reader *r, const char *folder, struct moat_error *err)
{
    struct buf text = {0};
    file_join(&r->path, folder, "metadata");
    int rc = file_read(r->path.data, "trace", &text, err);
    if (rc < 0)
        goto out;
    int version = 0;
    const char *v = strstr(buf_text(&text), "moat_trace_version = ");
    const char *hz = strstr(buf_text(&text), "freq = ");
    if (!v || !hz || sscanf(v, "moat_trace_version = %d", &version) != 1 ||
        sscanf(hz, "freq = %" SCNu64, &r->clock_hz) != 1 || r->clock_hz == 0)
        rc = moat_fail(err, MOAT_EINPUT, "'%s' does not describe a trace of moat", r->path.data);
    else if (version != TRACE_VERSION) {
        rc = moat_fail(err, MOAT_EINPUT, "'%s' has trace version %d, this moat reads version %d",
                       r->path.data, version, TRACE_VERSION);
        moat_hint(err, "record the run again");
    }
out:
    buf_fini(&text);
    return rc;
}

int ctf_open(const char *folder, struct ctf_reader **out, struct moat_error *err)
{
    struct ctf_reader *r = calloc(1, sizeof *r);
    MOAT_ASSERT(r, "no memory");
    int rc = read_metadata(r, folder, err);
    file_join(&r->path, folder, "stream");
    if (rc == 0)
        rc = file_read(r->path.data, "trace", &r->stream, err);
    if (rc < 0)
        ctf_reader_free(r);
    else
        *out = r;
    return rc;
}

void ctf_reader_free(struct ctf_reader *r)
{
    buf_fini(&r->stream);
    buf_fini(&r->path);
    free(r);
}

void ctf_rewind(struct ctf_reader *r)
{
    r->at = r->packet_end = 0;
    r->events_left = 0;
    r->number = r->cycle = 0;
}

uint64_t ctf_clock_hz(const struct ctf_reader *r)
{
    return r->clock_hz;
}

bool ctf_cut_off(const struct ctf_reader *r)
{
    return r->cut_off;
}

static int damaged(const struct ctf_reader *r, const char *what, struct moat_error *err)
{
    return moat_fail(err, MOAT_EINPUT, "'%s' is damaged at byte %zu: %s", r->path.data, r->at,
                     what);
}

static int open_packet(struct ctf_reader *r, struct moat_error *err)
{
    struct packet_head h;
    r->cut_off = r->stream.len - r->at < sizeof h;
    if (r->cut_off)
        return damaged(r, "it ends inside a packet's header", err);
    memcpy(&h, r->stream.data + r->at, sizeof h);
    uint64_t bytes = h.packet_bits / 8;
    if (h.magic != CTF_MAGIC || h.version != TRACE_VERSION || h.stream_id != 0)
        return damaged(r, "no packet begins here", err);
    if (h.content_bits != h.packet_bits || h.packet_bits % 8 || bytes < sizeof h || !h.events)
        return damaged(r, "the packet's sizes do not fit together", err);
    r->cut_off = bytes > r->stream.len - r->at;
    if (r->cut_off)
        return damaged(r, "it ends inside this packet", err);
    if (h.first_event != r->number + 1 || h.begin < r->cycle || h.end < h.begin)
        return damaged(r, "the packet does not follow the one before it", err);
    r->packet_end = r->at + (size_t)bytes;
    r->at += sizeof h;
    r->events_left = h.events;
    r->cycle = h.begin;
    return 0;
}

static bool take(struct ctf_reader *r, void *out, size_t n)
{
    if (r->packet_end - r->at < n)
        return false;
    memcpy(out, r->stream.data + r->at, n);
    r->at += n;
    return true;
}

static bool take_field(struct ctf_reader *r, const struct trace_field *f, char *out)
{
    struct trace_data d;
    const char *text = r->stream.data + r->at;
    size_t left = r->packet_end - r->at, len;
    switch (f->type) {
    case TRACE_TYPED_u8:
        return take(r, out, 1);
    case TRACE_TYPED_u32:
        return take(r, out, 4);
    case TRACE_TYPED_u64:
        return take(r, out, 8);
    case TRACE_TYPED_text:
        len = strnlen(text, left);
        memcpy(out, &text, sizeof text);
        r->at += len + 1;
        return len < left;
    case TRACE_TYPED_data:
        if (!take(r, &d.len, 4) || d.len > r->packet_end - r->at)
            return false;
        d.bytes = (const uint8_t *)r->stream.data + r->at;
        memcpy(out, &d, sizeof d);
        r->at += d.len;
        return true;
    }
    return false;
}

int ctf_next(struct ctf_reader *r, struct trace_event *out, struct moat_error *err)
{
    uint8_t id;
    uint32_t low;
    if (r->events_left == 0 && r->at == r->stream.len)
        return 0;
    if (r->events_left == 0) {
        int rc = open_packet(r, err);
        if (rc < 0)
            return rc;
    }
    *out = (struct trace_event){0};
    if (!take(r, &id, 1) || !take(r, &low, 4) || !take(r, &out->state, 1))
        return damaged(r, "it ends inside an event", err);
    if (id >= TRACE_KIND_COUNT)
        return damaged(r, "no such kind of event", err);
    r->cycle += (uint32_t)(low - (uint32_t)r->cycle);
    out->kind = (enum trace_kind)id;
    out->cycle = r->cycle;
    for (const struct trace_field *f = trace_kinds[id].fields; f->name; f++)
        if (!take_field(r, f, (char *)(uintptr_t)trace_fields_of(out) + f->offset))
            return damaged(r, "it ends inside an event", err);
    out->number = ++r->number;
    if (--r->events_left == 0 && r->at != r->packet_end)
        return damaged(r, "the packet holds more than its events", err);
    return 1;
}
