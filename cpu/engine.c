/*
 * Unicorn: opening it, running it, and its hooks. What a stop means is run.c's.
 *
 * The way of one access (DESIGN: "The way of one access"): the engine asks on_fill() once for each
 * page and privilege; what it may not fill stops it exactly before the instruction, and
 * refused_access() executes that one instruction itself or takes its fault.
 *
 * Time: on_block() charges a block when it is entered. A block left half-way is charged back
 * (block_refund). Boundaries are starts of blocks; a stop for plain memory in the middle of one is
 * none (c->last->continues), so that what the engine had cached never shows in the guest's time.
 */
#include "cpu/core.h"

#include <string.h>

#define UNTIL_ADDR       0xFFFFFFFEu /* never executed: system space is execute-never */
#define INTNO_UNDEF      1u
#define INTNO_SVC        2u
#define INTNO_DATA_ABORT 4u /* the engine's own check: LDREX unaligned */
#define INTNO_BKPT       7u
#define INTNO_EXC_RETURN 8u
#define INTNO_NOCP       17u
#define INTNO_INVSTATE   18u
#define INTNO_STKOF      19u /* ARMv8-M: SP below MSPLIM or PSPLIM */
#define BKPT_SEMIHOSTING 0xBEABu

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

/* EPSR.T as the engine has it: clear after a branch to an even address. */
static bool engine_thumb(const struct cpu *c)
{
    return engine_reg(c, UC_ARM_REG_XPSR) >> 24 & 1u;
}

uint32_t core_reg(const struct cpu *c, uint32_t n)
{
    return engine_reg(c, uc_core_regs[n]);
}

void core_set_reg(struct cpu *c, uint32_t n, uint32_t value)
{
    engine_set_reg(c, uc_core_regs[n], n == 13 ? value & ~3u : value);
}

#define REGS_MAX 12

void engine_regs(const struct cpu *c, const int *uc_regs, uint32_t *values, int n)
{
    void *at[REGS_MAX];
    for (int i = 0; i < n; i++)
        at[i] = &values[i];
    uc_reg_read_batch(c->uc, (int *)uc_regs, at, n);
}

void engine_set_regs(struct cpu *c, const int *uc_regs, const uint32_t *values, int n)
{
    void *at[REGS_MAX];
    for (int i = 0; i < n; i++)
        at[i] = (void *)&values[i];
    uc_reg_write_batch(c->uc, (int *)uc_regs, at, n);
}

void engine_flush_tlb(struct cpu *c)
{
    uc_ctl_flush_tlb(c->uc);
    c->tlb_dirty = false;
}

/* Drop the engine's translations of the page that holds @addr, so that new hooks are seen. (To
 * flush them all takes the engine a tenth of a second.) */
void engine_retranslate(struct cpu *c, uint32_t addr)
{
    const struct ram *r = bus_ram(c, addr);
    if (!r)
        return;
    uint32_t forced = c->forced_page;
    uint32_t first = r->engine_addr + (addr - r->base) / MPU_PAGE_BYTES * MPU_PAGE_BYTES;
    c->forced_page = first; /* the engine looks its address up as for a fetch */
    uc_ctl_remove_cache(c->uc, (uint64_t)first, (uint64_t)first + MPU_PAGE_BYTES);
    c->forced_page = forced;
    c->tlb_dirty = true;
}

/* What was watched in [first, first + MPU_PAGE_BYTES) is there no more. */
static void unwatch(struct cpu *c, uint32_t first)
{
    size_t kept = 0;
    for (size_t n = 0; n < c->watched_n; n++) {
        if (c->watched[n].pc - first < MPU_PAGE_BYTES)
            uc_hook_del(c->uc, c->watched[n].hook);
        else
            c->watched[kept++] = c->watched[n];
    }
    c->watched_n = kept;
}

void engine_forget_code(struct cpu *c, uint32_t addr)
{
    const struct ram *r = bus_ram(c, addr);
    uint32_t page = (addr - r->base) / MPU_PAGE_BYTES;
    engine_retranslate(c, addr);
    block_drop_page(c, r, page);
    for (uint32_t i = 0; i < c->bus.rams; i++)
        if (c->bus.ram[i].code == r->code)
            unwatch(c, c->bus.ram[i].base + page * MPU_PAGE_BYTES);
    r->code[page] = 0;
    engine_flush_tlb(c);
}

bool engine_is_stepped(const struct cpu *c, uint32_t page)
{
    for (size_t i = 0; i < c->stepped_n; i++)
        if (c->stepped[i] == page)
            return true;
    return false;
}

/* ---- Hooks. They run inside uc_emu_start(). ---- */

void engine_leave(struct cpu *c, enum exit_kind why, uint32_t pc)
{
    c->exit = why;
    c->pc = pc;
    uc_emu_stop(c->uc);
}

static int fill_perms(struct cpu *c, uint32_t page, bool priv)
{
    const struct page_verdict *v = access_page(c, page, priv);
    bool stepped = v->exec_mixed && engine_is_stepped(c, page);
    return (v->all >> MPU_READ & 1u ? UC_PROT_READ : 0) |
           (v->all >> MPU_WRITE & 1u ? UC_PROT_WRITE : 0) |
           (v->all >> MPU_EXEC & 1u || stepped ? UC_PROT_EXEC : 0);
}

static bool on_fill(uc_engine *uc, uint64_t vaddr, uc_mem_type type, uc_tlb_entry *out, void *user)
{
    struct cpu *c = user;
    uint32_t page = (uint32_t)vaddr & ~(MPU_PAGE_BYTES - 1);
    (void)uc;
    if (page != c->forced_page && (c->exit != EXIT_NONE || c->refused.valid))
        return false; /* after a stop the engine looks at its end address: not the guest's */
    const struct ram *r = bus_ram(c, page);
    int need = type == UC_MEM_FETCH  ? UC_PROT_EXEC
               : type == UC_MEM_READ ? UC_PROT_READ
                                     : UC_PROT_WRITE;
    /* MSR CONTROL takes effect before the block hook has mirrored it. */
    bool priv = core_v6m(c) ? c->priv : c->ipsr || !(engine_reg(c, UC_ARM_REG_CONTROL) & 1u);
    /* LDRT and STRT use the unprivileged TLB, and the engine does not tell: never fill for them. */
    bool ldrt = type != UC_MEM_FETCH && priv && c->last->block && c->last->block->unpriv;
    int perms = !r                       ? 0
                : page == c->forced_page ? UC_PROT_ALL
                : ldrt                   ? 0
                                         : fill_perms(c, page, priv);
    if (r && r->code[(page - r->base) / MPU_PAGE_BYTES] && page != c->forced_page)
        perms &= ~UC_PROT_WRITE; /* a store to code: exactly, and with what follows from it */
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

/* After an exception was taken or returned from inside a hook: can the engine just go on? */
static void settle(struct cpu *c)
{
    if (c->tlb_dirty)
        engine_flush_tlb(c);
    if (c->stop.kind != CPU_STOP_NONE || c->t_clear || c->sleeping)
        engine_leave(c, EXIT_BOUNDARY, c->pc);
}

/* Charge the block that begins at @pc; the engine runs @size bytes of it before it asks again. */
static void charge_block(struct cpu *c, struct block *b, uint32_t pc, uint32_t size)
{
    MOAT_ASSERT(b->cost <= UINT16_MAX, "a block of %u cycles", b->cost);
    struct charge *to = b->plain ? &c->charges[block_number(b->key)] : &c->edited;
    *to = (struct charge){.key = (uint64_t)size << 32 | b->key,
                          .block = b,
                          .end = b->end,
                          .continues = pc + size < b->end ? pc + size : ADDR_NONE,
                          .cost = (uint16_t)b->cost,
                          .insns = (uint16_t)b->insns,
                          .refill = b->refill,
                          .entry_refill = b->entry_refill};
    c->last = to;
    c->now += b->cost;
    c->insns += b->insns;
}

/* The engine begins its next piece of the block that is being executed. */
__attribute__((noinline)) static void on_rest(struct cpu *c, uint32_t pc, uint32_t size)
{
    const struct block *b = c->last->block;
    core_edit(c)->continues = b && pc + size < b->end ? pc + size : ADDR_NONE;
}

/* Leave before the block at @pc, which is not charged yet, and come back to it. */
static void leave_before(struct cpu *c, uint32_t pc)
{
    core_edit(c)->block = NULL;
    engine_leave(c, EXIT_BOUNDARY, pc);
}

/* Watch the instructions of @b whose base is not aligned; true when there was a new one. */
static bool watch_unaligned(struct cpu *c, const struct block *b)
{
    bool any = false;
    for (uint32_t n = 0; n < b->aligns; n++) {
        uint32_t addr = core_reg(c, b->align[n].reg) + (uint32_t)b->align[n].delta;
        if (addr & b->align[n].mask)
            any |= engine_watch_insn(c, block_start(b) + b->align[n].at);
    }
    return any;
}

/* Watch the FP instructions of @b: the first of them is refused. */
static bool watch_fp(struct cpu *c, const struct block *b)
{
    struct insn i;
    bool any = false;
    for (uint32_t at = block_start(b); at < b->end && block_insn(c, at, &i); at += i.bytes)
        if (insn_is_fp(i.cls))
            any |= engine_watch_insn(c, at);
    return any;
}

/* What a block that is not plain wants before it is run; false when the engine must come again. */
static bool prepare_block(struct cpu *c, const struct block *b)
{
    struct fault f;
    bool again = watch_unaligned(c, b);
    if (b->fp && !fpu_ready(c)) /* the engine has chosen code for the state before */
        again |= fpu_prepare(c, &f) || watch_fp(c, b);
    c->engine_fpca |= b->fp;
    return !again;
}

/* What is rare: a boundary at which something is due, a block not known or not plain. */
__attribute__((noinline)) static void on_unusual_block(struct cpu *c, uint32_t pc, uint32_t size)
{
    block_mark_code(c, pc, pc + size); /* translated, whether it will be executed or not */
    if (c->alone)
        return;
    bool branched = pc != c->last->end;
    if (branched) {
        c->now += c->last->refill;
        core_edit(c)->refill = 0; /* it is paid, however often we come here before the block runs */
    }
    if (c->now >= c->due) {
        c->pc = pc;
        bool go_on = core_boundary(c);
        if (go_on && c->tlb_dirty) { /* FAULTMASK has changed what the MPU says */
            leave_before(c, pc);
            return;
        }
        if (!go_on) {
            if (c->stop.kind != CPU_STOP_NONE)
                engine_leave(c, EXIT_BOUNDARY, c->pc);
            else
                settle(c);
            return;
        }
    }
    size_t watched = c->watched_n;
    struct block *b = block_find(c, pc, size);
    if (c->watched_n != watched || !prepare_block(c, b)) {
        leave_before(c, pc);
        return;
    }
    c->now += branched ? b->entry_refill : 0;
    if (b->waits || c->timing->mispredict)
        c->now += fetch_cycles(c, b, branched);
    charge_block(c, b, pc, size);
    c->special = b->special;
    c->special_block = b;
    if (b->special)
        core_look(c);
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    uint32_t pc = (uint32_t)address, key = pc | c->priv;
    const struct charge *last = c->last, *next = &c->charges[block_number(key)];
    (void)uc;
    if (pc == last->continues) {
        on_rest(c, pc, size);
        return;
    }
    uint64_t now = c->now;
    if (pc != last->end)
        now += (uint64_t)last->refill + next->entry_refill;
    if (next->key != ((uint64_t)size << 32 | key) || now >= c->due) {
        on_unusual_block(c, pc, size);
        return;
    }
    c->now = now + next->cost;
    c->insns += next->insns;
    c->last = next;
}

/* On pages that the engine may not run through by itself: check every instruction. */
static void on_stepped(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    uint32_t pc = (uint32_t)address;
    struct fault f;
    (void)uc;
    if (c->exit != EXIT_NONE || c->alone)
        return;
    if (!access_fetch(c, pc, &f) || (size == 4 && !access_fetch(c, pc + 2, &f)))
        engine_leave(c, EXIT_FETCH, pc);
    else if (watch_is_risky_it(c, pc))
        engine_leave(c, EXIT_OWN, pc);
}

static void on_watched(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    (void)uc;
    (void)size;
    if (c->exit == EXIT_NONE && !c->alone)
        watch_look(c, (uint32_t)address);
}

static void on_watch(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    (void)uc;
    (void)size;
    if (c->exit == EXIT_NONE && c->watch_left && --c->watch_left == 0)
        engine_leave(c, EXIT_WATCH, (uint32_t)address);
}

static bool on_invalid(uc_engine *uc, void *user)
{
    (void)uc;
    (void)user;
    return true; /* go on to on_interrupt() with INTNO_UNDEF */
}

static void breakpoint(struct cpu *c)
{
    uint16_t hw = 0;
    cpu_peek(c, c->pc, &hw, 2);
    if (hw == BKPT_SEMIHOSTING)
        c->stop = (struct cpu_stop){.kind = CPU_STOP_SEMIHOST, .pc = c->pc};
    else
        cpu_breakpoint(c);
}

/* The engine's M33 takes more addresses for returns, and in Thread mode too, than there are. */
static void fetch_from_nowhere(struct cpu *c)
{
    struct fault f;
    if (!access_fetch(c, c->pc, &f))
        fault_take(c, &f, c->pc);
}

static void on_interrupt(uc_engine *uc, uint32_t intno, void *user)
{
    struct cpu *c = user;
    (void)uc;
    c->pc = engine_reg(c, UC_ARM_REG_PC);
    switch (intno) {
    case INTNO_SVC:
        exception_supervisor_call(c);
        break;
    case INTNO_EXC_RETURN: /* its bit 0 went to EPSR.T, as with any branch */
        if (c->ipsr && c->pc >> 24 == 0xFFu)
            exception_return(c, c->pc | (engine_thumb(c) ? 1u : 0));
        else
            fetch_from_nowhere(c);
        break;
    case INTNO_BKPT:
        breakpoint(c);
        break;
    case INTNO_UNDEF:
        fault_instruction(c, CFSR_UNDEFINSTR);
        break;
    case INTNO_NOCP:
        fault_instruction(c, CFSR_NOCP);
        break;
    case INTNO_INVSTATE:
        c->t_clear = true;
        fault_instruction(c, CFSR_INVSTATE);
        engine_leave(c, EXIT_BOUNDARY, c->pc); /* the engine ends by itself after this one */
        break;
    case INTNO_STKOF:
        fault_instruction(c, CFSR_STKOF);
        break;
    case INTNO_DATA_ABORT:
        fault_instruction(c, CFSR_UNALIGNED);
        break;
    default: /* whatever else the engine cannot execute */
        fault_instruction(c, CFSR_UNDEFINSTR);
    }
    settle(c);
}

/* ---- Outside the engine. ---- */

uc_hook engine_add_hook(struct cpu *c, int type, void *fn, uint64_t first, uint64_t last)
{
    uc_hook h;
    uc_err e = uc_hook_add(c->uc, &h, type, fn, c, first, last);
    MOAT_ASSERT(e == UC_ERR_OK, "hook %d: %s", type, uc_strerror(e));
    return h;
}

void engine_step_page(struct cpu *c, uint32_t page)
{
    c->stepped = realloc(c->stepped, (c->stepped_n + 1) * sizeof *c->stepped);
    MOAT_ASSERT(c->stepped, "no memory");
    c->stepped[c->stepped_n++] = page;
    /* From two bytes before it: a wide instruction there ends inside. */
    engine_add_hook(c, UC_HOOK_CODE, (void *)on_stepped, page ? page - 2 : 0,
                    (uint64_t)page + MPU_PAGE_BYTES - 1);
    engine_retranslate(c, page);
}

bool engine_watch_insn(struct cpu *c, uint32_t pc)
{
    size_t at = 0;
    while (at < c->watched_n && c->watched[at].pc < pc)
        at++;
    if (c->watches_all || (at < c->watched_n && c->watched[at].pc == pc))
        return false;
    c->watched = realloc(c->watched, (c->watched_n + 1) * sizeof *c->watched);
    MOAT_ASSERT(c->watched, "no memory");
    memmove(&c->watched[at + 1], &c->watched[at], (c->watched_n - at) * sizeof *c->watched);
    c->watched_n++;
    c->watched[at].pc = pc;
    c->watched[at].hook = engine_add_hook(c, UC_HOOK_CODE, (void *)on_watched, pc, pc);
    engine_retranslate(c, pc);
    return true;
}

static void on_watched_rest(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    for (size_t n = 0; n < c->watched_n; n++)
        if (c->watched[n].pc == (uint32_t)address)
            return; /* it has a hook of its own */
    on_watched(uc, address, size, user);
}

void engine_watch_all(struct cpu *c)
{
    if (c->watches_all)
        return;
    c->watches_all = true;
    engine_add_hook(c, UC_HOOK_CODE, (void *)on_watched_rest, 1, 0);
    for (uint32_t n = 0; n < c->bus.rams; n++)
        for (uint32_t page = 0; page < c->bus.ram[n].bytes / MPU_PAGE_BYTES; page++)
            if (c->bus.ram[n].code[page])
                engine_retranslate(c, c->bus.ram[n].base + page * MPU_PAGE_BYTES);
}

void engine_set_fpca(struct cpu *c)
{
    if (c->engine_fpca == ((c->control & CONTROL_FPCA) != 0))
        return;
    uint32_t xpsr = engine_reg(c, UC_ARM_REG_XPSR);
    bool user = !(xpsr & 0x1FFu) && (engine_reg(c, UC_ARM_REG_CONTROL) & CONTROL_NPRIV);
    c->engine_fpca = c->control & CONTROL_FPCA;
    if (user) /* only privileged code may write CONTROL */
        engine_set_reg(c, UC_ARM_REG_XPSR, xpsr | EXC_HARDFAULT);
    engine_set_reg(c, UC_ARM_REG_CONTROL,
                   c->control | (core_v8m(c) && c->engine_fpca ? CONTROL_SFPA : 0));
    if (user)
        engine_set_reg(c, UC_ARM_REG_XPSR, xpsr);
    engine_set_reg(c, UC_ARM_REG_APSR_NZCV, xpsr);
}

/* The engine's end address ends a translation as well: it must not be found again. */
void engine_run_to(struct cpu *c, uint32_t next)
{
    uint32_t page = c->pc & ~(MPU_PAGE_BYTES - 1);
    c->alone = true;
    core_look(c); /* so that on_block() leaves it alone */
    engine_retranslate(c, c->pc);
    c->forced_page = page;
    engine_flush_tlb(c);
    uc_emu_start(c->uc, c->pc | 1u, next, 0, 0);
    c->pc = engine_reg(c, UC_ARM_REG_PC);
    c->forced_page = ADDR_NONE;
    c->alone = false;
    c->refused.valid = false;
    engine_retranslate(c, page);
}

/* The engine gives no way to write the limits but by MSR: two of them, for a moment, in memory. */
void engine_clear_limits(struct cpu *c)
{
    static const uint16_t code[] = {0xF380, 0x880A, 0xF380,
                                    0x880B}; /* MSR MSPLIM; MSR PSPLIM, R0 */
    const struct ram *r = &c->bus.ram[0];
    uint8_t kept[sizeof code];
    memcpy(kept, r->mem, sizeof code);
    memcpy(r->mem, code, sizeof code);
    core_set_reg(c, 0, 0);
    c->pc = r->base;
    engine_run_to(c, c->pc + 4);
    engine_run_to(c, c->pc + 4);
    memcpy(r->mem, kept, sizeof code);
    engine_retranslate(c, r->base);
}

enum exit_kind engine_run(struct cpu *c)
{
    if (c->tlb_dirty)
        engine_flush_tlb(c);
    c->exit = EXIT_NONE;
    c->refused.valid = false;
    uc_emu_start(c->uc, c->pc | 1u, UNTIL_ADDR, 0, 0);
    enum exit_kind why = c->exit;
    bool refused = c->refused.valid;
    c->exit = EXIT_NONE;
    c->refused.valid = false;
    bool data = refused && c->refused.type != UC_MEM_FETCH && why == EXIT_NONE;
    if (!data) /* an instruction that touched data was Thumb code */
        c->t_clear |= !engine_thumb(c);
    if (why != EXIT_NONE)
        return why;
    c->pc = engine_reg(c, UC_ARM_REG_PC);
    if (data)
        return EXIT_REFUSED_ACCESS;
    bool artefact =
        c->refused.page == (UNTIL_ADDR & ~(MPU_PAGE_BYTES - 1)) && c->pc < c->refused.page;
    return refused && !artefact ? EXIT_REFUSED_FETCH : EXIT_WAIT;
}

/* ORDER cpu_model. M0+ is the engine's M0, whose one level of privilege watch.c makes two. */
static const uc_cpu_arm uc_models[CPU_MODEL_COUNT] = {UC_CPU_ARM_CORTEX_M0, UC_CPU_ARM_CORTEX_M0,
                                                      UC_CPU_ARM_CORTEX_M3, UC_CPU_ARM_CORTEX_M4,
                                                      UC_CPU_ARM_CORTEX_M7, UC_CPU_ARM_CORTEX_M33};

static uc_err open_engine(struct cpu *c)
{
    uc_err e = uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &c->uc);
    if (e == UC_ERR_OK)
        e = uc_ctl_set_cpu_model(c->uc, uc_models[c->config.model]);
    if (e == UC_ERR_OK)
        e = uc_ctl_tlb_mode(c->uc, UC_TLB_VIRTUAL);
    return e;
}

int engine_open(struct cpu *c, struct moat_error *err)
{
    uc_err e = open_engine(c);
    if (e != UC_ERR_OK)
        return moat_fail(err, MOAT_ENOMEM, "cannot open the engine: %s", uc_strerror(e));
    engine_add_hook(c, UC_HOOK_TLB_FILL, (void *)on_fill, 1, 0);
    engine_add_hook(c, UC_HOOK_BLOCK, (void *)on_block, 1, 0);
    engine_add_hook(c, UC_HOOK_INTR, (void *)on_interrupt, 1, 0);
    engine_add_hook(c, UC_HOOK_INSN_INVALID, (void *)on_invalid, 1, 0);
    return 0;
}

void engine_watch(struct cpu *c, uint32_t pc)
{
    engine_add_hook(c, UC_HOOK_CODE, (void *)on_watch, pc, pc);
}
