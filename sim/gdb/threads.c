#include "sim/gdb/threads.h"

#include <stdio.h>
#include <string.h>

#include "kernel/abi/offsets.h"

#define NO_FP         (1u << 4) /* of EXC_RETURN */
#define CORE_ID       0x7FFFu   /* what runs when no thread does */
#define FRAME_BYTES   32u
#define FP_BYTES      72u /* S0 to S15, FPSCR, and a word */
#define XPSR_ALIGNED  (1u << 9)
#define LIST_STEPS    256u /* a list that is being changed may have no end */
#define DEFAULT_NO_FP 0xFFFFFFFDu

static uint32_t word(const struct cpu *c, uint32_t addr)
{
    uint32_t w = 0;
    return cpu_peek(c, addr, &w, 4) ? w : 0;
}

static uint32_t symbol(const struct image *image, const char *name)
{
    const struct image_symbol *s = image_symbol_named(image, name);
    return s ? s->addr : 0;
}

static struct thread *add(struct threads *t, uint32_t object)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->thread[i].object == object)
            return NULL;
    if (!object || t->count == THREADS_MAX)
        return NULL;
    t->thread[t->count] = (struct thread){.object = object};
    return &t->thread[t->count++];
}

static void read_name(const struct cpu *c, uint32_t addr, struct thread *t)
{
    for (uint32_t i = 0; i + 1 < sizeof t->name; i++) {
        char byte;
        if (!cpu_peek(c, addr + i, &byte, 1) || byte < ' ' || byte > '~')
            break;
        t->name[i] = byte;
    }
}

/* ---- Keep ---- */

static bool read_keep(const struct cpu *c, const struct image *image, const struct keep *k,
                      struct threads *out)
{
    (void)image;
    if (!k->current)
        return false;
    uint32_t current = word(c, k->current);
    for (uint32_t i = 0; i < k->thread_count; i++) {
        struct thread *t = add(out, k->threads[i].thread);
        if (!t)
            continue;
        uint32_t context = t->object + KEEP_THREAD_CONTEXT;
        t->id = i + 1;
        t->current = t->object == current;
        snprintf(t->name, sizeof t->name, "%s", k->threads[i].name);
        t->context = (struct thread_context){
            .callee = context + 4, .frame = word(c, context), .exc_return = word(c, context + 36)};
    }
    return true;
}

/* ---- FreeRTOS ---- */

/* Offsets in its List_t, ListItem_t and TCB_t, of 32-bit ports without MPU wrappers. */
enum {
    LIST_END = 8,
    ITEM_NEXT = 4,
    ITEM_OWNER = 12,
    LIST_BYTES = 20,
    TCB_NAME = 52
};

static void add_list(const struct cpu *c, uint32_t list, struct threads *out)
{
    uint32_t end = list + LIST_END, item = word(c, end + ITEM_NEXT);
    for (uint32_t n = 0; list && item && item != end && n < LIST_STEPS; n++) {
        add(out, word(c, item + ITEM_OWNER));
        item = word(c, item + ITEM_NEXT);
    }
}

/* What its ports for ARMv7-M stack: R4 to R11, with an FPU EXC_RETURN and perhaps S16 to S31. */
static void freertos_context(const struct cpu *c, struct thread *t)
{
    uint32_t sp = word(c, t->object), lr = word(c, sp + 32);
    bool with_return = lr >= 0xFFFFFFE0u;
    t->context = (struct thread_context){.callee = sp,
                                         .frame = sp + (with_return ? 36 : 32),
                                         .exc_return = with_return ? lr : DEFAULT_NO_FP};
    if (with_return && !(lr & NO_FP))
        t->context.frame += 64;
}

static bool read_freertos(const struct cpu *c, const struct image *image, const struct keep *k,
                          struct threads *out)
{
    static const char *const lists[] = {"xDelayedTaskList1", "xDelayedTaskList2",
                                        "xPendingReadyList", "xSuspendedTaskList",
                                        "xTasksWaitingTermination"};
    const struct image_symbol *ready = image_symbol_named(image, "pxReadyTasksLists");
    uint32_t current = symbol(image, "pxCurrentTCB");
    (void)k;
    if (!current || !ready)
        return false;
    current = word(c, current);
    for (uint32_t at = 0; at + LIST_BYTES <= ready->size; at += LIST_BYTES)
        add_list(c, ready->addr + at, out);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        add_list(c, symbol(image, lists[i]), out);
    add(out, current);
    for (uint32_t i = 0; i < out->count; i++) {
        struct thread *t = &out->thread[i];
        t->id = t->object;
        t->current = t->object == current;
        read_name(c, t->object + TCB_NAME, t);
        freertos_context(c, t);
    }
    return true;
}

/* ---- Zephyr ---- */

/* Places of _kernel_thread_info_offsets. */
enum {
    Z_VERSION,
    Z_CURRENT,
    Z_THREADS,
    Z_NEXT = 4,
    Z_STACK_PTR = 8,
    Z_NAME,
    Z_EXC_RETURN = 13
};

static bool read_zephyr(const struct cpu *c, const struct image *image, const struct keep *k,
                        struct threads *out)
{
    uint32_t table = symbol(image, "_kernel_thread_info_offsets"),
             kernel = symbol(image, "_kernel"), offset[16] = {0},
             count = word(c, symbol(image, "_kernel_thread_info_num_offsets"));
    (void)k;
    if (!table || !kernel)
        return false;
    for (uint32_t i = 0; i < 16 && i < (count ? count : Z_NAME); i++)
        offset[i] = word(c, table + 4 * i);
    uint32_t current = word(c, kernel + offset[Z_CURRENT]),
             object = word(c, kernel + offset[Z_THREADS]);
    for (uint32_t n = 0; object && n < LIST_STEPS; n++) {
        struct thread *t = add(out, object);
        if (!t)
            break;
        t->id = object;
        t->current = object == current;
        if (offset[Z_VERSION] >= 1)
            read_name(c, object + offset[Z_NAME], t);
        bool has_return = count > Z_EXC_RETURN && offset[Z_EXC_RETURN] != UINT32_MAX;
        uint8_t low = 0xFD;
        if (has_return)
            cpu_peek(c, object + offset[Z_EXC_RETURN], &low, 1);
        t->context = (struct thread_context){.callee = object + offset[Z_STACK_PTR] - 32,
                                             .frame = word(c, object + offset[Z_STACK_PTR]),
                                             .exc_return = 0xFFFFFF00u | low};
        object = word(c, object + offset[Z_NEXT]);
    }
    return out->count != 0;
}

/* ---- All. ---- */

void threads_read(const struct cpu *c, const struct image *image, const struct keep *keep,
                  struct threads *out)
{
    static bool (*const kernels[])(const struct cpu *, const struct image *, const struct keep *,
                                   struct threads *) = {read_keep, read_freertos, read_zephyr};
    bool runs = false;
    out->count = 0;
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (kernels[i](c, image, keep, out))
            break;
    for (uint32_t i = 0; i < out->count; i++)
        runs |= out->thread[i].current;
    if (runs)
        return;
    if (out->count == THREADS_MAX)
        out->count--;
    out->thread[out->count++] = (struct thread){.id = CORE_ID, .name = "core", .current = true};
}

bool threads_register(const struct cpu *c, const struct thread *t, uint32_t n, uint32_t *out)
{
    static const uint8_t in_frame[17] = {
        [0] = 1, [1] = 2, [2] = 3, [3] = 4, [12] = 5, [14] = 6, [15] = 7, [16] = 8};
    const struct thread_context *x = &t->context;
    uint32_t xpsr;
    if (!x->frame || !cpu_peek(c, x->frame + 28, &xpsr, 4) || n > 16)
        return false;
    if (n == 13) {
        *out = x->frame + FRAME_BYTES + (x->exc_return & NO_FP ? 0 : FP_BYTES) +
               (xpsr & XPSR_ALIGNED ? 4 : 0);
        return true;
    }
    if (in_frame[n])
        return cpu_peek(c, x->frame + 4 * (in_frame[n] - 1u), out, 4);
    return cpu_peek(c, x->callee + 4 * (n - 4), out, 4);
}
