/* The debugger's console: SYS_WRITE0, SYS_WRITEC, SYS_OPEN and SYS_WRITE, and an unknown call. */
#include "tests/guest/lib/guest.h"

static uint32_t call(uint32_t op, const void *arg)
{
    register uint32_t r0 __asm__("r0") = op;
    register const void *r1 __asm__("r1") = arg;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

void guest_main(void)
{
    static const char text[] = "by SYS_WRITE\n";
    call(0x04, "by SYS_WRITE0\n");
    call(0x03, "!");
    call(0x03, "\n");
    uint32_t handle = call(0x01, (const uint32_t[]){(uint32_t) ":tt", 4, 3});
    guest_hex(call(0x05, (const uint32_t[]){handle, (uint32_t)text, sizeof text - 1}));
    guest_hex(call(0x7F, 0));
}
