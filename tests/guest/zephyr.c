/*
 * Memory as Zephyr leaves it with CONFIG_DEBUG_THREAD_INFO (subsys/debug/thread_info.c): where a
 * debugger finds its threads, and two threads.
 */
#include <stddef.h>

#include "tests/guest/lib/guest.h"

struct k_thread {
    void *base;
    uint32_t v[8]; /* callee_saved: R4 to R11, then PSP */
    uint32_t psp;
    struct k_thread *next_thread;
    char name[16];
    uint8_t mode_exc_return;
};
struct z_kernel {
    uint32_t nested;
    struct k_thread *current;
    struct k_thread *threads;
};

struct z_kernel _kernel;
const uint32_t _kernel_thread_info_offsets[] = {1,
                                                offsetof(struct z_kernel, current),
                                                offsetof(struct z_kernel, threads),
                                                0xFFFFFFFF,
                                                offsetof(struct k_thread, next_thread),
                                                0xFFFFFFFF,
                                                0xFFFFFFFF,
                                                0xFFFFFFFF,
                                                offsetof(struct k_thread, psp),
                                                offsetof(struct k_thread, name),
                                                0xFFFFFFFF,
                                                0xFFFFFFFF,
                                                0xFFFFFFFF,
                                                offsetof(struct k_thread, mode_exc_return)};
const uint32_t _kernel_thread_info_num_offsets =
    sizeof _kernel_thread_info_offsets / sizeof *_kernel_thread_info_offsets;

static struct k_thread threads[2] = {{.name = "main", .mode_exc_return = 0xFD},
                                     {.name = "worker", .mode_exc_return = 0xFD}};
static uint32_t stack[16];

void guest_main(void)
{
    for (uint32_t i = 0; i < 8; i++) {
        threads[1].v[i] = 0x400 + i;
        stack[i] = 0x500 + i;
    }
    stack[7] = 0x01000000;
    threads[1].psp = (uint32_t)stack;
    threads[0].next_thread = &threads[1];
    _kernel.threads = &threads[0];
    _kernel.current = &threads[0];
    BARRIER();
    guest_puts(_kernel_thread_info_num_offsets + _kernel_thread_info_offsets[0] ? "two threads\n"
                                                                                : "");
}
