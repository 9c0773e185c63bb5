#include "sim/base/when.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    uint64_t per_second;
} units[] = {
    {"s", 1},
    {"ms", 1000},
    {"us", 1000000},
    {"ns", 1000000000},
};

static int bad_when(const char *text, struct moat_error *err)
{
    int rc = moat_fail(err, MOAT_EUSAGE, "'%s' is not a point in time", text);
    moat_hint(err, "cycles (12345), an event (e42), a time (1.5ms) or a symbol (main#3)");
    return rc;
}

/* Digits with an optional fraction, times @scale, exactly; false when it does not fit 64 bits. */
static bool parse_scaled(const char *text, size_t n, uint64_t scale, uint64_t per_second,
                         uint64_t *out)
{
    unsigned __int128 value = 0, divisor = per_second;
    bool fraction = false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (!isdigit((unsigned char)text[i]) || i > 24)
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
        if (fraction)
            divisor *= 10;
    }
    if (value > UINT64_MAX)
        return false;
    value = value * scale / divisor;
    *out = (uint64_t)value;
    return value <= UINT64_MAX;
}

static int parse_number(const char *at, uint64_t *out)
{
    char *end;
    errno = 0;
    *out = strtoull(at, &end, 10);
    return isdigit((unsigned char)*at) && *end == '\0' && errno == 0 ? 0 : -1;
}

static int parse_symbol(const char *text, struct when *out, struct moat_error *err)
{
    const char *hash = strchr(text, '#');
    size_t n = hash ? (size_t)(hash - text) : strlen(text);
    *out = (struct when){.kind = WHEN_SYMBOL, .n = 1};
    bool named = isalpha((unsigned char)text[0]) || strchr("_.$", text[0]) != NULL;
    if (n == 0 || n >= sizeof out->symbol || !named)
        return bad_when(text, err);
    memcpy(out->symbol, text, n);
    if (hash && (parse_number(hash + 1, &out->n) < 0 || out->n == 0))
        return bad_when(text, err);
    return 0;
}

int when_parse(const char *text, uint64_t clock_hz, struct when *out, struct moat_error *err)
{
    *out = (struct when){.kind = WHEN_CYCLE};
    if (text[0] == 'e' && isdigit((unsigned char)text[1])) {
        out->kind = WHEN_EVENT;
        return parse_number(text + 1, &out->n) < 0 || out->n == 0 ? bad_when(text, err) : 0;
    }
    if (!isdigit((unsigned char)text[0]))
        return parse_symbol(text, out, err);
    size_t digits = strspn(text, "0123456789.");
    if (text[digits] == '\0')
        return parse_number(text, &out->n) < 0 ? bad_when(text, err) : 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(text + digits, units[i].name) == 0)
            return parse_scaled(text, digits, clock_hz, units[i].per_second, &out->n)
                       ? 0
                       : bad_when(text, err);
    return bad_when(text, err);
}
