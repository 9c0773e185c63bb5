/*
 * make bench: the same images on Moat and on qemu-system-arm, side by side in one run.
 *
 * Rounds alternate between the two, so that a slow spell of the machine hits both; the median of
 * the rounds counts. Moat records all the time. See bench/README.md for what the rows mean.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/engine.h"
#include "bench/travel.h"
#include "sim/base/buf.h"

#define ROUNDS    5
#define BOARD     "mps2-an386"
#define ARGS_MAX  16
#define RECORDING "bench.rec"

/* ORDER machine: columns of a row. */
enum machine {
    MOAT,
    QEMU,
    QEMU_ICOUNT,
    ENGINE, /* bare Unicorn, by this program itself */
    MOAT_UNRECORDED,
    REPLAY, /* of what MOAT recorded just before */
    MACHINES
};

static const char *own_path, *moat_path, *guest_root, *work_folder;

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Run to the end with all streams on /dev/null; seconds, or -1 when it fails. */
static double timed(char *const *argv)
{
    double start = now_seconds();
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        for (int fd = 0; fd < 3; fd++)
            dup2(null, fd);
        execvp(argv[0], argv);
        _exit(127);
    }
    int status;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? now_seconds() - start : -1;
}

static double run_on(enum machine m, const char *image, const char *until)
{
    char recording[512];
    snprintf(recording, sizeof recording, "%s/" RECORDING, work_folder);
    const char *moat[ARGS_MAX] = {
        moat_path, "run", "-q", "-o", recording, image, until ? "--until" : NULL, until, NULL};
    const char *qemu[ARGS_MAX] = {"qemu-system-arm",
                                  "-M",
                                  BOARD,
                                  "-nographic",
                                  "-semihosting-config",
                                  "enable=on,target=native",
                                  "-kernel",
                                  image,
                                  m == QEMU_ICOUNT ? "-icount" : NULL,
                                  "shift=auto",
                                  NULL};
    const char *engine[] = {own_path, "--engine", image, NULL};
    const char *unrecorded[] = {moat_path, "run", "-q", "--no-record", image, NULL};
    const char *replay[] = {moat_path, "replay", recording, NULL};
    const char *const *of[MACHINES] = {[MOAT] = moat,
                                       [QEMU] = qemu,
                                       [QEMU_ICOUNT] = qemu,
                                       [ENGINE] = engine,
                                       [MOAT_UNRECORDED] = unrecorded,
                                       [REPLAY] = replay};
    return timed((char *const *)of[m]);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Medians of alternating rounds on the machines of @mask; 0 where one failed. */
static void measure(const char *name, const char *until, unsigned mask, double out[MACHINES])
{
    double times[MACHINES][ROUNDS];
    struct buf image = {0};
    buf_addf(&image, "%s/" BOARD "/%s.elf", guest_root, name);
    for (int round = 0; round < ROUNDS; round++)
        for (int m = 0; m < MACHINES; m++)
            times[m][round] =
                mask >> m & 1u ? run_on((enum machine)m, image.data, m == MOAT ? until : NULL) : 0;
    for (int m = 0; m < MACHINES; m++) {
        qsort(times[m], ROUNDS, sizeof times[m][0], by_value);
        out[m] = times[m][0] < 0 ? 0 : times[m][ROUNDS / 2];
    }
    buf_fini(&image);
}

static void row(const char *work, double moat, double qemu, const char *against, double target)
{
    double ratio = moat > 0 && qemu > 0 ? qemu / moat : 0;
    printf("%-46s %8.3f s %8.3f s  %5.2f x %-13s", work, moat, qemu, ratio, against);
    if (target > 0)
        printf(" target %.2f  %s", target,
               ratio >= target       ? "met"
               : ratio >= target / 2 ? "half"
                                     : "missed");
    putchar('\n');
}

static void cpu_bound(void)
{
    double t[MACHINES];
    measure("mix", NULL, 15, t);
    row("integer mix", t[MOAT], t[QEMU_ICOUNT], "qemu -icount", 1.5);
    row("integer mix", t[MOAT], t[QEMU], "qemu", 0.8);
    row("integer mix, bare Unicorn that counts nothing", t[ENGINE], t[QEMU_ICOUNT], "qemu -icount",
        0);
}

static void against_qemu(const char *work, const char *guest, double target)
{
    double t[MACHINES];
    measure(guest, NULL, 7, t);
    row(work, t[MOAT], t[QEMU], "qemu", target);
    row(work, t[MOAT], t[QEMU_ICOUNT], "qemu -icount", target);
}

/* Instructions of the last run, from the recording's last event. */
static double recorded(const char *filter)
{
    char command[1024];
    double value = 0;
    snprintf(command, sizeof command, "%s trace list --json %s/" RECORDING " | tail -n 1 | %s",
             moat_path, work_folder, filter);
    FILE *p = popen(command, "r");
    if (!p || fscanf(p, "%lf", &value) != 1)
        value = 0;
    if (p)
        pclose(p);
    return value;
}

static void mixed_page(void)
{
    double t[MACHINES];
    measure("mixed", NULL, 3, t);
    double insns = recorded("sed 's/.*\"insns\":\\([0-9]*\\).*/\\1/'");
    printf("%-46s %8.1f M/s %6.1f M/s %19s target 20 M/s  %s\n",
           "256-byte regions beside a no-access one", insns / t[MOAT] * 1e-6,
           insns / t[QEMU] * 1e-6, "instructions", insns / t[MOAT] >= 20e6 ? "met" : "missed");
}

static void boot(void)
{
    double t[MACHINES];
    measure("demo", "alice_program", 1, t);
    printf("%-46s %8.1f ms %33s target 50 ms  %s\n", "boot of Keep to its first user thread",
           t[MOAT] * 1e3, "", t[MOAT] > 0 && t[MOAT] < 0.05 ? "met" : "missed");
    measure("demo", NULL, 7, t);
    row("boot and all of Keep's demo", t[MOAT], t[QEMU], "qemu", 0);
    row("boot and all of Keep's demo", t[MOAT], t[QEMU_ICOUNT], "qemu -icount", 0);
}

static void trace_cost(void)
{
    double t[MACHINES];
    struct stat st;
    char path[512];
    measure("syscall", NULL, 1, t);
    snprintf(path, sizeof path, "%s/" RECORDING "/ctf/stream", work_folder);
    double events = recorded("sed 's/.*\"event\":\\([0-9]*\\).*/\\1/'");
    if (stat(path, &st) < 0 || events == 0)
        return;
    double bytes = (double)st.st_size / events, rate = events / t[MOAT];
    printf("%-46s %8.1f bytes an event, %.1f M events/s   target 60, 2 M/s  %s\n",
           "trace cost (system calls)", bytes, rate * 1e-6,
           bytes <= 60 && rate >= 2e6 ? "met" : "missed");
}

static void recorded_and_replayed(const char *work, const char *guest)
{
    double t[MACHINES];
    measure(guest, NULL, 1u << MOAT | 1u << MOAT_UNRECORDED | 1u << REPLAY, t);
    printf("%-46s %8.3f s replayed %8.3f s  %5.2f x %13s target 0.90  %s\n", work, t[MOAT],
           t[REPLAY], t[MOAT] / t[REPLAY], "", t[MOAT] >= 0.9 * t[REPLAY] ? "met" : "missed");
    printf("%-46s %8.3f s, recorded %5.2f x as long\n", "  not recorded", t[MOAT_UNRECORDED],
           t[MOAT] / t[MOAT_UNRECORDED]);
}

/* 10 s of the guest's time. */
static void jumps(const char *work, const char *guest)
{
    struct buf image = {0};
    char recording[512];
    snprintf(recording, sizeof recording, "%s/" RECORDING, work_folder);
    buf_addf(&image, "%s/" BOARD "/%s.elf", guest_root, guest);
    if (run_on(MOAT, image.data, "10s") < 0 || travel_measure(work, recording) != 0)
        printf("%-46s failed\n", work);
    buf_fini(&image);
}

int main(int argc, char **argv)
{
    static char folder[] = "build/bench.XXXXXX";
    if (argc == 3 && strcmp(argv[1], "--engine") == 0)
        return engine_run_bare(argv[2]);
    if (argc != 3) {
        fprintf(stderr, "usage: bench MOAT GUESTS\n");
        return 64;
    }
    own_path = argv[0];
    moat_path = argv[1];
    guest_root = argv[2];
    work_folder = mkdtemp(folder);
    if (!work_folder) {
        fprintf(stderr, "bench: cannot create '%s'\n", folder);
        return 73;
    }
    printf("median of %d alternating runs, process start included, Moat recording\n", ROUNDS);
    printf("%-46s %10s %10s\n", "", "moat", "qemu");
    cpu_bound();
    against_qemu("system call round trip, 2 M times", "syscall", 3.0);
    against_qemu("switch with four MPU regions, 200 k times", "switch", 6.0);
    against_qemu("UART polling, 5 M times", "poll", 1.0);
    against_qemu("GPIO toggling, 5 M times", "toggle", 1.0);
    mixed_page();
    boot();
    trace_cost();
    recorded_and_replayed("integer mix, recorded", "mix");
    recorded_and_replayed("system calls, recorded", "syscall");
    recorded_and_replayed("switches, recorded", "switch");
    jumps("any jump in 10 s of integer mix", "mix");
    jumps("any jump in 10 s of Keep under load", "soak");
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", work_folder);
    return system(command) == 0 ? 0 : 1;
}
