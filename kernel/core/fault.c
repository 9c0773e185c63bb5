/*
 * Faults. A program's is a value, and what becomes of it is its policy's to say. The kernel's own
 * is the end: everything is printed once, and nothing that it needs can fail a second time.
 */
#include "kernel/core/core.h"

static const struct {
    const char *name, *words;
} kinds[] = {
#define ROW(name, words) {#name, words},
    KEEP_FAULTS(ROW)
#undef ROW
};

const char *keep_fault_name(uint32_t kind)
{
    return kind < KEEP_FAULT_KINDS ? kinds[kind].name : "?";
}

const char *keep_fault_words(uint32_t kind)
{
    return kind < KEEP_FAULT_KINDS ? kinds[kind].words : "?";
}

void keep_user_fault(const struct keep_fault *f)
{
    f->thread->fault = *f;
#if KEEP_WITH_PROGRAM
    program_fault(f->thread);
#else
    thread_end(f->thread, KEEP_END_FAULT, 0);
#endif
}

int32_t fault_refuse(enum keep_fault_kind kind, uint32_t call, uint32_t argument, uint32_t value)
{
    struct keep_thread *me = keep_current;
    me->again = 0; /* this call is not made again */
    struct keep_fault f = {.kind = (uint8_t)kind,
                           .argument = (uint8_t)argument,
                           .call = (uint16_t)call,
                           .addr = value,
                           .pc = me->frame ? me->frame[6] - 2 : 0,
                           .thread = me};
    keep_user_fault(&f);
    return 0;
}

/* A user's reasons all become the same: it cannot speak for the kernel. */
int32_t keep_impl_oops(uint32_t reason)
{
    if (!keep_in_call())
        keep_panic("oops");
    bool stack_check = reason == KEEP_FAULT_STACK_CHECK;
    return fault_refuse(stack_check ? KEEP_FAULT_STACK_CHECK : KEEP_FAULT_OOPS, KEEP_SYS_oops, 0,
                        reason);
}

__attribute__((weak)) bool keep_fatal(const struct keep_fault *f)
{
    (void)f;
    return false;
}

/* The running thread is ended instead of the system, if the image can do without it. */
static bool ended_alone(const struct keep_fault *f)
{
    if (!f->thread || (f->thread->options & KEEP_ESSENTIAL) || !keep_fatal(f))
        return false;
    f->thread->fault = *f;
    thread_end(f->thread, KEEP_END_FAULT, 0);
    keep_unlock_and_switch(0); /* whatever the thread had locked: it does not come back */
    return true;
}

static void print_field(const char *name, uint32_t value)
{
    keep_print(name);
    keep_print_hex(value);
}

/* From here on nothing is expected to work but the console; a second fault ends it at once. */
static void begin_end(void)
{
    static bool ending;
    keep_lock();
    if (ending)
        keep_shutdown(1);
    ending = true;
}

static void print_frame(const struct keep_frame *frame)
{
    uint32_t at = (uint32_t)frame;
    if (at < BOARD_RAM_BASE || at > BOARD_RAM_BASE + BOARD_RAM_MAX - sizeof *frame)
        return;
    print_field(", pc ", frame->pc);
    print_field(", lr ", frame->lr);
    print_field("\n  r0 ", frame->r0);
    print_field(", r1 ", frame->r1);
    print_field(", r2 ", frame->r2);
    print_field(", r3 ", frame->r3);
}

void keep_kernel_fault(const struct keep_fault *f, const struct keep_frame *frame, bool in_thread)
{
    if (in_thread && ended_alone(f))
        return;
    begin_end();
    keep_print("KERNEL FAULT: ");
    keep_print(keep_fault_words(f->kind));
    print_field(", status ", f->status);
    print_field(", address ", f->addr);
    print_frame(frame);
    if (f->thread) {
        keep_print("\n  thread ");
        keep_print(f->thread->name);
    }
    keep_print("\n");
    keep_shutdown(1);
}

void keep_panic(const char *why)
{
    struct keep_fault f = {.kind = KEEP_FAULT_PANIC, .thread = keep_current};
    if (!arch_exception())
        ended_alone(&f); /* does not come back if it is */
    begin_end();
    keep_print("PANIC: ");
    keep_print(why);
    keep_print("\n");
    keep_shutdown(1);
}
