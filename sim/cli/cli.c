#include "sim/cli/cli.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/cpu.h"
#include "sim/base/assert.h"
#include "sim/base/file.h"
#include "sim/base/nearest.h"
#include "sim/gdb/gdb.h"
#include "sim/machine/machine.h"

#ifndef MOAT_VERSION
#error "the Makefile sets MOAT_VERSION"
#endif

int cli_gdb(const struct cli *cli, const char *firmware, struct gdb_server **out,
            struct moat_error *err)
{
    const char *port = cli_value(cli, "gdb");
    unsigned long n = strtoul(port, NULL, 10);
    if (n > UINT16_MAX)
        return moat_fail(err, MOAT_EUSAGE, "'%s' is no port", port);
    int rc = gdb_listen((unsigned)n, out, err);
    if (rc == 0)
        fprintf(stderr, "moat: gdb-multiarch -ex 'target remote :%u' %s\n", gdb_port(*out),
                firmware);
    return rc;
}

const char *cli_version(void)
{
    return MOAT_VERSION;
}

int cli_fail(int rc, const struct moat_error *err)
{
    static const int statuses[] = {
        [MOAT_EUSAGE] = EXIT_USAGE,        [MOAT_EINPUT] = EXIT_BAD_INPUT,
        [MOAT_ENOINPUT] = EXIT_NO_INPUT,   [MOAT_ECREATE] = EXIT_CANNOT_CREATE,
        [MOAT_EIO] = EXIT_IO_ERROR,        [MOAT_ENOMEM] = EXIT_OUR_ERROR,
        [MOAT_EDISPLAY] = EXIT_NO_DISPLAY,
    };
    MOAT_ASSERT(rc < 0 && -rc < (int)(sizeof statuses / sizeof *statuses), "status %d", rc);
    fflush(stdout);
    fprintf(stderr, "moat: %s\n", err->text);
    if (err->hint[0])
        fprintf(stderr, "hint: %s\n", err->hint);
    return statuses[-rc];
}

int cli_usage(const struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("moat: ", stderr);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fprintf(stderr, "\nhint: moat help%s%s\n", cli && cli->command ? " " : "",
            cli && cli->command ? cli->command->name : "");
    return EXIT_USAGE;
}

uint32_t cli_values(const struct cli *cli, const char *name, const char **out, uint32_t cap)
{
    uint32_t n = 0;
    for (int i = 0; i < cli->given_count && n < cap; i++)
        if (strcmp(cli->command->options[cli->given[i].option].name, name) == 0)
            out[n++] = cli->given[i].value;
    return n;
}

int cli_check(const struct cli *cli, const struct cli_rule *rules)
{
    for (; rules->option; rules++) {
        if (!cli_value(cli, rules->option))
            continue;
        if (rules->needs && !cli_value(cli, rules->needs))
            return cli_usage(cli, "--%s needs --%s", rules->option, rules->needs);
        if (rules->excludes && cli_value(cli, rules->excludes))
            return cli_usage(cli, "--%s excludes --%s", rules->option, rules->excludes);
    }
    return EXIT_FINE;
}

bool cli_same_place(const char *a, const char *b)
{
    char *x = realpath(a, NULL), *y = realpath(b, NULL);
    bool same = x && y && strcmp(x, y) == 0;
    free(x);
    free(y);
    return same;
}

const char *cli_value(const struct cli *cli, const char *name)
{
    const struct cli_option *o = cli->command->options;
    for (int i = 0; o[i].name; i++)
        if (strcmp(o[i].name, name) == 0)
            return cli->values[i];
    MOAT_ASSERT(false, "command '%s' has no option '%s'", cli->command->name, name);
    return NULL;
}

static const struct cli_board *builtin_board(const char *name)
{
    for (const struct cli_board *b = cli_boards; b->name; b++)
        if (strcmp(b->name, name) == 0)
            return b;
    return NULL;
}

int cli_load_board(const char *name, struct board *out, struct moat_error *err)
{
    size_t len = strlen(name);
    bool is_file = strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".json") == 0);
    const struct cli_board *b = builtin_board(name);
    if (!is_file && b)
        return board_parse(name, b->text, b->len, machine_parts(), out, err);
    if (!is_file) {
        int rc = moat_fail(err, MOAT_EINPUT, "unknown board '%s'", name);
        moat_hint(err, "moat board list");
        const struct cli_board *best = NULL;
        for (b = cli_boards; b->name; b++)
            if (nearest_is_near(name, b->name) &&
                (!best || nearest_distance(name, b->name) < nearest_distance(name, best->name)))
                best = b;
        if (best)
            moat_hint(err, "did you mean '%s'?", best->name);
        return rc;
    }
    struct buf text = {0};
    int rc = file_read(name, "board", &text, err);
    if (rc == 0)
        rc = board_parse(name, buf_text(&text), text.len, machine_parts(), out, err);
    buf_fini(&text);
    return rc;
}

int cli_size(const char *text, uint64_t least, uint64_t *out, struct moat_error *err)
{
    static const char letters[] = "KMG";
    char *end;
    errno = 0;
    uint64_t n = strtoull(text, &end, 10);
    const char *letter = *end ? strchr(letters, toupper((unsigned char)*end)) : NULL;
    unsigned shift = letter ? 10u * (unsigned)(letter - letters + 1) : 0;
    if (!isdigit((unsigned char)*text) || errno || end[letter != NULL] || n > UINT64_MAX >> 34) {
        int rc = moat_fail(err, MOAT_EUSAGE, "'%s' is not a size", text);
        moat_hint(err, "bytes, or 64K, 16M, 1G");
        return rc;
    }
    *out = n << shift;
    if (*out < least)
        return moat_fail(err, MOAT_EUSAGE, "'%s' is too small: at least %" PRIu64 " bytes", text,
                         least);
    return 0;
}

static bool address(const char *text, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 0);
    *out = (uint32_t)v;
    return isdigit((unsigned char)*text) && !errno && *end == '\0' && v <= UINT32_MAX;
}

/* The last '@' counts, when an address follows: file names may have others. */
int cli_load_file(struct image *image, const char *text, struct moat_error *err)
{
    const char *at = strrchr(text, '@');
    struct image_place place = {0};
    place.raw = at && address(at + 1, &place.addr);
    char *path = place.raw ? strndup(text, (size_t)(at - text)) : strdup(text);
    MOAT_ASSERT(path, "no memory");
    place.path = path;
    int rc = image_load(image, &place, err);
    free(path);
    return rc;
}

int cli_address(const struct image *image, const char *text, uint32_t *out, struct moat_error *err)
{
    const struct image_symbol *symbol;
    if (address(text, out))
        return 0;
    int rc = cli_symbol(image, text, &symbol, err);
    if (rc == 0)
        *out = symbol->addr;
    return rc;
}

int cli_symbol(const struct image *image, const char *name, const struct image_symbol **out,
               struct moat_error *err)
{
    *out = image_symbol_named(image, name);
    if (*out)
        return 0;
    int rc = moat_fail(err, MOAT_EUSAGE, "the firmware has no symbol '%s'", name);
    moat_hint(err, "the firmware's names: arm-none-eabi-nm FIRMWARE");
    return rc;
}

void cli_tell_stop(const struct session *s, const struct machine_stop *stop)
{
    const struct cpu *c = machine_cpu(s->machine);
    uint64_t now = *cpu_now(c);
    fprintf(stderr, "moat: %s", machine_stop_text(stop->kind));
    if (stop->kind == MACHINE_STOP_EXIT)
        fprintf(stderr, " with status %u", stop->status);
    else
        fprintf(stderr, ", pc 0x%08x", stop->pc);
    fprintf(stderr, ", at t=%" PRIu64 " (%.6f s), %" PRIu64 " instructions\n", now,
            (double)now / s->board.clock_hz, cpu_insns(c));
}
