/*
 * The least there is: a user thread and a semaphore. Its size is the kernel's (make bench).
 */
#include "kernel/abi/supervisor.h"
#include "kernel/user/keep.h"

extern struct keep_uart keep_console;

KEEP_PARTITION(part);
KEEP_DOMAIN(domain, "part");
static volatile uint32_t count KEEP_APP_BSS(part);

static KEEP_SEM(done, 0, 1);

static void work(void *arg)
{
    (void)arg;
    while (++count < 10)
        ;
    keep_puts(&keep_console, "user mode\n");
    keep_sem_give(&done);
}

KEEP_USER_THREAD(worker, 512, work, NULL, &domain, NULL, 20, 0, 0);
KEEP_GRANT(worker, done);
KEEP_GRANT(worker, keep_console);

void keep_main(void)
{
    keep_sem_take(&done, KEEP_FOREVER);
    keep_shutdown(0);
}
