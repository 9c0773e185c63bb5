/*
 * The beginning and the end: what the kernel itself defines, the first switch, shutdown, panic.
 */
#include "kernel/core/core.h"

#define CONSOLE_BASE        0x40004000u /* UART0 of the MPS2 boards */
#define PRIORITY_MAIN       1u
#define PRIORITY_IDLE       (KEEP_PRIORITIES - 1)
#define SEMIHOST_EXIT       0x18u
#define SEMIHOST_EXIT_FINE  0x20026u /* ADP_Stopped_ApplicationExit */
#define SEMIHOST_EXIT_ERROR 0x20023u /* ADP_Stopped_RunTimeErrorUnknown */

KEEP_UART(keep_console, CONSOLE_BASE);
KEEP_SUPERVISOR_THREAD(main_thread, PRIORITY_MAIN);
KEEP_SUPERVISOR_THREAD(idle, PRIORITY_IDLE);

extern const struct keep_abi_thread __keep_abi_threads_start[], __keep_abi_threads_end[];
extern const struct keep_abi_partition __keep_abi_partitions_start[], __keep_abi_partitions_end[];
extern const struct keep_abi keep_abi;

/* What a host reads; see kernel/abi/keep.h. */
__attribute__((used)) const struct keep_abi keep_abi = {
    .magic = KEEP_ABI_MAGIC,
    .version = KEEP_ABI_VERSION,
    .current = (uint32_t)&keep_current,
    .threads = (uint32_t)__keep_abi_threads_start,
    .threads_end = (uint32_t)__keep_abi_threads_end,
    .partitions = (uint32_t)__keep_abi_partitions_start,
    .partitions_end = (uint32_t)__keep_abi_partitions_end,
};

static void run_main(uint32_t arg)
{
    (void)arg;
    keep_main();
    keep_shutdown(0);
}

static void run_idle(uint32_t arg)
{
    (void)arg;
    for (;;)
        __asm__ volatile("wfi");
}

void keep_boot(void)
{
    object_init();
    mpu_boot();
    arch_init(KEEP_CLOCK_HZ, KEEP_TICKS_HZ);
    uint32_t key = keep_lock();
    keep_thread_start(&idle, run_idle, 0);
    keep_thread_start(&main_thread, run_main, 0);
    keep_unlock(key); /* the first switch happens here and never comes back */
    keep_panic("the first switch failed");
}

void keep_shutdown(uint32_t status)
{
    keep_lock();
    arch_semihost(SEMIHOST_EXIT, status ? SEMIHOST_EXIT_ERROR : SEMIHOST_EXIT_FINE);
    for (;;)
        ; /* no debugger: nobody to tell */
}

void keep_panic(const char *why)
{
    keep_lock();
    keep_print("PANIC: ");
    keep_print(why);
    keep_print("\n");
    keep_shutdown(1);
}
