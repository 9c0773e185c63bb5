/*
 * Memory as FreeRTOS leaves it on an ARMv7-M core (tasks.c, list.h, portable/GCC/ARM_CM3): three
 * tasks in its lists, two of them stacked. A debugger is to find them by these names.
 */
#include "tests/guest/lib/guest.h"

struct list_item {
    uint32_t value;
    struct list_item *next, *previous;
    void *owner, *container;
};
struct list {
    uint32_t items;
    struct list_item *index;
    struct { /* xListEnd */
        uint32_t value;
        struct list_item *next, *previous;
    } end;
};
struct tcb {
    uint32_t *top_of_stack;
    struct list_item state, event;
    uint32_t priority;
    uint32_t *stack;
    char name[16];
};

struct list pxReadyTasksLists[5], xSuspendedTaskList, xDelayedTaskList1;
struct tcb *pxCurrentTCB;
static struct tcb tasks[3];
static uint32_t stacks[3][32];

/* R4 to R11, then R0 to R3, R12, LR, PC, xPSR: task @n's hold 0x100 * n and their number. */
static void stack_task(uint32_t n, const char *name, struct list *list)
{
    uint32_t *frame = &stacks[n][16];
    for (uint32_t i = 0; i < 16; i++)
        frame[i] = 0x100 * n + i;
    frame[15] = 0x01000000;
    tasks[n].top_of_stack = frame;
    for (uint32_t i = 0; name[i]; i++)
        tasks[n].name[i] = name[i];
    tasks[n].state.owner = &tasks[n];
    tasks[n].state.next = (struct list_item *)&list->end;
    list->end.next = &tasks[n].state;
    list->items = 1;
}

static void empty(struct list *list)
{
    list->end.next = (struct list_item *)&list->end;
}

void guest_main(void)
{
    for (uint32_t i = 0; i < 5; i++)
        empty(&pxReadyTasksLists[i]);
    empty(&xSuspendedTaskList);
    empty(&xDelayedTaskList1);
    stack_task(0, "idle", &pxReadyTasksLists[0]);
    stack_task(1, "blinky", &pxReadyTasksLists[3]);
    stack_task(2, "waits", &xSuspendedTaskList);
    pxCurrentTCB = &tasks[1];
    guest_puts("three tasks\n");
}
