/*
 * Unicorn: opening it, its hooks, the run loop, and what to do with each reason it stops for.
 *
 * The way of one access (DESIGN: "The way of one access"): the engine asks on_fill() once for each
 * page and privilege; what it may not fill stops it exactly before the instruction, and
 * refused_access() executes that one instruction itself or takes its fault.
 *
 * Time: on_block() charges a block when it is entered. A block left half-way is charged back
 * (block_refund). Boundaries are starts of blocks; a stop for plain memory in the middle of one is
 * none (c->continues), so that what the engine had cached never shows in the guest's time.
 */
#include "cpu/core.h"

#include <stdio.h>
#include <string.h>

#include "cpu/timing.h"

#define UNTIL_ADDR       0xFFFFFFFEu /* never executed: system space is execute-never */
#define INTNO_UNDEF      1u
#define INTNO_SVC        2u
#define INTNO_BKPT       7u
#define INTNO_EXC_RETURN 8u
#define INTNO_NOCP       17u
#define INTNO_INVSTATE   18u
#define BKPT_SEMIHOSTING 0xBEABu
#define OPCODE_WFI       0xBF30u
#define OPCODE_WFI_W     0xF3AF8003u

static const int uc_core_regs[16] = {UC_ARM_REG_R0,  UC_ARM_REG_R1, UC_ARM_REG_R2,  UC_ARM_REG_R3,
                                     UC_ARM_REG_R4,  UC_ARM_REG_R5, UC_ARM_REG_R6,  UC_ARM_REG_R7,
                                     UC_ARM_REG_R8,  UC_ARM_REG_R9, UC_ARM_REG_R10, UC_ARM_REG_R11,
                                     UC_ARM_REG_R12, UC_ARM_REG_SP, UC_ARM_REG_LR,  UC_ARM_REG_PC};

uint32_t engine_reg(const struct cpu *c, int uc_reg)
{
    uint32_t v = 0;
    uc_reg_read(c->uc, uc_reg, &v);
    return v;
}

void engine_set_reg(struct cpu *c, int uc_reg, uint32_t value)
{
    uc_reg_write(c->uc, uc_reg, &value);
}

uint32_t core_reg(const struct cpu *c, uint32_t n)
{
    return engine_reg(c, uc_core_regs[n]);
}

void core_set_reg(struct cpu *c, uint32_t n, uint32_t value)
{
    engine_set_reg(c, uc_core_regs[n], n == 13 ? value & ~3u : value);
}

static void flush_tlb(struct cpu *c)
{
    uc_ctl_flush_tlb(c->uc);
    c->tlb_dirty = false;
}

void engine_forget_code(struct cpu *c, uint32_t addr, uint32_t bytes)
{
    uint32_t forced = c->forced_page;
    for (uint32_t page = addr & ~(MPU_PAGE_BYTES - 1); page < addr + bytes;
         page += MPU_PAGE_BYTES) {
        c->forced_page = page; /* the engine looks its address up as for a fetch */
        uc_ctl_remove_cache(c->uc, (uint64_t)page, (uint64_t)page + MPU_PAGE_BYTES);
    }
    c->forced_page = forced;
    flush_tlb(c);
}

static void set_due(struct cpu *c)
{
    c->due = c->limit < c->tick.zero_at ? c->limit : c->tick.zero_at;
}

static bool is_stepped(const struct cpu *c, uint32_t page)
{
    for (size_t i = 0; i < c->stepped_n; i++)
        if (c->stepped[i] == page)
            return true;
    return false;
}

/* ---- Hooks. They run inside uc_emu_start(). ---- */

/* Stop before the next instruction, for the run loop to look at @why. */
static void leave(struct cpu *c, enum exit_kind why, uint32_t pc)
{
    c->exit = why;
    c->pc = pc;
    uc_emu_stop(c->uc);
}

static int fill_perms(const struct cpu *c, uint32_t page, bool priv)
{
    struct mpu_ctx ctx = core_mpu_ctx(c, priv);
    enum mpu_page_verdict exec = mpu_page(&c->mpu, page, MPU_EXEC, ctx);
    bool stepped = exec == MPU_PAGE_MIXED && is_stepped(c, page);
    return (mpu_page(&c->mpu, page, MPU_READ, ctx) == MPU_PAGE_ALL ? UC_PROT_READ : 0) |
           (mpu_page(&c->mpu, page, MPU_WRITE, ctx) == MPU_PAGE_ALL ? UC_PROT_WRITE : 0) |
           (exec == MPU_PAGE_ALL || stepped ? UC_PROT_EXEC : 0);
}

static bool on_fill(uc_engine *uc, uint64_t vaddr, uc_mem_type type, uc_tlb_entry *out, void *user)
{
    struct cpu *c = user;
    uint32_t page = (uint32_t)vaddr & ~(MPU_PAGE_BYTES - 1);
    (void)uc;
    if (c->exit != EXIT_NONE || c->refused.valid)
        return false; /* after a stop the engine looks at its end address: not the guest's */
    const struct ram *r = bus_ram(c, page);
    int need = type == UC_MEM_FETCH  ? UC_PROT_EXEC
               : type == UC_MEM_READ ? UC_PROT_READ
                                     : UC_PROT_WRITE;
    /* MSR CONTROL takes effect before the block hook has mirrored it. */
    bool priv = c->ipsr || !(engine_reg(c, UC_ARM_REG_CONTROL) & 1u);
    /* LDRT and STRT use the unprivileged TLB, and the engine does not tell: never fill for them. */
    bool ldrt = type != UC_MEM_FETCH && priv && c->block && c->block->unpriv;
    int perms = !r                       ? 0
                : page == c->forced_page ? UC_PROT_ALL
                : ldrt                   ? 0
                                         : fill_perms(c, page, priv);
    if (!(perms & need)) {
        c->refused.valid = true;
        c->refused.type = type;
        c->refused.page = page;
        return false;
    }
    out->paddr = r->engine_addr + (page - r->base);
    out->perms = (uc_prot)perms;
    return true;
}

/*
 * A boundary: look at time, masks and what is pending. True when the block at c->pc is to be
 * executed; false when an exception was taken (c->pc is its handler) or c->stop says why not.
 */
static bool boundary(struct cpu *c)
{
    if (c->special) {
        c->special = false;
        exception_sync_special(c, c->pc);
    }
    systick_update(c);
    enum cpu_stop_kind stop = c->reset_requested   ? CPU_STOP_RESET
                              : c->stop_requested  ? CPU_STOP_REQUEST
                              : c->now >= c->limit ? CPU_STOP_LIMIT
                                                   : CPU_STOP_NONE;
    if (stop != CPU_STOP_NONE) {
        c->stop = (struct cpu_stop){.kind = stop, .pc = c->pc};
        c->fallthrough = c->pc; /* the refill is paid */
        c->block = NULL;
        return false;
    }
    if (exception_take_pending(c, c->pc))
        return false;
    set_due(c);
    return true;
}

/* After an exception was taken or returned from inside a hook: can the engine just go on? */
static void settle(struct cpu *c)
{
    if (c->tlb_dirty)
        flush_tlb(c);
    if (c->stop.kind != CPU_STOP_NONE || c->t_clear || c->sleeping)
        leave(c, EXIT_BOUNDARY, c->pc);
}

static void start_block(struct cpu *c, uint32_t pc, uint32_t size)
{
    struct block *b = c->verify ? block_verify(c, pc, size) : block_find(c, pc, size);
    c->verify = false;
    c->block = b;
    c->block_start = pc;
    c->block_start_cycle = c->now;
    c->block_start_insns = c->insns;
    c->now += b->cost;
    c->insns += b->insns;
    c->fallthrough = b->end;
    c->continues = pc + size < b->end ? pc + size : ADDR_NONE;
    if (b->special) {
        c->special = true;
        core_look(c);
    }
    if (b->trap && !is_stepped(c, pc & ~(MPU_PAGE_BYTES - 1))) {
        block_refund(c, pc);
        c->fallthrough = pc;
        leave(c, EXIT_STEP_PAGE, pc);
    }
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    uint32_t pc = (uint32_t)address;
    (void)uc;
    if (pc == c->continues) {
        c->continues = c->block && pc + size < c->block->end ? pc + size : ADDR_NONE;
        return;
    }
    if (c->stepping)
        return;
    if (pc != c->fallthrough)
        c->now += TIMING_REFILL;
    if (c->now >= c->due) {
        c->pc = pc;
        if (!boundary(c)) {
            if (c->stop.kind != CPU_STOP_NONE)
                leave(c, EXIT_BOUNDARY, c->pc);
            else
                settle(c);
            return;
        }
    }
    start_block(c, pc, size);
}

/* On pages that the engine may not run through by itself: check every instruction. */
static void on_stepped(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    uint32_t pc = (uint32_t)address;
    struct fault f;
    uint16_t hw[2];
    uint32_t bytes;
    (void)uc;
    if (c->exit != EXIT_NONE || c->stepping)
        return;
    if (!access_fetch(c, pc, &f) || (size == 4 && !access_fetch(c, pc + 2, &f)))
        leave(c, EXIT_FETCH, pc);
    else if (block_read_insn(c, pc, hw, &bytes) && insn_decode(hw[0], hw[1], true).cls == INSN_FP)
        leave(c, EXIT_NOCP, pc);
}

static void on_watch(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    (void)uc;
    (void)size;
    if (c->exit == EXIT_NONE && !c->stepping && c->watch_left && --c->watch_left == 0)
        leave(c, EXIT_WATCH, (uint32_t)address);
}

/* A translation was made: what we decoded at this address may be of other bytes. */
static void on_translation(uc_engine *uc, uc_tb *made, uc_tb *previous, void *user)
{
    (void)uc;
    (void)previous;
    block_drop(user, (uint32_t)made->pc & ~1u);
}

static bool on_invalid(uc_engine *uc, void *user)
{
    (void)uc;
    (void)user;
    return true; /* go on to on_interrupt() with INTNO_UNDEF */
}

static void undefined(struct cpu *c, uint32_t cfsr)
{
    struct fault f = {.cfsr = cfsr, .priv = core_priv(c)};
    block_refund(c, c->pc);
    exception_fault(c, &f, c->pc);
}

static void breakpoint(struct cpu *c)
{
    uint16_t hw = 0;
    struct fault f = {.hfsr = HFSR_DEBUGEVT, .priv = core_priv(c)};
    cpu_peek(c, c->pc, &hw, 2);
    if (hw == BKPT_SEMIHOSTING)
        c->stop = (struct cpu_stop){.kind = CPU_STOP_SEMIHOST, .pc = c->pc};
    else
        exception_raise(c, EXC_HARDFAULT, c->pc, &f);
}

static void supervisor_call(struct cpu *c)
{
    /* An SVC that escalates to HardFault is its own return address (B1.5.6, ReturnAddress()). */
    bool takeable = nvic_priority(c, EXC_SVCALL) < nvic_execution_priority(c);
    exception_raise(c, EXC_SVCALL, takeable ? c->pc : c->pc - 2, NULL);
}

static void on_interrupt(uc_engine *uc, uint32_t intno, void *user)
{
    struct cpu *c = user;
    (void)uc;
    c->pc = engine_reg(c, UC_ARM_REG_PC);
    switch (intno) {
    case INTNO_SVC:
        supervisor_call(c);
        break;
    case INTNO_EXC_RETURN:
        exception_return(c, c->pc | 1u);
        break;
    case INTNO_BKPT:
        breakpoint(c);
        break;
    case INTNO_UNDEF:
        undefined(c, CFSR_UNDEFINSTR);
        break;
    case INTNO_NOCP:
        undefined(c, CFSR_NOCP);
        break;
    case INTNO_INVSTATE:
        c->t_clear = true;
        undefined(c, CFSR_INVSTATE);
        break;
    default:
        MOAT_ASSERT(false, "engine interrupt %u at 0x%08x", intno, c->pc);
    }
    settle(c);
}

/* ---- Outside the engine. ---- */

static void add_hook(struct cpu *c, int type, void *fn, uint64_t first, uint64_t last)
{
    uc_hook h;
    uc_err e = uc_hook_add(c->uc, &h, type, fn, c, first, last);
    MOAT_ASSERT(e == UC_ERR_OK, "hook %d: %s", type, uc_strerror(e));
}

static void step_page(struct cpu *c, uint32_t page)
{
    MOAT_ASSERT(!is_stepped(c, page), "page 0x%08x is stepped and was refused", page);
    c->stepped = realloc(c->stepped, (c->stepped_n + 1) * sizeof *c->stepped);
    MOAT_ASSERT(c->stepped, "no memory");
    c->stepped[c->stepped_n++] = page;
    add_hook(c, UC_HOOK_CODE, (void *)on_stepped, page, (uint64_t)page + MPU_PAGE_BYTES - 1);
    uc_ctl_flush_tb(c->uc);
    c->tlb_dirty = true;
}

void engine_step(struct cpu *c, uint32_t page)
{
    c->stepping = true;
    c->forced_page = page;
    flush_tlb(c);
    uc_emu_start(c->uc, c->pc | 1u, UNTIL_ADDR, 0, 1);
    c->pc = engine_reg(c, UC_ARM_REG_PC);
    c->forced_page = ADDR_NONE;
    c->stepping = false;
    c->refused.valid = false;
    c->tlb_dirty = true;
}

void core_system_access(struct cpu *c)
{
    if (!c->touched_system)
        block_refund(c, c->pc);
    c->touched_system = true;
    c->host.sync(c->host.ctx);
    systick_update(c);
}

static void take_fetch_fault(struct cpu *c, const struct fault *f)
{
    block_refund(c, c->pc);
    exception_fault(c, f, c->pc);
}

/* Is c->pc inside the block that is charged, so that going on there is no boundary? */
static bool inside_block(const struct cpu *c)
{
    return c->block && c->pc >= c->block_start && c->pc < c->block->end;
}

static void refused_fetch(struct cpu *c)
{
    struct fault f;
    uint16_t hw[2];
    uint32_t bytes;
    if (!inside_block(c) && c->now >= c->due && !boundary(c))
        return;
    if (!access_fetch(c, c->pc, &f)) {
        take_fetch_fault(c, &f);
        return;
    }
    if (!block_read_insn(c, c->pc, hw, &bytes) || (bytes == 4 && !access_fetch(c, c->pc + 2, &f))) {
        if (!f.cfsr)
            f.cfsr = CFSR_IBUSERR;
        take_fetch_fault(c, &f);
        return;
    }
    step_page(c, c->refused.page);
    if (inside_block(c))
        c->continues = c->pc;
}

/*
 * LDRD whose first destination is its base: the engine has overwritten the base when only the
 * second word's page was refused. The second word then lies at the very start of that page.
 */
static void restore_dual_base(struct cpu *c, const struct insn *i)
{
    if (i->cls != INSN_LOAD_DUAL || i->rt != i->rn || i->wback || i->rn == 15)
        return;
    uint32_t rn = core_reg(c, i->rn), addr = rn + (uint32_t)i->offset, first;
    uint32_t before = c->refused.page - 4;
    bool untouched = ((addr ^ c->refused.page) & ~(MPU_PAGE_BYTES - 1)) == 0;
    if (!untouched && cpu_peek(c, before, &first, 4) && first == rn)
        core_set_reg(c, i->rn, before - (uint32_t)i->offset);
}

static void refused_access(struct cpu *c)
{
    struct fault f;
    struct insn i;
    uint16_t hw[2];
    uint32_t bytes, at = c->pc, ipsr = c->ipsr;
    MOAT_ASSERT(block_read_insn(c, at, hw, &bytes), "no instruction at 0x%08x", at);
    i = insn_decode(hw[0], hw[1], core_priv(c));
    restore_dual_base(c, &i);
    c->touched_system = false;
    if (!loadstore_execute(c, &i, &f)) {
        block_refund(c, at);
        exception_fault(c, &f, at);
        return;
    }
    bool ran_on = c->pc == at + i.bytes && c->ipsr == ipsr;
    if (c->touched_system) {
        c->now += timing_cost(&i, NULL);
        c->insns++;
        if (ran_on)
            c->fallthrough = c->pc;
        c->continues = ADDR_NONE;
        core_look(c);
    } else if (ran_on && inside_block(c)) {
        c->continues = c->pc;
    }
}

static void wait_for_interrupt(struct cpu *c)
{
    uint32_t wide = 0;
    uint16_t hw = 0;
    cpu_peek(c, c->pc - 2, &hw, 2);
    cpu_peek(c, c->pc - 4, &wide, 4);
    MOAT_ASSERT(hw == OPCODE_WFI || (wide >> 16 | wide << 16) == OPCODE_WFI_W,
                "the engine stopped at 0x%08x for no known reason", c->pc);
    c->sleeping = true;
}

static void run_engine(struct cpu *c)
{
    if (c->tlb_dirty)
        flush_tlb(c);
    c->exit = EXIT_NONE;
    c->refused.valid = false;
    c->verify = true;
    uc_emu_start(c->uc, c->pc | 1u, UNTIL_ADDR, 0, 0);
    enum exit_kind why = c->exit;
    c->exit = EXIT_NONE;
    if (why == EXIT_NONE) {
        c->pc = engine_reg(c, UC_ARM_REG_PC);
        bool artefact = c->refused.page == (UNTIL_ADDR & ~(MPU_PAGE_BYTES - 1)) &&
                        c->refused.type == UC_MEM_FETCH && c->pc < c->refused.page;
        if (!c->refused.valid || artefact)
            wait_for_interrupt(c);
        else if (c->refused.type == UC_MEM_FETCH)
            refused_fetch(c);
        else
            refused_access(c);
        return;
    }
    struct fault f;
    switch (why) {
    case EXIT_STEP_PAGE:
        step_page(c, c->pc & ~(MPU_PAGE_BYTES - 1));
        break;
    case EXIT_NOCP:
        undefined(c, CFSR_NOCP);
        break;
    case EXIT_FETCH:
        if (!access_fetch(c, c->pc, &f) || !access_fetch(c, c->pc + 2, &f))
            take_fetch_fault(c, &f);
        break;
    case EXIT_WATCH:
        block_refund(c, c->pc);
        c->fallthrough = c->pc;
        c->continues = ADDR_NONE;
        c->stop = (struct cpu_stop){.kind = CPU_STOP_WATCH, .pc = c->pc};
        break;
    case EXIT_BOUNDARY:
    case EXIT_NONE:
        break;
    }
}

/* Would an interrupt end WFI? As if PRIMASK were clear. Source: DDI 0403E B1.5.19. */
static bool wakes(struct cpu *c)
{
    uint32_t primask = c->primask;
    c->primask = 0;
    uint32_t exc = nvic_takeable(c);
    c->primask = primask;
    return exc != 0;
}

static void doze(struct cpu *c)
{
    systick_update(c);
    if (wakes(c) || c->stop_requested) {
        c->sleeping = false;
        core_look(c);
        return;
    }
    uint64_t next = c->limit < c->tick.zero_at ? c->limit : c->tick.zero_at;
    c->now = next > c->now ? next : c->now;
    if (c->now >= c->limit)
        c->stop = (struct cpu_stop){.kind = CPU_STOP_LIMIT, .pc = c->pc};
}

struct cpu_stop cpu_run(struct cpu *c, uint64_t until)
{
    c->limit = until;
    c->stop = (struct cpu_stop){0};
    core_look(c);
    while (c->stop.kind == CPU_STOP_NONE) {
        if (c->sleeping)
            doze(c);
        else if (c->t_clear)
            undefined(c, CFSR_INVSTATE);
        else if (c->pc == c->continues || c->now < c->due || boundary(c))
            run_engine(c);
    }
    c->stop_requested = false;
    return c->stop;
}

void cpu_reset(struct cpu *c)
{
    uint32_t sp = 0, pc = 0;
    engine_set_reg(c, UC_ARM_REG_XPSR, 1u << 24 | EXC_HARDFAULT); /* privileged from any state */
    engine_set_reg(c, UC_ARM_REG_CONTROL, 0);
    engine_set_reg(c, UC_ARM_REG_XPSR, 1u << 24);
    engine_set_reg(c, UC_ARM_REG_CONTROL, 0);
    engine_set_reg(c, UC_ARM_REG_PSP, 0);
    engine_set_reg(c, UC_ARM_REG_PRIMASK, 0);
    engine_set_reg(c, UC_ARM_REG_BASEPRI, 0);
    engine_set_reg(c, UC_ARM_REG_FAULTMASK, 0);
    for (uint32_t n = 0; n < 13; n++)
        core_set_reg(c, n, 0);
    uint8_t from = exception_state(c);
    c->ipsr = c->control = c->primask = c->basepri = c->faultmask = 0;
    c->negative = c->special = c->t_clear = c->sleeping = c->reset_requested = false;
    c->block = NULL;
    c->continues = ADDR_NONE;
    mpu_reset(&c->mpu, c->config.mpu_regions);
    scs_reset(c);
    nvic_reset(c);
    systick_reset(c);
    c->tlb_dirty = true;
    bool readable = access_vector(c, 0, &sp) && access_vector(c, 4, &pc);
    core_set_reg(c, 13, sp & ~3u);
    core_set_reg(c, 14, UINT32_MAX);
    engine_set_reg(c, UC_ARM_REG_APSR_NZCV, 0);
    c->pc = pc & ~1u;
    c->t_clear = readable && !(pc & 1u);
    c->fallthrough = c->pc;
    core_look(c);
    struct cpu_event e = {.kind = CPU_EVENT_RESET,
                          .cycle = c->now,
                          .state = exception_state(c),
                          .from = from,
                          .pc = c->pc,
                          .sp = sp};
    c->host.event(c->host.ctx, &e);
}

static const uc_cpu_arm uc_models[CPU_MODEL_COUNT] = {UC_CPU_ARM_CORTEX_M3, UC_CPU_ARM_CORTEX_M4};

static uc_err open_engine(struct cpu *c)
{
    uc_err e = uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &c->uc);
    if (e == UC_ERR_OK)
        e = uc_ctl_set_cpu_model(c->uc, uc_models[c->config.model]);
    if (e == UC_ERR_OK)
        e = uc_ctl_tlb_mode(c->uc, UC_TLB_VIRTUAL);
    return e;
}

struct cpu *cpu_new(const struct cpu_config *config, const struct cpu_host *host,
                    struct moat_error *err)
{
    unsigned major, minor;
    uc_version(&major, &minor);
    if (major != 2 || minor < 1) {
        moat_fail(err, MOAT_EINPUT, "Unicorn %u.%u is too old: 2.1 is needed", major, minor);
        return NULL;
    }
    struct cpu *c = calloc(1, sizeof *c);
    MOAT_ASSERT(c, "no memory");
    c->config = *config;
    c->host = *host;
    c->forced_page = ADDR_NONE;
    c->continues = ADDR_NONE;
    memset(c->blocks, 0xFF, sizeof c->blocks);
    uc_err e = open_engine(c);
    if (e != UC_ERR_OK) {
        moat_fail(err, MOAT_ENOMEM, "cannot open the engine: %s", uc_strerror(e));
        free(c);
        return NULL;
    }
    add_hook(c, UC_HOOK_TLB_FILL, (void *)on_fill, 1, 0);
    add_hook(c, UC_HOOK_BLOCK, (void *)on_block, 1, 0);
    add_hook(c, UC_HOOK_INTR, (void *)on_interrupt, 1, 0);
    add_hook(c, UC_HOOK_INSN_INVALID, (void *)on_invalid, 1, 0);
    add_hook(c, UC_HOOK_EDGE_GENERATED, (void *)on_translation, 1, 0);
    return c;
}

void cpu_free(struct cpu *c)
{
    if (!c)
        return;
    uc_close(c->uc);
    for (uint32_t i = 0; i < c->bus.rams; i++)
        if (c->bus.ram[i].engine_addr == c->bus.ram[i].base)
            free(c->bus.ram[i].code);
    free(c->stepped);
    free(c);
}

void cpu_watch(struct cpu *c, uint32_t pc, uint64_t nth)
{
    MOAT_ASSERT(!c->watch_left && nth, "one watch at a time");
    c->watch_left = nth;
    add_hook(c, UC_HOOK_CODE, (void *)on_watch, pc & ~1u, pc & ~1u);
}

void cpu_limit(struct cpu *c, uint64_t when)
{
    c->limit = when < c->limit ? when : c->limit;
    c->due = when < c->due ? when : c->due;
}

void cpu_request_stop(struct cpu *c)
{
    c->stop_requested = true;
    core_look(c);
}

const uint64_t *cpu_now(const struct cpu *c)
{
    return &c->now;
}

uint64_t cpu_insns(const struct cpu *c)
{
    return c->insns;
}

bool cpu_sleeping(const struct cpu *c)
{
    return c->sleeping;
}

uint64_t cpu_next_event(const struct cpu *c)
{
    return c->tick.zero_at;
}

uint32_t cpu_reg(const struct cpu *c, uint32_t n)
{
    return n == 15 ? c->pc : core_reg(c, n);
}

void cpu_set_reg(struct cpu *c, uint32_t n, uint32_t value)
{
    if (n == 15)
        c->pc = value & ~1u;
    else
        core_set_reg(c, n, value);
}

void cpu_skip(struct cpu *c)
{
    c->pc += 2;
    c->fallthrough = c->pc;
}

uint8_t cpu_state(const struct cpu *c)
{
    return exception_state(c);
}

const struct mpu *cpu_mpu(const struct cpu *c)
{
    return &c->mpu;
}

const char *cpu_engine_version(void)
{
    static char text[32];
    unsigned v = uc_version(NULL, NULL);
    snprintf(text, sizeof text, "%u.%u.%u", v >> 24, v >> 16 & 0xFFu, v >> 8 & 0xFFu);
    return text;
}
