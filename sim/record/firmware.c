#include "sim/record/firmware.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

void firmware_describe(const struct image *image, struct recording_info *info)
{
    snprintf(info->firmware, sizeof info->firmware, "%s", file_basename(image->files[0].path));
    snprintf(info->build_id, sizeof info->build_id, "%s", image->build_id);
    snprintf(info->entry, sizeof info->entry, image->starts_at ? "0x%08x" : "%.0u", image->start);
    info->load_count = image->file_count - 1;
    for (uint32_t i = 0; i < image->file_count; i++) {
        const struct image_file *f = &image->files[i];
        char *place = i ? info->loads[i - 1].place : info->place;
        snprintf(place, INFO_PLACE, f->over ? "over" : f->raw ? "0x%08x" : "-", f->addr);
        if (i)
            snprintf(info->loads[i - 1].name, sizeof info->loads[0].name, "%u-%s", i,
                     file_basename(f->path));
    }
}

void firmware_hash(const struct image *image, struct info_files *files)
{
    for (uint32_t i = 0; i < image->file_count; i++) {
        const struct buf *b = &image->files[i].bytes;
        info_hash(buf_text(b), b->len, i ? files->loads[i - 1] : files->firmware);
    }
}

void firmware_name(const struct recording_info *info, uint32_t n, struct buf *out)
{
    buf_addf(out, "firmware/%s", n ? info->loads[n - 1].name : info->firmware);
}

int firmware_save(const char *path, const struct recording_info *info, const struct image *image,
                  struct moat_error *err)
{
    struct buf file = {0};
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < image->file_count; i++) {
        buf_clear(&file);
        buf_addf(&file, "%s/", path);
        firmware_name(info, i, &file);
        rc = file_write(file.data, buf_text(&image->files[i].bytes), image->files[i].bytes.len,
                        false, err);
    }
    buf_fini(&file);
    return rc;
}

/* One file, whose checksum was written down as @hash and whose place as @text. */
static int load_one(struct store *store, const char *name, const char *hash, const char *text,
                    struct image *image, struct moat_error *err)
{
    struct image_place place = {.path = store_path(store, name)};
    struct buf bytes = {0};
    char now[INFO_HASH];
    int rc = store_read(store, name, &bytes, err);
    if (rc < 0)
        return rc;
    info_hash(buf_text(&bytes), bytes.len, now);
    place.over = strcmp(text, "over") == 0;
    place.raw = strncmp(text, "0x", 2) == 0;
    place.addr = place.raw ? (uint32_t)strtoul(text, NULL, 16) : 0;
    if (strcmp(now, hash) != 0)
        rc = moat_fail(err, MOAT_EINPUT,
                       "'%s' is damaged somewhere in bytes 0 to %zu: its checksum is wrong",
                       place.path, bytes.len);
    else
        rc = image_add(image, &place, &bytes, err);
    buf_fini(&bytes);
    return rc;
}

int firmware_load(struct store *store, const struct recording_info *info,
                  const struct info_files *files, struct image **out, struct moat_error *err)
{
    struct image *image = image_new();
    struct buf name = {0};
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i <= info->load_count; i++) {
        buf_clear(&name);
        firmware_name(info, i, &name);
        rc = load_one(store, name.data, i ? files->loads[i - 1] : files->firmware,
                      i ? info->loads[i - 1].place : info->place, image, err);
    }
    buf_fini(&name);
    image->starts_at = info->entry[0] != '\0';
    image->start = (uint32_t)strtoul(info->entry, NULL, 16);
    if (rc == 0)
        *out = image;
    else
        image_close(image);
    return rc;
}
