#include "sim/record/recording.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loaders/json.h"
#include "sim/base/buf.h"
#include "sim/base/file.h"

#define RECORDING_VERSION 1u
#define INFO_FILE         "recording.json"

enum {
    R_VERSION,
    R_COMPLETE,
    R_FIRMWARE,
    R_BUILD_ID,
    R_ENGINE
};
static const struct field info_keys[] = {
    {"moat_recording", FIELD_INT, true, RECORDING_VERSION, RECORDING_VERSION, 0, "format version"},
    {"complete", FIELD_BOOL, true, 0, 1, 0, "the run has ended and all of it is here"},
    {"firmware", FIELD_STRING, true, 1, 255, 0, "name of the image in firmware/"},
    {"build_id", FIELD_STRING, true, 0, 63, 0, "build-id of the image"},
    {"engine", FIELD_STRING, true, 0, 31, 0, "version of Unicorn"},
    {0},
};

/* A name as a JSON string: what a file name may hold is escaped. */
static void add_name(struct buf *out, const char *text)
{
    for (; *text; text++)
        if (*text == '"' || *text == '\\' || (unsigned char)*text < 0x20)
            buf_addf(out, "\\u%04x", (unsigned char)*text);
        else
            buf_addf(out, "%c", *text);
}

static int write_info(const char *path, const struct recording_info *info, bool complete,
                      struct moat_error *err)
{
    struct buf file = {0}, text = {0};
    buf_addf(&text, "{\n  \"moat_recording\": %u,\n  \"complete\": %s,\n  \"firmware\": \"",
             RECORDING_VERSION, complete ? "true" : "false");
    add_name(&text, info->firmware);
    buf_addf(&text, "\",\n  \"build_id\": \"%s\",\n  \"engine\": \"%s\"\n}\n", info->build_id,
             info->engine);
    file_join(&file, path, INFO_FILE);
    int rc = file_write(file.data, text.data, text.len, err);
    buf_fini(&file);
    buf_fini(&text);
    return rc;
}

/* Remove a plain file, and what an interrupted write of it left. Nothing else is ever removed. */
static void remove_file(const char *path, const char *folder, const char *name)
{
    static const char *const endings[] = {"", ".part"};
    struct buf file = {0};
    for (size_t i = 0; i < 2; i++) {
        buf_clear(&file);
        buf_addf(&file, "%s/%s%s%s", path, folder, name, endings[i]);
        unlink(file.data);
    }
    buf_fini(&file);
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

static int make_folder(const char *path, struct moat_error *err)
{
    if (mkdir(path, 0777) == 0 || errno == EEXIST)
        return 0;
    return moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", path, strerror(errno));
}

static int read_info(const char *path, struct recording *out, struct moat_error *err)
{
    struct buf file = {0}, text = {0};
    struct json_doc doc;
    file_join(&file, path, INFO_FILE);
    int rc = file_read(file.data, "recording", &text, err);
    if (rc < 0)
        moat_hint(err, "moat run FIRMWARE makes one");
    if (rc == 0)
        rc = json_open(&doc, file.data, buf_text(&text), text.len, err);
    if (rc == 0) {
        struct json_at root = json_root(&doc);
        if (json_check_object(&root, info_keys, NULL)) {
            (void)json_value(&root, &info_keys[R_VERSION]);
            out->complete = json_value(&root, &info_keys[R_COMPLETE]) != 0;
            json_string(&root, &info_keys[R_FIRMWARE], out->firmware, sizeof out->firmware);
            struct json_at firmware = json_member(&root, "firmware");
            if (strchr(out->firmware, '/') || strcmp(out->firmware, "..") == 0)
                json_error(&firmware, "expected the name of a file in firmware/");
        }
        rc = json_close(&doc, err);
    }
    buf_fini(&file);
    buf_fini(&text);
    return rc;
}

/* A folder of ours, not a link to somebody else's. */
static int make_own_folder(const char *path, struct moat_error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode))
        return moat_fail(err, MOAT_ECREATE, "cannot record: '%s' is not a folder", path);
    return make_folder(path, err);
}

/* What stands at @path: nothing or an empty folder, or an earlier recording (@old is filled). */
static int look_at(const char *path, struct recording *old, struct moat_error *err)
{
    struct stat st;
    struct moat_error unused;
    if (stat(path, &st) < 0)
        return 0;
    if (!S_ISDIR(st.st_mode))
        return moat_fail(err, MOAT_ECREATE, "cannot record to '%s': it is a file", path);
    if (access(path, W_OK | X_OK) < 0)
        return moat_fail(err, MOAT_ECREATE, "cannot record to '%s': %s", path, strerror(errno));
    if (is_empty(path) || read_info(path, old, &unused) == 0)
        return 0;
    int rc = moat_fail(err, MOAT_ECREATE,
                       "cannot record to '%s': it is not empty and not a recording", path);
    moat_hint(err, "name another folder with -o");
    return rc;
}

/* Make room at @path: fresh folders, without the files of an earlier recording. */
static int prepare(const char *path, struct moat_error *err)
{
    static const char *const subs[] = {"", "/ctf", "/firmware"};
    struct recording old = {0};
    struct buf sub = {0};
    int rc = look_at(path, &old, err);
    for (size_t i = 0; rc == 0 && i < sizeof subs / sizeof *subs; i++) {
        buf_clear(&sub);
        buf_addf(&sub, "%s%s", path, subs[i]);
        rc = i ? make_own_folder(sub.data, err) : make_folder(sub.data, err);
    }
    buf_fini(&sub);
    if (rc < 0)
        return rc;
    remove_file(path, "", "board.json");
    remove_file(path, "ctf/", "metadata");
    remove_file(path, "ctf/", "stream");
    if (old.firmware[0])
        remove_file(path, "firmware/", old.firmware);
    return 0;
}

int recording_create(const char *path, const struct board *board, const struct board_parts *parts,
                     const struct image *image, const struct recording_info *info,
                     struct ctf_writer **trace, struct moat_error *err)
{
    struct buf file = {0}, text = {0};
    int rc = prepare(path, err);
    if (rc == 0)
        rc = write_info(path, info, false, err);
    if (rc == 0) {
        board_print(board, parts, &text);
        file_join(&file, path, "board.json");
        rc = file_write(file.data, text.data, text.len, err);
    }
    if (rc == 0) {
        buf_clear(&file);
        buf_addf(&file, "%s/firmware/%s", path, info->firmware);
        rc = file_write(file.data, image->file, image->file_len, err);
    }
    file_join(&file, path, "ctf");
    if (rc == 0)
        rc = ctf_create(file.data, board->clock_hz, trace, err);
    buf_fini(&file);
    buf_fini(&text);
    return rc;
}

int recording_finish(const char *path, const struct recording_info *info, struct ctf_writer *trace,
                     struct moat_error *err)
{
    int rc = ctf_close(trace, err);
    return rc < 0 ? rc : write_info(path, info, true, err);
}

int recording_open(const char *path, struct recording *out, struct moat_error *err)
{
    struct buf file = {0};
    *out = (struct recording){0};
    int rc = read_info(path, out, err);
    if (rc == 0) {
        buf_addf(&file, "%s/firmware/%s", path, out->firmware);
        rc = image_open(file.data, &out->image, err);
    }
    if (rc == 0) {
        file_join(&file, path, "ctf");
        rc = ctf_open(file.data, &out->trace, err);
    }
    buf_fini(&file);
    if (rc < 0)
        recording_close(out);
    return rc;
}

void recording_close(struct recording *r)
{
    if (r->trace)
        ctf_reader_free(r->trace);
    image_close(r->image);
    *r = (struct recording){0};
}
