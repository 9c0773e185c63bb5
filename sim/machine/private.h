/*
 * The inside of the machine, shared by the files of sim/machine/.
 */
#ifndef MOAT_MACHINE_PRIVATE_H
#define MOAT_MACHINE_PRIVATE_H

#include "devices/device.h"
#include "sim/machine/machine.h"

#define MACHINE_LINES_MAX 256u

/** An instance on the board and when it wants to be called. */
struct machine_device {
    struct device *dev;
    uint64_t due;                           /* DEVICE_NEVER: not scheduled */
    uint64_t lines[MACHINE_LINES_MAX / 64]; /* interrupt lines it drives high */
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
    struct machine_device *console; /* NULL: none */
    uint64_t next_poll; /* cycle of the next look for input; MACHINE_FOREVER: there is none */
    bool at_boundary;   /* the core stands between blocks */
    uint64_t injected[MACHINE_LINES_MAX / 64]; /* interrupt lines driven from outside */
    int semihost_errno;
};

/** Answer the BKPT 0xAB at which the core stands. True when the guest ends; then @stop is set. */
bool semihost_call(struct machine *m, struct machine_stop *stop);

#endif
