/*
 * The table of kernel objects, from the debug information of the linked image: every variable of
 * one of the object structs, also as an element or a member, with its address and type.
 *
 * Found and named here, at build time: objects in memory that user code can write, in unions, in
 * constants, or one over another.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/abi/keep.h"
#include "kernel/abi/types.h"
#include "kernel/tool/tool.h"

#define THREADS_MAX  32
#define ELEMENTS_MAX 65536u
#define DEPTH_MAX    32 /* structs in structs: deeper is a damaged file */

static const struct {
    const char *tag, *name;
} types[] = {
#define ROW(name, tag) {#tag, #name},
    KEEP_TYPES(ROW)
#undef ROW
};

struct object {
    uint32_t addr, bytes;
    size_t type; /* of types */
    char name[2 * NAME_BYTES];
};

static struct object *objects;
static size_t object_count;
static Elf *image;

/* ---- What the image says. ---- */

static bool symbol(const char *name, uint32_t *value)
{
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(image, scn));) {
        GElf_Shdr sh;
        tool_header(scn, &sh);
        if (sh.sh_type != SHT_SYMTAB)
            continue;
        Elf_Data *d = elf_getdata(scn, NULL);
        GElf_Sym s;
        for (int i = 0; gelf_getsym(d, i, &s); i++)
            if (strcmp(tool_string(image, sh.sh_link, s.st_name), name) == 0) {
                *value = (uint32_t)s.st_value;
                return true;
            }
    }
    return false;
}

static uint32_t needed_symbol(const char *name)
{
    uint32_t value;
    if (!symbol(name, &value))
        tool_fail("link with kernel/arch/image.ld.S", "the image has no symbol '%s'", name);
    return value;
}

/* A word of initialised memory, 0 for what is not. */
static uint32_t word_at(uint32_t addr)
{
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(image, scn));) {
        GElf_Shdr sh;
        size_t bytes;
        tool_header(scn, &sh);
        if (sh.sh_type != SHT_PROGBITS || !(sh.sh_flags & SHF_ALLOC) || addr < sh.sh_addr)
            continue;
        const unsigned char *b = (const unsigned char *)tool_section_data(scn, &bytes);
        uint64_t at = addr - sh.sh_addr;
        if (!b || bytes < 4 || at > bytes - 4)
            continue;
        b += at;
        return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
    }
    return 0;
}

/* ---- Variables. ---- */

static void add(size_t type, uint32_t addr, uint32_t bytes, const char *name)
{
    objects = tool_grow(objects, object_count, sizeof *objects);
    struct object *o = &objects[object_count++];
    *o = (struct object){.addr = addr, .bytes = bytes, .type = type};
    snprintf(o->name, sizeof o->name, "%s", name);
}

/* Typedefs, const and volatile taken away. */
static bool plain_type(Dwarf_Die *die, Dwarf_Die *out)
{
    Dwarf_Attribute attr;
    Dwarf_Die type;
    return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, &type) &&
           dwarf_peel_type(&type, out) == 0;
}

static uint64_t elements(Dwarf_Die *array)
{
    uint64_t all = 1;
    Dwarf_Die child;
    for (int rc = dwarf_child(array, &child); rc == 0; rc = dwarf_siblingof(&child, &child)) {
        Dwarf_Attribute attr;
        Dwarf_Word n = 0;
        if (dwarf_attr(&child, DW_AT_upper_bound, &attr) && dwarf_formudata(&attr, &n) == 0)
            n++;
        else if (dwarf_attr(&child, DW_AT_count, &attr))
            dwarf_formudata(&attr, &n);
        all *= n;
    }
    return all;
}

static void walk(Dwarf_Die *type, uint32_t addr, const char *name, const char *in_union);
static void walk_type(Dwarf_Die *type, uint32_t addr, const char *name, const char *in_union);

static void walk_members(Dwarf_Die *type, uint32_t addr, const char *name, const char *in_union)
{
    Dwarf_Die member, member_type;
    for (int rc = dwarf_child(type, &member); rc == 0; rc = dwarf_siblingof(&member, &member)) {
        Dwarf_Attribute attr;
        Dwarf_Word offset = 0;
        if (dwarf_tag(&member) != DW_TAG_member || !plain_type(&member, &member_type))
            continue;
        if (dwarf_attr(&member, DW_AT_data_member_location, &attr))
            dwarf_formudata(&attr, &offset);
        char path[2 * NAME_BYTES];
        const char *own = dwarf_diename(&member);
        snprintf(path, sizeof path, "%s.%s", name, own ? own : "");
        walk(&member_type, addr + (uint32_t)offset, path, in_union);
    }
}

static void walk_array(Dwarf_Die *type, uint32_t addr, const char *name, const char *in_union)
{
    Dwarf_Die element;
    Dwarf_Word bytes = 0;
    if (!plain_type(type, &element))
        return;
    int tag = dwarf_tag(&element);
    if ((tag != DW_TAG_structure_type && tag != DW_TAG_union_type && tag != DW_TAG_array_type) ||
        dwarf_aggregate_size(&element, &bytes) != 0)
        return;
    uint64_t n = elements(type);
    if (n > ELEMENTS_MAX)
        return; /* no kernel's memory holds as many objects */
    for (uint64_t i = 0; i < n; i++) {
        char path[2 * NAME_BYTES];
        snprintf(path, sizeof path, "%s[%llu]", name, (unsigned long long)i);
        walk(&element, addr + (uint32_t)(i * bytes), path, in_union);
    }
}

static void walk(Dwarf_Die *type, uint32_t addr, const char *name, const char *in_union)
{
    static int depth;
    if (++depth > DEPTH_MAX)
        tool_fail("build it again", "the debug information is damaged at '%s'", name);
    walk_type(type, addr, name, in_union);
    depth--;
}

static void walk_type(Dwarf_Die *type, uint32_t addr, const char *name, const char *in_union)
{
    const char *tag_name = dwarf_diename(type);
    switch (dwarf_tag(type)) {
    case DW_TAG_structure_type:
        for (size_t i = 0; tag_name && i < sizeof types / sizeof *types; i++)
            if (strcmp(tag_name, types[i].tag) == 0) {
                if (in_union)
                    tool_fail("define it as a variable of its own",
                              "the object '%s' (struct %s) is in the union '%s'", name, tag_name,
                              in_union);
                add(i, addr, (uint32_t)dwarf_bytesize(type), name);
                return;
            }
        walk_members(type, addr, name, in_union);
        break;
    case DW_TAG_union_type:
        walk_members(type, addr, name, name);
        break;
    case DW_TAG_array_type:
        walk_array(type, addr, name, in_union);
        break;
    }
}

static bool address_of(Dwarf_Die *die, uint32_t *addr)
{
    Dwarf_Attribute attr;
    Dwarf_Op *op;
    size_t count;
    if (!dwarf_attr(die, DW_AT_location, &attr) || dwarf_getlocation(&attr, &op, &count) != 0 ||
        count != 1 || op->atom != DW_OP_addr || op->number == 0) /* 0: not linked */
        return false;
    *addr = (uint32_t)op->number;
    return true;
}

static void read_scope(Dwarf_Die *scope)
{
    Dwarf_Die die, type;
    for (int rc = dwarf_child(scope, &die); rc == 0; rc = dwarf_siblingof(&die, &die)) {
        uint32_t addr;
        int tag = dwarf_tag(&die);
        if (tag == DW_TAG_subprogram || tag == DW_TAG_lexical_block)
            read_scope(&die);
        else if (tag == DW_TAG_variable && address_of(&die, &addr) && plain_type(&die, &type)) {
            Dwarf_Attribute attr;
            const char *name =
                dwarf_attr_integrate(&die, DW_AT_name, &attr) ? dwarf_formstring(&attr) : NULL;
            walk(&type, addr, name ? name : "?", NULL);
        }
    }
}

static void read_debug_information(const char *path)
{
    Dwarf *dw = dwarf_begin_elf(image, DWARF_C_READ, NULL);
    if (!dw)
        tool_fail("compile with -g", "'%s' has no debug information", path);
    Dwarf_Off at = 0, next;
    size_t header;
    while (dwarf_nextcu(dw, at, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die cu;
        if (dwarf_offdie(dw, at + header, &cu))
            read_scope(&cu);
        at = next;
    }
}

/* ---- Checks. ---- */

static int by_address(const void *a, const void *b)
{
    const struct object *x = a, *y = b;
    return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void check_objects(void)
{
    uint32_t kernel = needed_symbol("__kernel_ram_start"), end = needed_symbol("__kernel_ram_end");
    size_t threads = 0;
    for (size_t i = 0; i < object_count; i++) {
        const struct object *o = &objects[i];
        threads += strcmp(types[o->type].name, "THREAD") == 0;
        if (o->addr < kernel || o->addr > end || end - o->addr < o->bytes)
            tool_fail("kernel objects are plain variables: no const, no KEEP_APP_DATA or _BSS",
                      "the object '%s' (struct %s) is at 0x%x, outside the kernel's memory",
                      o->name, types[o->type].tag, o->addr);
        if (o->addr % 8)
            tool_fail("let its struct be aligned", "the object '%s' is not aligned to 8", o->name);
        if (i && objects[i - 1].addr + objects[i - 1].bytes > o->addr)
            tool_fail("define each once", "the objects '%s' and '%s' share memory",
                      objects[i - 1].name, o->name);
    }
    if (threads > THREADS_MAX)
        tool_fail("define fewer, or make permission words wider",
                  "the image has %zu threads, and there are permission bits for %d", threads,
                  THREADS_MAX);
}

/* The same variable can be described in more than one unit. */
static void drop_duplicates(void)
{
    size_t kept = 0;
    for (size_t i = 0; i < object_count; i++)
        if (!kept || objects[kept - 1].addr != objects[i].addr ||
            objects[kept - 1].type != objects[i].type)
            objects[kept++] = objects[i];
    object_count = kept;
}

/* ---- What is written. ---- */

/* A bit for each 8 bytes of the kernel's memory: set where an object begins. */
static void write_map(FILE *f)
{
    uint32_t base = needed_symbol("__kernel_ram_start");
    uint32_t bytes = (needed_symbol("__kernel_ram_end") - base + 63) / 64;
    unsigned char *map = calloc(bytes + 1, 1);
    if (!map)
        tool_fail(NULL, "no memory");
    for (size_t i = 0; i < object_count; i++) {
        uint32_t at = objects[i].addr - base;
        map[at / 64] |= (unsigned char)(1u << (at / 8 & 7));
    }
    fprintf(f, "const uint8_t keep_map[] = {");
    for (uint32_t i = 0; i < bytes; i++)
        fprintf(f, "%s%u,", i % 20 ? "" : "\n    ", map[i]);
    fprintf(f, "0};\n\n");
}

static void write_objects(FILE *f)
{
    fprintf(f, "const struct keep_object_row keep_object_rows[] = {\n");
    for (size_t i = 0; i < object_count; i++)
        fprintf(f, "    {(struct keep_object *)0x%xu, %zu}, /* %s %s */\n", objects[i].addr,
                objects[i].type + 1, types[objects[i].type].name, objects[i].name);
    fprintf(f, "    {0, 0}};\nconst uint32_t keep_object_count = %zu;\n\n", object_count);
}

/* The stack of a thread is named after it. */
static const struct object *stack_of(const char *thread)
{
    char name[2 * NAME_BYTES + 8];
    snprintf(name, sizeof name, "%s_stack", thread);
    for (size_t i = 0; i < object_count; i++)
        if (strcmp(types[objects[i].type].name, "STACK") == 0 && strcmp(objects[i].name, name) == 0)
            return &objects[i];
    return NULL;
}

static void write_threads(FILE *f)
{
    fprintf(f, "static const struct keep_abi_thread threads[] = {\n");
    for (size_t i = 0; i < object_count; i++) {
        if (strcmp(types[objects[i].type].name, "THREAD") != 0)
            continue;
        const struct object *s = stack_of(objects[i].name);
        fprintf(f, "    {0x%xu, 0x%xu, %uu, 0, 0, \"%.*s\"},\n", objects[i].addr,
                s ? word_at(s->addr + 8) : 0, s ? word_at(s->addr + 12) : 0, (int)KEEP_NAME_MAX - 1,
                objects[i].name);
    }
    fprintf(f, "    {0}};\n");
}

/* A partition is what lies between two symbols that keeptool layout made. */
static void write_partitions(FILE *f)
{
    fprintf(f, "static const struct keep_abi_partition partitions[] = {\n");
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(image, scn));) {
        GElf_Shdr sh;
        size_t strings;
        elf_getshdrstrndx(image, &strings);
        tool_header(scn, &sh);
        const char *name = tool_string(image, strings, sh.sh_name);
        char part[NAME_BYTES + 32];
        size_t length = strlen(name);
        if (strncmp(name, ".keep_app_", 10) != 0 || length < 15 ||
            strcmp(name + length - 4, "_bss") != 0)
            continue;
        snprintf(part, sizeof part, "__keep_%.*s_start", (int)length - 14, name + 10);
        uint32_t start = needed_symbol(part);
        fprintf(f, "    {0x%xu, %uu, \"%.*s\"},\n", start,
                (uint32_t)(sh.sh_addr + sh.sh_size) - start,
                (int)(length - 14 < KEEP_NAME_MAX ? length - 14 : KEEP_NAME_MAX - 1), name + 10);
    }
    fprintf(f, "    {0}};\n");
}

static void write_table(const char *path)
{
    FILE *f = tool_create(path);
    fprintf(f, "/* Made by keeptool objects. */\n#include \"kernel/core/core.h\"\n\n");
    write_map(f);
    write_objects(f);
    write_threads(f);
    write_partitions(f);
    fprintf(f, "\nextern const struct keep_abi keep_abi;\n"
               "__attribute__((used)) const struct keep_abi keep_abi = {\n"
               "    KEEP_ABI_MAGIC, KEEP_ABI_VERSION, (uint32_t)&keep_current, (uint32_t)threads,\n"
               "    (uint32_t)(threads + sizeof threads / sizeof *threads - 1), "
               "(uint32_t)partitions,\n"
               "    (uint32_t)(partitions + sizeof partitions / sizeof *partitions - 1)};\n");
    tool_close(f, path);
}

/* Second pass: the table in the image must still be true of the image. */
static void check_table(const char *path)
{
    uint32_t rows = needed_symbol("keep_object_rows"), count;
    count = word_at(needed_symbol("keep_object_count"));
    if (count != object_count)
        tool_fail("build it anew", "'%s' has %zu objects, its table %u", path, object_count, count);
    for (size_t i = 0; i < object_count; i++)
        if (word_at(rows + 8 * (uint32_t)i) != objects[i].addr)
            tool_fail("no object may move between the two links: does a size depend on the table?",
                      "the object '%s' of '%s' is not where its table says", objects[i].name, path);
}

int tool_objects(int argc, char **argv)
{
    const char *out = NULL;
    bool check = false;
    for (int c; (c = getopt(argc, argv, "o:c")) != -1;) {
        if (c == 'o')
            out = optarg;
        else if (c == 'c')
            check = true;
        else
            return 64;
    }
    if (optind + 1 != argc || (!out && !check))
        tool_fail("keeptool alone says how", "objects needs -o or -c, and one image");
    int fd = open(argv[optind], O_RDONLY);
    image = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ, NULL);
    if (!image || elf_kind(image) != ELF_K_ELF)
        tool_fail(NULL, "cannot read '%s' as an ELF file", argv[optind]);
    read_debug_information(argv[optind]);
    if (object_count)
        qsort(objects, object_count, sizeof *objects, by_address);
    drop_duplicates();
    check_objects();
    if (check)
        check_table(argv[optind]);
    else
        write_table(out);
    return 0;
}
