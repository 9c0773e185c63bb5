/* One system call. */
#include "tests/guest/lib/guest.h"

void svcall_handler(void)
{
    guest_puts("svc\n");
}

void guest_main(void)
{
    __asm__ volatile("svc 1" ::: "memory");
    guest_puts("back\n");
}
