/*
 * A Cortex-M core on Unicorn Engine: what the rest of Moat sees of it.
 *
 * Unicorn executes Thumb code and nothing else. Exceptions, the NVIC, SysTick, the system control
 * space, the MPU, every refused or device access and all time are done here. The owner maps memory
 * and devices, resets, then runs the core in slices:
 *
 *     struct cpu *c = cpu_new(&config, &host, &err);
 *     cpu_map_ram(c, 0x00000000, 0x00000000, 4 << 20, flash, &err);
 *     cpu_map_device(c, &uart->dev, 0x40004000);
 *     cpu_reset(c);
 *     struct cpu_stop s = cpu_run(c, until);
 *
 * All that a guest or a trace can see follows from the code, the board and the calls made here,
 * with their cycles; never from what was translated before.
 */
#ifndef MOAT_CPU_H
#define MOAT_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/device.h"
#include "mpu/mpu.h"
#include "sim/base/error.h"

struct cpu;

/** ORDER cpu_model: all_traits in models.c. */
enum cpu_model {
    CPU_CORTEX_M0,
    CPU_CORTEX_M0PLUS,
    CPU_CORTEX_M3,
    CPU_CORTEX_M4,
    CPU_CORTEX_M7,
    CPU_CORTEX_M33,
    CPU_MODEL_COUNT
};

enum cpu_arch {
    CPU_ARMV6M,
    CPU_ARMV7M,
    CPU_ARMV8M
};

/** ORDER cpu_fpu: fpu_names in models.c. */
enum cpu_fpu {
    CPU_FPU_NONE,
    CPU_FPU_SINGLE,
    CPU_FPU_DOUBLE,
    CPU_FPU_COUNT
};

/** What a core is, and what a board may choose of it. Source: the core's TRM. */
struct cpu_traits {
    const char *name; /* as in board files: "cortex-m4" */
    enum cpu_arch arch;
    uint32_t cpuid;
    uint32_t irqs_max;
    uint32_t prio_min, prio_max; /* implemented priority bits */
    uint32_t mpu_regions[3];     /* numbers that exist; the first is the default */
    enum mpu_arch mpu;
    enum cpu_fpu fpu_max, fpu_default;
    bool has_vtor;
    bool has_user; /* the unprivileged level */
    bool has_dsp;
};

/** The traits of a model. */
const struct cpu_traits *cpu_traits(enum cpu_model model);

/** The model of that name, or CPU_MODEL_COUNT. */
enum cpu_model cpu_model_named(const char *name);

/** "none", "single" or "double", and back; CPU_FPU_COUNT for any other name. */
const char *cpu_fpu_name(enum cpu_fpu fpu);
enum cpu_fpu cpu_fpu_named(const char *name);

/** What a board chooses about its core. */
struct cpu_config {
    enum cpu_model model;
    uint32_t irqs;        /* external interrupt lines, 1 to the model's most */
    uint32_t prio_bits;   /* implemented priority bits */
    uint32_t mpu_regions; /* one of the model's numbers */
    enum cpu_fpu fpu;
    uint32_t vtor;     /* where the vector table is after reset */
    uint32_t clock_hz; /* for SYST_CALIB; 0: not known */
    bool bit_band;     /* 0x22000000 and 0x42000000 on are bits of SRAM and peripherals */
};

/** Exception numbers. Source: DDI 0403E B1.5.2, table B1-4. */
enum cpu_exception {
    EXC_THREAD = 0,
    EXC_RESET = 1,
    EXC_NMI = 2,
    EXC_HARDFAULT = 3,
    EXC_MEMMANAGE = 4,
    EXC_BUSFAULT = 5,
    EXC_USAGEFAULT = 6,
    EXC_SVCALL = 11,
    EXC_DEBUGMON = 12,
    EXC_PENDSV = 14,
    EXC_SYSTICK = 15,
    EXC_IRQ0 = 16,
    EXC_MAX = 256
};

/** The state byte of events: who was running. */
enum cpu_state_bits {
    CPU_STATE_PRIV = 1,
    CPU_STATE_HANDLER = 2,
    CPU_STATE_PSP = 4
};

/** What an instruction was doing to memory when it was refused. */
enum cpu_access {
    CPU_ACCESS_NONE,
    CPU_ACCESS_LOAD,
    CPU_ACCESS_STORE,
    CPU_ACCESS_FETCH,
    CPU_ACCESS_STACKING,
    CPU_ACCESS_UNSTACKING,
    CPU_ACCESS_VECTOR,
    CPU_ACCESS_COUNT
};

/** CFSR bits. Source: DDI 0403E B3.2.15. */
enum cpu_cfsr_bits {
    CFSR_IACCVIOL = 1 << 0,
    CFSR_DACCVIOL = 1 << 1,
    CFSR_MUNSTKERR = 1 << 3,
    CFSR_MSTKERR = 1 << 4,
    CFSR_MLSPERR = 1 << 5,
    CFSR_MMARVALID = 1 << 7,
    CFSR_IBUSERR = 1 << 8,
    CFSR_PRECISERR = 1 << 9,
    CFSR_IMPRECISERR = 1 << 10,
    CFSR_UNSTKERR = 1 << 11,
    CFSR_STKERR = 1 << 12,
    CFSR_LSPERR = 1 << 13,
    CFSR_BFARVALID = 1 << 15,
    CFSR_UNDEFINSTR = 1 << 16,
    CFSR_INVSTATE = 1 << 17,
    CFSR_INVPC = 1 << 18,
    CFSR_NOCP = 1 << 19,
    CFSR_STKOF = 1 << 20, /* ARMv8-M */
    CFSR_UNALIGNED = 1 << 24,
    CFSR_DIVBYZERO = 1 << 25
};

/** HFSR bits. Source: DDI 0403E B3.2.16. */
#define HFSR_VECTTBL  (1u << 1)
#define HFSR_FORCED   (1u << 30)
#define HFSR_DEBUGEVT (1u << 31)

/** One refused access or instruction, with the whole reason. */
struct cpu_fault {
    uint32_t cfsr;      /* bits this fault set */
    uint32_t hfsr;      /* bits this fault set */
    uint32_t exception; /* the exception taken or pended for it, after escalation */
    uint32_t addr;      /* first refused byte; for a fetch the refused halfword */
    bool addr_valid;    /* MMFAR or BFAR holds addr */
    enum cpu_access access;
    uint32_t bytes;      /* size of the whole access, 0 when it is none */
    bool access_priv;    /* the privilege the access was made with (LDRT: false) */
    uint32_t insn;       /* the instruction, first halfword low; 0 when it cannot be read */
    uint32_t insn_bytes; /* 2, 4, or 0 */
    struct mpu_why why;  /* for MemManage faults */
    uint32_t regs[16];   /* R0 to R15 before exception entry */
    uint32_t xpsr;
};

enum cpu_event_kind {
    CPU_EVENT_RESET,
    CPU_EVENT_ENTER,   /* exception entry */
    CPU_EVENT_RETURN,  /* exception return */
    CPU_EVENT_CONTROL, /* CONTROL was written by MSR and changed */
    CPU_EVENT_FAULT,
    CPU_EVENT_ITM, /* a stimulus port was written: exception is the port, sp the bytes, target the
                      value */
};

/** Handed to the host as it happens; valid during the call. */
struct cpu_event {
    enum cpu_event_kind kind;
    uint64_t cycle;
    uint8_t state; /* cpu_state_bits after the event (for a fault: when it happened) */
    uint8_t from;  /* before it */
    bool tail;     /* entry without stacking after a return without unstacking */
    uint32_t exception;
    uint32_t pc;     /* entry: return address; return: where to; control: after the MSR */
    uint32_t target; /* entry: the handler; return: EXC_RETURN; control: the new value */
    uint32_t sp;     /* entry: of the frame; return: after unstacking; control: the old value */
    const struct cpu_fault *fault;
};

/** The core's calls to its owner. */
struct cpu_host {
    void *ctx;
    void (*event)(void *ctx, const struct cpu_event *e);
    /** Bring the devices up to cpu_now(), before one is touched. */
    void (*sync)(void *ctx);
    const uint64_t *sync_at; /* before this cycle there is nothing to be done by sync */
};

enum cpu_stop_kind { /* from CPU_STOP_STEP on: a debugger's */
    CPU_STOP_NONE,
    CPU_STOP_LIMIT,    /* the cycle asked for was reached */
    CPU_STOP_SEMIHOST, /* BKPT 0xAB; answer it, then cpu_skip() */
    CPU_STOP_LOCKUP,   /* a fault that HardFault could not take */
    CPU_STOP_RESET,    /* AIRCR.SYSRESETREQ; the owner resets the whole machine */
    CPU_STOP_WATCH,    /* about to execute the watched address */
    CPU_STOP_REQUEST,  /* cpu_request_stop() */
    CPU_STOP_STEP,     /* cpu_step(), cpu_seek() (cpu/debug.h) */
    CPU_STOP_BREAK,    /* a breakpoint */
    CPU_STOP_ACCESS,   /* a watchpoint */
};

struct cpu_stop {
    enum cpu_stop_kind kind;
    uint32_t pc;
};

/**
 * Make a core. Nothing is mapped, nothing runs before cpu_reset().
 *
 * @host  copied; its callbacks must not call cpu_run()
 *
 * Returns NULL with @err when the engine cannot be opened or is of the wrong version.
 */
struct cpu *cpu_new(const struct cpu_config *config, const struct cpu_host *host,
                    struct moat_error *err);
void cpu_free(struct cpu *c);

/**
 * Map memory. @base and @bytes are multiples of 1 KiB; ranges may not overlap (the board loader
 * has checked). @mem stays the caller's and must outlive the core; aliases pass the same @mem.
 */
void cpu_map_ram(struct cpu *c, uint32_t base, uint32_t bytes, uint8_t *mem);

/** Wait states of a memory, and a simple accelerator before it. */
struct cpu_flash {
    uint32_t wait_states; /* cycles to fetch a line of 16 bytes, beyond the first */
    uint32_t lines;       /* that the accelerator keeps, 0 to 256; 0: there is none */
};

/** The memory mapped at @base has wait states. @flash stays the caller's. */
void cpu_set_flash(struct cpu *c, uint32_t base, const struct cpu_flash *flash);

/** Stores to the memory mapped at @base go to @programmer's program(); NULL: they change nothing.
 */
void cpu_fix_ram(struct cpu *c, uint32_t base, struct device *programmer);

/** Map a device's registers at @base. The device stays the caller's. */
void cpu_map_device(struct cpu *c, struct device *d, uint32_t base);

/** Reset: SP and PC from the vector table at address 0, all registers. Source: B1.5.5. */
void cpu_reset(struct cpu *c);

/** Run to the first block boundary at or after cycle @until, or to another stop. A core that is
 * locked up stays so until it is reset. */
struct cpu_stop cpu_run(struct cpu *c, uint64_t until);

/** Drive external interrupt @line. May be called from device callbacks. */
void cpu_irq(struct cpu *c, uint32_t line, bool level);

/** Drive the NMI: it becomes pending when @level rises. */
void cpu_nmi(struct cpu *c, bool level);

/** Boundaries from cycle @when on return to the owner; called when an event was scheduled. */
void cpu_limit(struct cpu *c, uint64_t when);

/** Stop at the next boundary with CPU_STOP_REQUEST. */
void cpu_request_stop(struct cpu *c);

/** Was it asked for, and not done yet? */
bool cpu_stop_requested(const struct cpu *c);

/** Stop before @pc is executed for the @nth time (1 is the first). Once; call before running. */
void cpu_watch(struct cpu *c, uint32_t pc, uint64_t nth);

/** The cycle of the instruction being executed, or of the boundary when stopped. */
const uint64_t *cpu_now(const struct cpu *c);

/** Instructions executed so far. */
uint64_t cpu_insns(const struct cpu *c);

/** Asleep in WFI with nothing pending: only time or input makes it go on. */
bool cpu_sleeping(struct cpu *c);

/** The next cycle at which the core itself acts (SysTick), DEVICE_NEVER for none. */
uint64_t cpu_next_event(const struct cpu *c);

/** General register, 0 to 15; only while stopped. */
uint32_t cpu_reg(const struct cpu *c, uint32_t n);
void cpu_set_reg(struct cpu *c, uint32_t n, uint32_t value);

/** S register, 0 to 31, of a core with an FPU; only while stopped. */
uint32_t cpu_fp_reg(const struct cpu *c, uint32_t n);

/**
 * Refuse a CPU_STOP_SEMIHOST: the BKPT is what it is without a debugger, a HardFault with DEBUGEVT.
 *
 * Source: DDI 0403E C1.6.1, B3.2.16.
 */
void cpu_breakpoint(struct cpu *c);

/** Step over the BKPT of a CPU_STOP_SEMIHOST. */
void cpu_skip(struct cpu *c);

/** cpu_state_bits now. */
uint8_t cpu_state(const struct cpu *c);

/** The MPU's registers, for the recorder and explanations. */
const struct mpu *cpu_mpu(const struct cpu *c);

/**
 * Read memory as a debugger: no MPU, no side effects, no devices.
 *
 * Returns false when a byte of it is not memory.
 */
bool cpu_peek(const struct cpu *c, uint32_t addr, void *out, size_t n);

/** Write memory as a debugger; drops translations of what it touches. Same return. */
bool cpu_poke(struct cpu *c, uint32_t addr, const void *bytes, size_t n);

/** Ways to disturb a run that no guest and no trace may see: for tests. */
struct cpu_disturbance {
    uint64_t seed;
    uint32_t
        leave_one_in;     /* leave the engine before one instruction in so many; 1: all; 0: never */
    uint32_t drop_one_in; /* and one in so many of these drops translations and TLB; 0: never */
    uint32_t own_most;    /* after each stop of the engine execute fewer than so many instructions
                             beside it, or the one that it left to us; 0: as usual */
};

#define CPU_OWN_LEAST 1u         /* own_most: none that the engine can execute */
#define CPU_OWN_ALL   UINT32_MAX /* all of them */

/** From now on disturb the run; before cpu_reset(), once. */
void cpu_disturb(struct cpu *c, const struct cpu_disturbance *d);

/** Version of the engine as "2.1.1". */
const char *cpu_engine_version(void);

#endif
