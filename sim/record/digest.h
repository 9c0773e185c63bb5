/*
 * A digest of all state of a machine, and which units of it changed since the digest before.
 *
 * A unit is a declared field or DIGEST_GRANULE bytes of memory. Memory that was not written is not
 * read: a digest costs as much as the pages that were touched.
 */
#ifndef MOAT_DIGEST_H
#define MOAT_DIGEST_H

#include "loaders/image.h"
#include "sim/base/buf.h"
#include "sim/machine/state.h"

#define DIGEST_GRANULE 64u

struct digest {
    struct machine *machine;
    struct machine_state state;
    uint64_t field[MACHINE_FIELDS_MAX];
    uint64_t *memory[BOARD_MEMORIES_MAX]; /* a hash a granule; 0: all zero */
    uint64_t total;
    struct buf changed; /* units as in a trace: number, 16 bits of the hash */
    struct digest_page {
        uint32_t memory, page; /* page: of MPU_PAGE_BYTES, from the memory's base */
    } * touched;               /* may have been written since the digest before */
    size_t touched_n;
};

/** Of @m as it is now. */
void digest_init(struct digest *d, struct machine *m);
void digest_fini(struct digest *d);

/** Look again; at a boundary. d->total, d->changed and d->touched follow. */
void digest_update(struct digest *d);

/** A unit by name: "core r3", "memory 0x20000040..0x2000007f (counter)". Appended to @out. */
void digest_unit_name(const struct digest *d, uint32_t unit, const struct image *image,
                      struct buf *out);

#endif
