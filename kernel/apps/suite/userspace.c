/*
 * User mode: what it cannot do, and what the kernel does not do for it.
 */
#include "kernel/apps/suite/suite.h"

#define MPU_CTRL    0xE000ED94u
#define SCB_VTOR    0xE000ED08u
#define SYSTICK_CSR 0xE000E010u
#define IMAGE_ENTRY (BOARD_IMAGE_BASE + 4u) /* the vector table: the kernel's own constants */
#define MAIN_STACK  (BOARD_RAM_BASE + 64u)  /* where system calls run */

static volatile uint32_t kernel_data = 1234;
static const uint32_t constants[1] = {77};
#define constant (*(const volatile uint32_t *)constants)
static KEEP_SEM(sem, 0, 10);
static KEEP_SEM(other_sem, 0, 10);
KEEP_PIPE(userspace_pipe, 64);
#define pipe userspace_pipe
static volatile uint32_t other_word KEEP_APP_BSS(other_part), spare_word KEEP_APP_BSS(spare_part);
static volatile uint32_t mine KEEP_APP_DATA(test_part) = 5;
static struct { /* an object's shape, in memory of the user's */
    uint32_t words[8];
} fake_sem KEEP_APP_BSS(test_part) __attribute__((aligned(8)));

static void read_word(void *addr)
{
    told = *(volatile uint32_t *)addr;
}

static void write_word(void *addr)
{
    *(volatile uint32_t *)addr = 0;
}

static uint32_t control(void)
{
    uint32_t value;
    __asm__ volatile("mrs %0, control" : "=r"(value));
    return value;
}

static void is_usermode(void *arg)
{
    (void)arg;
    MUST(control() & 1u);
    MUST(keep_is_user());
}

TEST(test_is_usermode)
{
    CHECK(!keep_is_user());
    ENDS(is_usermode, NULL, 0);
}

/* The write is ignored, not refused (DDI 0403E B1.4.4). */
static void write_control(void *arg)
{
    (void)arg;
    __asm__ volatile("msr control, %0\n\tisb" ::"r"(2));
    MUST(control() & 1u);
    write_word((void *)&kernel_data);
}

TEST(test_write_control)
{
    REFUSED(write_control, NULL, READ_WRITE);
}

/* CPS and MSR PRIMASK do nothing either (DDI 0403E B5.2.2, B5.2.3). */
static void priv_insn(void *arg)
{
    uint32_t primask;
    (void)arg;
    __asm__ volatile("cpsid i");
    __asm__ volatile("msr primask, %0" ::"r"(1));
    __asm__ volatile("mrs %0, primask" : "=r"(primask));
    MUST(primask == 0);
    keep_sleep(100); /* interrupts still come in */
}

TEST(test_priv_insn)
{
    ENDS(priv_insn, NULL, 0);
}

/* System registers are a bus error to user code (DDI 0403E B3.1.1). */
TEST(test_disable_mmu_mpu)
{
    REFUSED(write_word, (void *)MPU_CTRL, BUS);
    CHECK(*(volatile uint32_t *)MPU_CTRL & 1u);
    REFUSED(write_word, (void *)SCB_VTOR, BUS);
    REFUSED(write_word, (void *)SYSTICK_CSR, BUS);
}

TEST(test_read_kernram)
{
    REFUSED(read_word, (void *)&kernel_data, READ_WRITE);
}

TEST(test_write_kernram)
{
    REFUSED(write_word, (void *)&kernel_data, READ_WRITE);
    CHECK(kernel_data == 1234);
}

TEST(test_write_kernro)
{
    REFUSED(write_word, (void *)&constant, READ_WRITE);
    REFUSED(read_word, (void *)IMAGE_ENTRY, READ_WRITE); /* policy is tighter: not read either */
}

TEST(test_write_kerntext)
{
    REFUSED(write_word, (void *)((uint32_t)test_write_kernro & ~3u), READ_WRITE);
    REFUSED(write_word, (void *)((uint32_t)keep_thread_make & ~3u), READ_WRITE);
}

/* The kernel's code cannot even be executed. */
static void call_kernel(void *arg)
{
    (void)arg;
    keep_thread_make(NULL, NULL, NULL);
}

TEST(test_exec_kerntext)
{
    REFUSED(call_kernel, NULL, EXECUTE);
}

TEST(test_read_kernel_data)
{
    REFUSED(read_word, &sem.count, READ_WRITE);
}

TEST(test_write_kernel_data)
{
    REFUSED(write_word, &sem.object.permissions, READ_WRITE);
}

TEST(test_read_priv_stack)
{
    REFUSED(read_word, (void *)MAIN_STACK, READ_WRITE);
}

TEST(test_write_priv_stack)
{
    REFUSED(write_word, (void *)MAIN_STACK, READ_WRITE);
}

TEST(test_read_other_stack)
{
    REFUSED(read_word, (void *)(second_stack.start + 512), READ_WRITE);
}

TEST(test_write_other_stack)
{
    REFUSED(write_word, (void *)(second_stack.start + 512), READ_WRITE);
}

/* ---- Objects. ---- */

static void give(void *object)
{
    keep_sem_give(object);
}

TEST(test_pass_user_object)
{
    REFUSED(give, &fake_sem, OBJECT);
}

TEST(test_pass_noperms_object)
{
    REFUSED(give, &sem, PERMISSION);
}

static void start_kernel_thread(void *arg)
{
    const struct keep_thread_spec spec = {is_usermode, NULL, PRIORITY_TEST, 0, KEEP_NO_WAIT};
    (void)arg;
    keep_thread_create(&second, &second_stack, &spec);
}

TEST(test_start_kernel_thread)
{
    suite_prepare(&subject, &subject_stack, start_kernel_thread, NULL);
    keep_object_grant(&second.object, &subject);
    keep_object_grant(&second_stack.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_BOUNDS, 0);
}

static void revoke(void *object)
{
    keep_object_revoke(object, &subject);
}

TEST(test_revoke_noperms_object)
{
    REFUSED(revoke, &sem, PERMISSION);
}

static void use_after_revoke(void *object)
{
    MUST(keep_sem_give(object) == 0);
    MUST(keep_object_release(object) == 0);
    keep_sem_give(object);
}

TEST(test_access_after_revoke)
{
    suite_prepare(&subject, &subject_stack, use_after_revoke, &sem);
    keep_object_grant(&sem.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_PERMISSION, 0);
    CHECK(keep_sem_count(&sem) == 1);
    keep_sem_reset(&sem);
}

/* ---- Down to user mode, and never up again. ---- */

static void entered(void *arg)
{
    MUST(arg == (void *)9 && keep_is_user());
    MUST(keep_thread_self() == (int32_t)&second);
    write_control(NULL);
}

static void drop(void *arg)
{
    keep_domain_join(&test_domain, &second);
    keep_user_enter(entered, arg);
}

TEST(test_user_mode_enter)
{
    const struct keep_thread_spec spec = {drop, (void *)9, PRIORITY_TEST, 0, KEEP_NO_WAIT};
    keep_thread_make(&second, &second_stack, &spec);
    keep_thread_join(&second, KEEP_MS(100));
    CHECK(second.end == KEEP_END_FAULT && second.fault.kind == KEEP_FAULT_READ_WRITE);
    CHECK(second.fault.addr == (uint32_t)&kernel_data);
}

/* The kernel as a deputy: to write or read for the user what the user may not. */
static void read_into(void *to)
{
    keep_pipe_read(&pipe, to, 4, KEEP_NO_WAIT);
}

static void write_from(void *from)
{
    keep_pipe_write(&pipe, from, 4, KEEP_NO_WAIT);
}

static void try_pipe(void (*entry)(void *), void *arg, uint32_t line)
{
    suite_prepare(&subject, &subject_stack, entry, arg);
    keep_object_grant(&pipe.object, &subject);
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, line, KEEP_END_FAULT, KEEP_FAULT_BUFFER, 0);
}

TEST(test_write_kobject_user_pipe)
{
    uint32_t bait = 0;
    keep_pipe_write(&pipe, &bait, 4, KEEP_NO_WAIT);
    try_pipe(read_into, &sem.object.permissions, __LINE__);
    keep_pipe_read(&pipe, &bait, 4, KEEP_NO_WAIT);
}

TEST(test_read_kobject_user_pipe)
{
    try_pipe(write_from, &sem.count, __LINE__);
}

/* ---- Domains, at the drop and at the switch. ---- */

TEST(test_init_and_access_other_memdomain)
{
    REFUSED(read_word, (void *)&other_word, READ_WRITE);
    ENDS(read_word, (void *)&mine, 0);
    CHECK(told == 5);
}

static void spin_until_told(void *addr)
{
    told = 1;
    while (told == 1)
        keep_sleep(100);
    read_word(addr);
}

/* A change of the domain while the thread waits: seen when it is switched to. */
static void change_in_between(void *addr, void (*change)(void), void (*undo)(void), bool refused,
                              uint32_t line)
{
    suite_prepare(&subject, &subject_stack, spin_until_told, addr);
    suite_start(&subject);
    keep_sleep(KEEP_MS(1));
    change();
    told = 2;
    suite_finish(&subject);
    undo();
    suite_ended(__FILE_NAME__, line, refused ? KEEP_END_FAULT : KEEP_END_EXIT,
                refused ? KEEP_FAULT_READ_WRITE : KEEP_FAULT_NONE, 0);
}

static void join_other(void)
{
    keep_domain_add(&other_domain, &test_part);
    keep_domain_join(&other_domain, &subject);
}
static void leave_other(void)
{
    keep_domain_remove(&other_domain, &test_part);
}
static void add_spare(void)
{
    CHECK(keep_domain_add(&test_domain, &spare_part) == 0);
}
static void remove_spare(void)
{
    CHECK(keep_domain_remove(&test_domain, &spare_part) == 0);
}

TEST(test_domain_add_thread_context_switch)
{
    change_in_between((void *)&other_word, join_other, leave_other, false, __LINE__);
}

TEST(test_domain_add_part_context_switch)
{
    change_in_between((void *)&spare_word, add_spare, remove_spare, false, __LINE__);
}

TEST(test_domain_remove_part_context_switch)
{
    add_spare();
    change_in_between((void *)&spare_word, remove_spare, add_spare, true, __LINE__);
    remove_spare();
}

static void (*before_drop)(void);
static void *drop_reads;

static void change_and_drop(void *arg)
{
    (void)arg;
    keep_domain_join(&test_domain, &second);
    before_drop();
    keep_user_enter(read_word, drop_reads);
}

static void change_at_drop(void (*change)(void), void *addr, bool refused)
{
    const struct keep_thread_spec spec = {change_and_drop, NULL, PRIORITY_TEST, 0, KEEP_NO_WAIT};
    before_drop = change;
    drop_reads = addr;
    keep_thread_make(&second, &second_stack, &spec);
    keep_thread_join(&second, KEEP_MS(100));
    CHECK(second.end == (refused ? KEEP_END_FAULT : KEEP_END_EXIT));
    CHECK(second.fault.kind == (refused ? KEEP_FAULT_READ_WRITE : KEEP_FAULT_NONE));
}

static void join_other_second(void)
{
    keep_domain_add(&other_domain, &test_part);
    keep_domain_join(&other_domain, &second);
}

TEST(test_domain_add_thread_drop_to_user)
{
    change_at_drop(join_other_second, (void *)&other_word, false);
    leave_other();
}

TEST(test_domain_add_part_drop_to_user)
{
    change_at_drop(add_spare, (void *)&spare_word, false);
    remove_spare();
}

TEST(test_domain_remove_part_drop_to_user)
{
    add_spare();
    change_at_drop(remove_spare, (void *)&spare_word, true);
}

/* ---- Switching between privileged and user threads. ---- */

#define ROUNDS 20

static void ping(void *arg)
{
    struct keep_sem *const *pair = arg;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        keep_sem_take(pair[0], KEEP_FOREVER);
        keep_sem_give(pair[1]);
    }
}

static struct keep_sem *const forth[] = {&sem, &other_sem}, *const back[] = {&other_sem, &sem};

static void switching(uint32_t first_options, uint32_t second_options)
{
    const struct keep_thread_spec one = {ping, (void *)forth, PRIORITY_TEST, first_options,
                                         KEEP_FOREVER};
    const struct keep_thread_spec two = {ping, (void *)back, PRIORITY_TEST, second_options,
                                         KEEP_FOREVER};
    keep_thread_make(&subject, &subject_stack, &one);
    keep_thread_make(&second, &second_stack, &two);
    keep_domain_join(&test_domain, &subject);
    keep_domain_join(&other_domain, &second);
    for (uint32_t i = 0; i < 2; i++) {
        keep_object_grant(&forth[i]->object, &subject);
        keep_object_grant(&forth[i]->object, &second);
    }
    keep_thread_start(&subject);
    keep_thread_start(&second);
    keep_sem_give(&sem);
    suite_finish(&subject);
    suite_finish(&second);
    CHECK(subject.end == KEEP_END_EXIT && second.end == KEEP_END_EXIT);
    CHECK(keep_sem_take(&sem, KEEP_NO_WAIT) == 0);
}

TEST(test_kernel_only_switching)
{
    switching(0, 0);
}

TEST(test_user_only_switching)
{
    switching(KEEP_USER, KEEP_USER);
}

TEST(test_kernel_user_mix_switching)
{
    switching(KEEP_USER, 0);
}

/* ---- Reasons that user code cannot give. ---- */

static void oops(void *reason)
{
    keep_oops((uint32_t)reason);
}

TEST(test_oops_panic)
{
    REFUSED(oops, (void *)KEEP_FAULT_PANIC, OOPS);
}

TEST(test_oops_oops)
{
    REFUSED(oops, (void *)KEEP_FAULT_OOPS, OOPS);
}

TEST(test_oops_exception)
{
    REFUSED(oops, (void *)KEEP_FAULT_HARD, OOPS);
}

TEST(test_oops_maxint)
{
    REFUSED(oops, (void *)0x7FFFFFFF, OOPS);
}

TEST(test_oops_stackcheck)
{
    REFUSED(oops, (void *)KEEP_FAULT_STACK_CHECK, STACK_CHECK);
}

/* A user's exit is its own end alone, whatever it returns. */
static void use_registers(void *arg)
{
    (void)arg;
#if __ARM_ARCH >= 7
    uint32_t scratch[4];
    __asm__ volatile("mov r12, %1\n\tmov r0, #0\n\tmov r1, #0\n\tmov r2, #0\n\tmov r3, #0\n\t"
                     "svc 0\n\tstmia %0, {r1, r2, r3, r12}" ::"r"(scratch),
                     "r"(KEEP_SYS_yield)
                     : "r0", "r1", "r2", "r3", "r12", "memory");
    MUST(scratch[0] == 0 && scratch[1] == 0 && scratch[2] == 0);
    MUST(scratch[3] == KEEP_SYS_yield);
#endif
}

/* What the kernel had in registers does not come back with a call. */
TEST(test_register_leakage)
{
    ENDS(use_registers, NULL, 0);
}

/* A stack that another ran on shows nothing of it. */
static void leave_traces(void *arg)
{
    volatile uint32_t here[32];
    (void)arg;
    for (uint32_t i = 0; i < 32; i++)
        here[i] = 0xDEADBEEF;
    told = here[0];
}

static void look_for_traces(void *arg)
{
    (void)arg;
    const volatile uint32_t *stack = (const volatile uint32_t *)words[0];
    for (uint32_t i = 0; i < STACK_TEST / 4; i++)
        MUST(stack[i] != 0xDEADBEEF);
}

TEST(test_stack_leakage)
{
    words[0] = subject_stack.start;
    ENDS(leave_traces, NULL, 0);
    ENDS(look_for_traces, NULL, 0);
}

const struct test userspace_tests[] = {ROW(test_is_usermode),
                                       ROW(test_write_control),
                                       ROW(test_priv_insn),
                                       ROW(test_disable_mmu_mpu),
                                       ROW(test_read_kernram),
                                       ROW(test_write_kernram),
                                       ROW(test_write_kernro),
                                       ROW(test_write_kerntext),
                                       ROW(test_exec_kerntext),
                                       ROW(test_read_kernel_data),
                                       ROW(test_write_kernel_data),
                                       ROW(test_read_priv_stack),
                                       ROW(test_write_priv_stack),
                                       ROW(test_read_other_stack),
                                       ROW(test_write_other_stack),
                                       ROW(test_pass_user_object),
                                       ROW(test_pass_noperms_object),
                                       ROW(test_start_kernel_thread),
                                       ROW(test_revoke_noperms_object),
                                       ROW(test_access_after_revoke),
                                       ROW(test_user_mode_enter),
                                       ROW(test_write_kobject_user_pipe),
                                       ROW(test_read_kobject_user_pipe),
                                       ROW(test_init_and_access_other_memdomain),
                                       ROW(test_domain_add_thread_drop_to_user),
                                       ROW(test_domain_add_part_drop_to_user),
                                       ROW(test_domain_remove_part_drop_to_user),
                                       ROW(test_domain_add_thread_context_switch),
                                       ROW(test_domain_add_part_context_switch),
                                       ROW(test_domain_remove_part_context_switch),
                                       ROW(test_kernel_only_switching),
                                       ROW(test_user_only_switching),
                                       ROW(test_kernel_user_mix_switching),
                                       ROW(test_oops_panic),
                                       ROW(test_oops_oops),
                                       ROW(test_oops_exception),
                                       ROW(test_oops_maxint),
                                       ROW(test_oops_stackcheck),
                                       ROW(test_register_leakage),
                                       ROW(test_stack_leakage),
                                       {0}};
