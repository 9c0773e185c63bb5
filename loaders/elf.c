/*
 * ELF by libelf, source lines by libdw.
 *
 * Source: ELF for the Arm Architecture (IHI 0044), 5.2 (header), 5.5.3 (symbols: bit 0 is Thumb).
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "loaders/image_private.h"

/* @what reaches to byte @end, and the file does not. */
static int truncated(struct moat_error *err, const struct image_file *f, const char *what,
                     uint64_t end)
{
    int rc =
        image_bad(err, f, "the file is truncated: it ends at byte %zu, and %s at byte %" PRIu64,
                  f->bytes.len, what, end);
    moat_hint(err, "build or copy it again");
    return rc;
}

/* Headers that libelf does not find, though there are so many. */
static int unreadable(struct moat_error *err, const struct image_file *f, const char *what,
                      size_t n)
{
    int rc = image_bad(err, f, "%s %zu cannot be read: %s", what, n, elf_errmsg(-1));
    moat_hint(err, "build or copy it again");
    return rc;
}

static bool inside(const struct image_file *f, uint64_t off, uint64_t len)
{
    return off <= f->bytes.len && len <= f->bytes.len - off;
}

static int check_header(const struct image *img, const struct image_file *f, struct moat_error *err)
{
    const unsigned char *id = (const unsigned char *)f->bytes.data;
    if (f->bytes.len < sizeof(Elf32_Ehdr))
        return truncated(err, f, "its header", sizeof(Elf32_Ehdr));
    const Elf32_Ehdr *h = (const Elf32_Ehdr *)f->bytes.data;
    uint64_t segments = h->e_phoff + (uint64_t)h->e_phnum * sizeof(Elf32_Phdr);
    uint64_t sections = h->e_shoff + (uint64_t)h->e_shnum * sizeof(Elf32_Shdr);
    if (id[EI_CLASS] != ELFCLASS32 || id[EI_DATA] != ELFDATA2LSB || h->e_machine != EM_ARM) {
        int rc = image_bad(err, f, "not for a 32-bit little-endian Arm core");
        moat_hint(err, "build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb");
        return rc;
    }
    if (h->e_type != ET_EXEC)
        return image_bad(err, f, "not linked to fixed addresses (ET_EXEC)");
    if (segments > f->bytes.len)
        return truncated(err, f, "its program headers", segments);
    if (sections > f->bytes.len)
        return truncated(err, f, "its section headers", sections);
    if (h->e_entry && !(h->e_entry & 1u)) {
        int rc =
            image_bad(err, f, "its entry point is Arm code, and a Cortex-M executes only Thumb");
        moat_hint(err, "build it with arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb");
        return rc;
    }
    Elf *elf = elf_memory(f->bytes.data, f->bytes.len);
    img->priv->elf[img->file_count - 1] = elf;
    return elf ? 0 : image_bad(err, f, "%s", elf_errmsg(-1));
}

static Elf *elf_of(const struct image *img)
{
    return img->priv->elf[img->file_count - 1];
}

static int read_segments(struct image *img, const struct image_file *f, struct moat_error *err)
{
    const Elf32_Ehdr *h = (const Elf32_Ehdr *)f->bytes.data;
    image_set_entry(img, h->e_entry);
    for (int i = 0; i < h->e_phnum; i++) {
        GElf_Phdr ph;
        if (!gelf_getphdr(elf_of(img), i, &ph))
            return unreadable(err, f, "program header", (size_t)i);
        if (!inside(f, ph.p_offset, ph.p_filesz))
            return truncated(err, f, "a segment", ph.p_offset + ph.p_filesz);
        if (ph.p_type != PT_LOAD || ph.p_filesz == 0)
            continue;
        if (ph.p_paddr + ph.p_filesz > (uint64_t)UINT32_MAX + 1)
            return image_bad(err, f, "a segment reaches past the end of memory");
        image_add_segment(img, (uint32_t)ph.p_paddr, (const uint8_t *)f->bytes.data + ph.p_offset,
                          (uint32_t)ph.p_filesz);
    }
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

static void read_symbol_section(struct image *img, Elf_Scn *scn, const GElf_Shdr *sh)
{
    Elf_Data *data = elf_getdata(scn, NULL);
    size_t n = data && sh->sh_entsize ? data->d_size / sh->sh_entsize : 0;
    image_new_symbols(img, n);
    for (size_t i = 0; i < n; i++) {
        GElf_Sym sym;
        if (gelf_getsym(data, (int)i, &sym))
            add_symbol(img, elf_strptr(elf_of(img), sh->sh_link, sym.st_name), &sym);
    }
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

static int read_sections(struct image *img, const struct image_file *f, struct moat_error *err)
{
    Elf_Scn *scn = NULL;
    bool symbols = false;
    while ((scn = elf_nextscn(elf_of(img), scn)) != NULL) {
        GElf_Shdr sh;
        if (!gelf_getshdr(scn, &sh))
            return unreadable(err, f, "section header", elf_ndxscn(scn));
        if (sh.sh_type != SHT_NOBITS && !inside(f, sh.sh_offset, sh.sh_size))
            return truncated(err, f, "a section", sh.sh_offset + sh.sh_size);
        if (sh.sh_type == SHT_SYMTAB && !symbols) {
            read_symbol_section(img, scn, &sh);
            symbols = true;
        } else if (sh.sh_type == SHT_NOTE)
            read_build_id(img, scn);
    }
    /* NULL: no lines */
    img->priv->dwarf[img->file_count - 1] = dwarf_begin_elf(elf_of(img), DWARF_C_READ, NULL);
    return 0;
}

static int read_elf(struct image *img, const struct image_file *f, struct moat_error *err)
{
    int rc = check_header(img, f, err);
    if (rc == 0)
        rc = read_segments(img, f, err);
    if (rc == 0)
        rc = read_sections(img, f, err);
    return rc;
}

static bool is_elf(const uint8_t *bytes, size_t len)
{
    return len >= SELFMAG && memcmp(bytes, ELFMAG, SELFMAG) == 0;
}

static void each_elf_span(Elf *elf, void (*each)(void *ctx, uint32_t addr, uint32_t bytes),
                          void *ctx)
{
    size_t n = 0;
    GElf_Phdr ph;
    if (!elf || elf_getphdrnum(elf, &n) != 0)
        return;
    for (size_t i = 0; i < n; i++)
        if (gelf_getphdr(elf, (int)i, &ph) && ph.p_type == PT_LOAD && ph.p_memsz &&
            ph.p_vaddr + ph.p_memsz <= (uint64_t)UINT32_MAX + 1)
            each(ctx, (uint32_t)ph.p_vaddr, (uint32_t)ph.p_memsz);
}

void image_each_span(const struct image *img,
                     void (*each)(void *ctx, uint32_t addr, uint32_t bytes), void *ctx)
{
    for (size_t i = 0; i < img->segment_count; i++)
        if (img->segments[i].len)
            each(ctx, img->segments[i].addr, img->segments[i].len);
    for (uint32_t i = 0; i < img->file_count; i++)
        each_elf_span(img->priv->elf[i], each, ctx);
}

const struct image_format image_elf = {"ELF", is_elf, read_elf};
