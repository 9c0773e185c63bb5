/*
 * Threads of other kernels, found by the symbols that they carry for debuggers.
 */
#include <string.h>

#include "sim/gdb/threads.h"
#include "sim/record/session.h"
#include "tests/unit/session.h"
#include "tests/unit/test.h"

static struct session session;
static struct threads threads;

static void run(const char *guest)
{
    struct moat_error err;
    struct board board;
    struct image *image;
    test_board("configs/boards/mps2-an385.json", &board);
    ck_assert_msg(image_open(test_guest(board.name, guest), &image, &err) == 0, "%s", err.text);
    ck_assert(session_open(&session, &board, image, &(struct session_host){0}, &err) == 0);
    session_start(&session, 0);
    session_run(&session, MACHINE_FOREVER);
    threads_read(machine_cpu(session.machine), image, &session.recorder.keep, &threads);
}

static const struct thread *named(const char *name)
{
    for (uint32_t i = 0; i < threads.count; i++)
        if (strcmp(threads.thread[i].name, name) == 0)
            return &threads.thread[i];
    ck_abort_msg("no thread '%s' among %u", name, threads.count);
    return NULL;
}

static uint32_t reg(const struct thread *t, uint32_t n)
{
    uint32_t value = 0;
    ck_assert(threads_register(machine_cpu(session.machine), t, n, &value));
    return value;
}

START_TEST(freertos_tasks_by_its_lists)
{
    run("freertos");
    ck_assert_uint_eq(threads.count, 3);
    ck_assert(named("blinky")->current && !named("waits")->current);
    const struct thread *t = named("waits");
    ck_assert_uint_eq(reg(t, 4), 0x200);
    ck_assert_uint_eq(reg(t, 11), 0x207);
    ck_assert_uint_eq(reg(t, 0), 0x208);
    ck_assert_uint_eq(reg(t, 12), 0x20C);
    ck_assert_uint_eq(reg(t, 14), 0x20D);
    ck_assert_uint_eq(reg(t, 15), 0x20E);
    ck_assert_uint_eq(reg(t, 13), t->context.frame + 32);
}
END_TEST

START_TEST(zephyr_threads_by_its_offsets)
{
    run("zephyr");
    ck_assert_uint_eq(threads.count, 2);
    ck_assert(named("main")->current && !named("worker")->current);
    const struct thread *t = named("worker");
    ck_assert_uint_eq(reg(t, 4), 0x400);
    ck_assert_uint_eq(reg(t, 11), 0x407);
    ck_assert_uint_eq(reg(t, 0), 0x500);
    ck_assert_uint_eq(reg(t, 15), 0x506);
    ck_assert_uint_eq(reg(t, 16), 0x01000000);
}
END_TEST

START_TEST(without_a_kernel_the_core_is_the_one_thread)
{
    run("svc");
    ck_assert_uint_eq(threads.count, 1);
    ck_assert(named("core")->current);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("threads");
    TCase *tc = tcase_create("kernels");
    tcase_add_test(tc, freertos_tasks_by_its_lists);
    tcase_add_test(tc, zephyr_threads_by_its_offsets);
    tcase_add_test(tc, without_a_kernel_the_core_is_the_one_thread);
    suite_add_tcase(s, tc);
    return s;
}
