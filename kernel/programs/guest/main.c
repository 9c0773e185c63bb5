/*
 * A program that is loaded after boot. It knows nothing of the image it runs in: its console comes
 * as its argument, and the semaphore that it uses is from the pool.
 */
#define KEEP_USER_ONLY
#include "kernel/user/keep.h"

void entry(void *console);

static const char *const words[] = {"one", "two", "three"}; /* relocated pointers */
static uint32_t count = 40;
static uint32_t zero;

static void say(struct keep_uart *console, const char *text)
{
    keep_puts(console, "guest: ");
    keep_puts(console, text);
    keep_puts(console, "\n");
}

void entry(void *console)
{
    for (uint32_t i = 0; i < 3; i++)
        say(console, words[i]);
    struct keep_sem *sem = (struct keep_sem *)keep_object_new(KEEP_TYPE_SEM, 0);
    if ((int32_t)sem > 0 && keep_sem_give(sem) == 0 && keep_sem_take(sem, KEEP_NO_WAIT) == 0)
        count += 2;
    say(console, count == 42 && zero == 0 ? "the answer is right" : "the answer is wrong");
    keep_thread_exit((int32_t)count);
}
