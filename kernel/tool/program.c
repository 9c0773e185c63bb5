/*
 * A program to be loaded after boot: from a linked ELF file, with its relocations kept
 * (kernel/programs/program.ld, ld -q), to the file of kernel/abi/program.h.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/abi/program.h"
#include "kernel/abi/sha256.h"
#include "kernel/tool/tool.h"

static struct {
    uint8_t *text, *data;
    uint32_t text_bytes, data_bytes, bss_bytes, entry;
    uint32_t *relocs;
    uint32_t reloc_count;
} program;

static uint32_t read_word(const uint8_t *b)
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void put_word(uint8_t *b, uint32_t w)
{
    for (int i = 0; i < 4; i++)
        b[i] = (uint8_t)(w >> 8 * i);
}

static bool in_data(uint32_t addr)
{
    return addr >= KEEP_PROGRAM_DATA;
}

static uint32_t whole_words(uint64_t bytes)
{
    return (uint32_t)((bytes + 3) / 4 * 4);
}

/* The contents of a section, padded to words. */
static uint8_t *contents(Elf_Scn *scn, uint32_t *bytes)
{
    size_t n;
    const char *from = tool_section_data(scn, &n);
    *bytes = whole_words(n);
    uint8_t *to = calloc(*bytes + 4, 1);
    if (!to)
        tool_fail(NULL, "no memory");
    if (n)
        memcpy(to, from, n);
    return to;
}

/* The word at @at of the linked program, or fail. */
static uint8_t *word_at(uint32_t at, const char *path)
{
    uint32_t offset = in_data(at) ? at - KEEP_PROGRAM_DATA : at;
    uint8_t *part = in_data(at) ? program.data : program.text;
    uint32_t bytes = in_data(at) ? program.data_bytes : program.text_bytes;
    if (!part || bytes < 4 || offset > bytes - 4)
        tool_fail("build it again", "'%s' has a relocation outside of it, at 0x%x", path, at);
    if (offset & 3u)
        tool_fail("let the pointers in it be aligned", "'%s' has an unaligned pointer at 0x%x",
                  path, at);
    return part + offset;
}

/* R_ARM_ABS32 alone needs work; what is relative to the instruction moves with it, as long as code
 * and data do not name each other so: they are loaded apart. */
static void add_reloc(const GElf_Rel *r, uint32_t target_addr, const char *path)
{
    static const uint8_t relative[] = {R_ARM_THM_PC22,   R_ARM_THM_JUMP24, R_ARM_THM_PC11,
                                       R_ARM_THM_JUMP19, R_ARM_THM_PC9,    R_ARM_REL32};
    uint32_t type = GELF_R_TYPE(r->r_info), at = (uint32_t)r->r_offset;
    if (type == R_ARM_NONE || type == R_ARM_V4BX)
        return;
    if (memchr(relative, (int)type, sizeof relative) && in_data(at) == in_data(target_addr))
        return;
    if (type != R_ARM_ABS32)
        tool_fail("compile with -mword-relocations", "'%s' has a relocation of type %u at 0x%x",
                  path, type, at);
    uint8_t *word = word_at(at, path);
    uint32_t target = read_word(word), flags = in_data(at) ? KEEP_RELOC_IN_DATA : 0;
    if (in_data(target)) {
        flags |= KEEP_RELOC_TO_DATA;
        put_word(word, target - KEEP_PROGRAM_DATA);
    }
    program.relocs = tool_grow(program.relocs, program.reloc_count, sizeof *program.relocs);
    program.relocs[program.reloc_count++] = flags | (in_data(at) ? at - KEEP_PROGRAM_DATA : at);
}

static void read_relocs(Elf *elf, const char *path)
{
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        GElf_Shdr sh, of;
        tool_header(scn, &sh);
        if (sh.sh_type != SHT_REL)
            continue;
        tool_header(elf_getscn(elf, sh.sh_info), &of);
        Elf_Data *d = elf_getdata(scn, NULL);
        Elf_Data *symbols = elf_getdata(elf_getscn(elf, sh.sh_link), NULL);
        GElf_Rel r;
        GElf_Sym s;
        for (int i = 0; (of.sh_flags & SHF_ALLOC) && gelf_getrel(d, i, &r); i++)
            if (gelf_getsym(symbols, (int)GELF_R_SYM(r.r_info), &s))
                add_reloc(&r, (uint32_t)s.st_value, path);
            else
                tool_fail("build it again", "'%s' has a relocation of no symbol", path);
    }
}

static void read_sections(Elf *elf, const char *path)
{
    size_t strings;
    elf_getshdrstrndx(elf, &strings);
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        GElf_Shdr sh;
        tool_header(scn, &sh);
        const char *name = tool_string(elf, strings, sh.sh_name);
        if (strcmp(name, ".text") == 0)
            program.text = contents(scn, &program.text_bytes);
        else if (strcmp(name, ".data") == 0 && sh.sh_type == SHT_PROGBITS)
            program.data = contents(scn, &program.data_bytes);
        else if (strcmp(name, ".bss") == 0)
            program.bss_bytes = whole_words(sh.sh_size);
        else if (sh.sh_flags & SHF_ALLOC && sh.sh_size)
            tool_fail("link with kernel/programs/program.ld", "'%s' has a section '%s'", path,
                      name);
    }
    if (!program.text)
        tool_fail("link with kernel/programs/program.ld", "'%s' has no code", path);
}

static void add_words(uint8_t **at, const uint32_t *words, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++, *at += 4)
        put_word(*at, words[i]);
}

static void add_bytes(uint8_t **at, const uint8_t *bytes, uint32_t count)
{
    if (count)
        memcpy(*at, bytes, count);
    *at += count;
}

static void write_file(const char *path)
{
    uint32_t bytes = (uint32_t)sizeof(struct keep_program_header) + program.text_bytes +
                     program.data_bytes + 4 * program.reloc_count;
    const uint32_t first[] = {KEEP_PROGRAM_MAGIC, KEEP_PROGRAM_VERSION};
    const uint32_t sizes[] = {program.text_bytes, program.data_bytes, program.bss_bytes,
                              program.entry, program.reloc_count};
    uint8_t *file = calloc(bytes, 1), *at = file;
    if (!file)
        tool_fail(NULL, "no memory");
    add_words(&at, first, 2);
    uint8_t *digest = at;
    at += KEEP_DIGEST_BYTES;
    uint8_t *body = at;
    add_words(&at, sizes, 5);
    add_bytes(&at, program.text, program.text_bytes);
    add_bytes(&at, program.data, program.data_bytes);
    add_words(&at, program.relocs, program.reloc_count);
    keep_sha256(body, (uint32_t)(at - body), digest);
    FILE *f = tool_create(path);
    fwrite(file, 1, bytes, f);
    tool_close(f, path);
    free(file);
}

int tool_program(int argc, char **argv)
{
    const char *out = NULL;
    for (int c; (c = getopt(argc, argv, "o:")) != -1;) {
        if (c != 'o')
            return 64;
        out = optarg;
    }
    if (!out || optind + 1 != argc)
        tool_fail("keeptool alone says how", "program needs -o and one ELF file");
    int fd = open(argv[optind], O_RDONLY);
    Elf *elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    GElf_Ehdr header;
    if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
        tool_fail(NULL, "cannot read '%s' as an ELF file", argv[optind]);
    read_sections(elf, argv[optind]);
    read_relocs(elf, argv[optind]);
    program.entry = (uint32_t)header.e_entry & ~1u;
    write_file(out);
    return 0;
}
