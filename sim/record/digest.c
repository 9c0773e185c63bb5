#include "sim/record/digest.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "sim/base/assert.h"
#include "sim/trace/names.h"

#define UNIT_MEMORY (1u << 31) /* and the address by DIGEST_GRANULE */
#define PAGE        MPU_PAGE_BYTES

void digest_init(struct digest *d, struct machine *m)
{
    *d = (struct digest){.machine = m};
    machine_state(m, &d->state);
    size_t pages = 0;
    for (uint32_t i = 0; i < d->state.memories; i++) {
        d->memory[i] = calloc(d->state.memory[i].bytes / DIGEST_GRANULE, sizeof *d->memory[i]);
        MOAT_ASSERT(d->memory[i], "no memory");
        pages += d->state.memory[i].bytes / PAGE;
    }
    d->touched = calloc(pages, sizeof *d->touched);
    MOAT_ASSERT(d->touched, "no memory");
    digest_update(d);
}

void digest_fini(struct digest *d)
{
    for (uint32_t i = 0; i < d->state.memories; i++)
        free(d->memory[i]);
    free(d->touched);
    buf_fini(&d->changed);
    *d = (struct digest){0};
}

static void note(struct digest *d, uint32_t unit, uint64_t *old, uint64_t now)
{
    if (*old == now)
        return;
    char row[TRACE_UNIT_BYTES];
    uint16_t hash = (uint16_t)now;
    memcpy(row, &unit, 4);
    memcpy(row + 4, &hash, 2);
    buf_add(&d->changed, row, sizeof row);
    d->total += now - *old;
    *old = now;
}

static bool is_zero(const uint8_t *bytes)
{
    static const uint8_t zero[DIGEST_GRANULE];
    return memcmp(bytes, zero, sizeof zero) == 0;
}

static void update_page(struct digest *d, uint32_t memory, uint32_t page)
{
    const struct cpu_memory *m = &d->state.memory[memory];
    d->touched[d->touched_n++] = (struct digest_page){memory, page};
    for (uint32_t at = page * PAGE; at < (page + 1) * PAGE; at += DIGEST_GRANULE) {
        uint32_t unit = UNIT_MEMORY | (m->base + at) / DIGEST_GRANULE;
        uint64_t now =
            is_zero(m->mem + at) ? 0 : XXH3_64bits_withSeed(m->mem + at, DIGEST_GRANULE, unit);
        note(d, unit, &d->memory[memory][at / DIGEST_GRANULE], now);
    }
}

void digest_update(struct digest *d)
{
    machine_collect(d->machine);
    buf_clear(&d->changed);
    d->touched_n = 0;
    for (uint32_t i = 0; i < d->state.fields; i++) {
        const struct machine_field *f = &d->state.field[i];
        note(d, i, &d->field[i], XXH3_64bits_withSeed(f->at, f->bytes, i));
    }
    for (uint32_t i = 0; i < d->state.memories; i++) {
        const struct cpu_memory *m = &d->state.memory[i];
        uint32_t pages = m->bytes / PAGE;
        const uint8_t *at = m->dirty;
        while ((at = memchr(at, 1, pages - (size_t)(at - m->dirty)))) {
            update_page(d, i, (uint32_t)(at - m->dirty));
            at++;
        }
    }
    cpu_clean(machine_cpu(d->machine));
}

void digest_unit_name(const struct digest *d, uint32_t unit, const struct image *image,
                      struct buf *out)
{
    if (!(unit & UNIT_MEMORY)) {
        if (unit < d->state.fields)
            buf_addf(out, "%s %s", d->state.field[unit].owner, d->state.field[unit].name);
        else
            buf_addf(out, "field %u", unit);
        return;
    }
    uint32_t first = unit * DIGEST_GRANULE, last = first + DIGEST_GRANULE - 1;
    buf_addf(out, "memory 0x%08x..0x%08x", first, last);
    for (size_t i = 0, shown = 0; i < image->symbol_count && shown < 4; i++) {
        const struct image_symbol *s = &image->symbols[i];
        if (s->size && !s->function && s->addr <= last && s->addr + s->size > first)
            buf_addf(out, "%s%s", shown++ ? ", " : " (", s->name);
        if (i + 1 == image->symbol_count && shown)
            buf_addf(out, ")");
    }
}
