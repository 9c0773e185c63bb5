/*
 * A program that is loaded after boot, and then writes to its own code.
 */
#define KEEP_USER_ONLY
#include "kernel/user/keep.h"

void entry(void *console);

void entry(void *console)
{
    keep_puts(console, "evil: here I come\n");
    *(volatile uint32_t *)((uint32_t)entry & ~3u) = 0;
    keep_puts(console, "evil: NEW CODE\n");
}
