/*
 * How long a jump to any point of a recording takes.
 */
#ifndef BENCH_TRAVEL_H
#define BENCH_TRAVEL_H

/** Travel to the end of the recording at @path, then to 200 points at random; print a row. Returns
 * an exit status. */
int travel_measure(const char *work, const char *path);

#endif
