/* A fault in the handler of a fault. */
#include "tests/guest/lib/guest.h"

void hardfault_handler(void)
{
    __asm__ volatile("udf 0");
}

void guest_main(void)
{
    __asm__ volatile("udf 0");
}
