#include "sim/trace/ctf.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "sim/base/assert.h"
#include "sim/base/buf.h"
#include "sim/base/file.h"
#include "sim/trace/table.h"

#define PACKET_BYTES   16384u
#define CTF_MAGIC      0xC1FC1FC1u
#define PACKETS_SECOND 10u /* at least, of the guest's time, while there are events */

/* Packet header and context, as described in the metadata. Packed, little-endian. */
struct packet_head {
    uint32_t magic, stream_id;
    uint64_t begin, end;                /* cycles of the first and last event */
    uint64_t content_bits, packet_bits; /* header included */
    uint64_t first_event;               /* its number */
    uint32_t events, version;
    uint64_t checksum; /* XXH3 of the packet, with 0 here */
};
_Static_assert(sizeof(struct packet_head) == 64, "as in the metadata");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "events are copied as they are");

/* Event header: kind and the low 16 bits of the cycle, or EXTENDED, kind and the whole cycle; event
 * context: state. */
#define EXTENDED         255u
#define EVENT_HEAD_BYTES 11u /* at most */

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
    "typealias integer { size = 16; align = 8; signed = false; map = clock.cycles.value; } := "
    "c16;\n"
    "stream {\n    id = 0;\n"
    "    packet.context := struct { c64 timestamp_begin; c64 timestamp_end; u64 content_size;\n"
    "        u64 packet_size; u64 first_event; u32 events; u32 version; u64 checksum; };\n"
    "    event.header := struct {\n"
    "        enum : u8 { compact = 0 ... 254, extended = 255 } id;\n"
    "        variant <id> { struct { c16 timestamp; } compact;\n"
    "            struct { u8 id; c64 timestamp; } extended; } v;\n    };\n"
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
    uint64_t span; /* cycles that a packet holds at most */
    char *folder;
    struct buf packet; /* header included */
    struct packet_head head;
};

static int open_stream(const char *folder, const char *name, char **path, struct moat_error *err)
{
    struct buf file = {0};
    file_join(&file, folder, name);
    int fd = open(file.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", file.data, strerror(errno));
        buf_fini(&file);
        return -MOAT_ECREATE;
    }
    free(*path);
    *path = file.data;
    return fd;
}

static void begin_packet(struct ctf_writer *w)
{
    buf_clear(&w->packet);
    w->head = (struct packet_head){0};
    buf_add(&w->packet, &w->head, sizeof w->head);
}

int ctf_create(const char *folder, uint64_t clock_hz, struct ctf_writer **out,
               struct moat_error *err)
{
    struct buf path = {0}, text = {0};
    char *stream = NULL;
    if (mkdir(folder, 0777) < 0 && errno != EEXIST)
        return moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", folder, strerror(errno));
    describe(&text, clock_hz);
    file_join(&path, folder, "metadata");
    int rc = file_write(path.data, text.data, text.len, false, err);
    buf_fini(&text);
    buf_fini(&path);
    int fd = rc < 0 ? rc : open_stream(folder, "stream", &stream, err);
    if (fd < 0)
        return fd;
    struct ctf_writer *w = calloc(1, sizeof *w);
    MOAT_ASSERT(w, "no memory");
    *w = (struct ctf_writer){
        .fd = fd, .path = stream, .folder = strdup(folder), .span = clock_hz / PACKETS_SECOND};
    MOAT_ASSERT(w->folder, "no memory");
    begin_packet(w);
    *out = w;
    return 0;
}

void ctf_begin_at(struct ctf_writer *w, uint64_t number)
{
    MOAT_ASSERT(w->count == 0 && number, "events were written");
    w->count = number - 1;
}

int ctf_next_file(struct ctf_writer *w, const char *name, struct moat_error *err)
{
    ctf_flush(w);
    int fd = open_stream(w->folder, name, &w->path, err);
    if (fd < 0)
        return fd;
    if (close(w->fd) < 0 && !w->error)
        w->error = errno;
    w->fd = fd;
    w->flushed_bytes = 0;
    return 0;
}

uint64_t ctf_file_bytes(const struct ctf_writer *w)
{
    return w->flushed_bytes + w->packet.len;
}

/* Of the head up to its checksum, and of all behind it. */
static uint64_t checksum(const char *packet, size_t len)
{
    size_t head = sizeof(struct packet_head);
    return XXH3_64bits_withSeed(packet, offsetof(struct packet_head, checksum),
                                XXH3_64bits(packet + head, len - head));
}

/* To the end of the file; a packet that does not fit the disk is taken back. */
static void write_packet(struct ctf_writer *w)
{
    for (size_t at = 0; at < w->packet.len && !w->error;) {
        ssize_t n = write(w->fd, w->packet.data + at, w->packet.len - at);
        if (n < 0 && errno != EINTR) {
            w->error = errno;
            if (ftruncate(w->fd, (off_t)w->flushed_bytes) < 0)
                w->error = errno;
        }
        at += n > 0 ? (size_t)n : 0;
    }
}

void ctf_flush(struct ctf_writer *w)
{
    if (w->head.events == 0 || w->error)
        return;
    w->head.magic = CTF_MAGIC;
    w->head.version = TRACE_VERSION;
    w->head.end = w->last_cycle;
    w->head.content_bits = w->head.packet_bits = (uint64_t)w->packet.len * 8;
    memcpy(w->packet.data, &w->head, sizeof w->head);
    w->head.checksum = checksum(w->packet.data, w->packet.len);
    memcpy(w->packet.data, &w->head, sizeof w->head);
    write_packet(w);
    if (w->error)
        return;
    w->flushed_bytes += w->packet.len;
    begin_packet(w);
}

/* Text and bytes, which have no size of their own. */
static void put_long(struct buf *out, const struct trace_field *f, const char *at)
{
    const struct trace_data *d = (const struct trace_data *)(const void *)at;
    if (f->type == TRACE_TYPED_text) {
        const char *text = *(const char *const *)(const void *)at;
        buf_add(out, text, strlen(text) + 1);
    } else {
        buf_add(out, &d->len, 4);
        buf_add(out, d->bytes, d->len);
    }
}

/* Numbers are stored in place: the room was made before. */
static void put_fields(struct buf *out, enum trace_kind kind, const void *fields)
{
    for (const struct trace_field *f = trace_kinds[kind].fields; f->name; f++) {
        const char *at = (const char *)fields + f->offset;
        char *to = out->data + out->len;
        switch (f->type) {
        case TRACE_TYPED_u8:
            *to = *at;
            out->len += 1;
            break;
        case TRACE_TYPED_u32:
            memcpy(to, at, 4);
            out->len += 4;
            break;
        case TRACE_TYPED_u64:
            memcpy(to, at, 8);
            out->len += 8;
            break;
        case TRACE_TYPED_text:
        case TRACE_TYPED_data:
            put_long(out, f, at);
            buf_room(out, trace_kinds[kind].bytes);
            break;
        }
    }
}

static void put_head(struct ctf_writer *w, enum trace_kind kind, uint64_t cycle, uint8_t state)
{
    char *to = w->packet.data + w->packet.len;
    uint16_t low = (uint16_t)cycle;
    if (cycle - w->last_cycle <= UINT16_MAX) {
        *to++ = (char)kind;
        memcpy(to, &low, sizeof low);
        to += sizeof low;
    } else {
        *to++ = (char)EXTENDED;
        *to++ = (char)kind;
        memcpy(to, &cycle, sizeof cycle);
        to += sizeof cycle;
    }
    *to++ = (char)state;
    w->packet.len = (size_t)(to - w->packet.data);
}

void ctf_write(struct ctf_writer *w, enum trace_kind kind, uint64_t cycle, uint8_t state,
               const void *fields)
{
    MOAT_ASSERT(cycle >= w->last_cycle, "event %d goes back in time", kind);
    if (w->packet.len >= PACKET_BYTES || (w->head.events && cycle - w->head.begin >= w->span))
        ctf_flush(w);
    if (w->head.events == 0) {
        w->head.begin = w->last_cycle = cycle;
        w->head.first_event = w->count + 1;
    }
    buf_room(&w->packet, EVENT_HEAD_BYTES + trace_kinds[kind].bytes);
    put_head(w, kind, cycle, state);
    put_fields(&w->packet, kind, fields);
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
    free(w->folder);
    buf_fini(&w->packet);
    free(w);
    return rc;
}

/* ---- Reading. ---- */

struct stream_file {
    char *path;
    struct buf bytes;
};

struct ctf_reader {
    struct stream_file *files;
    size_t count;
    uint64_t clock_hz;
    struct ctf_place place; /* at: of the next event, or of a packet when events_left is 0 */
    bool cut_off;           /* the file ended inside a packet */
};

int ctf_open(const char *path, const char *metadata, struct ctf_reader **out,
             struct moat_error *err)
{
    int version = 0;
    uint64_t hz = 0;
    const char *v = strstr(metadata, "moat_trace_version = "), *f = strstr(metadata, "freq = ");
    if (!v || !f || sscanf(v, "moat_trace_version = %d", &version) != 1 ||
        sscanf(f, "freq = %" SCNu64, &hz) != 1 || hz == 0)
        return moat_fail(err, MOAT_EINPUT, "'%s' does not describe a trace of moat", path);
    if (version != TRACE_VERSION) {
        int rc =
            moat_fail(err, MOAT_EINPUT, "'%s' has trace version %d, this moat reads version %d",
                      path, version, TRACE_VERSION);
        moat_hint(err, "record the run again");
        return rc;
    }
    struct ctf_reader *r = calloc(1, sizeof *r);
    MOAT_ASSERT(r, "no memory");
    r->clock_hz = hz;
    *out = r;
    return 0;
}

void ctf_add(struct ctf_reader *r, const char *path, struct buf *bytes)
{
    r->files = realloc(r->files, (r->count + 1) * sizeof *r->files);
    MOAT_ASSERT(r->files, "no memory");
    r->files[r->count++] = (struct stream_file){strdup(path), *bytes};
    *bytes = (struct buf){0};
}

void ctf_reader_free(struct ctf_reader *r)
{
    for (size_t i = 0; i < r->count; i++) {
        buf_fini(&r->files[i].bytes);
        free(r->files[i].path);
    }
    free(r->files);
    free(r);
}

void ctf_rewind(struct ctf_reader *r)
{
    r->place = (struct ctf_place){0};
}

struct ctf_place ctf_tell(const struct ctf_reader *r)
{
    return r->place;
}

uint64_t ctf_number(const struct ctf_reader *r)
{
    return r->place.number;
}

void ctf_seek(struct ctf_reader *r, const struct ctf_place *place)
{
    r->place = *place;
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
    return moat_fail(err, MOAT_EINPUT, "'%s' is damaged at byte %zu: %s",
                     r->files[r->place.file].path, r->place.at, what);
}

static int open_packet(struct ctf_reader *r, struct moat_error *err)
{
    const struct buf *stream = &r->files[r->place.file].bytes;
    struct ctf_place *p = &r->place;
    struct packet_head h;
    r->cut_off = stream->len - p->at < sizeof h;
    if (r->cut_off)
        return damaged(r, "it ends inside a packet's header", err);
    memcpy(&h, stream->data + p->at, sizeof h);
    uint64_t bytes = h.packet_bits / 8;
    if (h.magic != CTF_MAGIC || h.version != TRACE_VERSION || h.stream_id != 0)
        return damaged(r, "no packet begins here", err);
    if (h.content_bits != h.packet_bits || h.packet_bits % 8 || bytes < sizeof h || !h.events)
        return damaged(r, "the packet's sizes do not fit together", err);
    r->cut_off = bytes > stream->len - p->at;
    if (r->cut_off)
        return damaged(r, "it ends inside this packet", err);
    if (checksum(stream->data + p->at, (size_t)bytes) != h.checksum)
        return damaged(r, "the packet's checksum is wrong", err);
    if ((p->number && h.first_event != p->number + 1) || !h.first_event || h.begin < p->cycle ||
        h.end < h.begin)
        return damaged(r, "the packet does not follow the one before it", err);
    p->packet_end = p->at + (size_t)bytes;
    p->at += sizeof h;
    p->events_left = h.events;
    p->number = h.first_event - 1;
    p->cycle = h.begin;
    return 0;
}

static inline __attribute__((always_inline)) bool take(struct ctf_reader *r, void *out, size_t n)
{
    if (r->place.packet_end - r->place.at < n)
        return false;
    memcpy(out, r->files[r->place.file].bytes.data + r->place.at, n);
    r->place.at += n;
    return true;
}

static bool take_field(struct ctf_reader *r, const struct trace_field *f, char *out)
{
    struct ctf_place *p = &r->place;
    struct trace_data d;
    const char *text = r->files[p->file].bytes.data + p->at;
    size_t left = p->packet_end - p->at, len;
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
        p->at += len + 1;
        return len < left;
    case TRACE_TYPED_data:
        if (!take(r, &d.len, 4) || d.len > p->packet_end - p->at)
            return false;
        d.bytes = (const uint8_t *)r->files[p->file].bytes.data + p->at;
        memcpy(out, &d, sizeof d);
        p->at += d.len;
        return true;
    }
    return false;
}

static bool take_head(struct ctf_reader *r, uint8_t *id, uint8_t *state)
{
    uint16_t low;
    uint64_t cycle;
    if (!take(r, id, 1))
        return false;
    if (*id != EXTENDED) {
        if (!take(r, &low, 2))
            return false;
        r->place.cycle += (uint16_t)(low - (uint16_t)r->place.cycle);
    } else {
        if (!take(r, id, 1) || !take(r, &cycle, 8) || cycle < r->place.cycle)
            return false;
        r->place.cycle = cycle;
    }
    return take(r, state, 1);
}

/* To the file that holds the next event; false when there is none. */
static bool find_file(struct ctf_reader *r)
{
    struct ctf_place *p = &r->place;
    while (p->events_left == 0 && p->file < r->count && p->at == r->files[p->file].bytes.len) {
        if (p->file + 1 >= r->count)
            return false;
        p->file++;
        p->at = 0;
    }
    return p->file < r->count;
}

int ctf_next(struct ctf_reader *r, struct trace_event *out, struct moat_error *err)
{
    uint8_t id;
    if (!find_file(r))
        return 0;
    if (r->place.events_left == 0) {
        int rc = open_packet(r, err);
        if (rc < 0)
            return rc;
    }
    if (!take_head(r, &id, &out->state))
        return damaged(r, "it ends inside an event", err);
    if (id >= TRACE_KIND_COUNT)
        return damaged(r, "no such kind of event", err);
    out->kind = (enum trace_kind)id;
    out->cycle = r->place.cycle;
    for (const struct trace_field *f = trace_kinds[id].fields; f->name; f++)
        if (!take_field(r, f, (char *)(uintptr_t)trace_fields_of(out) + f->offset))
            return damaged(r, "it ends inside an event", err);
    out->number = ++r->place.number;
    if (--r->place.events_left == 0 && r->place.at != r->place.packet_end)
        return damaged(r, "the packet holds more than its events", err);
    return 1;
}
