/* Ends itself with status 7, by SYS_EXIT_EXTENDED. */
#include "tests/guest/lib/guest.h"

void guest_main(void)
{
    static const uint32_t block[2] = {0x20026, 7};
    register uint32_t r0 __asm__("r0") = 0x20;
    register const uint32_t *r1 __asm__("r1") = block;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
}
