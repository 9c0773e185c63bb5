/*
 * Application memory. Object files say by their sections which globals belong to which partition
 * (KEEP_APP_DATA, KEEP_APP_BSS) and which partitions a domain has (KEEP_DOMAIN). From that: the
 * part of the linker script that groups and aligns them for the MPU at hand, the partitions and
 * domains as C, and a budget: who uses the regions, and what alignment wastes.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/tool/tool.h"

#define APP_PREFIX    ".keep_app."
#define DOMAIN_PREFIX ".keep_domain."

struct partition {
    char name[NAME_BYTES];
    uint64_t data, bss;
    uint64_t bss_align;
    uint64_t bytes, align; /* of its region */
    bool used;             /* by a domain */
};

struct domain {
    char name[NAME_BYTES];
    size_t partitions[16];
    size_t count;
};

struct library {
    const char *file;
    char partition[NAME_BYTES];
};

static struct {
    struct partition *partitions;
    struct domain *domains;
    struct library *libraries;
    size_t partition_count, domain_count, library_count;
    uint32_t most;     /* partitions of a domain */
    uint64_t least;    /* bytes of a region */
    bool power_of_two; /* ... which must be aligned to their size */
} layout;

static void copy_name(char *to, const char *from, size_t length)
{
    if (length >= NAME_BYTES)
        tool_fail("give it a shorter name", "the name '%.*s' is longer than %d bytes", (int)length,
                  from, NAME_BYTES - 1);
    memcpy(to, from, length);
    to[length] = '\0';
}

static size_t partition_named(const char *name, size_t length)
{
    for (size_t i = 0; i < layout.partition_count; i++)
        if (strlen(layout.partitions[i].name) == length &&
            memcmp(layout.partitions[i].name, name, length) == 0)
            return i;
    layout.partitions =
        tool_grow(layout.partitions, layout.partition_count, sizeof *layout.partitions);
    struct partition *p = &layout.partitions[layout.partition_count];
    *p = (struct partition){.bss_align = 8};
    copy_name(p->name, name, length);
    return layout.partition_count++;
}

static uint64_t align_up(uint64_t n, uint64_t to)
{
    return to ? (n + to - 1) / to * to : n;
}

/* ---- What the objects say. ---- */

static void add_to_partition(size_t i, bool data, const GElf_Shdr *sh)
{
    struct partition *p = &layout.partitions[i];
    uint64_t *sum = data ? &p->data : &p->bss;
    *sum = align_up(*sum, sh->sh_addralign) + sh->sh_size;
    if (!data && sh->sh_addralign > p->bss_align)
        p->bss_align = sh->sh_addralign;
}

/* ".keep_app.NAME.data" or ".keep_app.NAME.bss" */
static void read_app_section(const char *name, const GElf_Shdr *sh)
{
    const char *part = name + strlen(APP_PREFIX), *dot = strrchr(part, '.');
    bool data = dot && strcmp(dot, ".data") == 0;
    if (!dot || dot == part || (!data && strcmp(dot, ".bss") != 0))
        tool_fail("use KEEP_APP_DATA or KEEP_APP_BSS", "the section '%s' names no partition", name);
    add_to_partition(partition_named(part, (size_t)(dot - part)), data, sh);
}

static void read_domain(const char *name, Elf_Scn *scn)
{
    size_t bytes;
    const char *text = tool_section_data(scn, &bytes);
    for (size_t i = 0; i < layout.domain_count; i++)
        if (strcmp(layout.domains[i].name, name) == 0)
            tool_fail("define each domain once", "the domain '%s' is defined twice", name);
    layout.domains = tool_grow(layout.domains, layout.domain_count, sizeof *layout.domains);
    struct domain *d = &layout.domains[layout.domain_count++];
    *d = (struct domain){0};
    copy_name(d->name, name, strlen(name));
    const char *end = text ? memchr(text, '\0', bytes) : NULL;
    for (const char *at = text; end && at < end;) {
        size_t length = strcspn(at, " ");
        if (length && d->count == 16)
            tool_fail("make fewer, larger partitions", "the domain '%s' has over 16", name);
        if (length)
            d->partitions[d->count++] = partition_named(at, length);
        at += length + (at[length] == ' ');
    }
}

/* A library that belongs to a partition as a whole. */
static const struct library *library_of(const char *path)
{
    for (size_t i = 0; i < layout.library_count; i++) {
        size_t a = strlen(path), b = strlen(layout.libraries[i].file);
        if (a >= b && strcmp(path + a - b, layout.libraries[i].file) == 0)
            return &layout.libraries[i];
    }
    return NULL;
}

static void read_object(Elf *elf, const char *path)
{
    const struct library *library = library_of(path);
    size_t strings;
    if (elf_kind(elf) != ELF_K_ELF || elf_getshdrstrndx(elf, &strings) != 0)
        tool_fail(NULL, "'%s' is no object file", path);
    for (Elf_Scn *scn = NULL; (scn = elf_nextscn(elf, scn));) {
        GElf_Shdr sh;
        tool_header(scn, &sh);
        const char *name = tool_string(elf, strings, sh.sh_name);
        if (strncmp(name, APP_PREFIX, strlen(APP_PREFIX)) == 0)
            read_app_section(name, &sh);
        else if (strncmp(name, DOMAIN_PREFIX, strlen(DOMAIN_PREFIX)) == 0)
            read_domain(name + strlen(DOMAIN_PREFIX), scn);
        else if (library && (sh.sh_flags & SHF_WRITE) && sh.sh_size)
            add_to_partition(partition_named(library->partition, strlen(library->partition)),
                             sh.sh_type != SHT_NOBITS, &sh);
    }
}

static void read_file(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        tool_fail(NULL, "cannot open '%s'", path);
    Elf *file = elf_begin(fd, ELF_C_READ, NULL);
    if (elf_kind(file) == ELF_K_AR) {
        Elf_Cmd cmd = ELF_C_READ;
        for (Elf *member; (member = elf_begin(fd, cmd, file));) {
            if (elf_kind(member) == ELF_K_ELF)
                read_object(member, path);
            cmd = elf_next(member);
            elf_end(member);
        }
    } else {
        read_object(file, path);
    }
    elf_end(file);
    close(fd);
}

/* ---- Sizes and order. ---- */

static uint64_t used_bytes(const struct partition *p)
{
    return align_up(align_up(p->data, p->bss_align) + p->bss, 4);
}

static void size_partitions(void)
{
    for (size_t i = 0; i < layout.partition_count; i++) {
        struct partition *p = &layout.partitions[i];
        p->bytes = align_up(used_bytes(p), layout.least);
        p->align = layout.least;
        if (!layout.power_of_two)
            continue;
        for (p->align = layout.least; p->align < p->bytes;)
            p->align *= 2;
        p->bytes = p->align;
    }
}

static void check_domains(void)
{
    for (size_t i = 0; i < layout.domain_count; i++) {
        const struct domain *d = &layout.domains[i];
        for (size_t k = 0; k < d->count; k++) {
            struct partition *p = &layout.partitions[d->partitions[k]];
            p->used = true;
            if (!used_bytes(p))
                tool_fail("tag a variable with KEEP_APP_DATA or KEEP_APP_BSS, or take it out",
                          "the partition '%s' of domain '%s' holds nothing", p->name, d->name);
            for (size_t j = 0; j < k; j++)
                if (d->partitions[j] == d->partitions[k])
                    tool_fail("name it once", "the domain '%s' has partition '%s' twice", d->name,
                              p->name);
        }
        if (d->count > layout.most)
            tool_fail(
                "put two of its partitions together, or give one to a domain of its own",
                "the domain '%s' has %zu partitions, and the MPU has regions for %u: there is "
                "none for '%s'",
                d->name, d->count, layout.most, layout.partitions[d->partitions[layout.most]].name);
    }
}

static const size_t *in_order; /* of size, the largest first: then alignment wastes least */

static int larger_first(const void *a, const void *b)
{
    const struct partition *x = &layout.partitions[*(const size_t *)a];
    const struct partition *y = &layout.partitions[*(const size_t *)b];
    return x->align != y->align ? (x->align < y->align ? 1 : -1) : strcmp(x->name, y->name);
}

static void sort_partitions(void)
{
    size_t *order = tool_grow(NULL, layout.partition_count, sizeof *order);
    for (size_t i = 0; i < layout.partition_count; i++)
        order[i] = i;
    qsort(order, layout.partition_count, sizeof *order, larger_first);
    in_order = order;
}

/* ---- What is written. ---- */

static void write_library_sections(FILE *f, const char *partition, const char *sections)
{
    for (size_t i = 0; i < layout.library_count; i++)
        if (strcmp(layout.libraries[i].partition, partition) == 0)
            fprintf(f, " *%s:*(%s)", layout.libraries[i].file, sections);
}

/* The part with first values, which lie in the image. The linker would not align an empty one. */
static void write_data(FILE *f, const struct partition *p)
{
    const char *n = p->name;
    fprintf(f, ".keep_app_%s : ALIGN(%llu)\n{\n    __keep_%s_start = .;\n    *(.keep_app.%s.data)",
            n, (unsigned long long)p->align, n, n);
    write_library_sections(f, n, ".data .data.*");
    fprintf(f, "\n    . = ALIGN(%llu);\n    __keep_%s_data_end = .;\n} > RAM AT > IMAGE\n",
            (unsigned long long)p->bss_align, n);
    fprintf(f, "__keep_%s_load = LOADADDR(.keep_app_%s);\n", n, n);
}

/* The part that is zeroed, up to the end of the region. */
static void write_bss(FILE *f, const struct partition *p)
{
    const char *n = p->name;
    if (p->data)
        fprintf(f, ".keep_app_%s_bss (NOLOAD) :\n{\n", n);
    else
        fprintf(f,
                ".keep_app_%s_bss (NOLOAD) : ALIGN(%llu)\n{\n    __keep_%s_start = .;\n"
                "    __keep_%s_data_end = .;\n",
                n, (unsigned long long)p->align, n, n);
    fprintf(f, "    *(.keep_app.%s.bss)", n);
    write_library_sections(f, n, ".bss .bss.* COMMON");
    fprintf(f, "\n    . = ALIGN(4);\n    __keep_%s_bss_end = .;\n    . = %llu", n,
            (unsigned long long)p->bytes);
    if (p->data)
        fprintf(f, " - SIZEOF(.keep_app_%s)", n);
    fprintf(f, ";\n} > RAM\n%s%s%s", p->data ? "" : "__keep_", p->data ? "" : n,
            p->data ? "" : "_load = 0;\n");
}

static void write_script(const char *path)
{
    FILE *f = tool_create(path);
    fprintf(f, "/* Made by keeptool layout. */\n");
    for (size_t k = 0; k < layout.partition_count; k++) {
        const struct partition *p = &layout.partitions[in_order[k]];
        if (p->data)
            write_data(f, p);
        write_bss(f, p);
    }
    tool_close(f, path);
}

static void write_tables(const char *path)
{
    FILE *f = tool_create(path);
    fprintf(f, "/* Made by keeptool layout. */\n#include \"kernel/abi/object.h\"\n\n");
    for (size_t k = 0; k < layout.partition_count; k++) {
        const struct partition *p = &layout.partitions[in_order[k]];
        const char *n = p->name;
        fprintf(f,
                "extern uint32_t __keep_%s_start[], __keep_%s_data_end[], __keep_%s_load[], "
                "__keep_%s_bss_end[];\n"
                "extern const struct keep_partition %s;\n"
                "const struct keep_partition %s = {(uint32_t)__keep_%s_start, %lluu, "
                "KEEP_READ_WRITE};\n",
                n, n, n, n, n, n, n, (unsigned long long)p->bytes);
    }
    for (size_t i = 0; i < layout.domain_count; i++) {
        const struct domain *d = &layout.domains[i];
        fprintf(f, "extern struct keep_domain %s;\nstruct keep_domain %s = {{", d->name, d->name);
        for (size_t k = 0; k < d->count; k++)
            fprintf(f, "&%s, ", layout.partitions[d->partitions[k]].name);
        fprintf(f, "%s}, {0}};\n", d->count ? "" : "0");
    }
    fprintf(f,
            "\nstruct keep_app_row {\n    uint32_t *data, *data_end;\n    const uint32_t *load;\n"
            "    uint32_t *bss, *bss_end;\n};\n"
            "extern const struct keep_app_row keep_app_rows[];\n"
            "extern const uint32_t keep_app_count;\n"
            "const struct keep_app_row keep_app_rows[] = {\n");
    for (size_t k = 0; k < layout.partition_count; k++) {
        const char *n = layout.partitions[in_order[k]].name;
        fprintf(f,
                "    {__keep_%s_start, __keep_%s_data_end, __keep_%s_load, __keep_%s_data_end, "
                "__keep_%s_bss_end},\n",
                n, n, n, n, n);
    }
    fprintf(f, "    {0}};\nconst uint32_t keep_app_count = %zu;\n\n", layout.partition_count);
    fprintf(f, "extern struct keep_domain *const keep_domains[];\n"
               "extern const uint32_t keep_domain_count;\n"
               "struct keep_domain *const keep_domains[] = {");
    for (size_t i = 0; i < layout.domain_count; i++)
        fprintf(f, "&%s, ", layout.domains[i].name);
    fprintf(f, "0};\nconst uint32_t keep_domain_count = %zu;\n", layout.domain_count);
    tool_close(f, path);
}

/* Bytes that a region with subregions switched off would take: eighths of the power of two. */
static uint64_t with_subregions(const struct partition *p)
{
    return p->align < 256 ? p->bytes : align_up(used_bytes(p), p->align / 8);
}

/* Alignment gaps when the partitions lie in the order in which they were found. */
static uint64_t span_as_found(void)
{
    uint64_t at = 0;
    for (size_t i = 0; i < layout.partition_count; i++)
        at = align_up(at, layout.partitions[i].align) + layout.partitions[i].bytes;
    return at;
}

static void write_budget(const char *path)
{
    FILE *f = tool_create(path);
    uint64_t bytes = 0, used = 0, saved = 0;
    fprintf(f, "partition                 used   region   wasted\n");
    for (size_t k = 0; k < layout.partition_count; k++) {
        const struct partition *p = &layout.partitions[in_order[k]];
        fprintf(f, "%-20s %9llu %8llu %8llu%s\n", p->name, (unsigned long long)used_bytes(p),
                (unsigned long long)p->bytes, (unsigned long long)(p->bytes - used_bytes(p)),
                p->used ? "" : "  (in no domain of the image)");
        bytes += p->bytes;
        used += used_bytes(p);
        if (layout.power_of_two)
            saved += p->bytes - with_subregions(p);
    }
    fprintf(f, "%-20s %9llu %8llu %8llu\n", "all", (unsigned long long)used,
            (unsigned long long)bytes, (unsigned long long)(bytes - used));
    fprintf(f, "subregions would save %llu bytes; the order saves %llu of alignment gaps\n\n",
            (unsigned long long)saved, (unsigned long long)(span_as_found() - bytes));
    fprintf(f, "domain               regions of %u\n", layout.most);
    for (size_t i = 0; i < layout.domain_count; i++) {
        const struct domain *d = &layout.domains[i];
        fprintf(f, "%-20s %7zu  ", d->name, d->count);
        for (size_t k = 0; k < d->count; k++)
            fprintf(f, " %s", layout.partitions[d->partitions[k]].name);
        fprintf(f, "\n");
    }
    tool_close(f, path);
}

/* ---- The command. ---- */

static void set_mpu(const char *name)
{
    layout.power_of_two = strcmp(name, "v8") != 0;
    layout.least = strcmp(name, "v6") == 0 ? 256 : 32;
    if (strcmp(name, "v6") != 0 && strcmp(name, "v7") != 0 && layout.power_of_two)
        tool_fail("v6, v7 or v8", "there is no MPU '%s'", name);
}

static void add_library(char *argument)
{
    char *equals = strchr(argument, '=');
    if (!equals)
        tool_fail("write libfoo.a=partition", "'%s' names no partition", argument);
    *equals = '\0';
    layout.libraries = tool_grow(layout.libraries, layout.library_count, sizeof *layout.libraries);
    struct library *l = &layout.libraries[layout.library_count++];
    l->file = argument;
    copy_name(l->partition, equals + 1, strlen(equals + 1));
}

int tool_layout(int argc, char **argv)
{
    const char *script = NULL, *tables = NULL, *budget = NULL;
    layout.most = 4;
    set_mpu("v7");
    for (int c; (c = getopt(argc, argv, "m:p:L:l:t:b:")) != -1;) {
        switch (c) {
        case 'm':
            set_mpu(optarg);
            break;
        case 'p':
            layout.most = (uint32_t)strtoul(optarg, NULL, 10);
            break;
        case 'L':
            add_library(optarg);
            break;
        case 'l':
            script = optarg;
            break;
        case 't':
            tables = optarg;
            break;
        case 'b':
            budget = optarg;
            break;
        default:
            return 64;
        }
    }
    if (!script || !tables || optind == argc)
        tool_fail("keeptool alone says how", "layout needs -l, -t and object files");
    for (int i = optind; i < argc; i++)
        read_file(argv[i]);
    size_partitions();
    check_domains();
    sort_partitions();
    write_script(script);
    write_tables(tables);
    if (budget)
        write_budget(budget);
    return 0;
}
