/*
 * What all GPIO ports have in common: pins that are driven from outside, and levels that are told
 * when they change.
 *
 * Ports of a device that uses it: output n is the level of pin n, input n drives pin n from
 * outside. From a script: {pin, level}, level 2 lets go of it.
 */
#ifndef MOAT_PINS_H
#define MOAT_PINS_H

#include "devices/device.h"

#define PINS_RELEASED 2

/** All members are state: PINS_STATE(struct port, pins). */
struct pins {
    uint32_t driven, high; /* from outside: which, and how */
    uint32_t level;        /* as was told last */
};

#define PINS_STATE(type, member)                                      \
    STATE_FIELD(type, member.driven), STATE_FIELD(type, member.high), \
        STATE_FIELD(type, member.level)

/** Levels of the pins: @out where the port drives them (@drives), else from outside, else @pull. */
static inline uint32_t pins_levels(const struct pins *p, uint32_t drives, uint32_t out,
                                   uint32_t pull)
{
    uint32_t outside = (p->high & p->driven) | (pull & ~p->driven);
    return (out & drives) | (outside & ~drives);
}

/** They are at @level now. Returns those that changed. */
static inline uint32_t pins_set(struct pins *p, uint32_t level)
{
    uint32_t changed = p->level ^ level;
    p->level = level;
    return changed;
}

/** Tell pins @changed. Call last. */
static inline void pins_signal(const struct pins *p, struct device *d, uint32_t changed)
{
    uint32_t level = p->level; /* as it is now, whatever comes of telling it */
    for (; changed; changed &= changed - 1) {
        uint32_t n = (uint32_t)__builtin_ctz(changed);
        device_signal(d, n, level >> n & 1u);
    }
}

/** They are at @level now: tell those that changed. Call last. */
static inline void pins_tell(struct pins *p, struct device *d, uint32_t level)
{
    pins_signal(p, d, pins_set(p, level));
}

/** Somebody outside drives pin @n: 0, 1, or PINS_RELEASED. */
static inline void pins_drive(struct pins *p, uint32_t n, int32_t level)
{
    uint32_t bit = 1u << n;
    p->driven = level == PINS_RELEASED ? p->driven & ~bit : p->driven | bit;
    p->high = level == 1 ? p->high | bit : p->high & ~bit;
}

/** The input table of a port of @n pins. */
#define PINS_INPUTS(n)                                                     \
    {                                                                      \
        {"pin", 0, (n)-1}, {"level (2: released)", 0, PINS_RELEASED}, {0}, \
    }

#endif
