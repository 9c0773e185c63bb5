/*
 * docs/syscalls.md, from the list of system calls.
 */
#include <string.h>
#include <unistd.h>

#include "kernel/abi/syscalls.h"
#include "kernel/tool/tool.h"

static const struct {
    const char *service, *name, *arguments;
} calls[] = {
#define ROW(service, name, n, ...) {#service, #name, #__VA_ARGS__},
    KEEP_SYSCALLS(ROW)
#undef ROW
};

/* "(KIND, type, name, rest), ...": one at a time. */
static const char *print_argument(FILE *f, const char *at)
{
    const char *fields[5] = {0};
    size_t lengths[5] = {0}, n = 0;
    at++; /* ( */
    for (int depth = 0; n < 5;) {
        while (*at == ' ')
            at++;
        fields[n] = at;
        while (depth || (*at != ',' && *at != ')')) {
            depth += (*at == '(') - (*at == ')');
            at++;
        }
        lengths[n] = (size_t)(at - fields[n]);
        n++;
        if (*at++ == ')')
            break;
    }
    fprintf(f, "`%.*s %.*s` %.*s", (int)lengths[1], fields[1], (int)lengths[2], fields[2],
            (int)lengths[0], fields[0]);
    for (size_t i = 3; i < n; i++)
        fprintf(f, "%s%.*s", i == 3 ? " " : "..", (int)lengths[i], fields[i]);
    return at;
}

int tool_syscalls(int argc, char **argv)
{
    const char *path = "docs/syscalls.md";
    for (int c; (c = getopt(argc, argv, "o:")) != -1;) {
        if (c != 'o')
            return 64;
        path = optarg;
    }
    FILE *f = tool_create(path);
    fprintf(f, "# System calls of Keep\n\n"
               "Made by `make docs` from kernel/abi/syscalls.h, which explains the kinds of "
               "arguments. An argument that fails\nits check ends the caller with a fault that "
               "names the call and the argument (kernel/abi/fault.h).\n\n"
               "| no. | call | service | arguments and their checks |\n|---|---|---|---|\n");
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        fprintf(f, "| %zu | keep_%s | %s | ", i, calls[i].name, calls[i].service);
        const char *sep = "";
        for (const char *at = calls[i].arguments; *at;) {
            fputs(sep, f);
            at = print_argument(f, at);
            sep = "; ";
            at += strspn(at, ", ");
        }
        fprintf(f, " |\n");
    }
    tool_close(f, path);
    return 0;
}
