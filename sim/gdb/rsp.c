#include "sim/gdb/rsp.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INTERRUPT 3
#define ESCAPE    0x7D
#define FLIP      0x20

/* The next byte, or -1 at the end. */
static int next(struct rsp *r)
{
    while (r->at == r->len) {
        struct pollfd p = {.fd = r->fd, .events = POLLIN};
        if (*r->quit)
            return -1;
        if (poll(&p, 1, -1) <= 0)
            continue;
        ssize_t n = read(r->fd, r->in, sizeof r->in);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        r->at = 0;
        r->len = (size_t)n;
    }
    return (unsigned char)r->in[r->at++];
}

static bool send_all(struct rsp *r, const char *bytes, size_t n)
{
    while (n) {
        ssize_t done = send(r->fd, bytes, n, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

static int digit(int c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* After '$': the text up to '#', and whether its checksum is right. -1: closed. */
static int read_body(struct rsp *r, struct buf *out)
{
    uint8_t sum = 0;
    bool escaped = false, fits = true;
    int c;
    buf_clear(out);
    while ((c = next(r)) != '#') {
        if (c < 0)
            return -1;
        sum = (uint8_t)(sum + c);
        if (c == ESCAPE && !escaped) {
            escaped = true;
            continue;
        }
        char byte = (char)(escaped ? c ^ FLIP : c);
        escaped = false;
        fits &= out->len < RSP_PACKET_MAX;
        if (fits)
            buf_add(out, &byte, 1);
    }
    int high = next(r), low = next(r);
    if (high < 0 || low < 0)
        return -1;
    if (!fits)
        buf_clear(out); /* answered as not known */
    return r->no_ack || (digit(high) << 4 | digit(low)) == sum;
}

enum rsp_got rsp_read(struct rsp *r, struct buf *out)
{
    for (;;) {
        int c = next(r);
        if (c < 0)
            return RSP_CLOSED;
        if (c == INTERRUPT)
            return RSP_INTERRUPT;
        if (c != '$') /* acknowledgements: nothing gets lost on the way */
            continue;
        int right = read_body(r, out);
        if (right < 0 || (!r->no_ack && !send_all(r, right ? "+" : "-", 1)))
            return RSP_CLOSED;
        if (right)
            return RSP_PACKET;
    }
}

bool rsp_write(struct rsp *r, const char *text, size_t n)
{
    struct buf out = {0};
    uint8_t sum = 0;
    buf_add(&out, "$", 1);
    for (size_t i = 0; i < n; i++) {
        char escaped[2] = {ESCAPE, (char)(text[i] ^ FLIP)};
        if (strchr("$#}*", text[i]) && text[i])
            buf_add(&out, escaped, 2);
        else
            buf_add(&out, &text[i], 1);
    }
    for (size_t i = 1; i < out.len; i++)
        sum = (uint8_t)(sum + (unsigned char)out.data[i]);
    buf_addf(&out, "#%02x", sum);
    bool sent = send_all(r, out.data, out.len);
    buf_fini(&out);
    return sent;
}

bool rsp_interrupted(struct rsp *r)
{
    struct pollfd p = {.fd = r->fd, .events = POLLIN};
    if (r->at == r->len && poll(&p, 1, 0) > 0) {
        char byte;
        if (recv(r->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
            return true; /* nobody is there any more: rsp_read() will say so */
        ssize_t n = recv(r->fd, r->in, sizeof r->in, MSG_DONTWAIT);
        r->at = 0;
        r->len = n > 0 ? (size_t)n : 0;
    }
    while (r->at < r->len && r->in[r->at] == '+')
        r->at++;
    if (r->at == r->len || r->in[r->at] != INTERRUPT)
        return false;
    r->at++;
    return true;
}

void rsp_hex(struct buf *out, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_addf(out, "%02x", ((const uint8_t *)bytes)[i]);
}

bool rsp_unhex(const char *text, size_t n, void *out)
{
    if (strlen(text) < 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ((uint8_t *)out)[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
