/*
 * A firmware file as plain data: what to load where, symbols, source lines.
 *
 *     struct image *img;
 *     if (image_open("demo.elf", &img, &err) < 0) ...
 *     for (size_t i = 0; i < img->segment_count; i++)
 *         load(img->segments[i].addr, img->segments[i].bytes, img->segments[i].len);
 *     image_close(img);
 */
#ifndef MOAT_IMAGE_H
#define MOAT_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/buf.h"
#include "sim/base/error.h"

/** Bytes to place at a load address (the ELF physical address). */
struct image_segment {
    uint32_t addr;
    uint32_t len; /* bytes that the file holds; the rest of memory starts as zero */
    const uint8_t *bytes;
    uint32_t file; /* index of the file it is from */
};

struct image_symbol {
    const char *name;
    uint32_t addr; /* bit 0 cleared for functions */
    uint32_t size; /* 0 when the file does not tell */
    bool function;
};

#define IMAGE_FILES_MAX 8u

/** One of the files that an image is made of. */
struct image_file {
    char *path; /* as it was given, or as messages name it */
    struct buf bytes;
    bool raw; /* bytes for @addr */
    uint32_t addr;
    bool over; /* it lies over what the others hold */
};

/** All memory is the image's own. */
struct image {
    struct image_file files[IMAGE_FILES_MAX];
    uint32_t file_count;
    struct image_segment *segments; /* in the order in which they are loaded */
    size_t segment_count;
    struct image_symbol *symbols; /* by address */
    size_t symbol_count;
    uint32_t entry;    /* as the last file that has one says; 0: none does */
    uint32_t family;   /* of a UF2 file; 0: it does not tell */
    char build_id[64]; /* hexadecimal, "" when no file has one */
    bool starts_at;    /* do not begin with the reset vector but at @start */
    uint32_t start;
    struct image_private *priv;
};

/** Where a file goes. */
struct image_place {
    const char *path;
    bool raw; /* whatever it looks like, its bytes go to @addr */
    uint32_t addr;
    bool over; /* it may overlap other files, and wins: flash as it was kept */
};

/**
 * Read a firmware file: ELF for a Cortex-M core, Intel HEX, S-record or UF2, whatever its name.
 *
 * Returns 0, -MOAT_ENOINPUT when it cannot be read, or -MOAT_EINPUT with what is wrong and where:
 * another machine, Arm state, truncated, a wrong checksum, segments that overlap, nothing to load.
 */
MOAT_CHECKED int image_open(const char *path, struct image **out, struct moat_error *err);

/** The same from the bytes of one, which it takes. @path is for messages. */
MOAT_CHECKED int image_parse(const char *path, struct buf *bytes, struct image **out,
                             struct moat_error *err);

/** An image of no file, and a further file in an image; on failure the image is only to be closed.
 */
struct image *image_new(void);
MOAT_CHECKED int image_load(struct image *img, const struct image_place *place,
                            struct moat_error *err);
MOAT_CHECKED int image_add(struct image *img, const struct image_place *place, struct buf *bytes,
                           struct moat_error *err);

void image_close(struct image *img);

/** The symbol that covers @addr, or NULL. Functions and objects win over bare labels. */
const struct image_symbol *image_symbol_at(const struct image *img, uint32_t addr);

/** The symbol of that name, or NULL. */
const struct image_symbol *image_symbol_named(const struct image *img, const char *name);

/** Source position of the instruction at @addr. @file is valid until image_close(). */
bool image_line(const struct image *img, uint32_t addr, const char **file, int *line);

/** Copy @n initial bytes of guest memory at @addr out of the file; false when not all are in it. */
bool image_bytes(const struct image *img, uint32_t addr, void *out, size_t n);

/**
 * Call @each for every stretch of memory that the program uses as its files say: what is loaded,
 * and of ELF files where segments are when they run, with what begins as zero.
 */
void image_each_span(const struct image *img,
                     void (*each)(void *ctx, uint32_t addr, uint32_t bytes), void *ctx);

#endif
