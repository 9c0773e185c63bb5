/*
 * What the files of the firmware loaders share: an image being put together.
 */
#ifndef MOAT_IMAGE_PRIVATE_H
#define MOAT_IMAGE_PRIVATE_H

#include <elfutils/libdw.h>
#include <libelf.h>

#include "loaders/image.h"

struct image_private {
    Elf *elf[IMAGE_FILES_MAX]; /* by file; NULL: it is none */
    Dwarf *dwarf[IMAGE_FILES_MAX];
    struct buf *data[IMAGE_FILES_MAX]; /* bytes of segments that no file holds as they are */
    size_t segments_cap;
};

/** "cannot load 'NAME': WHAT" with -MOAT_EINPUT. */
int image_bad(struct moat_error *err, const struct image_file *f, const char *fmt, ...)
    MOAT_PRINTF(3, 4);

/** Bytes to load. Those of a file that is decoded go through image_put(). */
void image_add_segment(struct image *img, uint32_t addr, const uint8_t *bytes, uint32_t len);

/** The file starts at @entry; 0: it does not tell, and what other files say stays. */
void image_set_entry(struct image *img, uint32_t entry);

/** Room for one more symbol. */
struct image_symbol *image_new_symbols(struct image *img, size_t n);

/**
 * A decoder's output: pieces that follow each other become one segment. Begin with {0}; the bytes
 * become segments by image_pieces_end().
 */
struct pieces {
    struct buf bytes;
    struct piece {
        uint32_t addr;
        size_t at, len;
    } * piece;
    size_t n, cap;
};
void pieces_put(struct pieces *p, uint32_t addr, const uint8_t *bytes, size_t len);
/** Frees @p. */
void pieces_end(struct pieces *p, struct image *img);

/** One format: does the file look like it, and read it. */
struct image_format {
    const char *name;
    bool (*is)(const uint8_t *bytes, size_t len);
    int (*read)(struct image *img, const struct image_file *f, struct moat_error *err);
};
extern const struct image_format image_elf, image_ihex, image_srec, image_uf2;

#endif
