/*
 * The threads of a kernel in the guest, as a debugger shows them: Keep's, FreeRTOS's and Zephyr's,
 * found by the symbols that those kernels carry for debuggers.
 *
 * Source: Keep: kernel/abi/keep.h. FreeRTOS: pxCurrentTCB and its lists (tasks.c, list.h). Zephyr:
 * _kernel_thread_info_offsets (CONFIG_DEBUG_THREAD_INFO).
 */
#ifndef MOAT_THREADS_H
#define MOAT_THREADS_H

#include "cpu/cpu.h"
#include "loaders/image.h"
#include "loaders/keep.h"

#define THREADS_MAX 128u

/** Where the registers of a thread that does not run are. */
struct thread_context {
    uint32_t callee;     /* address of r4 to r11 */
    uint32_t frame;      /* and of the exception frame: its stack pointer */
    uint32_t exc_return; /* bit 4 clear: the frame holds FP registers. DDI 0403E B1.5.8 */
};

struct thread {
    uint32_t id; /* as GDB has it, from 1 on; the same for the same object */
    uint32_t object;
    char name[32];
    bool current;
    struct thread_context context; /* frame 0: not known */
};

struct threads {
    struct thread thread[THREADS_MAX];
    uint32_t count; /* at least 1: the core itself, when there is no kernel or none runs */
};

/** As memory is now. @keep may be empty. */
void threads_read(const struct cpu *c, const struct image *image, const struct keep *keep,
                  struct threads *out);

/** General register @n (0 to 15; 16: xPSR) of a thread that does not run. False: not known. */
bool threads_register(const struct cpu *c, const struct thread *t, uint32_t n, uint32_t *out);

#endif
