/*
 * What Keep tells a host: constants and tables in the image, found by the symbol `keep_abi`.
 *
 * Addresses are guest addresses in 32 bits. The tables are constant and can be read from the ELF
 * file; only the word that `current` points to changes as the kernel runs.
 */
#ifndef KEEP_ABI_KEEP_H
#define KEEP_ABI_KEEP_H

#include <stddef.h>
#include <stdint.h>

#define KEEP_ABI_SYMBOL  "keep_abi"
#define KEEP_ABI_MAGIC   0x5045454Bu /* "KEEP" */
#define KEEP_ABI_VERSION 1u

#define KEEP_NAME_MAX 16u /* bytes of a name, its NUL included */

/** The symbol keep_abi. */
struct keep_abi {
    uint32_t magic;
    uint32_t version;
    uint32_t current;                    /* address of a word: the running thread's address */
    uint32_t threads, threads_end;       /* struct keep_abi_thread[] */
    uint32_t partitions, partitions_end; /* struct keep_abi_partition[] */
};

/** A thread that was made at build time. */
struct keep_abi_thread {
    uint32_t thread; /* address of its object: what current holds while it runs */
    uint32_t stack, stack_bytes;
    uint32_t priv_stack, priv_stack_bytes; /* where its system calls run; the guard is below */
    char name[KEEP_NAME_MAX];
};

/** A part of memory that can be given to domains. */
struct keep_abi_partition {
    uint32_t start, bytes;
    char name[KEEP_NAME_MAX];
};

_Static_assert(sizeof(struct keep_abi) == 28, "shared with the host");
_Static_assert(offsetof(struct keep_abi, threads) == 12, "shared with the host");
_Static_assert(sizeof(struct keep_abi_thread) == 36, "shared with the host");
_Static_assert(sizeof(struct keep_abi_partition) == 24, "shared with the host");

#endif
