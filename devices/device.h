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

#define DEVICE_CONFIG_MAX 8u /* rows of a kind's config table */
#define DEVICE_NEVER      UINT64_MAX

/** What a bus access came to; anything but BUS_OK is the guest's bus fault. */
enum bus_status {
    BUS_OK,
    BUS_ERROR
};

struct device;

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
    /** @off is inside the block and aligned to @bytes, which is 1, 2 or 4. */
    enum bus_status (*read)(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val);
    enum bus_status (*write)(struct device *d, uint32_t off, uint32_t bytes, uint32_t val);
    /** The scheduled cycle has come. May be NULL when the kind never schedules. */
    void (*event)(struct device *d, uint64_t now);
    /** Bytes from outside. NULL when the kind takes none. */
    void (*input)(struct device *d, const uint8_t *bytes, size_t n);
};

/** The common part of an instance; the machine fills it before reset(). */
struct device {
    const struct device_ops *ops;
    const struct device_host *host;
    const char *name;
    uint32_t base;
    uint32_t config[DEVICE_CONFIG_MAX]; /* values in the order of ops->config */
};

/** The kind of that name, or NULL. */
const struct device_ops *device_kind(const char *name);

/** All kinds, alphabetical, ended by NULL. */
const struct device_ops *const *device_kinds(void);

#endif
