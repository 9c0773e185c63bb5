/*
 * A fault as a value: what a thread did, where, by which rule it was refused.
 */
#ifndef KEEP_ABI_FAULT_H
#define KEEP_ABI_FAULT_H

#include <stdint.h>

/* X(name, words): what was wrong. */
#define KEEP_FAULTS(X)                                                 \
    X(NONE, "no fault")                                                \
    X(READ_WRITE, "memory that the thread may not access so")          \
    X(EXECUTE, "an instruction from memory that is not executable")    \
    X(STACK, "the stack is used up, or is no memory of the thread's")  \
    X(BUS, "no memory or device answers")                              \
    X(INSTRUCTION, "an instruction that is not allowed")               \
    X(DIVIDE, "a division by zero")                                    \
    X(UNALIGNED, "an address that is not aligned")                     \
    X(RETURN, "an exception return outside an exception")              \
    X(SVC, "an SVC number that is the kernel's")                       \
    X(CALL_NUMBER, "no such system call")                              \
    X(CALL_EXCLUDED, "a system call that this image leaves out")       \
    X(OBJECT, "not a kernel object")                                   \
    X(OBJECT_TYPE, "a kernel object of another type")                  \
    X(OBJECT_UNINITIALISED, "a kernel object that is not initialised") \
    X(OBJECT_IN_USE, "a kernel object that is in use already")         \
    X(PERMISSION, "a kernel object without permission")                \
    X(BUFFER, "a buffer that the caller may not access so")            \
    X(BOUNDS, "a number out of its bounds")                            \
    X(CALLBACK, "a callback from user mode")                           \
    X(OOPS, "the program gave up")                                     \
    X(STACK_CHECK, "a stack canary was overwritten")                   \
    X(INJECTED, "ended by another")                                    \
    X(PANIC, "privileged code gave up")                                \
    X(HARD, "a fault of which the core does not tell the kind")

enum keep_fault_kind {
#define KEEP_FAULT_ENUM(name, words) KEEP_FAULT_##name,
    KEEP_FAULTS(KEEP_FAULT_ENUM)
#undef KEEP_FAULT_ENUM
    KEEP_FAULT_KINDS
};

struct keep_thread;

/** What went wrong. Fields that a kind does not use are 0. */
struct keep_fault {
    uint8_t kind;     /* enum keep_fault_kind */
    uint8_t argument; /* of a system call: which, from 0 */
    uint16_t call;    /* number of the system call */
    uint32_t addr;    /* the address or value that was refused */
    uint32_t pc;      /* the instruction; 0 when it cannot be known */
    uint32_t status;  /* CFSR, where the core has one (DDI 0403E B3.2.15) */
    struct keep_thread *thread;
};

#endif
