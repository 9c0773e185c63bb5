/*
 * The registers that GDB is told of, in its order, and the description that names them.
 *
 * Source: Debugging with GDB, G.5.4 "ARM Features" (org.gnu.gdb.arm.m-profile, m-system, vfp).
 */
#ifndef MOAT_REGISTERS_H
#define MOAT_REGISTERS_H

#include "sim/gdb/debuggee.h"
#include "sim/gdb/threads.h"

/** How many there are on this core. */
uint32_t registers_count(const struct cpu *c);

/** Bytes of register @n: 4, or 8 of a double. */
uint32_t registers_bytes(const struct cpu *c, uint32_t n);

/** Its value, little-endian, as seen by @t; false: not known for a thread that does not run. */
bool registers_get(const struct cpu *c, const struct thread *t, uint32_t n, uint8_t out[8]);

/** Write it on the core. */
bool registers_set(struct debuggee *d, uint32_t n, const uint8_t *value);

/** target.xml */
void registers_describe(const struct cpu *c, struct buf *out);

#endif
