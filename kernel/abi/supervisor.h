/*
 * What privileged code may ask of the kernel beside the system calls. Implemented in kernel/core.
 */
#ifndef KEEP_ABI_SUPERVISOR_H
#define KEEP_ABI_SUPERVISOR_H

#include "kernel/abi/object.h"

/** The application's first thread runs this; its image defines it. Privileged. */
void keep_main(void);

/** Where a thread's entry function returns to; runs with the thread's own rights. */
void keep_thread_returned(void);

/** (Re)start a dead thread at @entry(@arg). Its earlier permissions stay. */
void keep_thread_start(struct keep_thread *t, void (*entry)(uint32_t), uint32_t arg);

/** Wait until @t has ended; how and why is in its fields. Thread context only. */
void keep_thread_join(struct keep_thread *t);

/** Let @t use @o. */
void keep_grant(struct keep_thread *t, struct keep_object *o);

/** Text on the console, from privileged code. */
void keep_print(const char *text);
void keep_print_number(uint32_t n);

/** End the machine: semihosting exit. 0 is success. */
_Noreturn void keep_shutdown(uint32_t status);

/** A mistake of the kernel: say so and end the machine with status 1. */
_Noreturn void keep_panic(const char *why);

#endif
