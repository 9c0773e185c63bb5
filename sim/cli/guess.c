/*
 * Which board is a firmware file for? One that has flash holds it there and nowhere else, and its
 * vector table is where the core looks.
 */
#include <stdio.h>
#include <string.h>

#include "sim/cli/cli.h"

static bool is_flash(const struct board *b, const struct board_memory *m)
{
    return (m->alias_of < 0 ? m : &b->memory[m->alias_of])->programmed_by[0] != '\0';
}

/* The bytes at @addr, which may be an alias of where they were loaded. */
static bool bytes_at(const struct board *b, const struct image *image, uint32_t addr, uint32_t *out)
{
    const struct board_memory *m = board_memory_at(b, addr, 8);
    if (image_bytes(image, addr, out, 8))
        return true;
    return m && m->alias_of >= 0 &&
           image_bytes(image, b->memory[m->alias_of].base + (addr - m->base), out, 8);
}

bool cli_board_fits(const struct board *b, const struct image *image)
{
    uint32_t vectors[2];
    for (size_t i = 0; i < image->segment_count; i++) {
        const struct image_segment *s = &image->segments[i];
        const struct board_memory *m = board_memory_at(b, s->addr, s->len);
        if (!m || (board_flash(b) && !is_flash(b, m)))
            return false;
    }
    return image->starts_at ||
           (bytes_at(b, image, b->vtor, vectors) && board_memory_at(b, vectors[0] - 4, 4));
}

int cli_guess_board(const struct image *image, struct board *out, struct moat_error *err)
{
    struct buf names = {0};
    uint32_t fits = 0;
    int rc = cli_load_board(CLI_BOARD_DEFAULT, out, err);
    if (rc < 0 || cli_board_fits(out, image))
        return rc;
    for (const struct cli_board *b = cli_boards; rc == 0 && b->name; b++) {
        struct board board;
        rc = cli_load_board(b->name, &board, err);
        if (rc < 0 || !cli_board_fits(&board, image))
            continue;
        buf_addf(&names, "%s%s", fits++ ? ", " : "", b->name);
        *out = board;
    }
    if (rc == 0 && fits == 1)
        fprintf(stderr, "moat: board '%s', by what the firmware has where\n", out->name);
    if (rc == 0 && fits == 0) /* the default, which says what does not fit */
        rc = cli_load_board(CLI_BOARD_DEFAULT, out, err);
    if (rc == 0 && fits > 1) {
        rc = moat_fail(err, MOAT_EUSAGE, "the firmware fits several boards: %s", names.data);
        moat_hint(err, "--board NAME");
    }
    buf_fini(&names);
    return rc;
}
