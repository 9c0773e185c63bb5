#include "sim/record/recording.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"
#include "sim/record/checkpoint.h"
#include "sim/record/firmware.h"

struct recording_out {
    char *path;   /* of the folder */
    char *packed; /* the file it becomes, NULL for none */
    const struct recording_info *info;
    struct ctf_writer *trace;
    const struct image *image;
    struct info_files files;
    uint32_t segment; /* the current one's number; 0: "stream" */
    uint32_t oldest;  /* that is still there */
};

static int write_file(const char *folder, const char *name, const struct buf *bytes, bool durable,
                      struct moat_error *err)
{
    struct buf file = {0};
    file_join(&file, folder, name);
    int rc = file_write(file.data, buf_text(bytes), bytes->len, durable, err);
    buf_fini(&file);
    return rc;
}

static int write_info(struct recording_out *o, bool complete, struct moat_error *err)
{
    struct buf text = {0};
    o->files.complete = complete;
    o->files.events = complete ? ctf_count(o->trace) : 0;
    firmware_hash(o->image, &o->files);
    info_print(o->info, &o->files, &text);
    int rc = write_file(o->path, INFO_FILE, &text, complete, err);
    buf_fini(&text);
    return rc;
}

static bool is_empty(const char *path)
{
    DIR *dir = opendir(path);
    bool empty = true;
    for (struct dirent *e; dir && (e = readdir(dir));)
        empty &= strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    if (dir)
        closedir(dir);
    return empty;
}

static int read_info(struct recording *out, struct info_files *h, struct moat_error *err)
{
    struct buf text = {0};
    const char *path = store_path(out->store, INFO_FILE);
    int rc = store_read(out->store, INFO_FILE, &text, err);
    if (rc < 0)
        moat_hint(err, "moat run FIRMWARE makes one");
    if (rc == 0)
        rc = info_parse(path, &text, &out->info, h, err);
    out->complete = h->complete;
    out->events = h->events;
    buf_fini(&text);
    return rc;
}

/* Remove a plain file, and what an interrupted write of it left. Nothing else is ever removed. */
static void remove_file(const char *path, const char *name)
{
    static const char *const endings[] = {"", ".part"};
    struct buf file = {0};
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&file);
        buf_addf(&file, "%s/%s%s", path, name, endings[i]);
        unlink(file.data);
    }
    buf_fini(&file);
}

/* The files of segment @n. */
static void segment_names(uint32_t n, char stream[32], char checkpoint[32])
{
    snprintf(stream, 32, n ? "stream-%u" : "stream", n);
    snprintf(checkpoint, 32, n ? "checkpoint-%u" : "checkpoint", n);
}

static void remove_segment(const char *path, uint32_t n)
{
    char stream[32], checkpoint[32], in_ctf[40];
    segment_names(n, stream, checkpoint);
    snprintf(in_ctf, sizeof in_ctf, "ctf/%s", stream);
    remove_file(path, in_ctf);
    remove_file(path, checkpoint);
}

/* The numbers of the oldest and the newest segment; false: there is none. */
static bool find_segments(const struct store *s, uint32_t *first, uint32_t *last)
{
    bool any = false;
    for (size_t i = 0; i < store_count(s); i++) {
        const char *name = store_name(s, i);
        uint32_t n = 0;
        int end = 0;
        if (strcmp(name, "ctf/stream") != 0 &&
            (sscanf(name, "ctf/stream-%" SCNu32 "%n", &n, &end) != 1 || name[end] != '\0'))
            continue;
        *first = any && *first < n ? *first : n;
        *last = any && *last > n ? *last : n;
        any = true;
    }
    return any;
}

/* A folder of ours, not a link to somebody else's. */
static int make_own_folder(const char *path, struct moat_error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        return moat_fail(err, MOAT_ECREATE, "cannot record: '%s' is not a folder", path);
    return file_make_folder(path, err);
}

/* Is it a recording, of whatever version, or what a cut-off one left? */
static bool looks_like_ours(const char *path)
{
    struct buf file = {0}, text = {0};
    struct moat_error unused;
    file_join(&file, path, INFO_FILE);
    bool ours = file_read(file.data, "recording", &text, &unused) == 0 &&
                strstr(buf_text(&text), "\"moat_recording\"") != NULL;
    buf_fini(&file);
    buf_fini(&text);
    return ours;
}

static int look_at(const char *path, struct moat_error *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        return moat_fail(err, MOAT_ECREATE, "cannot record to '%s': it is a file", path);
    if (access(path, W_OK | X_OK) < 0)
        return moat_fail(err, MOAT_ECREATE, "cannot record to '%s': %s", path, strerror(errno));
    if (is_empty(path) || looks_like_ours(path))
        return 0;
    int rc = moat_fail(err, MOAT_ECREATE,
                       "cannot record to '%s': it is not empty and not a recording", path);
    moat_hint(err, "name another folder with -o");
    return rc;
}

static void remove_images(const char *path, const struct recording_info *info)
{
    struct buf name = {0};
    for (uint32_t i = 0; i <= info->load_count; i++) {
        buf_clear(&name);
        firmware_name(info, i, &name);
        remove_file(path, name.data);
    }
    buf_fini(&name);
}

/* The image of an earlier recording. */
static void remove_firmware(const char *path)
{
    struct recording old = {0};
    struct info_files unused;
    struct moat_error err;
    if (store_open(path, &old.store, &err) == 0 && read_info(&old, &unused, &err) == 0)
        remove_images(path, &old.info);
    store_close(old.store);
}

static void remove_trace(const char *path)
{
    struct store *s;
    struct moat_error err;
    uint32_t first, last;
    remove_file(path, "board.json");
    remove_file(path, "ctf/metadata");
    if (store_open(path, &s, &err) < 0)
        return;
    if (find_segments(s, &first, &last))
        for (uint32_t n = first; n <= last; n++)
            remove_segment(path, n);
    store_close(s);
}

/* Make room at @path: fresh folders, without the files of an earlier recording. */
static int prepare(const char *path, struct moat_error *err)
{
    static const char *const subs[] = {"", "/ctf", "/firmware"};
    struct buf sub = {0};
    int rc = look_at(path, err);
    if (rc == 0 && looks_like_ours(path))
        remove_firmware(path);
    for (size_t i = 0; rc == 0 && i < sizeof subs / sizeof *subs; i++) {
        buf_clear(&sub);
        buf_addf(&sub, "%s%s", path, subs[i]);
        rc = i ? make_own_folder(sub.data, err) : file_make_folder(sub.data, err);
    }
    buf_fini(&sub);
    if (rc == 0)
        remove_trace(path);
    return rc;
}

static int write_parts(struct recording_out *o, const struct board *board,
                       const struct board_parts *parts, struct moat_error *err)
{
    struct buf text = {0}, file = {0};
    board_print(board, parts, &text);
    info_hash(text.data, text.len, o->files.board);
    int rc = write_file(o->path, "board.json", &text, false, err);
    if (rc == 0)
        rc = firmware_save(o->path, o->info, o->image, err);
    file_join(&file, o->path, "ctf");
    if (rc == 0)
        rc = ctf_create(file.data, board->clock_hz, &o->trace, err);
    file_join(&file, o->path, "ctf/metadata");
    buf_clear(&text);
    if (rc == 0)
        rc = file_read(file.data, "trace", &text, err);
    if (rc == 0)
        info_hash(buf_text(&text), text.len, o->files.metadata);
    buf_fini(&file);
    buf_fini(&text);
    return rc;
}

static void free_out(struct recording_out *o)
{
    free(o->path);
    free(o->packed);
    free(o);
}

int recording_create(const char *path, const struct board *board, const struct board_parts *parts,
                     const struct image *image, const struct recording_info *info,
                     struct recording_out **out, struct moat_error *err)
{
    struct recording_out *o = calloc(1, sizeof *o);
    struct buf folder = {0};
    MOAT_ASSERT(o, "no memory");
    buf_addf(&folder, "%s%s", path, store_is_file_name(path) ? ".part" : "");
    *o = (struct recording_out){.path = folder.data, .info = info, .image = image};
    if (store_is_file_name(path))
        o->packed = strdup(path);
    int rc = prepare(o->path, err);
    if (rc == 0) /* a killed host leaves what says that it is a recording */
        rc = write_info(o, false, err);
    if (rc == 0)
        rc = write_parts(o, board, parts, err);
    if (rc == 0)
        rc = write_info(o, false, err);
    if (rc < 0) {
        struct moat_error unused;
        if (o->trace && ctf_close(o->trace, &unused) < 0)
            moat_hint(err, "%s", unused.text);
        free_out(o);
        return rc;
    }
    *out = o;
    return 0;
}

struct ctf_writer *recording_trace(struct recording_out *out)
{
    return out->trace;
}

static bool on_event(void *ctx, enum trace_kind kind, uint64_t cycle, uint8_t state,
                     const void *fields)
{
    struct recording_out *o = ctx;
    ctf_write(o->trace, kind, cycle, state, fields);
    return !ctf_failed(o->trace);
}

static bool on_full(void *ctx)
{
    return recording_full(ctx);
}

struct recorder_sink recording_sink(struct recording_out *out)
{
    bool limited = out && out->info->limit;
    return (struct recorder_sink){
        .ctx = out, .event = out ? on_event : NULL, .full = limited ? on_full : NULL};
}

int recording_begin_at(struct recording_out *o, uint64_t number, const struct buf *checkpoint,
                       struct moat_error *err)
{
    ctf_begin_at(o->trace, number);
    return write_file(o->path, "checkpoint", checkpoint, false, err);
}

const char *recording_flush(struct recording_out *o)
{
    ctf_flush(o->trace);
    return o->path;
}

bool recording_full(const struct recording_out *o)
{
    return o->info->limit && ctf_file_bytes(o->trace) >= o->info->limit / RECORDING_SEGMENTS;
}

/* The checkpoint first: a stream without one cannot be replayed. */
int recording_turn(struct recording_out *o, const struct buf *checkpoint, struct moat_error *err)
{
    char stream[32], file[32];
    o->segment++;
    segment_names(o->segment, stream, file);
    int rc = write_file(o->path, file, checkpoint, false, err);
    if (rc == 0)
        rc = ctf_next_file(o->trace, stream, err);
    while (rc == 0 && o->segment - o->oldest >= RECORDING_SEGMENTS)
        remove_segment(o->path, o->oldest++);
    return rc;
}

static void remove_all(const char *path, const struct recording_info *info)
{
    static const char *const subs[] = {"ctf", "firmware"};
    struct buf name = {0};
    remove_trace(path);
    remove_images(path, info);
    remove_file(path, INFO_FILE);
    for (size_t i = 0; i < 2; i++) {
        file_join(&name, path, subs[i]);
        rmdir(name.data);
    }
    rmdir(path);
    buf_fini(&name);
}

int recording_finish(struct recording_out *o, struct moat_error *err)
{
    ctf_flush(o->trace);
    int rc = ctf_failed(o->trace) ? 0 : write_info(o, true, err);
    struct moat_error other;
    int closed = ctf_close(o->trace, rc < 0 ? &other : err);
    rc = rc < 0 ? rc : closed;
    if (rc == 0 && o->packed) {
        rc = store_pack(o->path, o->packed, err);
        if (rc == 0)
            remove_all(o->path, o->info);
    }
    free_out(o);
    return rc;
}

/* ---- Reading. ---- */

static int read_checked(struct recording *r, const char *name, const char *hash, struct buf *out,
                        struct moat_error *err)
{
    char now[INFO_HASH];
    int rc = store_read(r->store, name, out, err);
    if (rc < 0)
        return rc;
    info_hash(buf_text(out), out->len, now);
    if (strcmp(now, hash) == 0)
        return 0;
    return moat_fail(err, MOAT_EINPUT,
                     "'%s' is damaged somewhere in bytes 0 to %zu: its checksum is wrong",
                     store_path(r->store, name), out->len);
}

/* Events that do not begin with the reset need the state before them. */
static int check_beginning(struct recording *r, const char *checkpoint, struct moat_error *err)
{
    struct trace_event e;
    struct moat_error unused;
    bool later = ctf_next(r->trace, &e, &unused) > 0 && e.number > 1;
    ctf_rewind(r->trace);
    if (!later || r->checkpoint.len)
        return 0;
    return moat_fail(
        err, MOAT_EINPUT,
        "'%s' is missing or empty, damaged at byte 0: the trace begins with event e%" PRIu64,
        store_path(r->store, checkpoint), e.number);
}

static int read_trace(struct recording *r, const struct info_files *h, struct moat_error *err)
{
    char stream[32], checkpoint[32], in_ctf[40];
    struct buf bytes = {0};
    uint32_t first, last;
    int rc = read_checked(r, "ctf/metadata", h->metadata, &bytes, err);
    if (rc == 0)
        rc = ctf_open(store_path(r->store, "ctf/metadata"), buf_text(&bytes), &r->trace, err);
    if (rc == 0 && !find_segments(r->store, &first, &last))
        rc = moat_fail(err, MOAT_EINPUT, "'%s' is missing", store_path(r->store, "ctf/stream"));
    for (uint32_t n = first; rc == 0 && n <= last; n++) {
        segment_names(n, stream, checkpoint);
        snprintf(in_ctf, sizeof in_ctf, "ctf/%s", stream);
        buf_clear(&bytes);
        rc = store_read(r->store, in_ctf, &bytes, err);
        if (rc == 0)
            ctf_add(r->trace, store_path(r->store, in_ctf), &bytes);
        if (rc == 0 && n == first && store_has(r->store, checkpoint)) {
            memcpy(r->checkpoint_name, checkpoint, sizeof checkpoint);
            rc = store_read(r->store, checkpoint, &r->checkpoint, err);
        }
        if (rc == 0 && n == first)
            rc = check_beginning(r, checkpoint, err);
    }
    buf_fini(&bytes);
    return rc;
}

int recording_open(const char *path, const struct board_parts *parts, struct recording *out,
                   struct moat_error *err)
{
    struct buf bytes = {0};
    struct info_files h = {0};
    *out = (struct recording){.path = strdup(path)};
    int rc = store_open(path, &out->store, err);
    if (rc == 0)
        rc = read_info(out, &h, err);
    if (rc == 0)
        rc = read_checked(out, "board.json", h.board, &bytes, err);
    if (rc == 0)
        rc = board_parse(store_path(out->store, "board.json"), buf_text(&bytes), bytes.len, parts,
                         &out->board, err);
    if (rc == 0)
        rc = firmware_load(out->store, &out->info, &h, &out->image, err);
    if (rc == 0)
        rc = read_trace(out, &h, err);
    buf_fini(&bytes);
    if (rc < 0)
        recording_close(out);
    return rc;
}

int recording_check(struct recording *r, struct moat_error *err)
{
    char stream[32], name[32];
    uint32_t first, last;
    int rc = 0;
    if (!find_segments(r->store, &first, &last))
        return 0;
    for (uint32_t n = first; rc == 0 && n <= last; n++) {
        struct buf bytes = {0};
        segment_names(n, stream, name);
        if (store_has(r->store, name))
            rc = store_read(r->store, name, &bytes, err);
        if (rc == 0 && bytes.len)
            rc = checkpoint_check(&bytes, store_path(r->store, name), err);
        else if (rc == 0 && n)
            rc = moat_fail(err, MOAT_EINPUT, "'%s' is missing", store_path(r->store, name));
        buf_fini(&bytes);
    }
    return rc;
}

int recording_next(struct recording *r, struct trace_event *e, bool *cut, struct moat_error *err)
{
    int rc = ctf_next(r->trace, e, err);
    if (rc == 0 && r->complete && ctf_number(r->trace) != r->events)
        return moat_fail(err, MOAT_EINPUT,
                         "'%s' is damaged: its trace ends after event e%" PRIu64
                         ", and it had e%" PRIu64,
                         r->path, ctf_number(r->trace), r->events);
    if (cut)
        *cut = false;
    if (rc >= 0 || r->complete || !ctf_cut_off(r->trace))
        return rc;
    if (cut)
        *cut = true;
    return 0;
}

void recording_close(struct recording *r)
{
    if (r->trace)
        ctf_reader_free(r->trace);
    image_close(r->image);
    store_close(r->store);
    buf_fini(&r->checkpoint);
    free(r->path);
    *r = (struct recording){0};
}
