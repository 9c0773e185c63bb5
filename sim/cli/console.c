#include "sim/cli/console.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"
#include "sim/base/when.h"

#define CTRL_A       1
#define CTRL_D       4
#define POLLS_SECOND 100u /* of the guest's time */
#define NS_SECOND    1000000000ull

enum {
    KEYS,
    COMMAND,
    BUTTON,
    INTERRUPT
};

/* ---- Input files. ---- */

static int bad_line(const char *where, const char *what, struct moat_error *err)
{
    int rc = moat_fail(err, MOAT_EINPUT, "%s: %s", where, what);
    moat_hint(err, "moat help input");
    return rc;
}

int console_parse_line(const char *where, const char *line, const struct machine *m,
                       uint32_t clock_hz, struct scripted *out, struct moat_error *err)
{
    char at[64];
    struct when when;
    *out = (struct scripted){0};
    if (!script_word(&line, at, sizeof at))
        return bad_line(where, "expected a time, a device and a value", err);
    if (when_parse(at, clock_hz, &when, err) < 0 || when.kind != WHEN_CYCLE)
        return bad_line(where, "expected a time: cycles or 1.5ms", err);
    out->cycle = when.n;
    const char *wrong = script_input(line, m, &out->in);
    return wrong ? bad_line(where, wrong, err) : 0;
}

static int add_line(struct console *c, const char *where, const char *line, struct moat_error *err)
{
    if (line[strspn(line, " \t\r")] == '\0' || line[strspn(line, " \t")] == '#')
        return 0;
    c->script = realloc(c->script, (c->script_n + 1) * sizeof *c->script);
    MOAT_ASSERT(c->script, "no memory");
    struct scripted *s = &c->script[c->script_n];
    int rc = console_parse_line(where, line, c->machine, c->board->clock_hz, s, err);
    if (rc == 0 && c->script_n && s->cycle < s[-1].cycle)
        rc = bad_line(where, "its time is before the line above", err);
    c->script_n += rc == 0;
    return rc;
}

static int read_input(struct console *c, const char *path, struct moat_error *err)
{
    struct buf text = {0}, where = {0};
    int rc = file_read(path, "input", &text, err);
    unsigned number = 0;
    char *rest = text.data;
    for (char *line; rc == 0 && rest && (line = strsep(&rest, "\n"));) {
        buf_clear(&where);
        buf_addf(&where, "%s:%u", path, ++number);
        rc = add_line(c, where.data, line, err);
    }
    buf_fini(&text);
    buf_fini(&where);
    return rc;
}

/* ---- Keys. ---- */

int console_open(struct console *c, const struct machine *m, const struct board *b,
                 const struct console_options *options, struct moat_error *err)
{
    *c = (struct console){.machine = m,
                          .board = b,
                          .options = *options,
                          .poll_cycles = b->clock_hz / POLLS_SECOND + 1,
                          .channel = {.in = -1, .out = -1, .listener = -1}};
    int rc = options->input ? read_input(c, options->input, err) : 0;
    return rc == 0 ? channel_open(&c->channel, options->where, options->signals, err) : rc;
}

void console_close(struct console *c)
{
    if (c->machine)
        channel_close(&c->channel);
    free(c->script);
    *c = (struct console){.channel = {.in = -1, .out = -1, .listener = -1}};
}

static bool press(struct console *c, unsigned n, struct machine_input *in)
{
    if (n >= c->board->buttons)
        return false;
    c->buttons ^= 1u << n;
    *in = machine_button(c->board, n, c->buttons >> n & 1u);
    return true;
}

static bool interrupt(struct console *c, struct machine_input *in)
{
    in->device = MACHINE_IRQ;
    in->bytes[0] = (uint8_t)c->number;
    in->bytes[1] = (uint8_t)(c->number >> 8);
    in->bytes[2] = c->level;
    in->n = 3;
    return true;
}

/* A key of a command. True when @in is an input. */
static bool command(struct console *c, uint8_t key, struct machine_input *in)
{
    int state = c->state;
    c->state = KEYS;
    if (state == BUTTON)
        return isdigit(key) && press(c, key - '0', in);
    if (state == INTERRUPT && isdigit(key) && c->number < 1000) {
        c->number = c->number * 10 + (key - '0');
        c->state = INTERRUPT;
        return false;
    }
    if (state == INTERRUPT)
        return (key == '\r' || key == '\n') && interrupt(c, in);
    c->quit = key == 'x';
    c->number = 0;
    c->level = key == 'i';
    c->state = key == 'b' ? BUTTON : key == 'i' || key == 'o' ? INTERRUPT : KEYS;
    return false;
}

/* Turn what was typed into one input; the rest waits. @held: of keys for the guest all waits. */
static bool take_typed(struct console *c, struct machine_input *in, bool held)
{
    uint8_t *to = held ? c->typed : in->bytes;
    size_t at = 0, n = 0;
    bool whole = false;
    in->device = machine_console(c->machine);
    in->n = 0;
    while (at < c->typed_n && !whole) {
        uint8_t key = c->typed[at];
        bool escape = c->channel.is_terminal && (c->state != KEYS || key == CTRL_A);
        if (escape && n && !held)
            break; /* what came before it first */
        at++;
        if (escape && c->state == COMMAND && (key == 'a' || key == CTRL_A)) {
            c->state = KEYS;
            to[n++] = CTRL_A;
        } else if (escape && c->state == KEYS) {
            c->state = COMMAND;
        } else if (escape) {
            whole = command(c, key, in);
        } else {
            to[n++] = key;
        }
    }
    size_t kept = held ? n : 0;
    c->typed_n -= at;
    memmove(c->typed + kept, c->typed + at, c->typed_n);
    c->typed_n += kept;
    in->n += whole ? 0 : n - kept;
    return in->n && in->device;
}

static void read_more(struct console *c, bool wait)
{
    c->typed_n += channel_read(&c->channel, c->typed + c->typed_n, sizeof c->typed - c->typed_n,
                               wait, c->stop);
}

/* ---- Pace. ---- */

static uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_SECOND + (uint64_t)t.tv_nsec;
}

/* The guest is not ahead of the clock; one that was late by far begins anew. */
static void keep_pace(struct console *c, uint64_t now)
{
    uint64_t clock = clock_ns();
    uint64_t guest = (now - c->began) / c->board->clock_hz * NS_SECOND +
                     (now - c->began) % c->board->clock_hz * NS_SECOND / c->board->clock_hz;
    if (!c->began_ns || clock > c->began_ns + guest + NS_SECOND) {
        c->began_ns = clock;
        c->began = now;
        return;
    }
    uint64_t due = c->began_ns + guest;
    if (due > clock) {
        struct timespec t = {.tv_sec = (time_t)((due - clock) / NS_SECOND),
                             .tv_nsec = (long)((due - clock) % NS_SECOND)};
        nanosleep(&t, NULL); /* a signal ends it */
    }
}

#define FRAME_NS 33000000u

bool console_frame(struct console *c, uint64_t now, double *speed)
{
    uint64_t clock = clock_ns();
    if (clock - c->drawn_ns < FRAME_NS)
        return false;
    *speed = (double)(now - c->drawn) / c->board->clock_hz * 1e9 / (double)(clock - c->drawn_ns);
    c->drawn_ns = clock;
    c->drawn = now;
    return true;
}

/* ---- For the machine. ---- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_typed(const struct console *c, const struct machine_input *in)
{
    const char *console = machine_console(c->machine);
    return console && strcmp(in->device, console) == 0;
}

/* As if it came from the keyboard; false when there is no room. */
static bool keep_typed(struct console *c, const struct machine_input *in)
{
    if (in->n > sizeof c->typed - c->typed_n)
        return false;
    memcpy(c->typed + c->typed_n, in->bytes, in->n);
    c->typed_n += in->n;
    return true;
}

/* From the input file or the script. @next: when to look there again. */
static bool from_files(struct console *c, struct machine_input *in, uint64_t now, uint64_t *next)
{
    if (c->later.n) {
        *in = c->later;
        c->later.n = 0;
        *next = now;
        return true;
    }
    *next = c->script_at < c->script_n ? c->script[c->script_at].cycle : MACHINE_FOREVER;
    if (*next <= now) {
        *in = c->script[c->script_at++].in;
        *next = now; /* perhaps there is more */
        return true;
    }
    if (!c->options.script)
        return false;
    uint64_t again;
    bool got = script_next(c->options.script, now, in, &again);
    if (got && is_typed(c, in) && !machine_console_used(c->machine) && keep_typed(c, in))
        got = false; /* it is for who reads first */
    c->quit |= script_over(c->options.script);
    *next = sooner(*next, again);
    return got;
}

bool console_input(struct console *c, struct machine_input *in, bool wait, uint64_t now,
                   uint64_t *again)
{
    uint64_t next;
    if (c->options.realtime)
        keep_pace(c, now);
    if (from_files(c, in, now, &next)) {
        *again = next;
        return true;
    }
    if (c->options.also && c->options.also(c->options.ctx, in)) {
        *again = now;
        return true;
    }
    /* A script is the person: what is on standard input is not for its guest. */
    bool listens = c->channel.open && !c->options.script &&
                   (c->channel.is_terminal || machine_console(c->machine));
    bool alone = next == MACHINE_FOREVER && !c->options.also;
    bool held = !wait && !machine_console_used(c->machine); /* semihosting may ask for it */
    if (listens && (held ? c->typed_n < sizeof c->typed : c->typed_n == 0))
        read_more(c, wait && alone);
    bool got = take_typed(c, in, held);
    listens &= c->channel.open;
    bool polls = listens || c->typed_n || c->options.also || c->options.realtime;
    uint64_t poll_at = polls ? now + c->poll_cycles : MACHINE_FOREVER;
    *again = c->typed_n && !held ? now : sooner(next, poll_at);
    return got;
}

bool console_shows(const struct console *c, const char *name)
{
    bool semihosting = !board_device_named(c->board, name);
    return semihosting || strcmp(c->board->console, name) == 0;
}

bool console_output(struct console *c, const char *name, const void *bytes, size_t n)
{
    c->printed += n;
    if (c->options.limit && c->printed > c->options.limit)
        return false;
    if (!console_shows(c, name))
        return true;
    channel_write(&c->channel, bytes, n);
    if (c->options.script)
        script_output(c->options.script, bytes, n);
    return true;
}

/* The guest waits in a semihosting call, and its time stands still: what a script does next, it
 * does now. An input that is not typed is given when the guest goes on. */
static void read_script(struct console *c)
{
    uint64_t now = *cpu_now(machine_cpu((struct machine *)c->machine)), again;
    struct machine_input in;
    while (c->typed_n == 0 && c->later.n == 0 && !script_over(c->options.script)) {
        if (!script_next(c->options.script, now, &in, &again))
            now = again > now ? again : now + 1;
        else if (!is_typed(c, &in) || !keep_typed(c, &in))
            c->later = in;
    }
    c->quit |= script_over(c->options.script) && c->typed_n == 0;
}

/* The next key for the guest, commands taken out; false: there is none. */
static bool next_key(struct console *c, uint8_t *key)
{
    struct machine_input in = {0};
    if (c->quit)
        return false;
    do {
        if (c->typed_n == 0 && c->options.script)
            read_script(c);
        else if (c->typed_n == 0)
            read_more(c, true);
        if (c->typed_n == 0)
            return false;
        if (take_typed(c, &in, true) && in.n)
            c->later = in;
    } while (c->typed_n == 0 && !c->quit);
    *key = c->typed[0];
    memmove(c->typed, c->typed + 1, c->typed_n - (c->typed_n != 0));
    c->typed_n -= c->typed_n != 0;
    return !c->quit;
}

/* On a terminal as it does it for a program: Enter is a line's end, what is typed is seen, Ctrl-D
 * is the end of input. */
bool console_read(struct console *c, uint8_t *byte)
{
    if (!next_key(c, byte))
        return false;
    if (!c->channel.is_terminal)
        return true;
    if (*byte == CTRL_D)
        return false;
    *byte = *byte == '\r' ? '\n' : *byte;
    channel_write(&c->channel, byte, 1);
    return true;
}
