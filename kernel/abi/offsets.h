/*
 * Where the fields of a thread are that kernel/arch/switch.S uses. Plain numbers, for the
 * assembler; kernel/abi/object.h makes sure that they are right.
 */
#ifndef KEEP_ABI_OFFSETS_H
#define KEEP_ABI_OFFSETS_H

#define KEEP_THREAD_CONTEXT 8
#define KEEP_THREAD_CONTROL 48
#define KEEP_THREAD_SLOT    52
#define KEEP_THREAD_REGIONS 60
#define KEEP_THREAD_PENDING 64
#define KEEP_THREAD_FRAME   68
#define KEEP_THREAD_LIMIT   72
#define KEEP_THREAD_STATE   76
#define KEEP_THREAD_FP      220

#endif
