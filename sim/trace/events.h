/*
 * The events of a trace: one table, from which come the structs, the writer, the reader, the
 * printed form, the JSON form and the CTF metadata.
 *
 * To add an event: one E row here with its F fields, and the call that writes it. To add a field:
 * one F. Bump TRACE_VERSION with every change of layout.
 *
 *     E(name, class, summary, fields)
 *     F(event, type, field, format)
 *
 * type: u8, u32, u64, text (NUL-ended), data (bytes with a length).
 * format: how people see it; ORDER trace_format in print.c.
 *
 * Before the fields of its own each event has a cycle and a state (cpu_state_bits after it).
 */
#ifndef MOAT_EVENTS_H
#define MOAT_EVENTS_H

#include <stdint.h>

#define TRACE_VERSION 3

// clang-format off
#define TRACE_EVENTS(E, F)                                                                         \
    E(reset, TRANSITION, "the machine was reset",                                                  \
        F(reset, u32, pc, code) F(reset, u32, sp, hex) F(reset, u8, from, state))                  \
    E(enter, TRANSITION, "exception entry",                                                        \
        F(enter, u32, exception, exception) F(enter, u32, pc, code) F(enter, u32, handler, code)   \
        F(enter, u32, sp, hex) F(enter, u8, from, state) F(enter, u8, tail, flag))                 \
    E(leave, TRANSITION, "exception return",                                                       \
        F(leave, u32, exception, exception) F(leave, u32, pc, code) F(leave, u32, exc_return, hex) \
        F(leave, u32, sp, hex) F(leave, u8, from, state) F(leave, u8, tail, flag))                 \
    E(control, TRANSITION, "CONTROL was written",                                                  \
        F(control, u32, pc, code) F(control, u32, old, hex) F(control, u32, new, hex)              \
        F(control, u8, from, state))                                                               \
    E(fault, FAULT, "an access or instruction was refused",                                        \
        F(fault, u32, exception, exception) F(fault, u32, pc, code) F(fault, u8, access, access)   \
        F(fault, u32, addr, hex) F(fault, u8, bytes, dec) F(fault, u8, rule, rule)                 \
        F(fault, u8, region, region) F(fault, u32, cfsr, hex) F(fault, u32, hfsr, hex)             \
        F(fault, u8, addr_valid, flag) F(fault, u8, access_priv, flag)                             \
        F(fault, u32, covering, hex) F(fault, u32, holes, hex)                                     \
        F(fault, u32, insn, hex) F(fault, u8, insn_bytes, dec)                                     \
        F(fault, u32, r0, hex) F(fault, u32, r1, hex) F(fault, u32, r2, hex)                       \
        F(fault, u32, r3, hex) F(fault, u32, r4, hex) F(fault, u32, r5, hex)                       \
        F(fault, u32, r6, hex) F(fault, u32, r7, hex) F(fault, u32, r8, hex)                       \
        F(fault, u32, r9, hex) F(fault, u32, r10, hex) F(fault, u32, r11, hex)                     \
        F(fault, u32, r12, hex) F(fault, u32, sp, hex) F(fault, u32, lr, hex)                      \
        F(fault, u32, xpsr, hex))                                                                  \
    E(mpu, MPU, "MPU control and number of regions, before a fault that needs them",               \
        F(mpu, u8, arch, dec) F(mpu, u32, ctrl, hex) F(mpu, u8, regions, dec))                     \
    E(mpu_region, MPU, "an MPU region, as it stands since the one before",                         \
        F(mpu_region, u8, region, dec) F(mpu_region, u32, rbar, hex)                               \
        F(mpu_region, u32, rasr, hex))                                                             \
    E(thread, THREAD, "the kernel runs another thread",                                            \
        F(thread, u32, thread, hex) F(thread, text, name, text))                                   \
    E(itm, CONSOLE, "an ITM stimulus port was written",                                            \
        F(itm, u8, port, dec) F(itm, u8, bytes, dec) F(itm, u32, value, hex)                       \
        F(itm, u32, pc, code))                                                                     \
    E(output, CONSOLE, "bytes left the machine",                                                   \
        F(output, text, device, text) F(output, data, bytes, data))                                \
    E(input, CONSOLE, "bytes came from outside",                                                   \
        F(input, text, device, text) F(input, data, bytes, data))                                  \
    E(poke, CONSOLE, "a debugger or a change wrote to the machine",                                \
        F(poke, u64, insns, dec) F(poke, u8, what, poke) F(poke, u32, addr, hex)                   \
        F(poke, data, bytes, data))                                                                \
    E(digest, STATE, "a digest of all state, and what of it changed since the one before",         \
        F(digest, u64, state, hex) F(digest, u8, turn, flag) F(digest, data, changed, units))                                \
    E(unmodelled, NOTE, "a register that the model lacks was touched",                             \
        F(unmodelled, text, device, text) F(unmodelled, u32, offset, hex)                          \
        F(unmodelled, u8, write, flag))                                                            \
    E(stop, NOTE, "the run ended",                                                                 \
        F(stop, u8, reason, stop) F(stop, u8, ok, flag) F(stop, u32, status, dec)                  \
        F(stop, u32, pc, code) F(stop, u64, insns, dec))
// clang-format on

struct trace_data {
    const uint8_t *bytes;
    uint32_t len;
};

#define TRACE_TYPE_u8   uint8_t
#define TRACE_TYPE_u32  uint32_t
#define TRACE_TYPE_u64  uint64_t
#define TRACE_TYPE_text const char *
#define TRACE_TYPE_data struct trace_data

#define TRACE_MEMBER(event, type, field, format) TRACE_TYPE_##type field;
#define TRACE_STRUCT(name, class, summary, fields) \
    struct trace_##name {                          \
        fields                                     \
    };
TRACE_EVENTS(TRACE_STRUCT, TRACE_MEMBER)
#undef TRACE_STRUCT
#undef TRACE_MEMBER

#define TRACE_SKIP(event, type, field, format)
enum trace_kind {
#define TRACE_KIND(name, class, summary, fields) TRACE_##name,
    TRACE_EVENTS(TRACE_KIND, TRACE_SKIP)
#undef TRACE_KIND
    TRACE_KIND_COUNT
};

/** One event as it was read. Text and data point into the reader and live until it moves on. */
struct trace_event {
    enum trace_kind kind;
    uint64_t number; /* 1 is the first of the trace: what `e1` means */
    uint64_t cycle;
    uint8_t state;
    union {
#define TRACE_UNION(name, class, summary, fields) struct trace_##name name;
        TRACE_EVENTS(TRACE_UNION, TRACE_SKIP)
#undef TRACE_UNION
    };
};

#endif
