#include "sim/cli/console.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "sim/base/assert.h"
#include "sim/base/file.h"
#include "sim/base/when.h"
#include "sim/record/change.h"

#define CTRL_A        1
#define POLLS_SECOND  100u /* of the guest's time */
#define BUTTON_DEVICE "fpgaio"

enum {
    KEYS,
    COMMAND,
    BUTTON,
    INTERRUPT
};

static struct termios saved;

/* ---- Scripts. ---- */

static int bad_line(const char *where, const char *what, struct moat_error *err)
{
    int rc = moat_fail(err, MOAT_EINPUT, "%s: %s", where, what);
    moat_hint(err, "moat help input");
    return rc;
}

/* The next word of *at, NUL-ended in @out. */
static bool next_word(const char **at, char *out, size_t cap)
{
    *at += strspn(*at, " \t");
    size_t n = strcspn(*at, " \t\r\n");
    if (n == 0 || n >= cap)
        return false;
    memcpy(out, *at, n);
    out[n] = '\0';
    *at += n;
    return true;
}

static bool parse_interrupt(const char *at, struct machine_input *in)
{
    char number[16], level[16], *end;
    if (!next_word(&at, number, sizeof number) || !next_word(&at, level, sizeof level))
        return false;
    unsigned long line = strtoul(number, &end, 10);
    in->bytes[0] = (uint8_t)line;
    in->bytes[1] = (uint8_t)(line >> 8);
    in->bytes[2] = strcmp(level, "on") == 0;
    in->n = 3;
    at += strspn(at, " \t\r\n");
    return *at == '\0' && *end == '\0' && line < 480 && (in->bytes[2] || strcmp(level, "off") == 0);
}

int console_parse_line(const char *where, const char *line, const struct machine *m,
                       uint32_t clock_hz, struct scripted *out, struct moat_error *err)
{
    char at[64], device[64];
    struct when when;
    *out = (struct scripted){0};
    if (!next_word(&line, at, sizeof at) || !next_word(&line, device, sizeof device))
        return bad_line(where, "expected a time, a device and a value", err);
    if (when_parse(at, clock_hz, &when, err) < 0 || when.kind != WHEN_CYCLE)
        return bad_line(where, "expected a time: cycles or 1.5ms", err);
    out->cycle = when.n;
    bool console = strcmp(device, "console") == 0;
    const char *name = console ? machine_console(m) : machine_input_name(m, device);
    if (!name || strcmp(name, MACHINE_DEBUGGER) == 0)
        return bad_line(where, "the board has no such device that takes input", err);
    out->in.device = name;
    bool irq = strcmp(name, MACHINE_IRQ) == 0;
    uint32_t n = 0;
    line += strspn(line, " \t");
    bool right = irq ? parse_interrupt(line, &out->in)
                     : change_parse_text(line, out->in.bytes, sizeof out->in.bytes, &n);
    out->in.n = irq ? out->in.n : n;
    if (!right)
        return bad_line(where,
                        irq ? "expected an interrupt line and on or off"
                            : "expected a text in double quotes of 1 to 64 bytes",
                        err);
    return 0;
}

static int add_line(struct console *c, const char *where, const char *line, uint32_t clock_hz,
                    struct moat_error *err)
{
    if (line[strspn(line, " \t\r")] == '\0' || line[strspn(line, " \t")] == '#')
        return 0;
    c->script = realloc(c->script, (c->script_n + 1) * sizeof *c->script);
    MOAT_ASSERT(c->script, "no memory");
    struct scripted *s = &c->script[c->script_n];
    int rc = console_parse_line(where, line, c->machine, clock_hz, s, err);
    if (rc == 0 && c->script_n && s->cycle < s[-1].cycle)
        rc = bad_line(where, "its time is before the line above", err);
    c->script_n += rc == 0;
    return rc;
}

static int read_script(struct console *c, const char *path, uint32_t clock_hz,
                       struct moat_error *err)
{
    struct buf text = {0}, where = {0};
    int rc = file_read(path, "input", &text, err);
    unsigned number = 0;
    char *rest = text.data;
    for (char *line; rc == 0 && rest && (line = strsep(&rest, "\n"));) {
        buf_clear(&where);
        buf_addf(&where, "%s:%u", path, ++number);
        rc = add_line(c, where.data, line, clock_hz, err);
    }
    buf_fini(&text);
    buf_fini(&where);
    return rc;
}

/* ---- The terminal. ---- */

int console_open(struct console *c, const struct machine *m, uint32_t clock_hz, const char *script,
                 struct moat_error *err)
{
    *c = (struct console){.machine = m, .poll_cycles = clock_hz / POLLS_SECOND + 1, .open = true};
    int rc = script ? read_script(c, script, clock_hz, err) : 0;
    c->is_terminal = rc == 0 && tcgetattr(STDIN_FILENO, &saved) == 0;
    if (c->is_terminal) {
        struct termios keys = saved;
        keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        keys.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
        tcsetattr(STDIN_FILENO, TCSANOW, &keys);
    }
    return rc;
}

void console_close(struct console *c)
{
    if (c->is_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    free(c->script);
    *c = (struct console){0};
}

static bool press(struct console *c, unsigned button, struct machine_input *in)
{
    in->device = machine_input_name(c->machine, BUTTON_DEVICE);
    if (!in->device || button > 7)
        return false;
    c->buttons ^= (uint8_t)(1u << button);
    in->bytes[0] = c->buttons;
    in->n = 1;
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

/* Turn what was typed into one input; the rest waits. */
static bool take_typed(struct console *c, struct machine_input *in)
{
    size_t at = 0;
    bool whole = false;
    in->device = machine_console(c->machine);
    in->n = 0;
    while (at < c->typed_n && !whole) {
        uint8_t key = c->typed[at];
        bool escape = c->is_terminal && (c->state != KEYS || key == CTRL_A);
        if (escape && in->n)
            break; /* what came before it first */
        at++;
        if (escape && c->state == COMMAND && (key == 'a' || key == CTRL_A)) {
            c->state = KEYS;
            in->bytes[in->n++] = CTRL_A;
        } else if (escape && c->state == KEYS) {
            c->state = COMMAND;
        } else if (escape) {
            whole = command(c, key, in);
        } else {
            in->bytes[in->n++] = key;
        }
    }
    c->typed_n -= at;
    memmove(c->typed, c->typed + at, c->typed_n);
    return in->n && in->device;
}

#define LOOK_MS 100 /* a signal that came just before poll() is noticed after so long */

/* Is there anything on standard input? With @wait, until there is, or somebody wants to stop. */
static short wait_for(struct console *c, bool wait)
{
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    do {
        if (c->stop && *c->stop)
            return 0;
        if (poll(&p, 1, wait ? LOOK_MS : 0) > 0)
            return p.revents;
    } while (wait);
    return 0;
}

/* More of standard input, if there is any. */
static void read_more(struct console *c, bool wait)
{
    short events = c->open ? wait_for(c, wait) : 0;
    if (!events)
        return;
    size_t room = sizeof c->typed - c->typed_n;
    ssize_t n = events & POLLNVAL ? 0 : read(STDIN_FILENO, c->typed + c->typed_n, room);
    if (n > 0)
        c->typed_n += (size_t)n;
    else if (n == 0 || errno != EINTR)
        c->open = false;
}

bool console_input(struct console *c, struct machine_input *in, bool wait, uint64_t now,
                   uint64_t *again)
{
    bool scripted = c->script_at < c->script_n;
    uint64_t next = scripted ? c->script[c->script_at].cycle : MACHINE_FOREVER;
    if (next <= now) {
        *in = c->script[c->script_at++].in;
        *again = now; /* perhaps there is more */
        return true;
    }
    bool listens = c->open && (c->is_terminal || machine_console(c->machine));
    if (c->typed_n == 0 && listens)
        read_more(c, wait && !scripted);
    bool got = take_typed(c, in);
    listens &= c->open;
    uint64_t poll_at = listens || c->typed_n ? now + c->poll_cycles : MACHINE_FOREVER;
    *again = c->typed_n ? now : next < poll_at ? next : poll_at;
    return got;
}

void console_output(const struct board *b, const char *name, const void *bytes, size_t n)
{
    for (uint32_t i = 0; i < b->devices; i++)
        if (strcmp(b->device[i].name, name) == 0 && strcmp(b->console, name) != 0)
            return;
    fwrite(bytes, 1, n, stdout);
    if (memchr(bytes, '\n', n) || isatty(STDOUT_FILENO))
        fflush(stdout);
}

bool console_read(struct console *c, uint8_t *byte)
{
    if (c->typed_n == 0)
        read_more(c, true);
    if (c->typed_n == 0)
        return false;
    *byte = c->typed[0];
    memmove(c->typed, c->typed + 1, --c->typed_n);
    return true;
}
