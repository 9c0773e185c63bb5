/*
 * A run in a real pseudo-terminal: console input, buttons and interrupts, typed at random times,
 * replay exactly; and the terminal is left as it was.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "sim/record/replay.h"
#include "tests/unit/test.h"

#define CTRL_A "\001"

static const char *moat(void)
{
    static char path[256];
    const char *root = getenv("BUILD");
    snprintf(path, sizeof path, "%s/moat", root ? root : "build/release");
    return path;
}

/* What the run prints goes nowhere, so that it never waits for us. */
static void drain(int fd, int ms)
{
    char bytes[4096];
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (poll(&p, 1, ms) > 0 && read(fd, bytes, sizeof bytes) > 0)
        ms = 0;
}

static void type(int fd, const char *keys, size_t n, uint64_t *rnd)
{
    for (size_t i = 0; i < n; i++) {
        ck_assert(write(fd, &keys[i], 1) == 1);
        drain(fd, (int)(test_random(rnd) % 4));
    }
}

static int run_in_terminal(const char *folder, const char *const *lines, uint64_t *rnd)
{
    int fd, status;
    struct termios before, after;
    pid_t pid = forkpty(&fd, NULL, NULL, NULL);
    ck_assert(pid >= 0);
    if (pid == 0) {
        execl(moat(), "moat", "run", "-q", "-o", folder, test_guest("mps2-an386", "keys"),
              (char *)NULL);
        _exit(99);
    }
    int slave = open(ptsname(fd), O_RDWR | O_NOCTTY), tries = 0;
    do { /* until it has begun */
        drain(fd, 20);
        ck_assert(tcgetattr(slave, &before) == 0);
    } while ((before.c_lflag & ICANON) && ++tries < 1000);
    ck_assert_msg(!(before.c_lflag & ICANON), "keys come one by one");
    for (; *lines; lines++)
        type(fd, *lines, strlen(*lines), rnd);
    while (waitpid(pid, &status, WNOHANG) == 0)
        drain(fd, 20);
    ck_assert(tcgetattr(slave, &after) == 0);
    ck_assert_msg(after.c_lflag & ICANON, "the terminal is as it was");
    close(slave);
    close(fd);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void ck_replays(const char *folder, uint32_t inputs)
{
    struct moat_error err;
    struct recording rec;
    struct replay r;
    ck_assert_msg(recording_open(folder, machine_parts(), &rec, &err) == 0, "%s", err.text);
    ck_assert_msg(replay_open(&r, &rec, NULL, &err) == 0, "%s", err.text);
    ck_assert_uint_ge(r.history.outside_n, inputs);
    enum replay_end end = replay_run(&r, &(struct replay_goal){.limit = MACHINE_FOREVER}, NULL);
    ck_assert_msg(end == REPLAY_ENDED && r.done, "end %d: %s", end,
                  r.difference.recorded.len ? r.difference.recorded.data : "-");
    replay_close(&r);
    recording_close(&rec);
}

START_TEST(what_is_typed_replays)
{
    static const char *const lines[] = {
        "hello\r",  CTRL_A "b0",   "some text\r",           CTRL_A "i5\r",
        "\b\x7f",   CTRL_A "o5\r", CTRL_A "b1" CTRL_A "b0", "\xff\x80\r" CTRL_A "a",
        CTRL_A "x", NULL};
    uint64_t rnd = 2026 + (uint64_t)_i;
    const char *folder = test_folder("typed");
    ck_assert_int_eq(run_in_terminal(folder, lines, &rnd), 0);
    ck_replays(folder, 8); /* keys that come together are one */
}
END_TEST

START_TEST(ctrl_a_x_ends_a_run)
{
    static const char *const lines[] = {"help\r", CTRL_A "x", NULL};
    uint64_t rnd = 7;
    const char *folder = test_folder("typed");
    ck_assert_int_eq(run_in_terminal(folder, lines, &rnd), 0);
    ck_replays(folder, 1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("terminal");
    TCase *tc = tcase_create("typed");
    tcase_set_timeout(tc, 300);
    tcase_add_loop_test(tc, what_is_typed_replays, 0, test_long() ? 100 : 5);
    tcase_add_test(tc, ctrl_a_x_ends_a_run);
    suite_add_tcase(s, tc);
    return s;
}
