/* Runs until somebody stops it. */
#include "tests/guest/lib/guest.h"

void guest_main(void)
{
    for (;;)
        ;
}
