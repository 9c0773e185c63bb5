/*
 * A core on a bench: memory, code written as halfwords, a log of what the core reports.
 *
 * Layout: vectors at 0 (all exceptions go to a BKPT 0xAB at RIG_HANDLER), code at RIG_CODE, RAM at
 * RIG_RAM. A run ends at any BKPT 0xAB: of the handler, or the one that follows the code.
 *
 *     struct rig *r = rig_new(CPU_CORTEX_M4);
 *     rig_mpu(r, 0, RIG_RAM, RASR...); rig_system(r, MPU_CTRL, 5);
 *     rig_code(r, (uint16_t[]){0x6808}, 1);            // ldr r0, [r1]
 *     cpu_set_reg(r->cpu, 1, RIG_RAM);
 *     rig_run(r);
 */
#ifndef RIG_H
#define RIG_H

#include <check.h>

#include "cpu/cpu.h"

#define RIG_HANDLER   0x200u
#define RIG_CODE      0x1000u
#define RIG_RAM       0x20000000u
#define RIG_RAM_BYTES 0x10000u
#define RIG_STACK     (RIG_RAM + 0x8000u)
#define RIG_LOG_MAX   64u

#define RIG_MPU_CTRL 0xE000ED94u
#define RIG_SHCSR    0xE000ED24u
#define RIG_CFSR     0xE000ED28u
#define RIG_HFSR     0xE000ED2Cu
#define RIG_MMFAR    0xE000ED34u
#define RIG_BFAR     0xE000ED38u
#define RIG_CCR      0xE000ED14u

/** RASR for 2^@log2 bytes. */
#define RIG_RASR(log2, ap, xn) ((uint32_t)(xn) << 28 | (uint32_t)(ap) << 24 | ((log2)-1u) << 1 | 1u)

struct rig {
    struct cpu *cpu;
    uint8_t *flash, *ram;
    struct cpu_event log[RIG_LOG_MAX]; /* since the last rig_run() */
    struct cpu_fault faults[RIG_LOG_MAX];
    uint32_t events, fault_count;
    struct cpu_stop stop;
};

struct rig *rig_new(enum cpu_model model);
/** One whose code the engine executes as in any run; wherever it may; never. */
struct rig *rig_new_usual(enum cpu_model model);
struct rig *rig_new_by_engine(enum cpu_model model);
struct rig *rig_new_by_us(enum cpu_model model);

/** Add the tests that @add adds twice: rig_new() is once by the engine and once by us. */
void rig_cases(Suite *s, void (*add)(TCase *tc));

void rig_free(struct rig *r);

/** Write a system register by a guest store, with all faults of the store an error of the test. */
void rig_system(struct rig *r, uint32_t addr, uint32_t val);
uint32_t rig_read_system(struct rig *r, uint32_t addr);
void rig_mpu(struct rig *r, uint32_t region, uint32_t base, uint32_t rasr);

/** Put code at RIG_CODE with a BKPT 0xAB behind it, and PC there. */
void rig_code(struct rig *r, const uint16_t *halfwords, uint32_t n);

/** rig_code() with the halfwords as arguments. */
#define CODE(r, ...) \
    rig_code(r, (const uint16_t[]){__VA_ARGS__}, sizeof((uint16_t[]){__VA_ARGS__}) / 2)

/** Code of the handler of exception @exc, and its vector. */
#define HANDLER(r, exc, ...)                                                    \
    do {                                                                        \
        const uint16_t code_[] = {__VA_ARGS__};                                 \
        ck_assert(cpu_poke((r)->cpu, 0x400 + 32 * (exc), code_, sizeof code_)); \
        rig_set_word(r, 4 * (exc), (0x400 + 32 * (exc)) | 1u);                  \
    } while (0)

/** MSR CONTROL, so that code runs unprivileged or on the process stack. */
void rig_control(struct rig *r, uint32_t control);

/** Run to the next BKPT 0xAB, or another stop. */
void rig_run(struct rig *r);

/** The exception whose handler the run ended in, 0 for the end of the code. */
uint32_t rig_exception(const struct rig *r);

uint32_t rig_word(struct rig *r, uint32_t addr);
void rig_set_word(struct rig *r, uint32_t addr, uint32_t val);

#endif
