#include "sim/record/store.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"

#define STORE_MOST (4ull << 30) /* bytes of an archive that are unpacked */
#define CHUNK      65536u

/* The folders of a recording; nothing lies deeper. */
static const char *const folders[] = {"", "ctf/", "firmware/"};
#define FOLDERS (sizeof folders / sizeof *folders)

struct entry {
    char *name;
    struct buf bytes; /* of an archive's */
};

struct store {
    char *path;
    bool archive;
    struct entry *entries;
    size_t count;
    struct buf shown;
};

static struct entry *add_entry(struct store *s, const char *name)
{
    s->entries = realloc(s->entries, (s->count + 1) * sizeof *s->entries);
    MOAT_ASSERT(s->entries, "no memory");
    s->entries[s->count] = (struct entry){.name = strdup(name)};
    MOAT_ASSERT(s->entries[s->count].name, "no memory");
    return &s->entries[s->count++];
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void list_folder(struct store *s, const char *sub)
{
    struct buf path = {0}, name = {0};
    struct stat st;
    file_join(&path, s->path, sub);
    DIR *dir = opendir(path.data);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        buf_clear(&path);
        buf_addf(&path, "%s/%s%s", s->path, sub, e->d_name);
        buf_clear(&name);
        buf_addf(&name, "%s%s", sub, e->d_name);
        if (lstat(path.data, &st) == 0 && S_ISREG(st.st_mode))
            add_entry(s, name.data);
    }
    if (dir)
        closedir(dir);
    buf_fini(&path);
    buf_fini(&name);
}

static bool is_known_place(const char *name)
{
    const char *slash = strchr(name, '/');
    for (size_t i = 0; i < FOLDERS; i++) {
        size_t n = strlen(folders[i]);
        if (strncmp(name, folders[i], n) == 0 && (n ? !strchr(name + n, '/') : !slash) && name[n])
            return true;
    }
    return false;
}

static int archive_error(struct store *s, struct archive *a, struct moat_error *err)
{
    return moat_fail(err, MOAT_EINPUT, "'%s' is damaged at byte %lld: %s", s->path,
                     (long long)archive_filter_bytes(a, -1),
                     archive_error_string(a) ? archive_error_string(a) : "no archive");
}

static int read_entry(struct store *s, struct archive *a, struct buf *out, uint64_t *total,
                      struct moat_error *err)
{
    char chunk[CHUNK];
    for (;;) {
        la_ssize_t n = archive_read_data(a, chunk, sizeof chunk);
        if (n < 0)
            return archive_error(s, a, err);
        if (n == 0)
            return 0;
        *total += (uint64_t)n;
        if (*total > STORE_MOST)
            return moat_fail(err, MOAT_EINPUT, "'%s' is too large", s->path);
        buf_add(out, chunk, (size_t)n);
    }
}

static int read_archive(struct store *s, struct moat_error *err)
{
    struct archive *a = archive_read_new();
    struct archive_entry *e;
    uint64_t total = 0;
    int rc = 0, got;
    archive_read_support_filter_zstd(a);
    archive_read_support_format_tar(a);
    if (archive_read_open_filename(a, s->path, CHUNK) != ARCHIVE_OK) {
        rc = moat_fail(err, MOAT_EINPUT, "'%s' is not a recording: %s", s->path,
                       archive_error_string(a));
        goto out;
    }
    while (rc == 0 && (got = archive_read_next_header(a, &e)) != ARCHIVE_EOF) {
        const char *name = got == ARCHIVE_OK ? archive_entry_pathname(e) : NULL;
        if (!name)
            rc = archive_error(s, a, err);
        else if (is_known_place(name) && archive_entry_filetype(e) == AE_IFREG)
            rc = read_entry(s, a, &add_entry(s, name)->bytes, &total, err);
    }
    if (rc == 0 && s->count == 0)
        rc = moat_fail(err, MOAT_EINPUT, "'%s' is not a recording", s->path);
out:
    archive_read_free(a);
    return rc;
}

int store_open(const char *path, struct store **out, struct moat_error *err)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        int rc =
            moat_fail(err, MOAT_ENOINPUT, "cannot open recording '%s': %s", path, strerror(errno));
        moat_hint(err, "moat run FIRMWARE makes one");
        return rc;
    }
    struct store *s = calloc(1, sizeof *s);
    MOAT_ASSERT(s, "no memory");
    s->path = strdup(path);
    s->archive = !S_ISDIR(st.st_mode);
    int rc = 0;
    if (s->archive && !S_ISREG(st.st_mode))
        rc = moat_fail(err, MOAT_ENOINPUT, "cannot read recording '%s': not a regular file", path);
    else if (s->archive)
        rc = read_archive(s, err);
    for (size_t i = 0; !s->archive && i < FOLDERS; i++)
        list_folder(s, folders[i]);
    if (s->count)
        qsort(s->entries, s->count, sizeof *s->entries, by_name);
    if (rc < 0)
        store_close(s);
    else
        *out = s;
    return rc;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        free(s->entries[i].name);
        buf_fini(&s->entries[i].bytes);
    }
    free(s->entries);
    free(s->path);
    buf_fini(&s->shown);
    free(s);
}

static const struct entry *find(const struct store *s, const char *name)
{
    const struct entry key = {.name = (char *)(uintptr_t)name};
    return s->count ? bsearch(&key, s->entries, s->count, sizeof key, by_name) : NULL;
}

size_t store_count(const struct store *s)
{
    return s->count;
}

const char *store_name(const struct store *s, size_t n)
{
    return s->entries[n].name;
}

bool store_has(const struct store *s, const char *name)
{
    return find(s, name) != NULL;
}

const char *store_path(struct store *s, const char *name)
{
    file_join(&s->shown, s->path, name);
    return s->shown.data;
}

int store_read(const struct store *s, const char *name, struct buf *out, struct moat_error *err)
{
    const struct entry *e = find(s, name);
    struct buf path = {0};
    int rc = 0;
    file_join(&path, s->path, name);
    if (!s->archive)
        rc = file_read(path.data, "recording", out, err);
    else if (e)
        buf_add(out, e->bytes.data, e->bytes.len);
    else
        rc = moat_fail(err, MOAT_EINPUT, "'%s' holds no %s", s->path, name);
    buf_fini(&path);
    return rc;
}

uint64_t store_bytes(const struct store *s)
{
    uint64_t total = 0;
    struct buf path = {0};
    struct stat st;
    for (size_t i = 0; i < s->count; i++) {
        file_join(&path, s->path, s->entries[i].name);
        if (s->archive)
            total += s->entries[i].bytes.len;
        else if (stat(path.data, &st) == 0)
            total += (uint64_t)st.st_size;
    }
    buf_fini(&path);
    return total;
}

bool store_is_file_name(const char *path)
{
    size_t n = strlen(path), e = strlen(STORE_ENDING);
    return n > e && strcmp(path + n - e, STORE_ENDING) == 0;
}

static bool write_entry(struct archive *a, const char *name, const struct buf *bytes)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_size(e, (la_int64_t)bytes->len);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    bool done = archive_write_header(a, e) == ARCHIVE_OK &&
                archive_write_data(a, buf_text(bytes), bytes->len) == (la_ssize_t)bytes->len;
    archive_entry_free(e);
    return done;
}

static int write_archive(const struct store *s, const char *part, struct moat_error *err)
{
    struct archive *a = archive_write_new();
    int rc = 0;
    archive_write_add_filter_zstd(a);
    archive_write_set_format_pax_restricted(a);
    bool done = archive_write_open_filename(a, part) == ARCHIVE_OK;
    for (size_t i = 0; rc == 0 && done && i < s->count; i++) {
        struct buf bytes = {0};
        rc = store_read(s, s->entries[i].name, &bytes, err);
        done = rc == 0 && write_entry(a, s->entries[i].name, &bytes);
        buf_fini(&bytes);
    }
    done = archive_write_close(a) == ARCHIVE_OK && done;
    if (rc == 0 && !done)
        rc = moat_fail(err, MOAT_EIO, "cannot write '%s': %s", part,
                       archive_error_string(a) ? archive_error_string(a) : "write error");
    archive_write_free(a);
    return rc;
}

int store_pack(const char *from, const char *to, struct moat_error *err)
{
    struct store *s;
    struct buf part = {0};
    int rc = store_open(from, &s, err);
    if (rc < 0)
        return rc;
    buf_addf(&part, "%s.new", to);
    rc = write_archive(s, part.data, err);
    if (rc == 0 && rename(part.data, to) < 0)
        rc = moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", to, strerror(errno));
    if (rc < 0)
        unlink(part.data);
    buf_fini(&part);
    store_close(s);
    return rc;
}

int store_unpack(const char *from, const char *to, struct moat_error *err)
{
    struct store *s;
    struct buf path = {0}, bytes = {0};
    int rc = store_open(from, &s, err);
    if (rc < 0)
        return rc;
    if (mkdir(to, 0777) < 0)
        rc = moat_fail(err, MOAT_ECREATE, "cannot create '%s': %s", to, strerror(errno));
    for (size_t i = 1; rc == 0 && i < FOLDERS; i++) {
        file_join(&path, to, folders[i]);
        rc = file_make_folder(path.data, err);
    }
    for (size_t i = 0; rc == 0 && i < s->count; i++) {
        buf_clear(&bytes);
        file_join(&path, to, s->entries[i].name);
        rc = store_read(s, s->entries[i].name, &bytes, err);
        if (rc == 0)
            rc = file_write(path.data, buf_text(&bytes), bytes.len, true, err);
    }
    buf_fini(&bytes);
    buf_fini(&path);
    store_close(s);
    return rc;
}
