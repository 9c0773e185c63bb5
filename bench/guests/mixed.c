/* A hot loop over a 256-byte region that shares its 1 KiB page with a no-access region. */
#include "tests/guest/lib/guest.h"

static uint32_t page[256] __attribute__((aligned(1024)));

void guest_main(void)
{
    uint32_t sum = 0;
    guest_region(0, (uint32_t)page, RASR(8, 3, 1, 0));
    guest_region(1, (uint32_t)page + 256, RASR(8, 0, 1, 0));
    MPU_CTRL = 5;
    BARRIER();
    for (uint32_t round = 0; round < 20000; round++)
        for (uint32_t i = 0; i < 64; i++) {
            sum += page[i];
            page[i] = sum ^ i;
        }
    guest_hex(sum);
}
