#include "sim/cli/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/base/listen.h"

#define PATIENCE_MS 1000 /* to wait for who reads the console elsewhere */
#define LOOK_MS     100  /* a signal that came just before poll() is noticed after so long */

/* Keys one by one, unchanged, without an echo. @signals: but Ctrl-C and kin interrupt. */
static void keys_only(int fd, const struct termios *saved, bool signals)
{
    struct termios keys = *saved;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | (signals ? 0 : ISIG | IEXTEN));
    keys.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    tcsetattr(fd, TCSANOW, &keys);
}

static int open_stdio(struct channel *c, bool signals)
{
    c->in = STDIN_FILENO;
    c->out = STDOUT_FILENO;
    c->is_terminal = tcgetattr(STDIN_FILENO, &c->saved) == 0;
    if (c->is_terminal)
        keys_only(STDIN_FILENO, &c->saved, signals);
    return 0;
}

static int open_pty(struct channel *c, struct moat_error *err)
{
    struct termios raw;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    const char *name = fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0 ? ptsname(fd) : NULL;
    int other = name ? open(name, O_RDWR | O_NOCTTY | O_CLOEXEC) : -1;
    if (other < 0) {
        if (fd >= 0)
            close(fd);
        return moat_fail(err, MOAT_EDISPLAY, "cannot open a pseudo-terminal: %s", strerror(errno));
    }
    tcgetattr(other, &raw); /* it stays open, so that nobody there is no end of input */
    cfmakeraw(&raw);
    tcsetattr(other, TCSANOW, &raw);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    c->in = c->out = fd;
    c->listener = other;
    fprintf(stderr, "moat: the console is %s\n", name);
    return 0;
}

static int open_tcp(struct channel *c, const char *text, struct moat_error *err)
{
    char *end;
    unsigned long port = strtoul(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || port > 65535)
        return moat_fail(err, MOAT_EUSAGE, "'%s' is not a port", text);
    unsigned actual = (unsigned)port;
    int fd = listen_local(&actual, SOCK_NONBLOCK, "--console tcp:0", err);
    if (fd < 0)
        return fd;
    c->listener = fd;
    fprintf(stderr, "moat: the console is tcp:127.0.0.1:%u\n", actual);
    return 0;
}

int channel_open(struct channel *c, const char *where, bool signals, struct moat_error *err)
{
    *c = (struct channel){.in = -1, .out = -1, .listener = -1, .open = true};
    if (!where || strcmp(where, "stdio") == 0)
        return open_stdio(c, signals);
    if (strcmp(where, "pty") == 0)
        return open_pty(c, err);
    if (strncmp(where, "tcp:", 4) == 0)
        return open_tcp(c, where + 4, err);
    int rc = moat_fail(err, MOAT_EUSAGE, "unknown console '%s'", where);
    moat_hint(err, "--console stdio, pty or tcp:PORT");
    return rc;
}

/* What was written to a pseudo-terminal is lost when it is closed before it was read. */
static void wait_for_reader(const struct channel *c)
{
    int unread = 0;
    for (int ms = 0; ms < PATIENCE_MS && ioctl(c->listener, FIONREAD, &unread) == 0 && unread; ms++)
        usleep(1000);
}

void channel_close(struct channel *c)
{
    if (c->listener >= 0 && c->in >= 0 && isatty(c->listener))
        wait_for_reader(c);
    if (c->is_terminal)
        tcsetattr(STDIN_FILENO, TCSANOW, &c->saved);
    if (c->listener >= 0)
        close(c->listener);
    if (c->in > STDERR_FILENO)
        close(c->in);
    *c = (struct channel){.in = -1, .out = -1, .listener = -1};
}

/* Somebody connects. */
static void look_for_peer(struct channel *c)
{
    if (c->in >= 0 || c->listener < 0)
        return;
    int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    c->in = c->out = fd;
}

static void lose_peer(struct channel *c)
{
    if (c->listener >= 0 && c->in != STDIN_FILENO) {
        close(c->in);
        c->in = c->out = -1;
    } else {
        c->open = false;
    }
}

size_t channel_read(struct channel *c, uint8_t *out, size_t cap, bool wait,
                    const volatile sig_atomic_t *stop)
{
    while (c->open && !(stop && *stop)) {
        look_for_peer(c);
        struct pollfd p = {.fd = c->in >= 0 ? c->in : c->listener, .events = POLLIN};
        int ready = poll(&p, 1, wait ? LOOK_MS : 0);
        if (ready > 0 && c->in >= 0) {
            ssize_t n = p.revents & POLLNVAL ? 0 : read(c->in, out, cap);
            if (n > 0)
                return (size_t)n;
            if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EIO))
                lose_peer(c);
        }
        if (!wait)
            return 0;
    }
    return 0;
}

void channel_write(struct channel *c, const void *bytes, size_t n)
{
    look_for_peer(c);
    if (c->out == STDOUT_FILENO) {
        fwrite(bytes, 1, n, stdout);
        if (memchr(bytes, '\n', n) || isatty(STDOUT_FILENO))
            fflush(stdout);
        return;
    }
    if (c->out < 0)
        return;
    /* Whoever reads is waited for, but not for ever. SIGPIPE is ignored. */
    const char *at = bytes;
    struct pollfd p = {.fd = c->out, .events = POLLOUT};
    while (n && poll(&p, 1, PATIENCE_MS) > 0) {
        ssize_t done = write(c->out, at, n);
        if (done < 0 && errno != EAGAIN && errno != EINTR)
            return;
        at += done > 0 ? done : 0;
        n -= done > 0 ? (size_t)done : 0;
    }
}
