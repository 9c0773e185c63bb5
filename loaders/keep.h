/*
 * Keep's tables as a host sees them: threads, stacks, partitions, by the symbol keep_abi.
 */
#ifndef MOAT_KEEP_H
#define MOAT_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/abi/keep.h"
#include "loaders/image.h"

/** All zero for an image that is not Keep's. */
struct keep {
    uint32_t current; /* address of the word that names the running thread; 0: not Keep */
    struct keep_abi_thread *threads;
    uint32_t thread_count;
    struct keep_abi_partition *partitions;
    uint32_t partition_count;
};

/**
 * Read the tables from an image. An image without them gives an empty @out.
 *
 * Returns 0, or -MOAT_EINPUT when the image's version is not ours.
 */
MOAT_CHECKED int keep_read(const struct image *img, struct keep *out, struct moat_error *err);
void keep_fini(struct keep *k);

/** The thread whose object is at @addr, or NULL. */
const struct keep_abi_thread *keep_thread_at(const struct keep *k, uint32_t addr);

/** The thread named @name, or NULL. */
const struct keep_abi_thread *keep_thread_named(const struct keep *k, const char *name);

#endif
