/*
 * A board file: memory map, core, clock and devices as plain data.
 *
 * The kinds of device are not known here: the caller passes their tables, so that a device's own
 * config fields are checked with the rest.
 */
#ifndef MOAT_BOARD_H
#define MOAT_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include "loaders/image.h"
#include "sim/base/buf.h"
#include "sim/base/error.h"
#include "sim/base/field.h"

#define BOARD_MEMORIES_MAX 16u
#define BOARD_DEVICES_MAX  48u
#define BOARD_VALUES_MAX   12u
#define BOARD_WIRES_MAX    128u
#define BOARD_LEDS_MAX     32u
#define BOARD_BUTTONS_MAX  8u
#define BOARD_NO_PIN       255u
#define BOARD_NAME_MAX     32u

struct board_memory {
    char name[BOARD_NAME_MAX];
    uint32_t base;
    uint32_t bytes;                     /* a multiple of 1 KiB */
    int alias_of;                       /* index of the memory whose bytes these are, -1 for none */
    uint32_t wait_states;               /* of flash: cycles for a line of 16 bytes */
    uint32_t accelerator_lines;         /* 0 for no accelerator */
    bool read_only;                     /* stores change nothing */
    char programmed_by[BOARD_NAME_MAX]; /* flash: the device that stores to it go to; "": none */
};

struct board_device {
    char name[BOARD_NAME_MAX];
    char kind[BOARD_NAME_MAX];
    uint32_t base;
    uint32_t mirror; /* where its registers are seen again; 0: nowhere */
    int bus;         /* index of the device whose I2C or SPI bus it is on; -1: none */
    uint32_t values[BOARD_VALUES_MAX]; /* in the order of the kind's config table */
};

/** Outputs of one device that are inputs of another; what they mean is in docs/devices.md. */
struct board_wire {
    uint32_t from, to; /* indices of devices */
    uint32_t first, count, at;
};

struct board_led {
    char name[BOARD_NAME_MAX];
    char colour[16];
    uint32_t device;
    uint32_t high, low; /* pins; BOARD_NO_PIN: none */
    uint32_t x, y;
};

struct board_button {
    char name[BOARD_NAME_MAX];
    uint32_t device, pin;
    uint32_t level; /* of the pin while it is pressed */
    char key;
};

struct board {
    char name[BOARD_NAME_MAX];
    char summary[128];
    char core[BOARD_NAME_MAX];
    uint32_t irqs, priority_bits, mpu_regions;
    char fpu[BOARD_NAME_MAX]; /* "none", "single", "double" */
    uint32_t vtor;            /* where the vector table is after reset */
    bool bit_band;            /* Cortex-M3 and M4: has bit-band aliases */
    uint32_t clock_hz;
    struct board_memory memory[BOARD_MEMORIES_MAX];
    uint32_t memories;
    struct board_device device[BOARD_DEVICES_MAX];
    uint32_t devices;
    char console[BOARD_NAME_MAX]; /* the device that talks to the person, "" for none */
    struct board_wire wire[BOARD_WIRES_MAX];
    uint32_t wires;
    struct board_led led[BOARD_LEDS_MAX];
    uint32_t leds;
    struct board_button button[BOARD_BUTTONS_MAX];
    uint32_t buttons;
};

/** What the loader must know of a kind of device. */
struct board_kind {
    const char *name;
    uint32_t map_bytes; /* 0: it has no registers, and is on a bus */
    const struct field *config;
    bool programs; /* takes stores to flash */
    bool has_bus;  /* others may be on its bus */
};

#define BOARD_FPUS_MAX 4u

/** What the loader must know of a core. */
struct board_core {
    const char *name;
    uint32_t irqs_max, prio_min, prio_max;
    uint32_t mpu_regions[3];          /* numbers that exist; the first is the default */
    const char *fpus[BOARD_FPUS_MAX]; /* that exist; the first is the default; ends with NULL */
    bool has_vtor;
    bool may_bit_band; /* cores exist that have bit-band aliases */
};

/** All that a board file may name. Both tables end with a row whose name is NULL. */
struct board_parts {
    const struct board_kind *kinds;
    const struct board_core *cores;
};

/**
 * Parse and check a board file.
 *
 * Returns 0, or -MOAT_EINPUT with up to 20 lines "file:line:col: /path: what was expected".
 */
MOAT_CHECKED int board_parse(const char *file, const char *text, size_t len,
                             const struct board_parts *parts, struct board *out,
                             struct moat_error *err);

/**
 * Change one key: @path is the keys that lead to it, with slashes, and of an array an element's
 * name: "cpu/mpu_regions", "memory/ssram1/size". The whole board is checked again.
 *
 * Returns 0, -MOAT_EUSAGE: there is no such key, or -MOAT_EINPUT as board_parse().
 */
MOAT_CHECKED int board_change(struct board *b, const struct board_parts *parts, const char *path,
                              const char *value, struct moat_error *err);

/** The kind, or the device of @b, of that name, or NULL. */
const struct board_kind *board_find_kind(const struct board_kind *kinds, const char *name);
const struct board_device *board_device_named(const struct board *b, const char *name);

/** The memory that holds all @bytes at @addr, or NULL. */
const struct board_memory *board_memory_at(const struct board *b, uint32_t addr, uint32_t bytes);

/** The first memory that a device programs, or NULL: it has no flash. */
const struct board_memory *board_flash(const struct board *b);

/**
 * Give @b the memories that the program in @image needs, as its files tell, in place of its own,
 * and the vector table where the program has it: at the lowest address loaded. RAM reaches up to
 * where the initial stack pointer and the usual symbols of linker scripts put its end.
 *
 * Returns 0, -MOAT_EUSAGE: the board's flash is a device's, so it has its own memories, or
 * -MOAT_EINPUT: the memories would not go with the board.
 */
MOAT_CHECKED int board_fit(struct board *b, const struct board_parts *parts,
                           const struct image *image, struct moat_error *err);

/** The board as JSON, normalised: defaults filled in, keys sorted. Appended to @out. */
void board_print(const struct board *b, const struct board_parts *parts, struct buf *out);

/** The tables of keys, for documentation: @which 0 the board, 1 its cpu, 2 memory, 3 a device,
 * 4 a wire, 5 an LED, 6 a button. */
const struct field *board_fields(int which);

#endif
