/*
 * ELF by libelf, source lines by libdw.
 *
 * Source: ELF for the Arm Architecture (IHI 0044), 5.2 (header), 5.5.3 (symbols: bit 0 is Thumb).
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/image.h"
#include "sim/base/assert.h"
#include "sim/base/buf.h"
#include "sim/base/file.h"

struct image_private {
    struct buf file;
    Elf *elf;
    Dwarf *dwarf;
};

static int bad(struct moat_error *err, const char *path, const char *what)
{
    return moat_fail(err, MOAT_EINPUT, "cannot load '%s': %s", path, what);
}

static int truncated(struct moat_error *err, const char *path)
{
    int rc = bad(err, path, "the file is truncated");
    moat_hint(err, "build or copy it again");
    return rc;
}

static bool inside(const struct image *img, uint64_t off, uint64_t len)
{
    return off <= img->file_len && len <= img->file_len - off;
}

static int check_header(const struct image *img, const char *path, struct moat_error *err)
{
    const unsigned char *id = img->file;
    if (img->file_len < SELFMAG || memcmp(id, ELFMAG, SELFMAG) != 0)
        return bad(err, path, "not an ELF file");
    if (img->file_len < sizeof(Elf32_Ehdr))
        return truncated(err, path);
    const Elf32_Ehdr *h = (const Elf32_Ehdr *)img->file;
    if (id[EI_CLASS] != ELFCLASS32 || id[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_ARM) {
        int rc = bad(err, path, "not for a 32-bit little-endian Arm core");
        moat_hint(err, "build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb");
        return rc;
    }
    if (h->e_type != ET_EXEC)
        return bad(err, path, "not linked to fixed addresses (ET_EXEC)");
    if (!inside(img, h->e_phoff, (uint64_t)h->e_phnum * sizeof(Elf32_Phdr)) ||
        !inside(img, h->e_shoff, (uint64_t)h->e_shnum * sizeof(Elf32_Shdr)))
        return truncated(err, path);
    if (h->e_entry && !(h->e_entry & 1u)) {
        int rc = bad(err, path, "its entry point is Arm code, and a Cortex-M executes only Thumb");
        moat_hint(err, "build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb");
        return rc;
    }
    img->priv->elf = elf_memory(img->priv->file.data, img->file_len);
    return img->priv->elf ? 0 : bad(err, path, elf_errmsg(-1));
}

static int read_segments(struct image *img, const char *path, struct moat_error *err)
{
    const Elf32_Ehdr *h = (const Elf32_Ehdr *)img->file;
    img->entry = h->e_entry;
    img->segments = calloc(h->e_phnum + 1u, sizeof *img->segments);
    MOAT_ASSERT(img->segments, "no memory");
    for (int i = 0; i < h->e_phnum; i++) {
        GElf_Phdr ph;
        if (!gelf_getphdr(img->priv->elf, i, &ph))
            return truncated(err, path);
        if (!inside(img, ph.p_offset, ph.p_filesz))
            return truncated(err, path);
        if (ph.p_type != PT_LOAD || ph.p_filesz == 0)
            continue;
        img->segments[img->segment_count++] =
            (struct image_segment){.addr = (uint32_t)ph.p_paddr,
                                   .len = (uint32_t)ph.p_filesz,
                                   .bytes = img->file + ph.p_offset};
    }
    if (img->segment_count == 0)
        return bad(err, path, "there is nothing in it to load");
    return 0;
}

static void add_symbol(struct image *img, const char *name, const GElf_Sym *sym)
{
    int type = GELF_ST_TYPE(sym->st_info);
    bool plain = type == STT_FUNC || type == STT_OBJECT || type == STT_NOTYPE;
    if (!name || !name[0] || name[0] == '$' || !plain || sym->st_shndx == SHN_UNDEF)
        return;
    bool function = type == STT_FUNC;
    img->symbols[img->symbol_count++] =
        (struct image_symbol){.name = name,
                              .addr = (uint32_t)sym->st_value & (function ? ~1u : ~0u),
                              .size = (uint32_t)sym->st_size,
                              .function = function};
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

static void read_symbol_section(struct image *img, Elf_Scn *scn, const GElf_Shdr *sh)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t n = data && sh->sh_entsize ? data->d_size / sh->sh_entsize : 0;
    img->symbols = calloc(n + 1, sizeof *img->symbols);
    MOAT_ASSERT(img->symbols, "no memory");
    for (size_t i = 0; i < n; i++) {
        GElf_Sym sym;
        if (gelf_getsym(data, (int)i, &sym))
            add_symbol(img, elf_strptr(img->priv->elf, sh->sh_link, sym.st_name), &sym);
    }
    qsort(img->symbols, img->symbol_count, sizeof *img->symbols, by_address);
}

static void read_build_id(struct image *img, Elf_Scn *scn)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t off = 0, name, desc;
    GElf_Nhdr note;
    while (data && (off = gelf_getnote(data, off, &note, &name, &desc)) > 0) {
        if (note.n_type != NT_GNU_BUILD_ID || note.n_descsz * 2 >= sizeof img->build_id)
            continue;
        const unsigned char *id = (const unsigned char *)data->d_buf + desc;
        for (size_t i = 0; i < note.n_descsz; i++)
            snprintf(img->build_id + 2 * i, 3, "%02x", id[i]);
    }
}

static int read_sections(struct image *img, const char *path, struct moat_error *err)
{
    Elf_Scn *scn = NULL;
    while ((scn = elf_nextscn(img->priv->elf, scn)) != NULL) {
        GElf_Shdr sh;
        if (!gelf_getshdr(scn, &sh))
            return truncated(err, path);
        if (sh.sh_type != SHT_NOBITS && !inside(img, sh.sh_offset, sh.sh_size))
            return truncated(err, path);
        if (sh.sh_type == SHT_SYMTAB && !img->symbols)
            read_symbol_section(img, scn, &sh);
        else if (sh.sh_type == SHT_NOTE)
            read_build_id(img, scn);
    }
    img->priv->dwarf = dwarf_begin_elf(img->priv->elf, DWARF_C_READ, NULL); /* NULL: no lines */
    return 0;
}

int image_parse(const char *path, struct buf *bytes, struct image **out, struct moat_error *err)
{
    struct image *img = calloc(1, sizeof *img);
    MOAT_ASSERT(img, "no memory");
    img->priv = calloc(1, sizeof *img->priv);
    MOAT_ASSERT(img->priv, "no memory");
    elf_version(EV_CURRENT);
    img->priv->file = *bytes;
    *bytes = (struct buf){0};
    img->file = (const uint8_t *)buf_text(&img->priv->file);
    img->file_len = img->priv->file.len;
    int rc = check_header(img, path, err);
    if (rc == 0)
        rc = read_segments(img, path, err);
    if (rc == 0)
        rc = read_sections(img, path, err);
    if (rc == 0)
        *out = img;
    else
        image_close(img);
    return rc;
}

int image_open(const char *path, struct image **out, struct moat_error *err)
{
    struct buf bytes = {0};
    int rc = file_read(path, "firmware", &bytes, err);
    if (rc == 0)
        rc = image_parse(path, &bytes, out, err);
    buf_fini(&bytes);
    return rc;
}

void image_close(struct image *img)
{
    if (!img)
        return;
    dwarf_end(img->priv->dwarf);
    elf_end(img->priv->elf);
    buf_fini(&img->priv->file);
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
    Dwarf_Die die;
    if (!img->priv->dwarf || !dwarf_addrdie(img->priv->dwarf, addr, &die))
        return false;
    Dwarf_Line *at = dwarf_getsrc_die(&die, addr);
    if (!at || dwarf_lineno(at, line) != 0)
        return false;
    *file = dwarf_linesrc(at, NULL, NULL);
    return *file != NULL;
}

bool image_bytes(const struct image *img, uint32_t addr, void *out, size_t n)
{
    for (size_t i = 0; i < img->segment_count; i++) {
        const struct image_segment *s = &img->segments[i];
        if (addr >= s->addr && addr - s->addr + (uint64_t)n <= s->len) {
            memcpy(out, s->bytes + (addr - s->addr), n);
            return true;
        }
    }
    return false;
}
