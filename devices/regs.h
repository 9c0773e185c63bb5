/*
 * A block of 32-bit registers as a table, indexed by offset / 4: what most registers are. A device
 * keeps the values in an array of as many words, and does in its read() and write() only what its
 * registers do besides keeping bits.
 *
 *     static const struct reg regs[] = {
 *         [0x00 / 4] = {"CR", .reset = 0x83, .mask = 0x010D00F9},
 *         [0x04 / 4] = {"SR", .clear = 0x7},
 *     };
 */
#ifndef MOAT_REGS_H
#define MOAT_REGS_H

#include "devices/device.h"

/** A register. Bits that are in neither mask keep their value when it is written. */
struct reg {
    const char *name; /* as the document has it; NULL: there is none here */
    uint32_t reset;   /* value after reset */
    uint32_t mask;    /* bits that a write sets to what is written */
    uint32_t clear;   /* bits that writing 1 clears */
    uint32_t keep_1;  /* bits that writing 0 clears (STM32's status flags) */
};

#define REG_WORDS(table) (sizeof(table) / sizeof *(table))

/** All registers to their reset values. */
static inline void regs_reset(const struct reg *table, uint32_t n, uint32_t *values)
{
    for (uint32_t i = 0; i < n; i++)
        values[i] = table[i].reset;
}

/** Is there a register at @off? When not, that is told to the host as unmodelled. */
static inline bool regs_known(const struct reg *table, uint32_t n, struct device *d, uint32_t off,
                              bool write)
{
    if (off / 4 < n && table[off / 4].name)
        return true;
    device_unmodelled(d, off & ~3u, write);
    return false;
}

/** The @bytes at @off of register value @word. */
static inline uint32_t regs_part(uint32_t word, uint32_t off, uint32_t bytes)
{
    return word >> 8 * (off & 3u) & (bytes == 4 ? UINT32_MAX : (1u << 8 * bytes) - 1);
}

/** A write of @bytes at @off as one of the whole word: @old has the bytes that are not written. */
static inline uint32_t regs_whole(uint32_t old, uint32_t off, uint32_t bytes, uint32_t val)
{
    uint32_t lanes = (bytes == 4 ? UINT32_MAX : (1u << 8 * bytes) - 1) << 8 * (off & 3u);
    return (old & ~lanes) | (val << 8 * (off & 3u) & lanes);
}

/** What the register holds after @val was written to it. */
static inline uint32_t regs_written(const struct reg *r, uint32_t old, uint32_t val)
{
    uint32_t v = (old & ~r->mask) | (val & r->mask);
    v &= ~(val & r->clear);
    return v & (val | ~r->keep_1);
}

#endif
