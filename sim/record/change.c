#include "sim/record/change.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/debug.h"
#include "sim/base/when.h"
#include "sim/trace/names.h"

static int bad(const char *text, const char *what, struct moat_error *err)
{
    int rc = moat_fail(err, MOAT_EUSAGE, "'%s': %s", text, what);
    moat_hint(err, "moat help changes");
    return rc;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef",
               *at = c ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* One character; -1 for a bad escape. */
static int next_char(const char **at)
{
    static const char letters[] = "nrt0\\\"", values[] = "\n\r\t\0\\\"";
    if (**at != '\\')
        return (unsigned char)*(*at)++;
    char c = *++*at;
    const char *l = c ? strchr(letters, c) : NULL;
    if (l) {
        ++*at;
        return (unsigned char)values[l - letters];
    }
    int high = c == 'x' ? hex_digit((*at)[1]) : -1, low = high >= 0 ? hex_digit((*at)[2]) : -1;
    if (low < 0)
        return -1;
    *at += 3;
    return high * 16 + low;
}

bool change_parse_text(const char *text, uint8_t *out, uint32_t cap, uint32_t *n)
{
    *n = 0;
    if (*text++ != '"')
        return false;
    while (*text && *text != '"') {
        int c = next_char(&text);
        if (c < 0 || *n == cap)
            return false;
        out[(*n)++] = (uint8_t)c;
    }
    return *text == '"' && text[1 + strspn(text + 1, " \t\r\n")] == '\0' && *n;
}

static bool parse_number(const char *text, uint32_t *out)
{
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 0);
    *out = (uint32_t)v;
    return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && v <= UINT32_MAX;
}

static void add_poke(struct change *c, enum trace_poke_kind what, uint32_t addr, uint32_t value,
                     uint32_t bytes)
{
    uint8_t *word = c->word[c->pokes];
    memcpy(word, &value, 4);
    c->poke[c->pokes++] = (struct trace_poke){
        .what = (uint8_t)what, .addr = addr, .bytes = {.bytes = NULL, .len = bytes}};
}

/* ---- One function a kind: @what is between ':' and '=', @value behind it. ---- */

static const char *parse_mem(struct change *c, const struct recording *rec, const char *what,
                             const char *value)
{
    uint32_t addr, v, bytes = 4;
    const struct image_symbol *s = image_symbol_named(rec->image, what);
    if (s) {
        addr = s->addr;
        bytes = s->size == 1 || s->size == 2 ? s->size : 4;
    } else if (!parse_number(what, &addr)) {
        return "expected an address or a symbol of the firmware";
    }
    if (!parse_number(value, &v))
        return "expected a number";
    add_poke(c, TRACE_POKE_MEMORY, addr, v, bytes);
    return NULL;
}

static const struct {
    const char *name;
    enum trace_poke_kind what;
    uint32_t number;
} registers[] = {
    {"sp", TRACE_POKE_REGISTER, 13},
    {"lr", TRACE_POKE_REGISTER, 14},
    {"pc", TRACE_POKE_REGISTER, 15},
    {"msp", TRACE_POKE_SPECIAL, CPU_MSP},
    {"psp", TRACE_POKE_SPECIAL, CPU_PSP},
    {"primask", TRACE_POKE_SPECIAL, CPU_PRIMASK},
    {"basepri", TRACE_POKE_SPECIAL, CPU_BASEPRI},
    {"faultmask", TRACE_POKE_SPECIAL, CPU_FAULTMASK},
    {"control", TRACE_POKE_SPECIAL, CPU_CONTROL},
    {"msplim", TRACE_POKE_SPECIAL, CPU_MSPLIM},
    {"psplim", TRACE_POKE_SPECIAL, CPU_PSPLIM},
    {"xpsr", TRACE_POKE_SPECIAL, CPU_XPSR},
    {"fpscr", TRACE_POKE_SPECIAL, CPU_FPSCR},
};

static const char *parse_reg(struct change *c, const struct recording *rec, const char *what,
                             const char *value)
{
    uint32_t v, n;
    (void)rec;
    if (!parse_number(value, &v))
        return "expected a number";
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++)
        if (strcmp(registers[i].name, what) == 0) {
            add_poke(c, registers[i].what, registers[i].number, v, 4);
            return NULL;
        }
    if ((*what != 'r' && *what != 's') || !parse_number(what + 1, &n) ||
        n > (*what == 'r' ? 15u : 31u))
        return "expected a register";
    add_poke(c, *what == 'r' ? TRACE_POKE_REGISTER : TRACE_POKE_FP, n, v, 4);
    return NULL;
}

static const char *parse_region(struct change *c, const struct recording *rec, const char *what,
                                const char *value)
{
    uint32_t n, rbar = 0, rasr = 0;
    char text[32];
    const char *comma = strchr(value, ',');
    if (!parse_number(what, &n) || n >= rec->board.mpu_regions)
        return "expected the number of a region that the MPU has";
    snprintf(text, sizeof text, "%.*s", comma ? (int)(comma - value) : 0, value);
    if (strcmp(value, "off") != 0 &&
        (!comma || !parse_number(text, &rbar) || !parse_number(comma + 1, &rasr)))
        return "expected RBAR,RASR or off";
    add_poke(c, TRACE_POKE_REGION, n, rbar, 8);
    memcpy(&c->word[0][4], &rasr, 4);
    return NULL;
}

static const char *parse_mpu(struct change *c, const struct recording *rec, const char *what,
                             const char *value)
{
    (void)rec;
    if (*what || strcmp(value, "off") != 0)
        return "expected mpu=off";
    add_poke(c, TRACE_POKE_MPU_HELD, 0, 1, 4);
    return NULL;
}

static const char *parse_input(struct change *c, const struct recording *rec, const char *what,
                               const char *value)
{
    uint32_t number;
    bool event = what[0] == 'e' && parse_number(what + 1, &number);
    c->kind = event ? CHANGE_EVENT : CHANGE_INPUT;
    if (event && strcmp(value, "none") == 0) {
        c->number = number;
        return NULL;
    }
    if (!change_parse_text(value, c->bytes, sizeof c->bytes, &c->n))
        return "expected a text in double quotes of 1 to 64 bytes";
    if (event)
        c->number = number;
    else
        snprintf(c->device, sizeof c->device, "%s",
                 strcmp(what, "console") == 0 ? rec->board.console : what);
    return NULL;
}

static const char *parse_board(struct change *c, const struct recording *rec, const char *what,
                               const char *value)
{
    (void)rec;
    c->kind = CHANGE_BOARD;
    snprintf(c->path, sizeof c->path, "%s", what);
    snprintf(c->value, sizeof c->value, "%s", value);
    return *what ? NULL : "expected board:PATH=VALUE";
}

static const struct {
    const char *name;
    bool timed;
    const char *(*parse)(struct change *c, const struct recording *rec, const char *what,
                         const char *value);
} kinds[] = {
    {"mem", true, parse_mem}, {"reg", true, parse_reg},     {"region", true, parse_region},
    {"mpu", true, parse_mpu}, {"input", true, parse_input}, {"board", false, parse_board},
};

/* The last @ outside quotes begins the time. */
static char *find_time(char *value)
{
    char *at = strrchr(value, '@');
    return at && !strchr(at, '"') ? at : NULL;
}

int change_parse(const char *text, const struct recording *rec, struct change *out,
                 struct moat_error *err)
{
    char copy[256], *value, *what, *at;
    struct when when = {0};
    *out = (struct change){0};
    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
        return bad(text, "too long", err);
    value = strchr(copy, '=');
    if (!value)
        return bad(text, "expected WHAT=VALUE", err);
    *value++ = '\0';
    what = strchr(copy, ':');
    if (what)
        *what++ = '\0';
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(copy, kinds[i].name) != 0)
            continue;
        at = kinds[i].timed ? find_time(value) : NULL;
        if (at)
            *at++ = '\0';
        const char *wrong = kinds[i].parse(out, rec, what ? what : "", value);
        if (wrong)
            return bad(text, wrong, err);
        if (at && (when_parse(at, rec->board.clock_hz, &when, err) < 0 || when.kind != WHEN_CYCLE))
            return bad(text, "expected @ and cycles or a time", err);
        out->cycle = when.n;
        return 0;
    }
    return bad(text, "expected mem, reg, region, mpu, input or board", err);
}
