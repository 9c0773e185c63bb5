/*
 * The beginning and the end: what the kernel itself defines, the first switch, shutdown.
 */
#include "kernel/core/core.h"

#define PRIORITY_FIRST      KEEP_COOPERATIVE
#define IDLE_STACK          512u
#define SEMIHOST_EXIT       0x18u
#define SEMIHOST_EXIT_FINE  0x20026u /* ADP_Stopped_ApplicationExit */
#define SEMIHOST_EXIT_ERROR 0x20023u /* ADP_Stopped_RunTimeErrorUnknown */

static void run_first(void *arg);
static void run_idle(void *arg);

KEEP_KERNEL_THREAD(first, KEEP_FIRST_STACK, run_first, NULL, PRIORITY_FIRST, 0, KEEP_FOREVER);
KEEP_KERNEL_THREAD(idle, IDLE_STACK, run_idle, NULL, KEEP_PRIORITIES - 1, 0, KEEP_FOREVER);

static void run_first(void *arg)
{
    (void)arg;
    keep_main();
}

static void run_idle(void *arg)
{
    (void)arg;
    for (;;)
        arch_wait_for_interrupt();
}

static void start(struct keep_thread *t, struct keep_stack *stack, void (*entry)(void *),
                  uint32_t priority)
{
    struct keep_thread_spec spec = {entry, NULL, priority, 0, KEEP_FOREVER};
    if (keep_thread_make(t, stack, &spec) < 0)
        keep_panic("a thread of the kernel is not sound");
}

void keep_boot(void)
{
    keep_lock();
    object_init();
    mpu_boot();
    arch_init();
    arch_clock_start();
    uart_init();
    thread_init();
    work_init();
    start(&idle, &idle_stack, run_idle, KEEP_PRIORITIES - 1);
    idle.priority = KEEP_IDLE;
    keep_impl_thread_resume(&idle);
    start(&first, &first_stack, run_first, PRIORITY_FIRST);
    keep_impl_thread_resume(&first);
    keep_unlock_and_switch(0); /* the first switch happens here and never comes back */
    keep_panic("the first switch failed");
}

void keep_shutdown(uint32_t status)
{
    keep_lock();
    uart_drain(&keep_console);
    arch_semihost(SEMIHOST_EXIT, status ? SEMIHOST_EXIT_ERROR : SEMIHOST_EXIT_FINE);
    for (;;)
        ; /* no debugger: nobody to tell */
}
