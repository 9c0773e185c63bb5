#include "bench/travel.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/record/timeline.h"

#define JUMPS 200

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int travel_measure(const char *work, const char *path)
{
    struct recording rec;
    struct timeline t;
    struct moat_error err;
    double times[JUMPS], start = now_seconds();
    uint64_t seed = 88172645463325252u;
    if (recording_open(path, machine_parts(), &rec, &err) < 0 ||
        timeline_open(&t, &rec, NULL, &err) < 0) {
        fprintf(stderr, "bench: %s\n", err.text);
        return 70;
    }
    timeline_go(&t, MACHINE_FOREVER);
    double first = now_seconds() - start;
    for (int i = 0; i < JUMPS; i++) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        start = now_seconds();
        timeline_go(&t, seed % t.replay.history.last_cycle);
        times[i] = now_seconds() - start;
    }
    qsort(times, JUMPS, sizeof *times, by_value);
    printf("%-46s %8.1f ms median, %.1f ms most, %.1f MB, target 100 ms, 256 MB  %s\n", work,
           times[JUMPS / 2] * 1e3, times[JUMPS - 1] * 1e3,
           (double)snapshots_bytes(t.snapshots) * 1e-6, times[JUMPS - 1] < 0.1 ? "met" : "missed");
    printf("%-46s %8.3f s\n", "  the way through it once, before that", first);
    timeline_close(&t);
    recording_close(&rec);
    return 0;
}
