/* Ends itself with an error. */
#include "tests/guest/lib/guest.h"

void guest_main(void)
{
    guest_exit(1);
}
