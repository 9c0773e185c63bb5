#include "sim/cli/flash.h"

#include <sys/stat.h>

#include "sim/base/file.h"

/* What an earlier run has kept of it: of this board, and no firmware's own file, for it is written.
 */
int flash_load(struct image *image, const struct board *board, const char *path,
               struct moat_error *err)
{
    struct stat kept, other;
    size_t before = image->segment_count;
    if (!board_flash(board)) {
        int rc = moat_fail(err, MOAT_EUSAGE, "board '%s' has no flash that it programs itself",
                           board->name);
        moat_hint(err, "--flash is for boards that have: moat board list");
        return rc;
    }
    if (stat(path, &kept) != 0)
        return 0;
    for (uint32_t i = 0; i < image->file_count; i++)
        if (stat(image->files[i].path, &other) == 0 && other.st_ino == kept.st_ino &&
            other.st_dev == kept.st_dev)
            return moat_fail(err, MOAT_EUSAGE, "--flash '%s' would overwrite the firmware", path);
    int rc = image_load(image, &(struct image_place){.path = path, .over = true}, err);
    for (size_t i = before; rc == 0 && i < image->segment_count; i++) {
        uint32_t addr = image->segments[i].addr;
        const struct board_memory *m = board_memory_at(board, addr, 1);
        if (m && m->programmed_by[0])
            continue;
        rc = moat_fail(err, MOAT_EINPUT, "'%s' is of another board: 0x%08x is no flash of '%s'",
                       path, addr, board->name);
        moat_hint(err, "a file for each board");
    }
    return rc;
}

int flash_keep(const struct machine *m, const struct image *image, const char *path,
               struct moat_error *err)
{
    struct buf kept = {0};
    machine_flash_hex(m, image, &kept);
    int rc = file_write(path, kept.data, kept.len, false, err);
    buf_fini(&kept);
    return rc;
}
