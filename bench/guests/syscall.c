/* System call round trip: SVC to an empty handler and back, 2 million times. */
#include "tests/guest/lib/guest.h"

void svcall_handler(void)
{
}

void guest_main(void)
{
    for (uint32_t i = 0; i < 2000000; i++)
        __asm__ volatile("svc 0" ::: "memory");
    guest_puts("done\n");
}
