#include "loaders/image_private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"

static const struct image_format *const formats[] = {&image_elf, &image_ihex, &image_srec,
                                                     &image_uf2};
#define FORMATS (sizeof formats / sizeof *formats)

int image_bad(struct moat_error *err, const struct image_file *f, const char *fmt, ...)
{
    struct buf what = {0};
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&what, fmt, ap);
    va_end(ap);
    int rc = moat_fail(err, MOAT_EINPUT, "cannot load '%s': %s", f->path, buf_text(&what));
    buf_fini(&what);
    return rc;
}

/* ---- Building one. ---- */

void image_set_entry(struct image *img, uint32_t entry)
{
    if (entry)
        img->entry = entry;
}

void image_add_segment(struct image *img, uint32_t addr, const uint8_t *bytes, uint32_t len)
{
    if (img->segment_count == img->priv->segments_cap) {
        img->priv->segments_cap = img->priv->segments_cap * 2 + 8;
        img->segments = realloc(img->segments, img->priv->segments_cap * sizeof *img->segments);
        MOAT_ASSERT(img->segments, "no memory");
    }
    img->segments[img->segment_count++] = (struct image_segment){
        .addr = addr, .len = len, .bytes = bytes, .file = img->file_count - 1};
}

struct image_symbol *image_new_symbols(struct image *img, size_t n)
{
    img->symbols = realloc(img->symbols, (img->symbol_count + n + 1) * sizeof *img->symbols);
    MOAT_ASSERT(img->symbols, "no memory");
    return img->symbols + img->symbol_count;
}

void pieces_put(struct pieces *p, uint32_t addr, const uint8_t *bytes, size_t len)
{
    struct piece *last = p->n ? &p->piece[p->n - 1] : NULL;
    if (!last || last->addr + (uint64_t)last->len != addr) {
        if (p->n == p->cap) {
            p->cap = p->cap * 2 + 8;
            p->piece = realloc(p->piece, p->cap * sizeof *p->piece);
            MOAT_ASSERT(p->piece, "no memory");
        }
        last = &p->piece[p->n++];
        *last = (struct piece){addr, p->bytes.len, 0};
    }
    buf_add(&p->bytes, bytes, len);
    last->len += len;
}

void pieces_end(struct pieces *p, struct image *img)
{
    struct buf *kept = malloc(sizeof *kept);
    MOAT_ASSERT(kept, "no memory");
    *kept = p->bytes;
    img->priv->data[img->file_count - 1] = kept;
    for (size_t i = 0; i < p->n; i++)
        image_add_segment(img, p->piece[i].addr, (const uint8_t *)kept->data + p->piece[i].at,
                          (uint32_t)p->piece[i].len);
    free(p->piece);
    *p = (struct pieces){0};
}

static int read_raw(struct image *img, const struct image_file *f, struct moat_error *err)
{
    if (f->bytes.len == 0)
        return image_bad(err, f, "the file is empty");
    if (f->bytes.len > UINT32_MAX || f->addr + (uint64_t)f->bytes.len > (uint64_t)UINT32_MAX + 1)
        return image_bad(err, f, "at 0x%08x it would reach past the end of memory", f->addr);
    image_add_segment(img, f->addr, (const uint8_t *)f->bytes.data, (uint32_t)f->bytes.len);
    return 0;
}

static int read_file(struct image *img, const struct image_file *f, struct moat_error *err)
{
    const uint8_t *bytes = (const uint8_t *)buf_text(&f->bytes);
    if (f->raw)
        return read_raw(img, f, err);
    for (size_t i = 0; i < FORMATS; i++)
        if (formats[i]->is(bytes, f->bytes.len))
            return formats[i]->read(img, f, err);
    int rc = image_bad(err, f, "not an ELF, Intel HEX, S-record or UF2 file");
    moat_hint(err, "a raw binary needs its address: --load FILE@ADDRESS");
    return rc;
}

/* ---- What was put together. ---- */

static int by_place(const void *a, const void *b)
{
    const struct image_segment *x = *(const struct image_segment *const *)a,
                               *y = *(const struct image_segment *const *)b;
    return x->addr != y->addr ? (x->addr < y->addr ? -1 : 1) : x < y ? -1 : x > y;
}

static int overlap(const struct image *img, const struct image_segment *a,
                   const struct image_segment *b, struct moat_error *err)
{
    const struct image_file *f = &img->files[b->file > a->file ? b->file : a->file];
    int rc = image_bad(err, f, "two segments overlap: 0x%08x..0x%08x and 0x%08x..0x%08x", a->addr,
                       a->addr + (a->len - 1), b->addr, b->addr + (b->len - 1));
    moat_hint(err, "link or load them to different addresses");
    return rc;
}

/* Only what was kept of flash may lie over the rest. */
static int check_overlaps(const struct image *img, struct moat_error *err)
{
    const struct image_segment **sorted = calloc(img->segment_count + 1, sizeof *sorted);
    MOAT_ASSERT(sorted, "no memory");
    size_t n = 0;
    for (size_t i = 0; i < img->segment_count; i++)
        if (!img->files[img->segments[i].file].over)
            sorted[n++] = &img->segments[i];
    qsort(sorted, n, sizeof *sorted, by_place);
    int rc = 0;
    for (size_t i = 1; rc == 0 && i < n; i++)
        if (sorted[i]->addr - sorted[i - 1]->addr < sorted[i - 1]->len)
            rc = overlap(img, sorted[i - 1], sorted[i], err);
    free(sorted);
    return rc;
}

static int by_address(const void *a, const void *b)
{
    const struct image_symbol *x = a, *y = b;
    if (x->addr != y->addr)
        return x->addr < y->addr ? -1 : 1;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return strcmp(x->name, y->name);
}

int image_add(struct image *img, const struct image_place *place, struct buf *bytes,
              struct moat_error *err)
{
    if (img->file_count == IMAGE_FILES_MAX)
        return moat_fail(err, MOAT_EUSAGE, "at most %u files can be loaded", IMAGE_FILES_MAX);
    struct image_file *f = &img->files[img->file_count++];
    *f = (struct image_file){.path = strdup(place->path),
                             .bytes = *bytes,
                             .raw = place->raw,
                             .addr = place->addr,
                             .over = place->over};
    *bytes = (struct buf){0};
    size_t before = img->segment_count;
    int rc = read_file(img, f, err);
    if (rc == 0 && img->segment_count == before)
        rc = image_bad(err, f, "there is nothing in it to load");
    if (rc == 0)
        rc = check_overlaps(img, err);
    qsort(img->symbols, img->symbol_count, sizeof *img->symbols, by_address);
    return rc;
}

struct image *image_new(void)
{
    struct image *img = calloc(1, sizeof *img);
    MOAT_ASSERT(img, "no memory");
    img->priv = calloc(1, sizeof *img->priv);
    MOAT_ASSERT(img->priv, "no memory");
    image_new_symbols(img, 0);
    elf_version(EV_CURRENT);
    return img;
}

int image_parse(const char *path, struct buf *bytes, struct image **out, struct moat_error *err)
{
    struct image *img = image_new();
    int rc = image_add(img, &(struct image_place){.path = path}, bytes, err);
    if (rc == 0)
        *out = img;
    else
        image_close(img);
    return rc;
}

int image_load(struct image *img, const struct image_place *place, struct moat_error *err)
{
    struct buf bytes = {0};
    int rc = file_read(place->path, "firmware", &bytes, err);
    if (rc == 0)
        rc = image_add(img, place, &bytes, err);
    buf_fini(&bytes);
    return rc;
}

int image_open(const char *path, struct image **out, struct moat_error *err)
{
    struct image *img = image_new();
    int rc = image_load(img, &(struct image_place){.path = path}, err);
    if (rc == 0)
        *out = img;
    else
        image_close(img);
    return rc;
}

void image_close(struct image *img)
{
    if (!img)
        return;
    for (uint32_t i = 0; i < img->file_count; i++) {
        dwarf_end(img->priv->dwarf[i]);
        elf_end(img->priv->elf[i]);
        if (img->priv->data[i])
            buf_fini(img->priv->data[i]);
        free(img->priv->data[i]);
        buf_fini(&img->files[i].bytes);
        free(img->files[i].path);
    }
    free(img->priv);
    free(img->segments);
    free(img->symbols);
    free(img);
}

static bool covers(const struct image_symbol *s, uint32_t addr)
{
    return addr - s->addr < s->size;
}

const struct image_symbol *image_symbol_at(const struct image *img, uint32_t addr)
{
    const struct image_symbol *best = NULL;
    for (size_t i = 0; i < img->symbol_count && img->symbols[i].addr <= addr; i++) {
        const struct image_symbol *s = &img->symbols[i];
        if (covers(s, addr) && (!best || s->addr >= best->addr))
            best = s;
    }
    return best;
}

const struct image_symbol *image_symbol_named(const struct image *img, const char *name)
{
    for (size_t i = 0; i < img->symbol_count; i++)
        if (strcmp(img->symbols[i].name, name) == 0)
            return &img->symbols[i];
    return NULL;
}

bool image_line(const struct image *img, uint32_t addr, const char **file, int *line)
{
    for (uint32_t i = 0; i < img->file_count; i++) {
        Dwarf_Die die;
        Dwarf *dwarf = img->priv->dwarf[i];
        if (!dwarf || !dwarf_addrdie(dwarf, addr, &die))
            continue;
        Dwarf_Line *at = dwarf_getsrc_die(&die, addr);
        if (!at || dwarf_lineno(at, line) != 0)
            continue;
        *file = dwarf_linesrc(at, NULL, NULL);
        return *file != NULL;
    }
    return false;
}

bool image_bytes(const struct image *img, uint32_t addr, void *out, size_t n)
{
    for (size_t i = img->segment_count; i-- > 0;) { /* what was loaded last lies on top */
        const struct image_segment *s = &img->segments[i];
        if (addr >= s->addr && addr - s->addr + (uint64_t)n <= s->len) {
            memcpy(out, s->bytes + (addr - s->addr), n);
            return true;
        }
    }
    return false;
}
