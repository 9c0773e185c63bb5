/*
 * From what a machine does to a trace: the recorder turns the machine's callbacks into events.
 *
 * It also watches which thread Keep runs, and writes the MPU's registers down before each fault
 * that they explain.
 */
#ifndef MOAT_RECORDER_H
#define MOAT_RECORDER_H

#include "loaders/keep.h"
#include "sim/machine/machine.h"
#include "sim/trace/events.h"

#define RECORDER_OUTPUT_MAX 256u
#define RECORDER_SEEN_MAX   64u /* registers that the model lacks, each noted once */

/** Where events go. @fields is the event's struct, valid during the call. */
struct recorder_sink {
    void *ctx;
    /** False: stop the run. NULL: nobody wants events. */
    bool (*event)(void *ctx, enum trace_kind kind, uint64_t cycle, uint8_t state,
                  const void *fields);
    /** After an event: is a digest wanted at the next boundary, to begin a segment? May be NULL. */
    bool (*full)(void *ctx);
};

struct recorder {
    struct recorder_sink sink;
    uint64_t count;          /* the number of the last event */
    bool wants_digest;       /* there was a fault, or a segment is full */
    struct machine *machine; /* set before its first reset */
    struct keep keep;
    uint32_t thread; /* the running thread's address as last seen */
    struct mpu mpu;  /* as last written */
    bool mpu_written;
    uint64_t faults;  /* seen so far */
    uint64_t stop_at; /* ask the machine to stop after this event; 0 for never */
    bool stop_wanted; /* and it was asked to */
    struct {
        const char *device;
        uint32_t offset;
    } seen[RECORDER_SEEN_MAX];
    uint32_t seen_count;
    /* Output of one device that is not written yet: a line is one event. */
    const char *output_device;
    uint64_t output_cycle;
    uint8_t output_state;
    uint32_t output_len;
    uint8_t output[RECORDER_OUTPUT_MAX];
};

void recorder_cpu_event(struct recorder *r, const struct cpu_event *e);
void recorder_output(struct recorder *r, const char *device, const void *bytes, size_t n);
void recorder_input(struct recorder *r, const char *device, const void *bytes, size_t n);
void recorder_unmodelled(struct recorder *r, const char *device, uint32_t offset, bool write);
/** Write down which thread runs and the whole MPU, as the beginning of a trace needs them. */
void recorder_context(struct recorder *r);

void recorder_digest(struct recorder *r, uint64_t total, const void *changed, size_t bytes,
                     bool turn);
void recorder_poke(struct recorder *r, const struct trace_poke *poke);

/** Output that is not a whole line yet becomes an event. */
void recorder_flush(struct recorder *r);
void recorder_stop(struct recorder *r, const struct machine_stop *s);

#endif
