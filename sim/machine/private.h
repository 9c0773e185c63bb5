/*
 * The inside of the machine, shared by the files of sim/machine/.
 */
#ifndef MOAT_MACHINE_PRIVATE_H
#define MOAT_MACHINE_PRIVATE_H

#include "devices/device.h"
#include "sim/machine/machine.h"

#define MACHINE_LINES_MAX   256u
#define MACHINE_SIGNALS_MAX 256u

/** An instance on the board and when it wants to be called. */
struct machine_device {
    struct device *dev;
    uint64_t due;                           /* DEVICE_NEVER: not scheduled */
    uint64_t lines[MACHINE_LINES_MAX / 64]; /* interrupt lines it drives high */
};

/** A signal that was given and not told yet. */
struct machine_signal {
    uint32_t from, port; /* @from: index of the device */
    bool level;
};

struct machine {
    struct board board;
    struct machine_host host;
    struct cpu_flash flash[BOARD_MEMORIES_MAX];
    struct device_host device_host;
    struct cpu *cpu;
    uint8_t *memory[BOARD_MEMORIES_MAX]; /* NULL for aliases */
    struct machine_device device[BOARD_DEVICES_MAX];
    uint32_t devices;
    uint64_t soonest;               /* no device is due before this cycle; 0: not known */
    struct machine_device *console; /* NULL: none */
    uint64_t next_poll; /* cycle of the next look for input; MACHINE_FOREVER: there is none */
    bool at_boundary;   /* the core stands between blocks */
    uint64_t injected[MACHINE_LINES_MAX / 64]; /* interrupt lines driven from outside */
    int32_t semihost_errno;
    uint32_t features_at; /* how far the guest has read ":semihosting-features" */
    bool powered;         /* it was reset before */
    bool reset_wanted;    /* by a device */
    bool starts_at;       /* at @start, not by the vector table */
    uint32_t start;
    /* Never any at a boundary. */
    struct machine_signal signal[MACHINE_SIGNALS_MAX];
    uint32_t signal_head, signals;
    bool delivering;
    bool acting;        /* a device acts on its scheduled cycle: */
    uint64_t acting_at; /* this one */
};

/* wiring.c: as struct device_host's. */
void wiring_signal(void *ctx, struct device *d, uint32_t port, bool level);
bool wiring_fetch(void *ctx, struct device *d, uint32_t addr, void *out, uint32_t n);
bool wiring_store(void *ctx, struct device *d, uint32_t addr, const void *bytes, uint32_t n);
bool wiring_transfer(void *ctx, struct device *d, enum bus_op op, uint8_t *byte);
void wiring_reset(void *ctx, struct device *d);

/** Answer the BKPT 0xAB at which the core stands. True when the guest ends; then @stop is set. */
bool semihost_call(struct machine *m, struct machine_stop *stop);

#endif
