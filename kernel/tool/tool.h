/*
 * keeptool: what the build of an image of Keep needs beside compiler and linker. A host program.
 *
 *     keeptool layout    tagged globals of object files -> linker script part, partitions, domains
 *     keeptool objects   linked image -> the table of kernel objects
 *     keeptool program   linked program -> the file that Keep loads after boot
 *     keeptool syscalls  the list of system calls -> docs/syscalls.md
 *
 * Each is one file, with a function tool_NAME() that main.c calls with the arguments after the
 * name. Errors are one line with a remedy, and exit status 1.
 */
#ifndef KEEP_TOOL_TOOL_H
#define KEEP_TOOL_TOOL_H

#include <gelf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define NAME_BYTES 64

int tool_layout(int argc, char **argv);
int tool_objects(int argc, char **argv);
int tool_syscalls(int argc, char **argv);
int tool_program(int argc, char **argv);

/** Say what is wrong, and how to mend it (NULL: plain from the words); exit with status 1. */
_Noreturn void tool_fail(const char *hint, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Memory, or the end. The tool runs once and frees nothing. */
void *tool_grow(void *rows, size_t count, size_t size);

/** Open for writing, or fail. */
FILE *tool_create(const char *path);
/** Close, and fail when something could not be written. */
void tool_close(FILE *f, const char *path);

/** A section's header, or fail. */
void tool_header(Elf_Scn *scn, GElf_Shdr *sh);
/** A name from a table of strings; "" when there is none. */
const char *tool_string(Elf *elf, size_t table, size_t offset);
/** The bytes of a section; NULL for none. */
const char *tool_section_data(Elf_Scn *scn, size_t *bytes);

#endif
