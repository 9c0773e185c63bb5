/* UART polling: the state register read until a byte could be sent, 5 M times. */
#include "tests/guest/lib/guest.h"

#define UART ((volatile uint32_t *)0x40004000)

void guest_main(void)
{
    uint32_t full = 0;
    UART[4] = 16;
    UART[2] = 1;
    for (uint32_t i = 0; i < 5000000; i++)
        full += UART[1] & 1u;
    guest_exit(full != 0);
}
