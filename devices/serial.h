/*
 * What all UARTs have in common: bytes from outside wait here until the device takes them, one each
 * byte time, and not before there is room for it: no keyboard overruns a guest.
 *
 * All members are state: list them by SERIAL_STATE(struct uart, serial).
 */
#ifndef MOAT_SERIAL_H
#define MOAT_SERIAL_H

#include "devices/device.h"

#define SERIAL_INPUT_MAX 1024u
#define SERIAL_BITS      10u /* of a byte on the line: start, eight, stop */

struct serial {
    uint64_t next; /* cycle at which the first byte that waits has crossed the line */
    uint32_t head, len;
    uint8_t input[SERIAL_INPUT_MAX];
};

#define SERIAL_STATE(type, member)                                                                 \
    STATE_FIELD(type, member.next), STATE_FIELD(type, member.head), STATE_FIELD(type, member.len), \
        STATE_FIELD(type, member.input)

/** Bytes from outside begin to arrive at @now; what finds no room is lost. */
static inline void serial_input(struct serial *s, const uint8_t *bytes, size_t n, uint64_t now,
                                uint64_t byte_cycles)
{
    if (s->next < now + byte_cycles)
        s->next = now + byte_cycles;
    for (size_t i = 0; i < n && s->len < SERIAL_INPUT_MAX; i++)
        s->input[(s->head + s->len++) % SERIAL_INPUT_MAX] = bytes[i];
}

/** The cycle at which serial_take() gives a byte; DEVICE_NEVER: none waits. */
static inline uint64_t serial_due(const struct serial *s)
{
    return s->len ? s->next : DEVICE_NEVER;
}

/** The byte that has arrived by @now, if one has. The next one takes @byte_cycles from now on. */
static inline bool serial_take(struct serial *s, uint64_t now, uint64_t byte_cycles, uint8_t *byte)
{
    if (!s->len || now < s->next)
        return false;
    *byte = s->input[s->head];
    s->head = (s->head + 1) % SERIAL_INPUT_MAX;
    s->len--;
    s->next = now + byte_cycles;
    return true;
}

#endif
