/*
 * The inside of the core, shared by the files of cpu/ and by nobody else.
 *
 *     cpu.c         made, reset, asked: the public face
 *     engine.c      Unicorn and its hooks
 *     transfer.c    registers and modes, to the engine and back
 *     run.c         the run loop: boundaries, sleep
 *     execute.c     code executed here, an instruction at a time (execute16.c, execute32.c)
 *     blocks.c      decoded blocks: cost and flags by address
 *     access.c      one memory access: bus, MPU, system control space
 *     fetch.c       wait states and branch prediction
 *     special.c     MSR, MRS, CPS
 *     watch.c       instructions that the engine does not execute as the architecture wants
 *     loadstore.c   one load or store instruction, exactly
 *     exceptions.c  entry, return, stacking
 *     faults.c      what a fault becomes, and the report of it
 *     fpu.c         the FP context: access, frames, lazy stacking
 *     nvic.c        pending, active, priorities
 *     scs.c         the system control space's registers
 *     disturb.c     runs that are disturbed, for tests
 *     declared.c    the state that decides the future
 *     debug.c       breakpoints, watchpoints, steps
 *     itm.c         stimulus ports and the cycle counter
 *     systick.c     the system timer
 *     timing.c      cycles
 *     models.c      the six cores
 */
#ifndef MOAT_CORE_H
#define MOAT_CORE_H

#include "cpu/state.h"

/* engine.c */
MOAT_CHECKED int engine_open(struct cpu *c, struct moat_error *err);
/** Execute from c->pc until the engine stops; c->pc and c->regs follow. */
enum exit_kind engine_run(struct cpu *c);
/** After EXIT_INTERRUPT: did the engine refuse an instruction that it had not begun? */
bool engine_refused_insn(const struct cpu *c);
/** After EXIT_INTERRUPT: what the engine could not do. */
void engine_raised(struct cpu *c);
/** Execute the instruction word @w, which does not use PC; then c->regs are as it leaves them.
 * False when the engine refuses it. */
bool engine_alone(struct cpu *c, uint32_t w, uint32_t bytes);
/** The engine has c->msplim and c->psplim. */
void engine_set_limits(struct cpu *c);
void engine_flush_tlb(struct cpu *c);
void engine_watch(struct cpu *c, uint32_t pc);
/** Call @fn of @type (UC_HOOK_*) for addresses from @first to @last. */
uc_hook engine_add_hook(struct cpu *c, int type, void *fn, uint64_t first, uint64_t last);
/** Drop the translations of the page that holds @addr, so that new hooks are seen. */
void engine_retranslate(struct cpu *c, uint32_t addr);
/** From now on call watch_look() before each execution of the instruction at @pc. True: new, and to
 * be translated anew. */
bool engine_watch_insn(struct cpu *c, uint32_t pc);
/** The same for all instructions there are. */
void engine_watch_all(struct cpu *c);
/** Stop before the next instruction, for the run loop to look at @why. In hooks alone. */
void engine_leave(struct cpu *c, enum exit_kind why, uint32_t pc);
/** A register of the engine itself: FP registers, or while it runs. */
uint32_t engine_reg(const struct cpu *c, int uc_reg);
uint32_t engine_core_reg(const struct cpu *c, uint32_t n);
void engine_set_reg(struct cpu *c, int uc_reg, uint32_t value);
/** Code in the page of @addr changes: drop what was made of it. */
void engine_forget_code(struct cpu *c, uint32_t addr);
/** Something may have become takeable: look at the next boundary. */
static inline void core_look(struct cpu *c)
{
    c->due = 0;
}
/** To say otherwise than the block that is being executed what comes after it. */
static inline struct charge *core_edit(struct cpu *c)
{
    if (c->last != &c->edited)
        c->edited = *c->last;
    c->last = &c->edited;
    return &c->edited;
}
static inline bool core_priv(const struct cpu *c)
{
    return c->priv;
}
/** c->mpu has other verdicts than before: nobody may go by the old ones. */
static inline void core_mpu_changed(struct cpu *c)
{
    c->mpu_changed = true;
    c->page_view = VIEW_NONE;
    c->tlb_dirty = true;
}
/** c->ipsr or c->control have changed: privilege and the stack in use follow. */
static inline void core_mode_changed(struct cpu *c)
{
    bool priv = c->ipsr != 0 || !(c->control & CONTROL_NPRIV);
    bool psp = !c->ipsr && (c->control & CONTROL_SPSEL);
    if (priv != c->priv && c->traits->arch == CPU_ARMV6M)
        c->tlb_dirty = true; /* an engine without an unprivileged level has one TLB */
    c->priv = priv;
    if (psp != c->on_psp) {
        uint32_t sp = c->regs.r[13];
        c->regs.r[13] = c->regs.other_sp;
        c->regs.other_sp = sp;
        c->on_psp = psp;
    }
}
/** MSP or PSP, whichever is in use. */
static inline uint32_t *core_stack(struct cpu *c, bool psp)
{
    return psp == c->on_psp ? &c->regs.r[13] : &c->regs.other_sp;
}
/** R0 to R14. */
static inline uint32_t core_reg(const struct cpu *c, uint32_t n)
{
    return c->in_engine ? engine_core_reg(c, n) : c->regs.r[n];
}
static inline void core_set_reg(struct cpu *c, uint32_t n, uint32_t value)
{
    c->regs.r[n] = value;
}
static inline bool core_v6m(const struct cpu *c)
{
    return c->traits->arch == CPU_ARMV6M;
}
/** xPSR, with T set. */
static inline uint32_t core_xpsr(const struct cpu *c)
{
    uint32_t it = c->regs.it;
    return c->regs.apsr | (it & 0xFCu) << 8 | (it & 3u) << 25 | XPSR_T | c->ipsr;
}
static inline void core_set_xpsr(struct cpu *c, uint32_t xpsr)
{
    uint32_t it = core_v6m(c) ? 0 : (xpsr >> 8 & 0xFCu) | (xpsr >> 25 & 3u);
    c->regs.apsr = xpsr & (core_v6m(c) ? APSR_V6M : c->traits->has_dsp ? APSR_DSP : APSR_V7M);
    c->regs.it = (uint8_t)(it & 15u ? it : 0); /* InITBlock(), A7.3.3 */
}
static inline bool core_v8m(const struct cpu *c)
{
    return c->traits->arch == CPU_ARMV8M;
}
static inline struct mpu_ctx core_mpu_ctx(const struct cpu *c, bool priv)
{
    return (struct mpu_ctx){.priv = priv, .negative = c->negative};
}

/* transfer.c */
/** What the engine was told of modes no longer holds. */
void transfer_forget(struct cpu *c);
void transfer_to_engine(struct cpu *c);
/** Returns EPSR.T as the engine has it: clear after a branch to an even address. */
bool transfer_from_engine(struct cpu *c);

/* execute.c */
/** Execute blocks from c->pc on, while nothing stops it and the engine is not to be asked. */
void execute_blocks(struct cpu *c);
/** The BKPT at c->pc: the host's, if it is semihosting, or a debug event. */
void execute_breakpoint(struct cpu *c);
/** Branch as BX does. Source: DDI 0403E A2.3.1, BXWritePC(). */
void execute_branch_exchange(struct cpu *c, uint32_t target);
extern const uint16_t execute_conditions[16]; /* by condition, a bit for each value of NZCV */
/** Does condition @cond hold with these flags? Source: DDI 0403E A7.3.1, ConditionPassed(). */
static inline bool execute_holds(uint32_t apsr, uint32_t cond)
{
    return execute_conditions[cond] >> (apsr >> 28) & 1u;
}
/** The executor of instruction word @w, NULL when it has none. */
execute_fn execute_find(const struct insn *i, uint32_t w);
/** Can @i be executed without the engine? */
bool execute_can(const struct decoded *d);

/* special.c */
/** Special registers. Source: DDI 0403E B5.2; DDI 0553 C2.4.129, C2.4.130. */
uint32_t special_read(const struct cpu *c, uint32_t sysm);
void special_write(struct cpu *c, uint32_t sysm, uint32_t fields, uint32_t val);
/** CPS with the low byte @how. */
void special_cps(struct cpu *c, uint32_t how);

/* systick.c */
void systick_update(struct cpu *c); /* catch up to c->now */

/* run.c */
/**
 * A boundary: look at time, masks and what is pending. True when the block at c->pc is to be
 * executed; false when an exception was taken (c->pc is its handler) or c->stop says why not.
 */
bool core_boundary(struct cpu *c);
/** Stop before the instruction at c->pc, which is watched. */
void core_watch_stop(struct cpu *c);

/* blocks.c */
static inline uint32_t block_number(uint32_t key)
{
    return (key >> 1 ^ key << (BLOCKS_LOG2 - 1)) & ((1u << BLOCKS_LOG2) - 1);
}
static inline struct block *block_slot(struct cpu *c, uint32_t key)
{
    return &c->blocks[block_number(key)];
}
static inline struct charge *block_charge_slot(struct cpu *c, uint32_t key)
{
    return &c->charges[key & 1u][key >> 1 & ((1u << BLOCKS_LOG2) - 1)];
}
static inline uint32_t block_start(const struct block *b)
{
    return b->key & ~1u;
}
/** Is @pc inside the block that is charged? */
static inline bool block_holds(const struct cpu *c, uint32_t pc)
{
    const struct block *b = c->last->block;
    return b && pc >= block_start(b) && pc < b->end;
}
struct block *block_make(struct cpu *c, uint32_t pc, uint32_t engine_bytes);
/** The block at @pc, of which the engine runs @engine_bytes at once (0: it does not). */
static inline struct block *block_find(struct cpu *c, uint32_t pc, uint32_t engine_bytes)
{
    uint32_t key = pc | core_priv(c);
    struct block *b = block_slot(c, key);
    return b->key == key && b->end - pc >= engine_bytes ? b : block_make(c, pc, engine_bytes);
}
/** Let the engine stop at those instructions of @b that it has to; true when there was a new one.
 */
bool block_watch(struct cpu *c, struct block *b);
/** What of @b lies from @pc on, where it was not left last. */
struct block_rest block_walk_to(struct cpu *c, struct block *b, uint32_t pc);
/** What of the block that is charged lies from @pc on; nothing when @pc is not in it. */
static inline struct block_rest block_rest(struct cpu *c, uint32_t pc)
{
    struct block *b = c->last->block;
    if (!block_holds(c, pc))
        return (struct block_rest){0};
    if (pc == block_start(b))
        return (struct block_rest){b->cost, b->insns};
    return b->left_at == pc ? b->left : block_walk_to(c, b, pc);
}
/** Take back the time of the current block from @pc on: it is not executed, or not yet. */
static inline void block_refund(struct cpu *c, uint32_t pc)
{
    if (c->more_at == pc) /* what was added for it just now */
        c->now -= c->more_cycles;
    c->more_at = ADDR_NONE;
    if (!block_holds(c, pc))
        return;
    struct block_rest rest = block_rest(c, pc);
    c->now -= rest.cycles;
    c->insns -= rest.insns;
    core_edit(c)->block = NULL;
    c->fetch.ends = END_OTHER; /* its branch was not reached */
}
/** The block was left for an instruction that was executed here; a new one begins at c->pc. */
void block_left(struct cpu *c);
/** Note that the engine has translated, or we decoded, [from, to): it may no longer write there. */
void block_mark_code(struct cpu *c, uint32_t from, uint32_t to);
/** Forget the blocks of a page that @r maps; @page counts from its base. */
void block_drop_page(struct cpu *c, const struct ram *r, uint32_t page);
/** The engine translates the page anew: where it asks again may change. */
void block_forget_sizes(struct cpu *c, const struct ram *r, uint32_t page);
/** Read an instruction as a fetch would find it; false when it is not in memory. */
bool block_read_insn(const struct cpu *c, uint32_t pc, uint16_t hw[2], uint32_t *bytes);

/** While the engine runs: does the instruction at @pc lie in an IT block? */
bool block_is_conditional(struct cpu *c, uint32_t pc);
/** What is decoded there, as the code is now, is found by this. */
static inline uint64_t block_tag(const struct cpu *c, uint32_t pc)
{
    return (uint64_t)c->code_generation << 32 | pc | core_priv(c);
}
/** Decode the instruction at @pc, into its slot; NULL when it is not in memory. */
struct decoded *block_decode(struct cpu *c, struct decoded *d, uint32_t pc);
/** The instruction at @pc, decoded; NULL when it is not in memory. Valid until the next call. */
static inline struct decoded *block_decoded(struct cpu *c, uint32_t pc)
{
    uint32_t key = pc | core_priv(c);
    uint32_t slot = (key >> 1 ^ key << (DECODED_LOG2 - 1)) & ((1u << DECODED_LOG2) - 1);
    struct decoded *d = &c->decoded[slot];
    return d->tag == block_tag(c, pc) ? d : block_decode(c, d, pc);
}
/** The instruction at @pc, which follows that of @d in the same page: slots of a page lie in line.
 * @tag: block_tag() of address 0. */
static inline struct decoded *block_decoded_after(struct cpu *c, struct decoded *d, uint64_t tag,
                                                  uint32_t pc)
{
    struct decoded *next = d + d->insn.bytes / 2;
    return next->tag == (tag | pc) ? next : block_decode(c, next, pc);
}
bool block_insn(struct cpu *c, uint32_t pc, struct insn *i);

/* fetch.c */
void fetch_reset(struct cpu *c);
/** Cycles of arriving at block @b: wait states, a branch not foreseen. Before it is charged. */
uint32_t fetch_cycles(struct cpu *c, const struct block *b, bool branched);

/** Charge @b, with the cycles to arrive at it; @to says so. */
static inline void block_charge(struct cpu *c, struct block *b, bool branched, struct charge *to)
{
    c->now += b->cost + (branched ? b->entry_refill : 0);
    if (b->waits || c->timing->mispredict)
        c->now += fetch_cycles(c, b, branched);
    c->insns += b->insns;
    *to = (struct charge){.pc = ADDR_NONE,
                          .refill = b->refill,
                          .entry_refill = b->entry_refill,
                          .end = b->end,
                          .continues = ADDR_NONE,
                          .ran = (uint64_t)b->insns << 32 | b->cost,
                          .block = b};
}

/* watch.c */
/** Is @i charged one cycle, as if its IT block left it out, and the rest when it is executed? */
bool watch_is_left_out(const struct cpu *c, const struct insn *i);
/** Must @i be looked at each time before the engine executes it? */
bool watch_needed(const struct cpu *c, const struct insn *i);
/** Is @i never the engine's? */
bool watch_is_ours(const struct cpu *c, const struct insn *i);
/** CFSR bits of the fault that @i is whatever it touches, 0 for none. */
uint32_t watch_refusal(const struct cpu *c, const struct insn *i);
/** What @d takes beyond what its block was charged, as things are. */
uint32_t watch_cycles(const struct cpu *c, const struct decoded *d, bool conditional);
/**
 * Before the engine executes the instruction at @pc. Charges what only shows at run time; leaves
 * the engine with EXIT_INSN when the instruction is not the engine's.
 */
void watch_look(struct cpu *c, uint32_t pc);

/* fpu.c */
void fpu_reset(struct cpu *c);
/** May code of this privilege use the FPU? */
bool fpu_enabled(const struct cpu *c, bool priv);
/** Nothing to do before an FP instruction. */
bool fpu_ready(const struct cpu *c);
/**
 * Before FP instructions: the lazy save, the new context. False with @f when it faults: NOCP, or
 * the lazy save was refused.
 */
bool fpu_prepare(struct cpu *c, struct fault *f);
/** Stack an FP context behind the basic frame at @sp, or note that it is to be done. */
bool fpu_push(struct cpu *c, uint32_t sp, bool priv, struct fault *f);
/** Unstack one. */
bool fpu_pop(struct cpu *c, uint32_t sp, bool priv, struct fault *f);
/** CONTROL.FPCA := @on. */
void fpu_set_active(struct cpu *c, bool on);

/* access.c */
const struct ram *bus_ram(const struct cpu *c, uint32_t addr);
/** Load or store @bytes (1, 2, 4) at any alignment; on a fault nothing else happened. */
bool access_load(struct cpu *c, uint32_t addr, uint32_t bytes, bool priv, uint32_t *val,
                 struct fault *f);
bool access_store(struct cpu *c, uint32_t addr, uint32_t bytes, bool priv, uint32_t val,
                  struct fault *f);
/** May an aligned store be done? */
bool access_writable(struct cpu *c, uint32_t addr, uint32_t bytes, bool priv, struct fault *f);
/** Words of a stack frame; @kind tells stacking from unstacking. */
bool access_frame(struct cpu *c, uint32_t addr, uint32_t *words, uint32_t n, bool priv,
                  enum cpu_access kind, struct fault *f);
/**
 * [addr, addr + bytes) of memory is about to be written. If there is code in it, the block being
 * executed ends here, and what was made of the page is dropped.
 */
void access_code_write(struct cpu *c, uint32_t addr, uint32_t bytes);
const struct page *access_find_page(struct cpu *c, uint32_t addr, enum mpu_access kind, bool priv);
static inline uint64_t page_key(const struct cpu *c, uint32_t addr, bool priv)
{
    return c->page_view | (addr & ~(MPU_PAGE_BYTES - 1)) | (priv ? PAGE_PRIV : 0);
}
static inline struct page *page_slot(struct cpu *c, uint64_t key)
{
    return &c->pages[(key >> 10 ^ key >> 29 ^ key << 7) & ((1u << PAGES_LOG2) - 1)];
}
/** The page that holds @addr, for @kind. Valid until the next call. */
static inline const struct page *access_page(struct cpu *c, uint32_t addr, enum mpu_access kind,
                                             bool priv)
{
    uint64_t key = page_key(c, addr, priv);
    const struct page *p = page_slot(c, key);
    return p->key == key && p->known >> kind & 1u ? p : access_find_page(c, addr, kind, priv);
}
/** Is all of the page executable memory? */
static inline bool access_runs(struct cpu *c, uint32_t addr)
{
    if (page_key(c, addr, core_priv(c)) == c->runs_key)
        return true;
    const struct page *p = access_page(c, addr, MPU_EXEC, core_priv(c));
    bool runs = p->mem && p->allow[MPU_EXEC] == UINT32_MAX;
    c->runs_key = runs ? p->key : c->runs_key;
    return runs;
}
/** Can the engine begin at @pc: may it fetch a whole instruction there? */
static inline bool engine_runs(struct cpu *c, uint32_t pc)
{
    return access_runs(c, pc) && access_runs(c, pc + 2);
}
/** May the instruction of @bytes at @addr be executed? */
bool access_fetch(struct cpu *c, uint32_t addr, uint32_t bytes, struct fault *f);
/** Vector table read: no MPU. */
bool access_vector(struct cpu *c, uint32_t addr, uint32_t *val);

/* loadstore.c */
/** Who executes @i, NULL when it is no load or store. */
loadstore_fn loadstore_find(const struct insn *i);

/* nvic.c */
void nvic_reset(struct cpu *c);
void nvic_pend(struct cpu *c, uint32_t exc);
void nvic_unpend(struct cpu *c, uint32_t exc);
bool nvic_enabled(const struct cpu *c, uint32_t exc);
int nvic_priority(const struct cpu *c, uint32_t exc);
/** The part of it that pre-empts. Source: B1.5.4 "Priority grouping". */
int nvic_group_priority(const struct cpu *c, uint32_t exc);
/** Compute c->running anew: active exceptions, priorities or masks have changed. */
void nvic_update_running(struct cpu *c);
/** Is there an exception that is pending and enabled? */
static inline bool nvic_waits(const struct cpu *c)
{
    uint64_t any = 0;
    for (uint32_t w = 0; w < EXC_MAX / 64; w++)
        any |= c->nvic.pending.words[w] & c->nvic.enabled.words[w];
    return any != 0;
}
/** The pending exception that can be taken now, 0 for none. */
uint32_t nvic_find_takeable(const struct cpu *c);
static inline uint32_t nvic_takeable(const struct cpu *c)
{
    return nvic_waits(c) ? nvic_find_takeable(c) : 0;
}
/** ICSR.VECTPENDING: the most urgent pending and enabled exception that BASEPRI and FAULTMASK let
 * through, 0 for none. Source: B3.2.4. */
uint32_t nvic_vectpending(const struct cpu *c);
void nvic_activate(struct cpu *c, uint32_t exc);
void nvic_deactivate(struct cpu *c, uint32_t exc);
uint32_t nvic_active_count(const struct cpu *c);
static inline bool exc_in(const struct exc_set *s, uint32_t exc)
{
    return s->words[exc / 64] >> (exc % 64) & 1u;
}
static inline void exc_put(struct exc_set *s, uint32_t exc, bool in)
{
    uint64_t bit = 1ull << (exc % 64);
    s->words[exc / 64] = in ? s->words[exc / 64] | bit : s->words[exc / 64] & ~bit;
}

/* exceptions.c */
/** Enter the handler of @exc, which is pending; @ret is the return address. */
void exception_enter(struct cpu *c, uint32_t exc, uint32_t ret);
/** Take what is pending and takeable, before the instruction at @ret. True when one was taken. */
bool exception_take_pending(struct cpu *c, uint32_t ret);
/** SVC was executed; c->pc is behind it. */
void exception_supervisor_call(struct cpu *c);
/** A branch to EXC_RETURN in Handler mode. */
void exception_return(struct cpu *c, uint32_t exc_return);
/** The limit of a stack, 0 where there is none. Source: DDI 0553 B3.9. */
uint32_t exception_stack_limit(const struct cpu *c, bool psp);
/** Active exceptions, priorities or masks have changed: c->running and c->negative follow. */
void exception_priority_changed(struct cpu *c);
uint8_t exception_state(const struct cpu *c);
/** CONTROL is no longer @old: tell. */
void exception_control_changed(struct cpu *c, uint32_t old, uint8_t from, uint32_t pc);
/** Send @e to the owner, with cycle and state filled in. */
void exception_emit(struct cpu *c, struct cpu_event e);

/* faults.c */
/** Take a synchronous exception now; @ret is the return address, @f the reason or NULL. */
void fault_raise(struct cpu *c, uint32_t exc, uint32_t ret, const struct fault *f);
/** Raise the fault exception that @f's status bits call for. */
void fault_take(struct cpu *c, const struct fault *f, uint32_t ret);
/** The instruction at c->pc is none of this core's: UsageFault with @cfsr. */
void fault_instruction(struct cpu *c, uint32_t cfsr);
/** Report @f and pend what it becomes: that exception, or 0 and the core is locked up. */
uint32_t fault_pend(struct cpu *c, const struct fault *f, uint32_t pc);
/** The vector of @exc cannot be read: HardFault's is taken, or false and the core is locked up. */
bool fault_vector(struct cpu *c, uint32_t exc, uint32_t ret, uint32_t *vector);

/* disturb.c */
/** Perhaps drop translations and TLB, for no reason. */
void disturb_drop(struct cpu *c, uint32_t pc);
/** Leaving and entering the engine takes as long as so many instructions here. */
#define OWN_INSNS 64u
/** How many instructions to execute here after the engine stopped for @why; @usual undisturbed. */
uint32_t disturb_own(struct cpu *c, enum exit_kind why, uint32_t usual);

/* run.c, what is inline of it: devices are polled by these */
/** The boundary after which there is something to look at by time alone. */
static inline void core_set_due(struct cpu *c)
{
    c->due = c->limit < c->tick.zero_at ? c->limit : c->tick.zero_at;
}
/** Priorities, or what is pending, may have changed: look at the next boundary if need be. */
static inline void core_look_if_needed(struct cpu *c)
{
    core_set_due(c); /* first: a signal may ask for a stop meanwhile */
    if (c->stop_requested || c->reset_requested || nvic_takeable(c))
        core_look(c);
}
/** What happened just now often happens again soon: stay out of the engine for a while. */
static inline void core_stay(struct cpu *c)
{
    c->own_left = c->disturbed ? disturb_own(c, EXIT_NONE, OWN_INSNS) : OWN_INSNS;
}
/** A device or a system register is about to be touched: bring time and devices to now. */
__attribute__((always_inline)) static inline void core_system_access(struct cpu *c)
{
    core_stay(c);
    if (!c->touched_system)
        block_refund(c, c->pc);
    c->touched_system = true;
    if (c->now >= *c->host.sync_at)
        c->host.sync(c->host.ctx);
    if (c->now >= c->tick.zero_at)
        systick_update(c);
}

/* debug.c */
/** Before an instruction that is executed here, when c->debug.probing: true to stop before it. */
bool debug_probe(struct cpu *c);
/** Asleep, and that is the position looked for: looks no more. */
bool debug_sleeps_at(struct cpu *c);
/** Requests have changed. */
void debug_update(struct cpu *c);
bool debug_break_at(const struct cpu *c, uint32_t pc);
/** Does a watchpoint lie in the page of @page? */
bool debug_watches_page(const struct cpu *c, uint32_t page, bool write);
/** A register of the MPU was written. */
void debug_mpu_changed(struct cpu *c);
/** Memory at @addr is about to be read or written. */
void debug_touch(struct cpu *c, uint32_t addr, uint32_t bytes, bool write, uint32_t val);

/* itm.c */
void itm_reset(struct cpu *c);
bool itm_user_may_write(const struct cpu *c, uint32_t addr);
uint32_t itm_read(struct cpu *c, uint32_t offset);
void itm_write(struct cpu *c, uint32_t offset, uint32_t bytes, uint32_t val);
uint32_t dwt_read(struct cpu *c, uint32_t offset);
void dwt_write(struct cpu *c, uint32_t offset, uint32_t val);

/* scs.c */
/** Once, when the core is made. */
void scs_open(struct cpu *c);
void scs_reset(struct cpu *c);
uint32_t scs_read(struct cpu *c, uint32_t addr, uint32_t bytes);
void scs_write(struct cpu *c, uint32_t addr, uint32_t bytes, uint32_t val);

/* systick.c */
void systick_reset(struct cpu *c);
bool systick_interrupts(const struct cpu *c);
uint32_t systick_read(struct cpu *c, uint32_t offset);
void systick_write(struct cpu *c, uint32_t offset, uint32_t val);

#endif
