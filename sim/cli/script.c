#include "sim/cli/script.h"

#include <errno.h>
#include <inttypes.h>
#include <libxml/xmlwriter.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"
#include "sim/base/when.h"
#include "sim/record/change.h"

#define POLLS_SECOND   100u /* of the guest's time, while a text is waited for */
#define WITHIN_SECONDS 60u  /* unless the script says otherwise */
#define TAP_MS         100u
#define TYPED_AT_ONCE  8u /* bytes: every 10 ms, so that 9600 bit/s and small buffers keep up */
#define TYPING_MS      10u
#define SEEN_MAX       65536u

enum verb {
    VERB_TEST,
    VERB_WAIT,
    VERB_TYPE,
    VERB_PRESS,
    VERB_RELEASE,
    VERB_TAP,
    VERB_SET,
    VERB_SLEEP,
    VERB_AT,
    VERB_REFUSE,
    VERB_SHOT,
    VERB_COUNT
};

struct step {
    enum verb verb;
    unsigned line;
    char *text;              /* waited for, typed, a name, a file */
    size_t len;              /* of it */
    struct machine_input in; /* what it gives */
    uint64_t cycles;         /* within, or for */
};

/** A named part of a script: what JUnit calls a test case. */
struct part {
    const char *name;
    unsigned line; /* of the step that failed; 0: none */
    uint64_t begun, ended;
};

struct script {
    char *path;
    const struct machine *machine;
    const struct board *board;
    struct script_host host;
    struct step *step;
    size_t steps, at;
    uint64_t since;  /* when the current step began */
    bool begun;      /* the current step has */
    size_t typed;    /* bytes of its text that were given */
    struct buf seen; /* what the guest printed since the last text that was found */
    struct buf line; /* the last of it, for messages */
    struct part *part;
    size_t parts;
    bool failed;
    struct buf failure; /* in words */
};

/* ---- Reading. ---- */

/* A text in double quotes at *at, which moves behind it. */
static bool quoted(const char **at, char **out, size_t *len)
{
    const char *start = *at + strspn(*at, " \t"), *end = start + 1;
    if (*start != '"')
        return false;
    while (*end && *end != '"')
        end += *end == '\\' && end[1] ? 2 : 1;
    if (*end != '"')
        return false;
    size_t n = (size_t)(end + 1 - start);
    char *text = strndup(start, n);
    uint8_t *bytes = calloc(1, n);
    uint32_t got = 0;
    MOAT_ASSERT(text && bytes, "no memory");
    bool right = change_parse_text(text, bytes, (uint32_t)n, &got);
    free(text);
    if (!right) {
        free(bytes);
        return false;
    }
    *out = (char *)bytes; /* what follows the text is 0 */
    *len = got;
    *at = end + 1;
    return true;
}

/* "within TIME" and "for TIME" behind a step; else @cycles stays. */
static bool duration(const char **at, const char *word, uint32_t clock_hz, uint64_t *cycles)
{
    char first[16], span[64];
    const char *back = *at;
    struct when when;
    struct moat_error unused;
    if (word && !script_word(at, first, sizeof first)) {
        *at = back;
        return true;
    }
    if ((word && strcmp(first, word) != 0) || !script_word(at, span, sizeof span) ||
        when_parse(span, clock_hz, &when, &unused) < 0 || when.kind != WHEN_CYCLE)
        return false;
    *cycles = when.n;
    return true;
}

/* The number of the button of that name; how many there are: there is none. */
static uint32_t button(const struct board *b, const char *name)
{
    uint32_t n = 0;
    while (n < b->buttons && strcmp(b->button[n].name, name) != 0)
        n++;
    return n;
}

/* What each verb wants behind it. NULL, or what was expected. */
static const char *parse_text(struct script *s, struct step *st, const char *at)
{
    (void)s;
    return quoted(&at, &st->text, &st->len) && script_at_end(at)
               ? NULL
               : "expected a text in double quotes";
}

static const char *parse_wait(struct script *s, struct step *st, const char *at)
{
    st->cycles = (uint64_t)s->board->clock_hz * WITHIN_SECONDS;
    bool right = quoted(&at, &st->text, &st->len) &&
                 duration(&at, "within", s->board->clock_hz, &st->cycles) && script_at_end(at);
    return right ? NULL : "expected a text in double quotes, and within TIME";
}

static const char *parse_button(struct script *s, struct step *st, const char *at)
{
    char name[64];
    st->cycles = (uint64_t)s->board->clock_hz * TAP_MS / 1000;
    if (!script_word(&at, name, sizeof name) || button(s->board, name) == s->board->buttons)
        return "expected the name of a button of the board";
    st->text = strdup(name);
    if (st->verb == VERB_TAP && !duration(&at, "for", s->board->clock_hz, &st->cycles))
        return "expected for TIME";
    return script_at_end(at) ? NULL : "expected the name of a button of the board, and no more";
}

static const char *parse_set(struct script *s, struct step *st, const char *at)
{
    return script_input(at, s->machine, &st->in);
}

static const char *parse_time(struct script *s, struct step *st, const char *at)
{
    return duration(&at, NULL, s->board->clock_hz, &st->cycles) && script_at_end(at)
               ? NULL
               : "expected a time: cycles or 1.5ms";
}

/* ORDER verb */
static const struct {
    const char *name;
    const char *(*parse)(struct script *s, struct step *st, const char *at);
} verbs[] = {
    {"test", parse_text},    {"wait", parse_wait},      {"type", parse_text},
    {"press", parse_button}, {"release", parse_button}, {"tap", parse_button},
    {"set", parse_set},      {"sleep", parse_time},     {"at", parse_time},
    {"refuse", parse_text},  {"shot", parse_text},
};
_Static_assert(sizeof verbs / sizeof *verbs == VERB_COUNT, "ORDER verb");

static const char *parse_line(struct script *s, const char *line, unsigned number)
{
    char word[32];
    if (script_at_end(line) || line[strspn(line, " \t")] == '#')
        return NULL;
    (void)script_word(&line, word, sizeof word);
    s->step = realloc(s->step, (s->steps + 1) * sizeof *s->step);
    MOAT_ASSERT(s->step, "no memory");
    struct step *st = &s->step[s->steps++];
    *st = (struct step){.line = number};
    for (uint32_t v = 0; v < VERB_COUNT; v++)
        if (strcmp(verbs[v].name, word) == 0) {
            st->verb = (enum verb)v;
            return verbs[v].parse(s, st, line);
        }
    return "expected test, wait, type, press, release, tap, set, sleep, at, refuse or shot";
}

static int read_lines(struct script *s, struct moat_error *err)
{
    struct buf text = {0};
    int rc = file_read(s->path, "script", &text, err);
    unsigned number = 0;
    char *rest = text.data;
    for (char *line; rc == 0 && rest && (line = strsep(&rest, "\n"));) {
        const char *wrong = parse_line(s, line, ++number);
        if (!wrong)
            continue;
        rc = moat_fail(err, MOAT_EINPUT, "%s:%u: %s", s->path, number, wrong);
        moat_hint(err, "moat help script");
    }
    buf_fini(&text);
    return rc;
}

int script_open(const char *path, const struct machine *m, const struct board *b,
                const struct script_host *host, struct script **out, struct moat_error *err)
{
    struct script *s = calloc(1, sizeof *s);
    MOAT_ASSERT(s, "no memory");
    *s = (struct script){.path = strdup(path), .machine = m, .board = b, .host = *host};
    int rc = read_lines(s, err);
    if (rc < 0) {
        script_close(s);
        return rc;
    }
    s->part = calloc(s->steps + 1, sizeof *s->part);
    MOAT_ASSERT(s->part, "no memory");
    *out = s;
    return 0;
}

void script_close(struct script *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->steps; i++)
        free(s->step[i].text);
    buf_fini(&s->seen);
    buf_fini(&s->line);
    buf_fini(&s->failure);
    free(s->step);
    free(s->part);
    free(s->path);
    free(s);
}

/* ---- Running. ---- */

void script_output(struct script *s, const void *bytes, size_t n)
{
    const char *text = bytes;
    buf_add(&s->seen, bytes, n);
    if (s->seen.len > SEEN_MAX) { /* only the end can still be found */
        size_t gone = s->seen.len - SEEN_MAX / 2;
        memmove(s->seen.data, s->seen.data + gone, s->seen.len - gone);
        s->seen.len -= gone;
        s->seen.data[s->seen.len] = '\0';
    }
    for (size_t i = 0; i < n; i++) {
        if (s->line.len && (s->line.data[s->line.len - 1] == '\n' || s->line.len > 200))
            buf_clear(&s->line);
        buf_add(&s->line, &text[i], 1);
    }
}

/* A text of the guest may hold what a line or XML cannot. */
static void make_printable(struct buf *b)
{
    for (size_t i = 0; i < b->len; i++)
        if ((unsigned char)b->data[i] < 0x20 || (unsigned char)b->data[i] > 0x7E)
            b->data[i] = '.';
}

static void fail(struct script *s, const struct step *st, uint64_t now, const char *fmt, ...)
    MOAT_PRINTF(4, 5);
static void fail(struct script *s, const struct step *st, uint64_t now, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    buf_addf(&s->failure, "%s:%u: ", s->path, st->line);
    buf_vaddf(&s->failure, fmt, ap);
    va_end(ap);
    buf_addf(&s->failure, ", at t=%" PRIu64 " (%.6f s)", now, (double)now / s->board->clock_hz);
    if (s->line.len)
        buf_addf(&s->failure, "; the last it printed: \"%.*s\"", (int)strcspn(s->line.data, "\r\n"),
                 s->line.data);
    make_printable(&s->failure);
    s->failed = true;
    if (s->parts)
        s->part[s->parts - 1].line = st->line;
}

/* Is the text there? What came before its end is forgotten. */
static bool found(struct script *s, const struct step *st)
{
    char *at = s->seen.len ? memmem(s->seen.data, s->seen.len, st->text, st->len) : NULL;
    if (!at)
        return false;
    size_t gone = (size_t)(at - s->seen.data) + st->len;
    memmove(s->seen.data, at + st->len, s->seen.len - gone);
    s->seen.len -= gone;
    s->seen.data[s->seen.len] = '\0';
    return true;
}

static void begin_part(struct script *s, const struct step *st, uint64_t now)
{
    if (s->parts)
        s->part[s->parts - 1].ended = now;
    s->part[s->parts++] = (struct part){.name = st->text, .begun = now, .ended = now};
}

enum outcome {
    DONE,
    GIVES, /* an input; the step may have more */
    WAITS, /* until *until */
};

static enum outcome type_more(struct script *s, const struct step *st, uint64_t now,
                              struct machine_input *in, uint64_t *until)
{
    size_t left = st->len - s->typed;
    const char *console = machine_console(s->machine);
    *until = s->since + (uint64_t)s->board->clock_hz * TYPING_MS / 1000;
    if (!left || !console)
        return DONE;
    if (s->typed && now < *until)
        return WAITS;
    s->since = now;
    in->device = console;
    in->n = left < TYPED_AT_ONCE ? left : TYPED_AT_ONCE;
    memcpy(in->bytes, st->text + s->typed, in->n);
    s->typed += in->n;
    return GIVES;
}

static enum outcome wait_more(struct script *s, const struct step *st, uint64_t now,
                              uint64_t *until)
{
    if (found(s, st))
        return DONE;
    if (now - s->since >= st->cycles) {
        fail(s, st, now, "\"%s\" did not come within %.6g s", st->text,
             (double)st->cycles / s->board->clock_hz);
        return DONE;
    }
    uint64_t end = s->since + st->cycles, poll = now + s->board->clock_hz / POLLS_SECOND + 1;
    *until = poll < end ? poll : end;
    return WAITS;
}

static void shoot(struct script *s, const struct step *st, uint64_t now)
{
    struct moat_error err = {0};
    if (s->host.shot(s->host.ctx, st->text, &err) < 0)
        fail(s, st, now, "%s", err.text);
}

/* Go on with the current step. */
static enum outcome do_step(struct script *s, const struct step *st, uint64_t now,
                            struct machine_input *in, uint64_t *until)
{
    bool first = !s->begun;
    s->begun = true;
    if (first) {
        s->since = now;
        s->typed = 0;
    }
    switch (st->verb) {
    case VERB_TEST:
        begin_part(s, st, now);
        return DONE;
    case VERB_WAIT:
        return wait_more(s, st, now, until);
    case VERB_TYPE:
        return type_more(s, st, now, in, until);
    case VERB_PRESS:
    case VERB_RELEASE:
        if (!first)
            return DONE;
        *in = machine_button(s->board, button(s->board, st->text), st->verb == VERB_PRESS);
        return GIVES;
    case VERB_TAP:
        *until = s->since + st->cycles;
        if (!first && now < *until)
            return WAITS;
        if (s->typed == 2)
            return DONE;
        *in = machine_button(s->board, button(s->board, st->text), s->typed == 0);
        s->typed++;
        return GIVES;
    case VERB_SET:
        *in = st->in;
        return first ? GIVES : DONE;
    case VERB_SLEEP:
    case VERB_AT:
        *until = st->verb == VERB_AT ? st->cycles : s->since + st->cycles;
        return now < *until ? WAITS : DONE;
    case VERB_REFUSE:
        if (s->seen.len && memmem(s->seen.data, s->seen.len, st->text, st->len))
            fail(s, st, now, "\"%s\" came", st->text);
        return DONE;
    case VERB_SHOT:
        shoot(s, st, now);
        return DONE;
    case VERB_COUNT:
        break;
    }
    return DONE;
}

bool script_next(struct script *s, uint64_t now, struct machine_input *in, uint64_t *again)
{
    *again = now;
    while (!script_over(s)) {
        enum outcome o = do_step(s, &s->step[s->at], now, in, again);
        if (o == GIVES) {
            *again = now;
            return true;
        }
        if (o == WAITS)
            return false;
        s->at++;
        s->begun = false;
    }
    *again = MACHINE_FOREVER;
    return false;
}

bool script_over(const struct script *s)
{
    return s->failed || s->at == s->steps;
}

bool script_passed(struct script *s, uint64_t now, bool quiet)
{
    if (s->parts)
        s->part[s->parts - 1].ended = now;
    if (!script_over(s)) { /* the guest ended first: what it printed last may be what was wanted */
        while (s->at < s->steps && s->step[s->at].verb == VERB_WAIT && found(s, &s->step[s->at]))
            s->at++;
        if (s->at < s->steps)
            fail(s, &s->step[s->at], now, "the run ended before this step was done");
    }
    if (s->failed)
        fprintf(stderr, "moat: %s\n", s->failure.data);
    else if (!quiet)
        fprintf(stderr, "moat: the script passed: %zu steps\n", s->steps);
    return !s->failed;
}

/* ---- JUnit. ---- */

static void write_case(xmlTextWriterPtr w, const struct script *s, const char *name, double seconds,
                       bool failed, bool skipped)
{
    struct buf said = {0};
    buf_addf(&said, "%s", name);
    make_printable(&said);
    xmlTextWriterStartElement(w, BAD_CAST "testcase");
    xmlTextWriterWriteAttribute(w, BAD_CAST "classname", BAD_CAST file_basename(s->path));
    xmlTextWriterWriteAttribute(w, BAD_CAST "name", BAD_CAST buf_text(&said));
    xmlTextWriterWriteFormatAttribute(w, BAD_CAST "time", "%.6f", seconds);
    if (failed) {
        xmlTextWriterStartElement(w, BAD_CAST "failure");
        xmlTextWriterWriteAttribute(w, BAD_CAST "message", BAD_CAST buf_text(&s->failure));
        xmlTextWriterEndElement(w);
    } else if (skipped) {
        xmlTextWriterWriteElement(w, BAD_CAST "skipped", NULL);
    }
    xmlTextWriterEndElement(w);
    buf_fini(&said);
}

static bool is_outside(const struct script *s)
{
    return s->failed && (!s->parts || !s->part[s->parts - 1].line);
}

static size_t count_cases(const struct script *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->steps; i++)
        n += s->step[i].verb == VERB_TEST;
    return n + (n == 0 || is_outside(s));
}

/* Parts that the run did not come to are skipped. */
static void write_cases(xmlTextWriterPtr w, const struct script *s)
{
    size_t n = 0;
    double hz = s->board->clock_hz;
    for (size_t i = 0; i < s->steps; i++) {
        if (s->step[i].verb != VERB_TEST)
            continue;
        const struct part *p = n < s->parts ? &s->part[n] : NULL;
        write_case(w, s, s->step[i].text, p ? (double)(p->ended - p->begun) / hz : 0,
                   p && p->line != 0, !p);
        n++;
    }
    if (n == 0 || is_outside(s))
        write_case(w, s, file_basename(s->path), 0, s->failed, false);
}

static void say_nothing(void *ctx, const char *msg, ...)
{
    (void)ctx, (void)msg;
}

int script_junit(const struct script *s, const char *path, struct moat_error *err)
{
    xmlSetGenericErrorFunc(NULL, say_nothing); /* what goes wrong is told here */
    xmlTextWriterPtr w = xmlNewTextWriterFilename(path, 0);
    bool good = w != NULL;
    if (w) {
        xmlTextWriterSetIndent(w, 1);
        xmlTextWriterStartDocument(w, NULL, "UTF-8", NULL);
        xmlTextWriterStartElement(w, BAD_CAST "testsuite");
        xmlTextWriterWriteAttribute(w, BAD_CAST "name", BAD_CAST file_basename(s->path));
        xmlTextWriterWriteFormatAttribute(w, BAD_CAST "tests", "%zu", count_cases(s));
        xmlTextWriterWriteFormatAttribute(w, BAD_CAST "failures", "%d", s->failed);
        write_cases(w, s);
        good = xmlTextWriterEndDocument(w) >= 0 && xmlTextWriterFlush(w) >= 0;
        xmlFreeTextWriter(w);
    }
    return good ? 0 : moat_fail(err, MOAT_ECREATE, "cannot write '%s': %s", path, strerror(errno));
}
