/*
 * Threads: made, started, ended, waited for; their priority and rest.
 */
#include "kernel/core/core.h"

#define FILL      0xA5A5A5A5u /* a stack's words that were never written */
#define STACK_MIN 128u        /* bytes: two exception frames with FP registers do not fit in less */

static uint32_t unused_bytes(const struct keep_stack *s)
{
    uint32_t n = s->user ? 0 : KEEP_GUARD / 4; /* below is the guard of a privileged stack */
    const uint32_t *words = (const uint32_t *)s->start;
    uint32_t from = n;
    while (n < s->bytes / 4 && words[n] == FILL)
        n++;
    return (n - from) * 4;
}

/* No data of whoever ran on it before, and a mark of how deep it is used. */
static void fill(const struct keep_stack *s)
{
#if KEEP_STACK_FILL
    uint32_t *words = (uint32_t *)s->start;
    for (uint32_t i = 0; i < s->bytes / 4; i++)
        words[i] = FILL;
#else
    (void)s;
#endif
}

static void set_name(struct keep_thread *t, const char *name)
{
    uint32_t i = 0;
    for (; name[i] && i < KEEP_NAME_MAX - 1; i++)
        t->name[i] = name[i];
    for (; i < KEEP_NAME_MAX; i++)
        t->name[i] = '\0';
}

/* ---- Made and started. ---- */

static bool spec_sound(const struct keep_stack *stack, const struct keep_thread_spec *s)
{
    bool user = s->options & KEEP_USER;
    return s->priority < KEEP_PRIORITIES && stack->bytes >= STACK_MIN && (!user || stack->user);
}

static void inherit(struct keep_thread *t)
{
    const struct keep_thread *parent = keep_current;
    t->domain = parent && parent->domain ? parent->domain : &keep_default_domain;
    t->program = parent ? parent->program : NULL;
    if (parent && (t->options & KEEP_INHERIT))
        object_inherit(parent, t);
}

static void begin(struct keep_thread *t)
{
    fill(t->stack);
    arch_thread_init(t, t->entry, t->argument, keep_thread_returned);
    t->regions = mpu_regions_of(t);
}

/* The delay of a new thread is over. */
static void start_delayed(struct keep_timeout *timeout)
{
    keep_impl_thread_start(KEEP_TIMEOUT_OWNER(timeout, keep_thread));
}

/* What is left of an earlier life goes; the object, its index and its name stay. */
static void reset(struct keep_thread *t)
{
    struct keep_thread fresh = {.object = t->object, .index = t->index};
    __builtin_memcpy(fresh.name, t->name, sizeof fresh.name);
    *t = fresh;
}

int32_t keep_thread_make(struct keep_thread *t, struct keep_stack *stack,
                         const struct keep_thread_spec *spec)
{
    uint32_t key = keep_lock();
    int32_t rc = !spec_sound(stack, spec)                 ? -KEEP_EINVAL
                 : t->state != KEEP_DEAD || stack->thread ? -KEEP_EBUSY
                                                          : 0;
    if (rc < 0) {
        keep_unlock(key);
        return rc;
    }
    reset(t);
    t->stack = stack;
    stack->thread = t;
    t->entry = spec->entry;
    t->argument = spec->argument;
    t->options = (uint8_t)spec->options;
    t->priority = t->base = (uint8_t)spec->priority;
    t->no_switch = spec->priority < KEEP_COOPERATIVE;
    t->suspended = 1;
    t->state = KEEP_SUSPENDED;
    object_ready(&t->object);
    t->object.permissions |= 1u << t->index;
    inherit(t);
    begin(t);
    if (spec->delay_us == KEEP_NO_WAIT) {
        t->suspended = 0;
        sched_ready(t);
    } else if (spec->delay_us != KEEP_FOREVER) {
        t->timeout.expire = start_delayed;
        timeout_add(&t->timeout, arch_now() + time_cycles(spec->delay_us));
    }
    keep_unlock_and_switch(key);
    return 0;
}

void thread_init(void)
{
    mpu_compute_domain(&keep_default_domain);
    for (uint32_t i = 0; i < keep_domain_count; i++)
        mpu_compute_domain(keep_domains[i]);
    KEEP_EACH(struct keep_thread_row, row, keep_threads)
    {
        struct keep_thread_spec spec = {row->entry, row->argument, row->priority, row->options,
                                        KEEP_FOREVER};
        set_name(row->thread, row->name);
        if (row->delay_us == KEEP_FOREVER)
            continue; /* made by the program, when it wants it */
        if (keep_thread_make(row->thread, row->stack, &spec) < 0)
            keep_panic("a thread of the image is not sound");
        if (row->domain)
            keep_domain_join(row->domain, row->thread);
        row->thread->program = row->program;
        row->thread->timeout.expire = start_delayed;
        timeout_add(&row->thread->timeout, arch_now() + time_cycles(row->delay_us));
    }
}

/* User code makes user threads, not more urgent than itself, on stacks that may be used. */
int32_t keep_impl_thread_create(struct keep_thread *thread, struct keep_stack *stack,
                                const struct keep_thread_spec *spec)
{
    const struct keep_thread *me = keep_current;
    if (keep_in_call()) {
        if (!(spec->options & KEEP_USER) || (spec->options & KEEP_ESSENTIAL) ||
            spec->priority < me->base || spec->priority >= KEEP_PRIORITIES)
            return fault_refuse(KEEP_FAULT_BOUNDS, KEEP_SYS_thread_create, 2, spec->priority);
        if (stack->thread)
            return fault_refuse(KEEP_FAULT_OBJECT_IN_USE, KEEP_SYS_thread_create, 1,
                                (uint32_t)stack);
    }
    int32_t rc = keep_thread_make(thread, stack, spec);
    if (rc == 0 && keep_in_call())
        thread->object.permissions |= 1u << me->index;
    return rc;
}

int32_t keep_impl_thread_start(struct keep_thread *thread)
{
    return keep_impl_thread_resume(thread);
}

/* ---- Ended. ---- */

void thread_end(struct keep_thread *t, enum keep_end why, int32_t status)
{
    uint32_t key = keep_lock();
    if (t->options & KEEP_ESSENTIAL)
        keep_panic("an essential thread has ended");
    sched_remove(t);
#if KEEP_WITH_PROGRAM
    program_forget(t);
#endif
    t->state = KEEP_DEAD; /* before its mutexes go, and with them the priority it had from them */
    timeout_cancel(&t->timeout);
#if KEEP_WITH_MUTEX
    mutex_give_up(t);
    mutex_release_all(t);
#endif
    t->end = (uint8_t)why;
    t->status = status;
    t->pending = 0;
    t->again = 0;
    t->stack->thread = NULL;
    t->object.flags &= (uint8_t)~KEEP_INITIALISED;
    sched_wake_all(&t->joiners, 0);
    poll_changed(&t->object);
    if (t == keep_current)
        arch_switch();
    object_forget_thread(t);
    keep_unlock_and_switch(key);
}

int32_t keep_impl_thread_exit(int32_t status)
{
    thread_end(keep_current, KEEP_END_EXIT, status);
    return 0;
}

/* What a handler interrupted may be in the middle of a call: the work queue can end it, or stop it.
 */
static bool interrupted(const struct keep_thread *t)
{
    return t == keep_current && arch_in_interrupt();
}

int32_t keep_impl_thread_abort(struct keep_thread *thread)
{
    if (interrupted(thread))
        return -KEEP_EWOULDBLOCK;
    uint32_t key = keep_lock();
    if (thread->state != KEEP_DEAD) {
        if (keep_in_call() && (thread->options & KEEP_ESSENTIAL))
            fault_refuse(KEEP_FAULT_BOUNDS, KEEP_SYS_thread_abort, 0, (uint32_t)thread);
        else
            thread_end(thread, KEEP_END_ABORT, 0);
    }
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_thread_join(struct keep_thread *thread, uint32_t timeout_us)
{
    uint32_t key = keep_lock();
    int32_t rc = thread == keep_current       ? -KEEP_EDEADLK
                 : thread->state == KEEP_DEAD ? 0
                 : timeout_us == KEEP_NO_WAIT ? -KEEP_EBUSY
                                              : 1;
    if (rc == 1)
        return sched_wait(&thread->joiners, time_deadline(timeout_us), key);
    keep_unlock(key);
    return rc;
}

/* ---- Rest and priority. ---- */

void thread_suspend(struct keep_thread *t)
{
    uint32_t key = keep_lock();
    if (t->state != KEEP_DEAD && !t->suspended) {
        t->suspended = 1;
        if (t->state == KEEP_READY) {
            sched_remove(t);
            t->state = KEEP_SUSPENDED;
        }
        if (t == keep_current)
            arch_switch();
    }
    keep_unlock_and_switch(key);
}

int32_t keep_impl_thread_suspend(struct keep_thread *thread)
{
    if (interrupted(thread))
        return -KEEP_EWOULDBLOCK;
    thread_suspend(thread);
    return 0;
}

int32_t keep_impl_thread_resume(struct keep_thread *thread)
{
    uint32_t key = keep_lock();
    if (thread->suspended) {
        thread->suspended = 0;
#if KEEP_WITH_PROGRAM
        program_forget(thread);
#endif
        if (thread->state == KEEP_SUSPENDED) {
            timeout_cancel(&thread->timeout); /* the delay of its start */
            sched_ready(thread);
        }
    }
    keep_unlock_and_switch(key);
    return 0;
}

/* Out of a sleep; other waits go on. */
int32_t keep_impl_thread_wakeup(struct keep_thread *thread)
{
    uint32_t key = keep_lock();
    if (thread->state == KEEP_WAITING && !thread->waiting)
        sched_wake(thread, 0);
    keep_unlock_and_switch(key);
    return 0;
}

int32_t keep_impl_thread_priority(struct keep_thread *thread)
{
    return thread->base;
}

int32_t keep_impl_thread_set_priority(struct keep_thread *thread, uint32_t priority)
{
    if (keep_in_call() && priority < keep_current->base && priority < thread->base)
        return fault_refuse(KEEP_FAULT_BOUNDS, KEEP_SYS_thread_set_priority, 1, priority);
    uint32_t key = keep_lock();
    thread->base = (uint8_t)priority;
#if KEEP_WITH_MUTEX
    mutex_settle(thread);
#else
    sched_reprioritise(thread, priority);
#endif
    keep_unlock_and_switch(key);
    return 0;
}

/* ---- What is known of them. ---- */

int32_t keep_impl_thread_self(void)
{
    return (int32_t)keep_current;
}

int32_t keep_impl_thread_set_name(struct keep_thread *thread, const char *name)
{
    set_name(thread, name);
    return 0;
}

int32_t keep_impl_thread_info(struct keep_thread *thread, struct keep_thread_info *info)
{
    uint32_t key = keep_lock();
    __builtin_memcpy(info->name, thread->name, sizeof info->name);
    info->state = thread->state;
    info->end = thread->end;
    info->status = thread->status;
    info->priority = thread->priority;
    info->cycles = thread->cycles;
    info->fault = thread->fault;
    info->stack_bytes = thread->stack ? thread->stack->bytes : 0;
    keep_unlock(key);
    info->stack_unused = thread->stack ? unused_bytes(thread->stack) : 0;
    return 0;
}

/* ---- Down to user mode. ---- */

void keep_user_enter(void (*entry)(void *), void *argument)
{
    struct keep_thread *t = keep_current;
    if (!t->stack->user)
        keep_panic("the stack of a thread that drops its privilege is not fit for user mode");
    keep_lock(); /* until the switch, which begins t anew */
    sched_remove(t);
    t->state = KEEP_SUSPENDED;
#if KEEP_WITH_MUTEX
    mutex_release_all(t);
#endif
    t->options |= KEEP_USER;
    t->entry = entry;
    t->argument = argument;
    arch_user_enter(t);
}

void keep_user_begin(struct keep_thread *t)
{
    mpu_compute_slot(t);
    mpu_load(t); /* its guard, which is part of the stack, goes first */
    begin(t);
    sched_ready(t);
    sched_forget_current();
    keep_unlock_and_switch(0);
    keep_panic("a thread that dropped its privilege came back");
}
