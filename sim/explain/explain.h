/*
 * A fault in sentences: what happened, where, whose memory it was, which rule refused it.
 *
 * Works from a recording alone: the trace, the image in it and, for Keep, its tables.
 */
#ifndef MOAT_EXPLAIN_H
#define MOAT_EXPLAIN_H

#include "loaders/image.h"
#include "loaders/keep.h"
#include "mpu/mpu.h"
#include "sim/base/buf.h"
#include "sim/trace/events.h"

/** What is known of the machine at a point of the trace. Zero-initialise, then feed events. */
struct explain_state {
    const struct image *image; /* may be NULL */
    const struct keep *keep;   /* may be NULL */
    struct mpu mpu;
    char task[64]; /* name of the running thread, "" when unknown */
    const void *registers;
    /** Appends which register is at an address; false: none. May be NULL. */
    bool (*register_at)(const void *registers, uint32_t addr, struct buf *out);
};

/** Take an event in: MPU registers and the running thread are followed. */
void explain_feed(struct explain_state *s, const struct trace_event *e);

/** Append the explanation of the fault @e: at most 15 lines. */
void explain_fault(const struct explain_state *s, const struct trace_event *e, struct buf *out);

/** Region @n of @m in words, one line that ends with @note; appended. */
void explain_region(const struct mpu *m, uint32_t n, const char *note, struct buf *out);

/** Name of a code address, "main+4", or NULL. For struct trace_symbols; @ctx is the image. */
const char *explain_symbol(const void *ctx, uint32_t addr, char *out, size_t cap);

/** The instruction as assembly text, "ldr r0, [r3]"; "" when it cannot be told. */
void explain_disassemble(uint32_t pc, uint32_t insn, uint32_t insn_bytes, struct buf *out);

#endif
