#include "loaders/keep.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"

#define ROWS_MAX 1024u

/* An array of @size-byte rows in [from, to), or NULL when the image does not hold it. */
static void *read_table(const struct image *img, uint32_t from, uint32_t to, size_t size,
                        uint32_t *count)
{
    *count = to > from ? (to - from) / (uint32_t)size : 0;
    if (*count == 0 || *count > ROWS_MAX) {
        *count = 0;
        return NULL;
    }
    void *rows = calloc(*count, size);
    MOAT_ASSERT(rows, "no memory");
    if (!image_bytes(img, from, rows, *count * size)) {
        free(rows);
        *count = 0;
        return NULL;
    }
    return rows;
}

int keep_read(const struct image *img, struct keep *out, struct moat_error *err)
{
    *out = (struct keep){0};
    const struct image_symbol *s = image_symbol_named(img, KEEP_ABI_SYMBOL);
    struct keep_abi abi;
    if (!s || !image_bytes(img, s->addr, &abi, sizeof abi) || abi.magic != KEEP_ABI_MAGIC)
        return 0;
    if (abi.version != KEEP_ABI_VERSION) {
        int rc = moat_fail(err, MOAT_EINPUT, "the firmware's Keep has ABI version %u, this moat %u",
                           abi.version, KEEP_ABI_VERSION);
        moat_hint(err, abi.version < KEEP_ABI_VERSION ? "the firmware is older: build it again"
                                                      : "this moat is older: build it again");
        return rc;
    }
    out->current = abi.current;
    out->threads =
        read_table(img, abi.threads, abi.threads_end, sizeof *out->threads, &out->thread_count);
    out->partitions = read_table(img, abi.partitions, abi.partitions_end, sizeof *out->partitions,
                                 &out->partition_count);
    for (uint32_t i = 0; i < out->thread_count; i++)
        out->threads[i].name[KEEP_NAME_MAX - 1] = '\0';
    for (uint32_t i = 0; i < out->partition_count; i++)
        out->partitions[i].name[KEEP_NAME_MAX - 1] = '\0';
    return 0;
}

void keep_fini(struct keep *k)
{
    free(k->threads);
    free(k->partitions);
    *k = (struct keep){0};
}

const struct keep_abi_thread *keep_thread_at(const struct keep *k, uint32_t addr)
{
    for (uint32_t i = 0; i < k->thread_count; i++)
        if (k->threads[i].thread == addr)
            return &k->threads[i];
    return NULL;
}

const struct keep_abi_thread *keep_thread_named(const struct keep *k, const char *name)
{
    for (uint32_t i = 0; i < k->thread_count; i++)
        if (strcmp(k->threads[i].name, name) == 0)
            return &k->threads[i];
    return NULL;
}
