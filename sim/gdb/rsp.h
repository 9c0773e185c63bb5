/*
 * The GDB remote serial protocol's packets over a socket: framing, checksums, acknowledgement,
 * escapes. What they say is gdb.c's.
 *
 * Source: Debugging with GDB, appendix E, "Overview" and "Interrupts".
 */
#ifndef MOAT_RSP_H
#define MOAT_RSP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/base/buf.h"

#define RSP_PACKET_MAX 16384u /* bytes of a packet's text that are taken */

struct rsp {
    int fd;
    const volatile sig_atomic_t *quit; /* not 0: as if the other side had closed */
    bool no_ack;
    char in[4096]; /* read, not taken yet */
    size_t at, len;
};

/** What rsp_read() found. */
enum rsp_got {
    RSP_PACKET,
    RSP_INTERRUPT, /* the byte 3 outside a packet */
    RSP_CLOSED
};

/** Wait for the next packet; its text replaces @out's. Packets with a wrong checksum are asked for
 * again, ones that are too long are dropped. */
enum rsp_got rsp_read(struct rsp *r, struct buf *out);

/** Send a packet. False when nobody is there any more. */
bool rsp_write(struct rsp *r, const char *text, size_t n);

/** Take an interrupt that has arrived, without waiting. True when there was one. */
bool rsp_interrupted(struct rsp *r);

/** Bytes as hexadecimal digits, appended, and back; false for odd or wrong digits. */
void rsp_hex(struct buf *out, const void *bytes, size_t n);
bool rsp_unhex(const char *text, size_t n, void *out);

#endif
