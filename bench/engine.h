/*
 * The engine alone, for bench.c.
 */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

/** Run the image on bare Unicorn to its BKPT; 0, or 1 when it fails. */
int engine_run_bare(const char *elf);

#endif
