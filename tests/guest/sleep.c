/* Sleeps with nothing to wake it. */
#include "tests/guest/lib/guest.h"

void guest_main(void)
{
    for (;;)
        __asm__ volatile("wfi");
}
