/* What a C library's start-up code for an Arm debugger lacks on a Cortex-M: a vector table. */
extern char __stack[];
void _start(void);

static void stop(void)
{
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))__stack, _start, stop, stop};

/*
 * The heap ends where the linker script says, on every machine: debuggers give different answers to
 * SYS_HEAPINFO.
 */
#include <errno.h>

extern char end[], __heap_limit[];
char *_sbrk(int bytes);
char *_sbrk(int bytes)
{
    static char *top = end;
    char *was = top;
    if (bytes > __heap_limit - top) {
        errno = ENOMEM;
        return (char *)-1;
    }
    top += bytes;
    return was;
}
