/* A pin, here an LED of the FPGA, switched on and off 5 M times, read back each time. */
#include "tests/guest/lib/guest.h"

#define LED (*(volatile uint32_t *)0x40028000)

void guest_main(void)
{
    uint32_t wrong = 0;
    for (uint32_t i = 0; i < 2500000; i++) {
        LED = i & 1u;
        wrong += LED != (i & 1u);
    }
    guest_exit(wrong != 0);
}
