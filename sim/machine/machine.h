/*
 * A board put together: core, memories, devices, firmware; and the loop that runs it.
 *
 * The machine speaks to the outside through its host alone. What the host gives it (console input)
 * comes with a cycle and is all that can make two runs differ.
 *
 *     struct machine *m;
 *     machine_new(&board, image, &host, &m, &err);
 *     machine_reset(m);
 *     struct machine_stop s = machine_run(m, MACHINE_FOREVER);
 *     machine_free(m);
 */
#ifndef MOAT_MACHINE_H
#define MOAT_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu/cpu.h"
#include "devices/device.h"
#include "loaders/board.h"
#include "loaders/image.h"
#include "sim/base/error.h"

#define MACHINE_FOREVER UINT64_MAX

struct machine;

/** Why a run ended. ORDER machine_stop_kind: stop_texts in machine.c. */
enum machine_stop_kind {
    MACHINE_STOP_EXIT,    /* semihosting: the guest ended itself */
    MACHINE_STOP_LOCKUP,  /* the core is locked up */
    MACHINE_STOP_LIMIT,   /* the cycle asked for was reached */
    MACHINE_STOP_WATCH,   /* the watched address was reached */
    MACHINE_STOP_IDLE,    /* the guest sleeps and nothing will ever wake it */
    MACHINE_STOP_REQUEST, /* machine_request_stop() */
    MACHINE_STOP_PAUSE,   /* the cycle was reached at which the owner wanted to look */
    MACHINE_STOP_STEP,    /* cpu_step(), cpu_seek() */
    MACHINE_STOP_BREAK,   /* a breakpoint */
    MACHINE_STOP_ACCESS,  /* a watchpoint */
    MACHINE_STOP_COUNT
};

struct machine_stop {
    enum machine_stop_kind kind;
    bool ok;         /* EXIT: with ADP_Stopped_ApplicationExit and status 0 */
    uint32_t status; /* EXIT: the guest's status, or the reason code when it gave none */
    uint32_t pc;
};

#define MACHINE_INPUT_MAX 64u
#define MACHINE_IRQ       "irq" /* input for no device: {line low, line high, level} */
#define MACHINE_DEBUGGER  "semihosting"

/** Something that comes from outside. */
struct machine_input {
    const char *device; /* a device that takes input, or MACHINE_IRQ */
    uint8_t bytes[MACHINE_INPUT_MAX];
    size_t n;
};

/** Calls that the debugger's host answers; numbers of Semihosting 2.0, chapter 5. */
enum machine_question_kind {
    ASK_OPEN = 0x01,
    ASK_CLOSE = 0x02,
    ASK_WRITE = 0x05,
    ASK_READ = 0x06,
    ASK_READC = 0x07, /* the answer is the byte, no more */
    ASK_SEEK = 0x0A,
    ASK_FLEN = 0x0C,
    ASK_TMPNAM = 0x0D,
    ASK_REMOVE = 0x0E,
    ASK_RENAME = 0x0F,
    ASK_TIME = 0x11,
    ASK_CMDLINE = 0x15,
};

#define ASK_CONSOLE   1u    /* handle of the console, to be read */
#define ASK_BYTES_MAX 1024u /* of data, of one question or answer */

/** The answer: result and errno, 4 bytes each, then data. Handles are 4 and above. */
struct machine_question {
    enum machine_question_kind kind;
    uint32_t handle;
    uint32_t n;          /* mode, offset, or how many bytes */
    const char *name;    /* of a file, as the guest gave it */
    const char *to;      /* of a rename */
    const uint8_t *data; /* @n bytes to write */
};

/** The machine's calls outward; @ctx is the host's. No call may run the machine. */
struct machine_host {
    void *ctx;
    void (*cpu_event)(void *ctx, const struct cpu_event *e);
    /** Bytes from device @name ("semihosting" for the debugger's console). */
    void (*output)(void *ctx, const char *name, const void *bytes, size_t n);
    /**
     * Is there input now? At boundaries only, so that where it comes in depends on its cycle alone.
     * With @wait the guest sleeps until there is. @again: the cycle to ask at next;
     * MACHINE_FOREVER: none will ever come.
     */
    bool (*input)(void *ctx, struct machine_input *in, bool wait, uint64_t *again);
    /**
     * The guest asks its debugger for what only the outside knows. @answer, empty, takes the bytes
     * that semihost.c reads back; false: there is no answer, and the call fails.
     */
    bool (*ask)(void *ctx, const struct machine_question *q, struct buf *answer);
    void (*unmodelled)(void *ctx, const char *name, uint32_t offset, bool write);
    /** Output @port of device @name changed, for people to see. May be NULL. */
    void (*signal)(void *ctx, const char *name, uint32_t port, bool level);
};

/**
 * Build the board and load the image. Nothing is reported to the host yet.
 *
 * @host  copied; may have NULL for input and ask: no input ever, no files
 *
 * Returns 0, or -MOAT_EINPUT: a segment outside memory, no vector table, Arm code.
 */
MOAT_CHECKED int machine_new(const struct board *board, const struct image *image,
                             const struct machine_host *host, struct machine **out,
                             struct moat_error *err);
void machine_free(struct machine *m);

/** Power-on: devices, then the core. Once before the first machine_run(). */
void machine_reset(struct machine *m);

/**
 * Run until another stop, or cycle @limit. At the first boundary from @pause on it stops too,
 * unless the guest sleeps and only input can wake it.
 */
struct machine_stop machine_run(struct machine *m, uint64_t pause, uint64_t limit);

/**
 * Before its state is written from outside, wherever it stopped: what of the block was not executed
 * is not charged, and a block begins here.
 */
void machine_disown(struct machine *m);

/** Asleep, and nothing on the board will ever wake it. */
bool machine_idle(const struct machine *m);

/** Give it @in now; at a boundary. False when the board has no such device, or it takes none. */
bool machine_input(struct machine *m, const struct machine_input *in);

/**
 * What differs in flash from what @image loaded, as Intel HEX in pieces of 1 KiB, appended to @out:
 * to be loaded over it again.
 */
void machine_flash_hex(const struct machine *m, const struct image *image, struct buf *out);

/** Append a number to an input of a device whose inputs are numbers. */
void machine_input_number(struct machine_input *in, int32_t number);

/** Button @n of @b is pressed, or released: the input that says so. */
struct machine_input machine_button(const struct board *b, uint32_t n, bool down);

/** The name as the board has it, MACHINE_IRQ or MACHINE_DEBUGGER; NULL when it takes no input. */
const char *machine_input_name(const struct machine *m, const char *name);

/** The numbers that an input of device @name is made of; NULL: bytes, or it takes none. */
const struct device_input *machine_input_numbers(const struct machine *m, const char *name);

/** The console device's name, NULL for none. */
const char *machine_console(const struct machine *m);
/** Has the guest used it? One that has not may read what is typed by semihosting. */
bool machine_console_used(const struct machine *m);

/** Stop at the next boundary. May be called from the host's callbacks. */
void machine_request_stop(struct machine *m);

struct cpu *machine_cpu(struct machine *m);

/** The stop as a clause: "the guest exited with status 0". */
const char *machine_stop_text(enum machine_stop_kind kind);

/** All cores and kinds of device, for board_parse(). */
const struct board_parts *machine_parts(void);

#endif
