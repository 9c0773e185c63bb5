/* Many SysTicks: a long trace. */
#include "tests/guest/lib/guest.h"

static volatile uint32_t ticks;

void systick_handler(void)
{
    ticks++;
}

void guest_main(void)
{
    SYST_RVR = 99;
    SYST_CVR = 0;
    SYST_CSR = 7;
    while (ticks < 2000000)
        __asm__ volatile("wfi");
    guest_puts("done\n");
}
