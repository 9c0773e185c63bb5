/*
 * All that a core consists of: its state, and what is kept beside it to be quick. Inside cpu/ only.
 *
 * Unicorn has the registers while it runs, and the FP registers always; everything else is here.
 *
 * Source: DDI 0403E B1.4, B3.2 (registers).
 */
#ifndef MOAT_STATE_H
#define MOAT_STATE_H

#include <unicorn/unicorn.h>

#include "cpu/cpu.h"
#include "cpu/debug.h"
#include "cpu/decode.h"
#include "cpu/timing.h"
#include "mpu/mpu.h"
#include "sim/base/assert.h"

#define BUS_RANGES_MAX  16u
#define BUS_DEVICES_MAX 96u
#define CCR_UNALIGN_TRP (1u << 3)
#define CCR_DIV_0_TRP   (1u << 4)
#define SCR_SEVONPEND   (1u << 4)
#define XPSR_T          (1u << 24)
#define APSR_V6M        0xF0000000u
#define APSR_V7M        0xF8000000u
#define APSR_DSP        0xF80F0000u
#define DFSR_BKPT       (1u << 1)
#define ADDR_NONE       1u /* no instruction lies at an odd address */

#define CONTROL_NPRIV 1u
#define CONTROL_SPSEL 2u
#define CONTROL_FPCA  4u
#define CONTROL_SFPA \
    8u /* of the Security Extension: the engine has it, the guest does not see it */
/* Special registers of MSR and MRS. Source: DDI 0403E B5.1.1; DDI 0553 B3.9. */
enum {
    SYSM_MSP = 8,
    SYSM_PSP = 9,
    SYSM_MSPLIM = 10,
    SYSM_PSPLIM = 11,
    SYSM_PRIMASK = 16,
    SYSM_BASEPRI = 17,
    SYSM_BASEPRI_MAX = 18,
    SYSM_FAULTMASK = 19,
    SYSM_CONTROL = 20
};

#define BEGUN_BYTES 16u /* of memory for each byte of struct ram's begun */

/** Mapped memory: guest addresses to host bytes. */
struct ram {
    uint32_t base, bytes;
    uint32_t engine_addr; /* where the engine has these bytes; aliases share it */
    uint8_t *mem;
    const struct cpu_flash *flash; /* wait states, or NULL */
    bool fixed;                    /* stores change nothing by themselves */
    struct device *programmer;     /* that they go to then, or NULL */
    /* A word a page, a bit for 32 bytes that hold decoded code. Aliases share it. */
    uint32_t *code;
    uint8_t *begun; /* a bit a halfword: the engine has translated from here. Aliases share it */
    uint8_t *dirty; /* a byte a page: may have been written. Aliases share it */
};

/** A device's registers at one of their places. */
struct bus_device {
    uint32_t base, bytes;
    struct device *dev;
};

struct bus {
    struct ram ram[BUS_RANGES_MAX];
    struct bus_device device[BUS_DEVICES_MAX];
    uint32_t rams, devices;
};

/** A set of exception numbers. */
struct exc_set {
    uint64_t words[EXC_MAX / 64];
};

/** Pending, active and priority of every exception. */
struct nvic {
    struct exc_set pending, enabled, active, line;
    uint8_t prio[EXC_MAX]; /* implemented bits only, at the top */
};

/** System control registers that are not kept elsewhere. Names as in DDI 0403E B3.2. */
struct scb {
    uint32_t vtor, aircr, scr, ccr, cfsr, hfsr, dfsr, mmfar, bfar, cpacr, demcr;
    uint32_t fpccr, fpcar, fpdscr;
    uint32_t itm_ter, itm_tpr, itm_tcr;
    uint32_t dwt_ctrl;
    uint64_t dwt_base; /* CYCCNT is now - dwt_base */
    uint32_t dwt_held; /* CYCCNT while stopped */
};

#define SCS_BASE  0xE000E000u /* the system control space. Source: DDI 0403E B3.2.1 */
#define SCS_WORDS (0x1000u / 4)

struct systick {
    uint32_t ctrl, load;
    uint32_t held;      /* current value while stopped */
    uint64_t zero_at;   /* the cycle at which the counter reads 0; DEVICE_NEVER while stopped */
    uint64_t reload_at; /* until then it reads 0: the tick that loads it */
    bool countflag;
};

#define BLOCK_ALIGN_MAX 2u

#define DECODED_LOG2 12

/** The core registers while the engine is not running. */
struct regs {
    uint32_t r[16];    /* R13 is the stack pointer in use; R15 is not kept here */
    uint32_t other_sp; /* the one that is not */
    uint32_t apsr;     /* N, Z, C, V, Q and GE, as in xPSR */
    uint8_t it;        /* ITSTATE of the next instruction */
};

/** Execute the instruction word @w, which does not touch memory; c->pc is behind it. */
typedef void (*execute_fn)(struct cpu *c, uint32_t w);

struct fault;
/**
 * Execute the load or store @i at c->pc: memory, registers and c->pc move on. False with @f when it
 * faults; then only what the architecture lets change has changed.
 */
typedef bool (*loadstore_fn)(struct cpu *c, const struct insn *i, struct fault *f);

/** An instruction that was decoded, found by address and privilege. */
struct decoded {
    uint64_t tag;         /* generation of the code, above address | privileged; 0: none */
    execute_fn execute;   /* NULL: execute.c has more to say, or it is the engine's */
    loadstore_fn memory;  /* NULL: it is no load or store */
    uint32_t w;           /* a wide one's first halfword above the second */
    bool plain;           /* nothing to ask before @execute or @memory */
    uint8_t cost, refill; /* as if nothing went before it */
    struct insn insn;
};

/** What a block ends with, for branch prediction. */
enum block_end {
    END_OTHER,
    END_DIRECT,
    END_CONDITIONAL,
    END_INDIRECT
};

/** What of a block lies from some instruction of it on. */
struct block_rest {
    uint32_t cycles, insns;
};

/** A decoded block. Found by address and privilege. */
struct block {
    uint32_t key; /* address | privileged */
    uint32_t end; /* first byte after it */
    uint32_t cost, insns;
    uint32_t host_bytes;  /* that the engine's translation of it takes at most */
    uint8_t refill;       /* cycles when it is left by its branch */
    uint8_t entry_refill; /* and more when it is what was branched to */
    bool own;             /* all of it can be executed here */
    bool ours;            /* and must be: it holds MSR, SVC or the like */
    bool watch;           /* holds instructions that the engine is stopped at */
    bool exchanges;       /* ends with a branch that EXC_RETURN means something to */
    uint8_t ends;         /* enum block_end */
    uint16_t literals;    /* loads relative to PC, from a memory with wait states */
    bool waits;           /* lies in a memory with wait states */
    bool unpriv;          /* holds LDRT, STRT or kin */
    bool fp;              /* holds FP instructions */
    bool plain;           /* nothing to do but charge it */
    uint32_t left_at;     /* where it was left last: what was left then; 0, never */
    struct block_rest left;
    /* Base registers, as they are at its start, that have to be aligned. */
    uint8_t aligns;
    struct {
        uint8_t reg, mask;
        uint16_t at; /* the instruction, from the start */
        int32_t delta;
    } align[BLOCK_ALIGN_MAX];
};

/**
 * All that on_block() wants of a block that is plain, in half a cache line; by the same number as
 * the block itself.
 */
struct charge {
    uint32_t pc; /* where it begins; ADDR_NONE: nowhere */
    uint8_t refill, entry_refill;
    uint32_t end;        /* a block that starts here was not branched to */
    uint32_t continues;  /* the engine asks again here, in the middle of it: no boundary */
    uint64_t ran;        /* its instructions above its cycles */
    struct block *block; /* NULL: nothing that is charged is being executed */
};
_Static_assert(sizeof(struct charge) == 32, "half a cache line");

#define BLOCK_NONE  UINT32_MAX /* a key that no block has */
#define BLOCKS_LOG2 13

/** A page as one privilege sees it, remembered until a register of the MPU changes. */
struct page {
    const struct bus_device *device; /* one that has registers in it, NULL: none, or memory */
    uint64_t key;                    /* page | who asks, with the MPU's generation above; 0: none */
    uint8_t *mem;                    /* its bytes, NULL: no memory there */
    uint32_t *code;                  /* bits of its granules that hold decoded code (struct ram) */
    uint8_t *dirty;                  /* struct ram */
    uint32_t allow[3];               /* by enum mpu_access: bits of its granules; mpu_page() */
    uint8_t known;                   /* bits of enum mpu_access: allow[] is computed */
    bool watched;                    /* holds a byte of a watchpoint */
    bool fixed;                      /* stores change nothing by themselves (struct ram) */
};

#define PAGES_LOG2    10
#define PAGE_PRIV     1u
#define PAGE_NEGATIVE 2u
#define VIEW_NONE     1024u /* a view that no page has */

/** Settings of the MPU that were in force before: their pages are still known. */
struct mpu_setting {
    struct mpu mpu;
    uint32_t generation; /* 0: none */
};
#define MPU_SETTINGS 64u

/* Where the engine executes single instructions: system space, execute-never to every guest. */
#define ALONE_PAGE       0xF0000000u
#define ALONE_SLOT_BYTES 8u
#define ALONE_SLOTS      (MPU_PAGE_BYTES / ALONE_SLOT_BYTES)

#define FLASH_LINES_MAX   256u
#define FLASH_LINE_BYTES  16u
#define PREDICTOR_COUNTS  1024u
#define PREDICTOR_TARGETS 64u

/** The fetch side of a core or a board that remembers: part of its state. */
struct fetch {
    uint32_t line;                       /* address of the flash line in the buffer */
    uint32_t lines[FLASH_LINES_MAX];     /* of the accelerator's cache, by number; 0: none */
    uint8_t counts[PREDICTOR_COUNTS];    /* 2-bit counters: 2 and 3 foresee a taken branch */
    uint32_t targets[PREDICTOR_TARGETS]; /* where an indirect branch last went */
    uint8_t ends;                        /* of the block before */
    uint32_t after;                      /* where it ended */
};

/** A fault found by an access or an instruction, not yet taken. */
struct fault {
    uint32_t cfsr; /* 0: none */
    uint32_t hfsr;
    uint32_t addr;
    bool addr_valid;
    enum cpu_access access;
    uint32_t bytes;
    bool priv;
    struct mpu_why why;
};

/** FP registers as declared state: the engine holds them, but for save and restore. */
struct fp_state {
    uint32_t s[32], fpscr;
};

/** What a debugger has asked for. */
struct debug {
    uint32_t *breaks;
    size_t breaks_n;
    struct cpu_watchpoint watch[CPU_WATCHPOINTS_MAX];
    size_t watch_n;
    bool watch_mpu;
    struct cpu_hit hit;
    struct cpu_position target;
    bool stepping, seeking; /* stop before the next instruction; at target */
    bool hit_pending;       /* stop after this instruction */
    bool resumed;           /* no instruction since cpu_run() began */
    bool slow;              /* nothing is the engine's */
    bool probing;           /* ask debug_probe() before each instruction executed here */
};

/** Why the engine stopped, before the instruction at c->pc. */
enum exit_kind {
    EXIT_NONE,
    EXIT_BLOCK,          /* it begins a block that has to be looked at first */
    EXIT_OURS,           /* it begins a block that is not the engine's */
    EXIT_INSN,           /* it is not the engine's (watch_look) */
    EXIT_INTERRUPT,      /* the engine raised c->intno */
    EXIT_WATCH,          /* it is the watched one */
    EXIT_DISTURBED,      /* for no reason of the guest's (cpu_disturb) */
    EXIT_REFUSED_FETCH,  /* it lies in a page that was not filled */
    EXIT_REFUSED_ACCESS, /* it touches a page that was not filled */
};

/** The modes and masks that the engine was last told. */
struct engine_state {
    uint32_t ipsr, control, primask, basepri, faultmask, other_sp;
};

struct cpu {
    struct cpu_config config;
    struct cpu_host host;
    uc_engine *uc;
    struct bus bus;
    struct mpu mpu;
    bool mpu_held_off; /* cpu_hold_mpu_off() */
    struct nvic nvic;
    struct scb scb;
    uint8_t scs_rows[SCS_WORDS]; /* which row of scs.c a word of the space is; 0: none */
    struct systick tick;

    struct regs regs;
    uint32_t ipsr, control, primask, basepri, faultmask;
    struct engine_state engine;
    bool in_engine; /* inside uc_emu_start(): regs are the engine's */
    bool on_psp;    /* R13 is PSP */
    bool priv;      /* what ipsr and control come to */
    int running;    /* execution priority; 256 is Thread mode with nothing masked */
    bool negative;  /* execution priority below 0 */

    uint32_t msplim, psplim; /* ARMv8-M */
    const struct cpu_traits *traits;
    const struct timing *timing;

    uint32_t pc; /* next instruction, while the engine is stopped */
    struct fp_state fp;
    struct debug debug;
    bool sleeping;
    bool sleeps_for_event; /* in WFE */
    uint32_t more_at;      /* the instruction that was charged more_cycles beyond its block's */
    uint32_t more_cycles;
    bool event;        /* the event register, DDI 0403E B1.5.18 */
    bool monitor_open; /* the exclusive monitor */
    bool t_clear;      /* EPSR.T is 0: the next instruction faults */

    uint64_t now, insns;
    uint64_t limit;            /* cpu_run() goes up to here */
    uint64_t due;              /* boundaries from here on are looked at: 0, the limit, or SysTick */
    uint64_t ran;              /* in the engine, not in now and insns yet: insns above cycles */
    uint32_t soon;             /* cycles of ran at which due is reached */
    const struct charge *last; /* what is being executed, already charged */
    const struct charge *here; /* the charges of blocks of the privilege that the engine is in */
    struct charge edited;      /* last, when it is not what a block says */

    enum exit_kind exit;
    uint64_t translated; /* bytes that the engine's translations take at most */
    uint32_t intno;      /* EXIT_INTERRUPT */
    uint32_t own_left;   /* instructions to be executed here before the engine is asked again */
    uint32_t ours_at;    /* a block that the engine has left because it is ours; ADDR_NONE */
    bool left;           /* the instruction being executed led into or out of a handler */
    bool in_it;          /* the instruction being executed lies in an IT block */
    struct {
        bool valid;
        uc_mem_type type;
        uint32_t page;
    } refused;
    bool tlb_dirty;
    uint64_t page_view;      /* what pages' keys have in common; VIEW_NONE: to be found */
    bool mpu_changed;        /* since mpu_generation was found */
    uint32_t mpu_generation; /* the number of the settings in force */
    uint32_t mpu_generations;
    struct mpu_setting mpu_settings[MPU_SETTINGS];
    uint64_t runs_key; /* of a page of which all is executable memory; 0, none known */
    struct page pages[1u << PAGES_LOG2];
    volatile bool stop_requested; /* by a signal, perhaps */
    bool reset_requested;
    struct cpu_stop stop;
    uint64_t watch_left; /* arrivals at the watched address still to come */
    uint32_t watch_pc;
    bool watch_counted;  /* the engine has told of this arrival */
    bool touched_system; /* the instruction being executed reached a device, the PPB or code */

    struct watched { /* instructions that are looked at before they are executed, sorted */
        uint32_t pc;
        uc_hook hook;
    } * watched;
    size_t watched_n;
    bool watches_all;
    struct cpu_disturbance disturbance;
    bool disturbed; /* it asks for another use of the executor, */
    bool counted;   /* and where that ends, instruction by instruction */
    bool alone;     /* inside engine_alone(): hooks keep still */
    uint8_t alone_code[ALONE_SLOTS * ALONE_SLOT_BYTES]; /* the instructions that were */
    uint32_t disturbed_at; /* the instruction that is let through now; ADDR_NONE */
    uint32_t forced_page;  /* retranslate(): fill this page whatever the verdict; ADDR_NONE */

    struct fetch fetch;
    uint32_t code_generation; /* counts changes of code */
    struct decoded decoded[1u << DECODED_LOG2];
    struct block held_block; /* the one being executed, when blocks were dropped under it */
    struct block odd_block;  /* one that the engine made longer than it is: never kept */
    struct block blocks[1u << BLOCKS_LOG2];
    struct charge charges[2][1u << BLOCKS_LOG2]; /* of unprivileged and of privileged code */
};

#endif
