/*
 * What the random guests share: the generator, and lines of hexadecimal numbers, written out by
 * semihosting many at a time. A guest seeds the generator and calls flush() at its end.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdint.h>

#define FUZZ_TEXT_BYTES (1u << 20)

static uint64_t state;                                                /* of the generator; not 0 */
static char text[FUZZ_TEXT_BYTES] __attribute__((section(".arena"))); /* above the stack */
static uint32_t text_len;

static inline uint32_t rnd(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 16);
}

static inline void flush(void)
{
    register uint32_t r0 __asm__("r0") = 4; /* SYS_WRITE0 */
    register char *r1 __asm__("r1") = text;
    text[text_len] = 0;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    text_len = 0;
}

static inline void put(char c)
{
    if (text_len < sizeof text - 2)
        text[text_len++] = c;
}

static inline void hex(uint32_t v)
{
    put(' ');
    int shift = 28;
    while (shift && !(v >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        put("0123456789abcdef"[v >> shift & 15u]);
}

#endif
