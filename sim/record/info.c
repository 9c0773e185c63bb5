#include "sim/record/info.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "loaders/json.h"

#define RECORDING_VERSION 3u

/* ORDER info_key */
enum {
    R_VERSION,
    R_COMPLETE,
    R_EVENTS,
    R_FIRMWARE,
    R_PLACE,
    R_ENTRY,
    R_LOADS,
    R_BUILD_ID,
    R_ENGINE,
    R_MOAT,
    R_UNTIL,
    R_DIGEST_EVERY,
    R_LIMIT,
    R_FIRMWARE_HASH,
    R_BOARD_HASH,
    R_METADATA_HASH,
    R_CHANGES,
    R_CHECK
};
static const struct field info_keys[] = {
    {"moat_recording", FIELD_INT, true, RECORDING_VERSION, RECORDING_VERSION, 0, "format version"},
    {"complete", FIELD_BOOL, true, 0, 1, 0, "the run has ended and all of it is here"},
    {"events", FIELD_INT, true, 0, 1ull << 53, 0, "number of the last event, once complete"},
    {"firmware", FIELD_STRING, true, 1, 255, 0, "name of the image in firmware/"},
    {"place", FIELD_STRING, true, 0, INFO_PLACE - 1, 0, "\"-\", or the address of a raw file"},
    {"entry", FIELD_STRING, true, 0, INFO_PLACE - 1, 0, "where it starts, if not by its vectors"},
    {"loads", FIELD_ARRAY, true, 0, 0, 0, "other files of the image: checksum, place, name"},
    {"build_id", FIELD_STRING, true, 0, 63, 0, "build-id of the image"},
    {"engine", FIELD_STRING, true, 0, 31, 0, "version of Unicorn"},
    {"moat", FIELD_STRING, true, 0, 63, 0, "version of Moat"},
    {"until", FIELD_STRING, true, 0, 159, 0, "where the run was to end"},
    {"digest_every", FIELD_INT, true, 1, 1ull << 53, 0, "cycles from one digest to the next"},
    {"limit", FIELD_INT, true, 0, 1ull << 53, 0, "bytes of trace that are kept; 0: all"},
    {"firmware_hash", FIELD_STRING, true, 16, 16, 0, "XXH3 of firmware/NAME"},
    {"board_hash", FIELD_STRING, true, 16, 16, 0, "XXH3 of board.json"},
    {"metadata_hash", FIELD_STRING, true, 16, 16, 0, "XXH3 of ctf/metadata"},
    {"changes", FIELD_ARRAY, true, 0, 0, 0, "what `moat replay --with` changed"},
    {"check", FIELD_STRING, true, 16, 16, 0, "XXH3 of this file up to here"},
    {0},
};

void info_hash(const void *bytes, size_t n, char out[INFO_HASH])
{
    snprintf(out, INFO_HASH, "%016" PRIx64, (uint64_t)XXH3_64bits(bytes, n));
}

/* A JSON string: what a file name or an option may hold is escaped. */
static void add_string(struct buf *out, const char *key, const char *text)
{
    if (key)
        buf_addf(out, "  \"%s\": ", key);
    buf_addf(out, "\"");
    for (; *text; text++)
        if (*text == '"' || *text == '\\' || (unsigned char)*text < 0x20)
            buf_addf(out, "\\u%04x", (unsigned char)*text);
        else
            buf_addf(out, "%c", *text);
    buf_addf(out, "\"");
}

void info_print(const struct recording_info *i, const struct info_files *f, struct buf *text)
{
    char hash[INFO_HASH];
    const struct {
        const char *key, *value;
    } strings[] = {
        {"firmware", i->firmware}, {"place", i->place},      {"entry", i->entry},
        {"build_id", i->build_id}, {"engine", i->engine},    {"moat", i->moat},
        {"until", i->until},       {"board_hash", f->board}, {"metadata_hash", f->metadata}};
    buf_addf(text, "{\n  \"moat_recording\": %u,\n  \"complete\": %s,\n", RECORDING_VERSION,
             f->complete ? "true" : "false");
    buf_addf(text, "  \"events\": %" PRIu64 ",\n", f->events);
    buf_addf(text, "  \"digest_every\": %" PRIu64 ",\n  \"limit\": %" PRIu64 ",\n", i->digest_every,
             i->limit);
    for (size_t n = 0; n < sizeof strings / sizeof *strings; n++) {
        add_string(text, strings[n].key, strings[n].value);
        buf_addf(text, ",\n");
    }
    add_string(text, "firmware_hash", f->firmware);
    buf_addf(text, ",\n  \"loads\": [");
    for (uint32_t n = 0; n < i->load_count; n++) {
        struct buf load = {0};
        buf_addf(&load, "%s %s %s", f->loads[n], i->loads[n].place, i->loads[n].name);
        buf_addf(text, "%s", n ? ", " : "");
        add_string(text, NULL, load.data);
        buf_fini(&load);
    }
    buf_addf(text, "],\n  \"changes\": [");
    for (uint32_t n = 0; n < i->change_count; n++) {
        buf_addf(text, "%s", n ? ", " : "");
        add_string(text, NULL, i->changes[n]);
    }
    buf_addf(text, "],\n  \"check\": \"");
    info_hash(text->data, text->len, hash);
    buf_addf(text, "%s\"\n}\n", hash);
}

/* The text is as it was written: its own checksum is right. */
static bool is_whole(const struct buf *text)
{
    static const char key[] = "\"check\": \"";
    char hash[INFO_HASH];
    const char *at = text->len ? strstr(text->data, key) : NULL;
    if (!at)
        return false;
    at += sizeof key - 1;
    info_hash(text->data, (size_t)(at - text->data), hash);
    return strncmp(at, hash, INFO_HASH - 1) == 0 && strcmp(at + INFO_HASH - 1, "\"\n}\n") == 0 &&
           strlen(text->data) == text->len;
}

static void get_changes(const struct json_at *root, struct recording_info *info)
{
    struct json_at list = json_member(root, "changes");
    static const struct field text = {"change", FIELD_STRING, true, 1, 255, 0, ""};
    for (unsigned n = 0; n < RECORDING_CHANGES_MAX; n++) {
        struct json_at one = json_element(&list, n);
        if (!one.node)
            break;
        json_text(&one, &text, info->changes[info->change_count++], sizeof info->changes[0]);
    }
}

static bool is_file_name(const char *name)
{
    return name[0] && !strchr(name, '/') && strcmp(name, "..") != 0 && strcmp(name, ".") != 0;
}

static void get_loads(const struct json_at *root, struct recording_info *info, struct info_files *h)
{
    struct json_at list = json_member(root, "loads");
    static const struct field text = {"load", FIELD_STRING, true, 1, 319, 0, ""};
    for (unsigned n = 0; n < INFO_LOADS_MAX; n++) {
        struct json_at one = json_element(&list, n);
        struct info_load *l = &info->loads[n];
        char line[320];
        int at = 0;
        if (!one.node)
            break;
        json_text(&one, &text, line, sizeof line);
        if (sscanf(line, "%16s %15s %n", h->loads[n], l->place, &at) != 2 || !at ||
            !is_file_name(line + at) || strlen(line + at) >= sizeof l->name)
            json_error(&one, "expected a checksum, a place and the name of a file in firmware/");
        else
            snprintf(l->name, sizeof l->name, "%.271s", line + at);
        info->load_count++;
    }
}

static int parse(const char *path, const struct buf *text, struct recording_info *i,
                 struct info_files *h, struct moat_error *err)
{
    struct json_doc doc;
    int rc = json_open(&doc, path, buf_text(text), text->len, err);
    if (rc < 0)
        return rc;
    struct json_at root = json_root(&doc);
    struct json_at version = json_member(&root, info_keys[R_VERSION].name);
    if (version.node) /* of another version the other keys say nothing */
        (void)json_value(&root, &info_keys[R_VERSION]);
    if (doc.error_count == 0 && json_check_object(&root, info_keys, NULL)) {
        h->complete = json_value(&root, &info_keys[R_COMPLETE]) != 0;
        h->events = json_value(&root, &info_keys[R_EVENTS]);
        i->digest_every = json_value(&root, &info_keys[R_DIGEST_EVERY]);
        i->limit = json_value(&root, &info_keys[R_LIMIT]);
        json_string(&root, &info_keys[R_FIRMWARE], i->firmware, sizeof i->firmware);
        json_string(&root, &info_keys[R_PLACE], i->place, sizeof i->place);
        json_string(&root, &info_keys[R_ENTRY], i->entry, sizeof i->entry);
        json_string(&root, &info_keys[R_BUILD_ID], i->build_id, sizeof i->build_id);
        json_string(&root, &info_keys[R_ENGINE], i->engine, sizeof i->engine);
        json_string(&root, &info_keys[R_MOAT], i->moat, sizeof i->moat);
        json_string(&root, &info_keys[R_UNTIL], i->until, sizeof i->until);
        json_string(&root, &info_keys[R_FIRMWARE_HASH], h->firmware, sizeof h->firmware);
        json_string(&root, &info_keys[R_BOARD_HASH], h->board, sizeof h->board);
        json_string(&root, &info_keys[R_METADATA_HASH], h->metadata, sizeof h->metadata);
        get_changes(&root, i);
        get_loads(&root, i, h);
        struct json_at firmware = json_member(&root, "firmware");
        if (firmware.node && !is_file_name(i->firmware))
            json_error(&firmware, "expected the name of a file in firmware/");
    }
    return json_close(&doc, err);
}

int info_parse(const char *path, const struct buf *text, struct recording_info *info,
               struct info_files *files, struct moat_error *err)
{
    int rc = parse(path, text, info, files, err);
    if (rc < 0 || is_whole(text))
        return rc;
    return moat_fail(err, MOAT_EINPUT, "'%s' is damaged: its checksum, at byte %zu, is wrong", path,
                     text->len > INFO_HASH + 4 ? text->len - INFO_HASH - 3 : 0);
}
