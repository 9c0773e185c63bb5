/*
 * A device on a host of paper: time goes where the test says, lines and output are looked at.
 *
 *     struct paper *p = paper_new("cmsdk-timer");
 *     write_reg(p, 0x8, 99);
 *     pass_to(p, 40);
 */
#ifndef PAPER_H
#define PAPER_H

#include "devices/device.h"

struct paper {
    struct device_host host;
    struct device *dev;
    uint64_t now, due;
    bool line[16]; /* by number; the NMI is 15 */
    char output[64];
    size_t written;
    uint32_t unmodelled, signals, port, resets;
    bool level;      /* of the last signal */
    uint32_t levels; /* of all outputs, by port */
    enum bus_op op;
    uint8_t byte, answer;
    bool acknowledges;
    uint32_t stored_first, stored_end; /* addresses that the device wrote as a bus master */
    uint8_t memory[8192];              /* again and again, at all addresses */
};

/** A device as after power-on whose config values are 0, 1, 2...: interrupt lines 0, 1, 2. */
struct paper *paper_new(const char *kind);

/** The first @n config values are these. */
struct paper *paper_with(const char *kind, uint32_t n, const uint32_t *config);

/** paper_with() with the values as arguments. */
#define PAPER(kind, ...) \
    paper_with(kind, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})

void paper_free(struct paper *p);

/** Access registers; a bus error is an error of the test. */
void write_reg(struct paper *p, uint32_t off, uint32_t val);
void write_part(struct paper *p, uint32_t off, uint32_t bytes, uint32_t val);
uint32_t read_reg(struct paper *p, uint32_t off);

/** Let time pass to @when, with every event on the way. */
void pass_to(struct paper *p, uint64_t when);

/** Input @port is at @level. */
void drive(struct paper *p, uint32_t port, bool level);

/** An input of two numbers, as a script gives it. */
void give(struct paper *p, uint32_t first, uint32_t second);

#endif
