/*
 * A program that is loaded after boot: its file, made by `keeptool program`.
 *
 * Header, text (code and constants), data, relocations. All numbers are little-endian words. Text
 * is linked at 0 and data at KEEP_PROGRAM_DATA; a relocation names a word to which the address of
 * the text or of the data is added, where they come to lie.
 */
#ifndef KEEP_ABI_PROGRAM_H
#define KEEP_ABI_PROGRAM_H

#include <stdint.h>

#define KEEP_PROGRAM_MAGIC   0x4750504Bu /* "KPPG" */
#define KEEP_PROGRAM_VERSION 1u
#define KEEP_PROGRAM_DATA    0x10000000u /* where data is linked */
#define KEEP_DIGEST_BYTES    32u

#define KEEP_RELOC_IN_DATA 0x80000000u /* the word lies in data, not in text */
#define KEEP_RELOC_TO_DATA 0x40000000u /* the address of data is added, not that of text */
#define KEEP_RELOC_OFFSET  0x3FFFFFFFu /* of the word */

struct keep_program_header {
    uint32_t magic, version;
    uint8_t digest[KEEP_DIGEST_BYTES];          /* SHA-256 of all that follows it */
    uint32_t text_bytes, data_bytes, bss_bytes; /* multiples of 4 */
    uint32_t entry;                             /* offset in text of void entry(void *) */
    uint32_t relocs;
};

_Static_assert(sizeof(struct keep_program_header) == 60, "shared with the host");

#endif
