/*
 * The contract between a device and the machine that holds it.
 *
 * A device is a struct whose first member is struct device, and a const table of operations. It
 * reaches outward only through its host: it never sees the core, the host's clock, stdio or another
 * device. All its state is declared, so that saving, hashing and showing it need no code of its
 * own.
 *
 * To add one: one file in devices/, one row in devices/kinds.c, one entry in a board file of
 * configs/boards/, one test in tests/unit/test_devices.c.
 */
#ifndef MOAT_DEVICE_H
#define MOAT_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/base/field.h"

#define DEVICE_CONFIG_MAX 12u /* rows of a kind's config table */
#define DEVICE_INPUTS_MAX 4u  /* numbers of one input */
#define DEVICE_NEVER      UINT64_MAX
#define DEVICE_LINE_NMI   0xFFFFu /* as an interrupt line: the core's NMI */

/** What a bus access came to; anything but BUS_OK is the guest's bus fault. */
enum bus_status {
    BUS_OK,
    BUS_ERROR
};

struct device;

/** What happens on an I2C or SPI bus, byte by byte. */
enum bus_op {
    BUS_START_WRITE, /* I2C: (repeated) start; the byte is the address, 7 bits */
    BUS_START_READ,
    BUS_WRITE, /* I2C: a byte to the device */
    BUS_READ,  /* I2C: a byte from it */
    BUS_STOP,
    BUS_EXCHANGE, /* SPI: a byte each way */
    BUS_OP_COUNT
};

/** The only calls a device may make outward. @ctx is the machine's. */
struct device_host {
    void *ctx;
    /** @d drives interrupt line @line (a number of the board) to @level; lines may be shared. */
    void (*irq)(void *ctx, struct device *d, uint32_t line, bool level);
    /** The current cycle. */
    uint64_t (*now)(void *ctx);
    /** Call @d's event() at @when (cycles, DEVICE_NEVER to cancel); replaces an earlier request. */
    void (*schedule)(void *ctx, struct device *d, uint64_t when);
    /** Bytes leave the machine: a console's output. */
    void (*output)(void *ctx, struct device *d, const void *bytes, size_t n);
    /** A register that the model lacks was touched. Reads give 0, writes are ignored. */
    void (*unmodelled)(void *ctx, struct device *d, uint32_t offset, bool write);
    /**
     * Output @port of @d is at @level now, or was for a moment. Those that the board has wired to
     * it are told before this returns, or when the device that is being told returns: so call it
     * last.
     */
    void (*signal)(void *ctx, struct device *d, uint32_t port, bool level);
    /** Read or write memory as a bus master; false when not all of it is memory. */
    bool (*fetch)(void *ctx, struct device *d, uint32_t addr, void *out, uint32_t n);
    bool (*store)(void *ctx, struct device *d, uint32_t addr, const void *bytes, uint32_t n);
    /** Something happens on @d's bus. True when a device there acknowledges. */
    bool (*transfer)(void *ctx, struct device *d, enum bus_op op, uint8_t *byte);
    /** Reset the whole machine at the next boundary. */
    void (*reset)(void *ctx, struct device *d);
};

/** One number of an input, in the order in which a script gives them. */
struct device_input {
    const char *name; /* with its unit; NULL ends the table */
    int32_t min, max;
};

/** A kind of device. Static and const. */
struct device_ops {
    const char *kind;    /* the value of "kind" in a board file */
    const char *summary; /* one line for `moat help devices` */
    uint32_t map_bytes;  /* size of its register block */
    const struct field *config;
    const struct state_field *state;
    size_t instance_bytes;
    /** Power-on state; also called for a system reset. */
    void (*reset)(struct device *d);
    /** Once, before all else: what is no state and not in the tables. NULL: there is nothing. */
    void (*create)(struct device *d);
    /** @off is inside the block and aligned to @bytes, which is 1, 2 or 4. */
    enum bus_status (*read)(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val);
    enum bus_status (*write)(struct device *d, uint32_t off, uint32_t bytes, uint32_t val);
    /** The scheduled cycle has come. May be NULL when the kind never schedules. */
    void (*event)(struct device *d, uint64_t now);
    /** Bytes from outside. NULL when the kind takes none. */
    void (*input)(struct device *d, const uint8_t *bytes, size_t n);
    /** What the bytes are: numbers of 4 bytes, little-endian (device_number()). NULL: text. */
    const struct device_input *inputs;
    /** Input @port is at @level. NULL when the kind has none. */
    void (*signal)(struct device *d, uint32_t port, bool level);
    /** A store to flash that it programs, before memory changes. NULL: no such kind. */
    enum bus_status (*program)(struct device *d, uint32_t addr, uint32_t bytes, uint32_t val);
    /** It is on a bus, and something happens there: true to acknowledge. NULL: no such kind. */
    bool (*transfer)(struct device *d, enum bus_op op, uint8_t *byte);
    bool has_bus; /* others may be on its bus */
};

/** The common part of an instance; the machine fills it before reset(). */
struct device {
    const struct device_ops *ops;
    const struct device_host *host;
    const char *name;
    uint32_t number; /* on the board, from 0 */
    bool touched;    /* the guest has used a register of it. No state: for people */
    uint32_t config[DEVICE_CONFIG_MAX]; /* values in the order of ops->config */
};

/* ---- The host's calls, from @d. ---- */

static inline uint64_t device_now(const struct device *d)
{
    return d->host->now(d->host->ctx);
}
static inline void device_irq(struct device *d, uint32_t line, bool level)
{
    d->host->irq(d->host->ctx, d, line, level);
}
static inline void device_schedule(struct device *d, uint64_t when)
{
    d->host->schedule(d->host->ctx, d, when);
}
static inline void device_output(struct device *d, const void *bytes, size_t n)
{
    d->host->output(d->host->ctx, d, bytes, n);
}
static inline void device_unmodelled(struct device *d, uint32_t offset, bool write)
{
    d->host->unmodelled(d->host->ctx, d, offset, write);
}
static inline void device_signal(struct device *d, uint32_t port, bool level)
{
    d->host->signal(d->host->ctx, d, port, level);
}
static inline bool device_fetch(struct device *d, uint32_t addr, void *out, uint32_t n)
{
    return d->host->fetch(d->host->ctx, d, addr, out, n);
}
static inline bool device_store(struct device *d, uint32_t addr, const void *bytes, uint32_t n)
{
    return d->host->store(d->host->ctx, d, addr, bytes, n);
}
static inline bool device_transfer(struct device *d, enum bus_op op, uint8_t *byte)
{
    return d->host->transfer(d->host->ctx, d, op, byte);
}
static inline void device_reset(struct device *d)
{
    d->host->reset(d->host->ctx, d);
}

/** Number @i of an input; 0 when it is not there. */
static inline int32_t device_number(const uint8_t *bytes, size_t n, uint32_t i)
{
    uint32_t v = 0;
    for (uint32_t at = 4 * i; at < 4 * i + 4 && at < n; at++)
        v |= (uint32_t)bytes[at] << 8 * (at - 4 * i);
    return (int32_t)v;
}
/** The same of an input of @d, brought into its range. */
static inline int32_t device_given(const struct device *d, const uint8_t *bytes, size_t n,
                                   uint32_t i)
{
    const struct device_input *range = &d->ops->inputs[i];
    int32_t v = device_number(bytes, n, i);
    return v < range->min ? range->min : v > range->max ? range->max : v;
}

/** The kind of that name, or NULL. */
const struct device_ops *device_kind(const char *name);

/** All kinds, alphabetical, ended by NULL. */
const struct device_ops *const *device_kinds(void);

#endif
