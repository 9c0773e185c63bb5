#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/tool/tool.h"

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *usage;
} commands[] = {
    {"layout", tool_layout,
     "-m v6|v7|v8 [-p MOST] [-L LIBRARY=PARTITION] -l APP.LD -t TABLES.C [-b BUDGET] OBJECT..."},
    {"objects", tool_objects, "-o OBJECTS.C [-c] IMAGE.ELF"},
    {"program", tool_program, "-o PROGRAM.KPG PROGRAM.ELF"},
    {"syscalls", tool_syscalls, "[-o SYSCALLS.MD]"},
};

void tool_fail(const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("keeptool: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    if (hint)
        fprintf(stderr, "hint: %s\n", hint);
    exit(1);
}

void *tool_grow(void *rows, size_t count, size_t size)
{
    void *more = realloc(rows, (count + 1) * size);
    if (!more)
        tool_fail(NULL, "no memory");
    return more;
}

FILE *tool_create(const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f)
        tool_fail(NULL, "cannot write '%s'", path);
    return f;
}

void tool_close(FILE *f, const char *path)
{
    bool bad = ferror(f);
    if (fclose(f) != 0 || bad)
        tool_fail(NULL, "cannot write '%s'", path);
}

void tool_header(Elf_Scn *scn, GElf_Shdr *sh)
{
    if (!scn || !gelf_getshdr(scn, sh))
        tool_fail("build it again", "an ELF file is damaged: a section has no header");
}

const char *tool_string(Elf *elf, size_t table, size_t offset)
{
    const char *s = elf_strptr(elf, table, offset);
    return s ? s : "";
}

const char *tool_section_data(Elf_Scn *scn, size_t *bytes)
{
    Elf_Data *d = elf_getdata(scn, NULL);
    *bytes = d && d->d_buf ? d->d_size : 0;
    return *bytes ? d->d_buf : NULL;
}

/* For a build with the address sanitizer: the tool runs once and frees nothing, on purpose. */
const char *__asan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

int main(int argc, char **argv)
{
    elf_version(EV_CURRENT);
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stderr, "usage: keeptool %s %s\n", commands[i].name, commands[i].usage);
    return 64;
}
