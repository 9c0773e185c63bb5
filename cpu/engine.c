/*
 * Unicorn: opening it, running it, and its hooks. What a stop means is run.c's.
 *
 * The way of one access (DESIGN: "The way of one access"): the engine asks on_fill() once for each
 * page and privilege; what it may not fill stops it exactly before the instruction, and execute.c
 * executes that one itself or takes its fault. Hooks change nothing of the core but its time: all
 * else is done when the engine has stopped and the registers are here.
 *
 * Time: on_block() charges a block when it is entered. A block left half-way is charged back
 * (block_refund). Boundaries are starts of blocks; a stop for plain memory in the middle of one is
 * none (c->last->continues), so that what the engine had cached never shows in the guest's time.
 */
#include "cpu/core.h"

#include <string.h>

#define SOON_MAX         (1u << 30)
#define UNTIL_ADDR       0xFFFFFFFEu /* never executed: system space is execute-never */
#define INTNO_UNDEF      1u
#define INTNO_DATA_ABORT 4u /* the engine's own check: LDREX unaligned */
#define INTNO_BKPT       7u
#define INTNO_EXC_RETURN 8u
#define INTNO_NOCP       17u
#define INTNO_INVSTATE   18u
#define INTNO_STKOF      19u /* ARMv8-M: SP below MSPLIM or PSPLIM */

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

void engine_flush_tlb(struct cpu *c)
{
    uc_ctl_flush_tlb(c->uc);
    c->tlb_dirty = false;
}

/*
 * The engine keeps translations in a buffer of 1 GiB, dropped ones too, and crashes when it is full
 * (2.1.1). How much a translation takes it does not tell: struct block has what it takes at most.
 */
#define TRANSLATED_LIMIT (512u << 20)

static void note_translation(struct cpu *c, uint32_t pc, const struct block *b)
{
    const struct ram *r = bus_ram(c, pc);
    if (!r)
        return;
    uint8_t *begun = &r->begun[(pc - r->base) / BEGUN_BYTES];
    uint8_t bit = (uint8_t)(1u << (pc - r->base) / 2 % 8);
    c->translated += *begun & bit ? 0 : b->host_bytes;
    *begun |= bit;
}

/* Before the buffer is full: it takes a tenth of a second. */
static void drop_translations(struct cpu *c)
{
    uc_ctl_flush_tb(c->uc);
    for (uint32_t i = 0; i < c->bus.rams; i++)
        memset(c->bus.ram[i].begun, 0, c->bus.ram[i].bytes / BEGUN_BYTES);
    c->translated = 0;
}

/* Drop the engine's translations of the page that holds @addr, so that new hooks are seen. */
void engine_retranslate(struct cpu *c, uint32_t addr)
{
    const struct ram *r = bus_ram(c, addr);
    if (!r)
        return;
    uint32_t forced = c->forced_page;
    uint32_t page = (addr - r->base) / MPU_PAGE_BYTES,
             first = r->engine_addr + page * MPU_PAGE_BYTES;
    block_forget_sizes(c, r, page);
    memset(&r->begun[page * MPU_PAGE_BYTES / BEGUN_BYTES], 0, MPU_PAGE_BYTES / BEGUN_BYTES);
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

/* ---- Hooks. They run inside uc_emu_start(). ---- */

void engine_leave(struct cpu *c, enum exit_kind why, uint32_t pc)
{
    c->exit = why;
    c->pc = pc;
    uc_emu_stop(c->uc);
}

static int fill_perms(struct cpu *c, uint32_t page)
{
    static const int perms[] = {UC_PROT_READ, UC_PROT_WRITE, UC_PROT_EXEC}; /* ORDER mpu_access */
    int all = 0;
    for (int kind = MPU_READ; kind <= MPU_EXEC; kind++)
        if (access_page(c, page, (enum mpu_access)kind, c->priv)->allow[kind] == UINT32_MAX)
            all |= perms[kind];
    if (access_page(c, page, MPU_WRITE, c->priv)->fixed)
        all &= ~UC_PROT_WRITE;
    return all;
}

/* The kinds of access to @page that no watchpoint wants to see. */
static int watched_perms(const struct cpu *c, uint32_t page)
{
    int perms = UC_PROT_ALL;
    if (page != c->forced_page && debug_watches_page(c, page, true))
        perms &= ~UC_PROT_WRITE;
    if (page != c->forced_page && debug_watches_page(c, page, false))
        perms &= ~UC_PROT_READ;
    return perms;
}

static bool on_fill(uc_engine *uc, uint64_t vaddr, uc_mem_type type, uc_tlb_entry *out, void *user)
{
    struct cpu *c = user;
    uint32_t page = (uint32_t)vaddr & ~(MPU_PAGE_BYTES - 1);
    (void)uc;
    if (page != c->forced_page && (c->exit != EXIT_NONE || c->refused.valid))
        return false; /* after a stop the engine looks at its end address: not the guest's */
    if (page == c->forced_page && page == ALONE_PAGE) {
        *out = (uc_tlb_entry){.paddr = page, .perms = UC_PROT_ALL};
        return true;
    }
    const struct ram *r = bus_ram(c, page);
    int need = type == UC_MEM_FETCH  ? UC_PROT_EXEC
               : type == UC_MEM_READ ? UC_PROT_READ
                                     : UC_PROT_WRITE;
    /* LDRT and STRT use the unprivileged TLB, and the engine does not tell: never fill for them. */
    bool ldrt = type != UC_MEM_FETCH && c->priv && c->last->block && c->last->block->unpriv;
    int perms = !r ? 0 : page == c->forced_page ? UC_PROT_ALL : ldrt ? 0 : fill_perms(c, page);
    if (r && r->code[(page - r->base) / MPU_PAGE_BYTES] && page != c->forced_page)
        perms &= ~UC_PROT_WRITE; /* a store to code: exactly, and with what follows from it */
    if (c->debug.watch_n)
        perms &= watched_perms(c, page);
    if (!(perms & need)) {
        c->refused.valid = true;
        c->refused.type = type;
        c->refused.page = page;
        return false;
    }
    if (perms & UC_PROT_WRITE)
        r->dirty[(page - r->base) / MPU_PAGE_BYTES] = 1;
    out->paddr = r->engine_addr + (page - r->base);
    out->perms = (uc_prot)perms;
    return true;
}

/* Bring now and insns up to what the engine has run; see how long on_block() may run on. */
static void settle(struct cpu *c)
{
    c->now += (uint32_t)c->ran;
    c->insns += c->ran >> 32;
    c->ran = 0;
    uint64_t left = c->due > c->now ? c->due - c->now : 0;
    c->soon = left < SOON_MAX ? (uint32_t)left : SOON_MAX;
    if (c->last->continues != ADDR_NONE)
        c->soon = 0; /* what comes next is unusual */
}

/* Charge block @b; the engine runs @size bytes of it before it asks again. */
static void charge_block(struct cpu *c, struct block *b, uint32_t size, bool branched)
{
    uint32_t pc = block_start(b);
    bool whole = pc + size >= b->end;
    struct charge *to = b->plain && whole ? block_charge_slot(c, b->key) : &c->edited;
    block_charge(c, b, branched, to);
    to->pc = pc;
    to->continues = whole ? ADDR_NONE : pc + size;
    c->last = to;
}

/* The engine begins its next piece of the block that is being executed. */
static void on_rest(struct cpu *c, uint32_t pc, uint32_t size)
{
    const struct block *b = c->last->block;
    if (b)
        note_translation(c, pc, b);
    core_edit(c)->continues = b && pc + size < b->end ? pc + size : ADDR_NONE;
    settle(c);
}

/* Watch the instructions of @b that always are, and those whose base is not aligned; true when
 * there was a new one. */
static bool watch_block(struct cpu *c, struct block *b)
{
    bool any = b->watch && block_watch(c, b);
    for (uint32_t n = 0; n < b->aligns; n++) {
        uint32_t addr = core_reg(c, b->align[n].reg) + (uint32_t)b->align[n].delta;
        if (addr & b->align[n].mask)
            any |= engine_watch_insn(c, block_start(b) + b->align[n].at);
    }
    if (any)
        engine_retranslate(c, block_start(b));
    return any;
}

/* What is rare: something is due, a block not known or not plain. What the engine may not execute
 * as it is, it leaves before it is charged. */
__attribute__((noinline)) static void on_unusual_block(struct cpu *c, uint32_t pc, uint32_t size)
{
    block_mark_code(c, pc, pc + size); /* translated, whether it will be executed or not */
    if (c->alone) {
        if (pc / MPU_PAGE_BYTES != ALONE_PAGE / MPU_PAGE_BYTES)
            engine_leave(c, EXIT_BLOCK, pc); /* a branch, which none of them should be */
        return;
    }
    if (pc == c->last->continues) {
        on_rest(c, pc, size);
        return;
    }
    settle(c);
    bool branched = pc != c->last->end;
    if (c->now + (branched ? c->last->refill : 0) >= c->due) {
        engine_leave(c, EXIT_BLOCK, pc);
        return;
    }
    struct block *b = block_find(c, pc, size);
    note_translation(c, pc, b);
    if (b->ours || (b->fp && !fpu_ready(c)) || watch_block(c, b)) {
        engine_leave(c, b->ours ? EXIT_OURS : EXIT_BLOCK, pc);
        return;
    }
    if (b->fp)
        c->engine.control |= CONTROL_FPCA; /* the engine sets it by itself */
    if (branched)
        c->now += c->last->refill;
    charge_block(c, b, size, branched);
    settle(c);
}

static void on_block(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    uint32_t pc = (uint32_t)address;
    const struct charge *last = c->last;
    const struct charge *next = &c->here[pc >> 1 & ((1u << BLOCKS_LOG2) - 1)];
    uint64_t ran = c->ran;
    (void)uc;
    if (pc != last->end)
        ran += (uint64_t)last->refill + next->entry_refill;
    if (next->pc != pc || (uint32_t)ran >= c->soon) {
        on_unusual_block(c, pc, size);
        return;
    }
    c->ran = ran + next->ran;
    c->last = next;
}

static void on_watched(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    (void)uc;
    (void)size;
    if (c->exit != EXIT_NONE || c->alone)
        return;
    watch_look(c, (uint32_t)address);
    settle(c);
}

static void on_watch(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    (void)uc;
    (void)size;
    if (c->exit == EXIT_NONE && c->watch_left && --c->watch_left == 0)
        engine_leave(c, EXIT_WATCH, (uint32_t)address);
}

static void on_interrupt(uc_engine *uc, uint32_t intno, void *user)
{
    struct cpu *c = user;
    (void)uc;
    c->intno = intno;
    engine_leave(c, EXIT_INTERRUPT, engine_reg(c, UC_ARM_REG_PC));
}

/* Unicorn 2.1.1 goes on to on_interrupt() with INTNO_UNDEF, later ones take it for handled. */
static bool on_invalid(uc_engine *uc, void *user)
{
    on_interrupt(uc, INTNO_UNDEF, user);
    return true;
}

/* ---- Outside the engine. ---- */

uc_hook engine_add_hook(struct cpu *c, int type, void *fn, uint64_t first, uint64_t last)
{
    uc_hook h;
    uc_err e = uc_hook_add(c->uc, &h, type, fn, c, first, last);
    MOAT_ASSERT(e == UC_ERR_OK, "hook %d: %s", type, uc_strerror(e));
    return h;
}

/* The first of c->watched, which is sorted, at @pc or behind it. */
static size_t watched_from(const struct cpu *c, uint32_t pc)
{
    size_t low = 0, high = c->watched_n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (c->watched[middle].pc < pc)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_watched(const struct cpu *c, uint32_t pc)
{
    size_t at = watched_from(c, pc);
    return at < c->watched_n && c->watched[at].pc == pc;
}

bool engine_watch_insn(struct cpu *c, uint32_t pc)
{
    size_t at = watched_from(c, pc);
    if (c->watches_all || is_watched(c, pc))
        return false;
    c->watched = realloc(c->watched, (c->watched_n + 1) * sizeof *c->watched);
    MOAT_ASSERT(c->watched, "no memory");
    memmove(&c->watched[at + 1], &c->watched[at], (c->watched_n - at) * sizeof *c->watched);
    c->watched_n++;
    c->watched[at].pc = pc;
    c->watched[at].hook = engine_add_hook(c, UC_HOOK_CODE, (void *)on_watched, pc, pc);
    return true;
}

static void on_watched_rest(uc_engine *uc, uint64_t address, uint32_t size, void *user)
{
    struct cpu *c = user;
    if (!is_watched(c, (uint32_t)address)) /* else it has a hook of its own */
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

static void start(struct cpu *c, uint32_t pc, uint32_t until)
{
    if (c->translated > TRANSLATED_LIMIT)
        drop_translations(c);
    if (c->tlb_dirty)
        engine_flush_tlb(c);
    transfer_to_engine(c);
    c->exit = EXIT_NONE;
    c->refused.valid = false;
    c->in_engine = true;
    c->here = c->charges[c->priv];
    settle(c);
    uc_emu_start(c->uc, pc | 1u, until, 0, 0);
    settle(c);
    c->in_engine = false;
}

#define ALONE_HOST_BYTES 4096u

/* Put the instruction where it is executed alone; where that is. */
static uint32_t alone_slot(struct cpu *c, uint32_t w, uint32_t bytes)
{
    const uint16_t code[ALONE_SLOT_BYTES / 2] = {(uint16_t)(bytes == 4 ? w >> 16 : w),
                                                 (uint16_t)(bytes == 4 ? w : 0)};
    uint32_t slot = (w ^ w >> 7 ^ w >> 16) % ALONE_SLOTS * ALONE_SLOT_BYTES;
    if (memcmp(c->alone_code + slot, code, sizeof code) != 0) {
        memcpy(c->alone_code + slot, code, sizeof code);
        c->translated += ALONE_HOST_BYTES;
        uc_ctl_remove_cache(c->uc, (uint64_t)ALONE_PAGE, (uint64_t)ALONE_PAGE + MPU_PAGE_BYTES);
    }
    return ALONE_PAGE + slot;
}

/* Each instruction word has a place of its own in a page of its own, so that it is translated once;
 * the engine's end address ends the translation. */
bool engine_alone(struct cpu *c, uint32_t w, uint32_t bytes)
{
    uint32_t pc = c->pc, forced = c->forced_page;
    c->forced_page = ALONE_PAGE;
    c->alone = true;
    c->intno = INTNO_UNDEF; /* if it does not end as it should */
    uint64_t due = c->due;
    c->due = 0; /* so that on_block() leaves it alone */
    uint32_t at = alone_slot(c, w, bytes);
    start(c, at, at + bytes);
    c->alone = false;
    c->forced_page = forced;
    c->tlb_dirty = true; /* no guest may find that page */
    c->due = due;
    transfer_from_engine(c);
    c->pc = pc;
    bool done = c->exit == EXIT_NONE && !c->refused.valid;
    c->exit = EXIT_NONE;
    return done;
}

/* The engine gives no way to write the limits but by MSR, of privileged code in Thread mode. */
void engine_set_limits(struct cpu *c)
{
    static const uint32_t msr[] = {0xF380880Au, 0xF380880Bu}; /* MSR MSPLIM; MSR PSPLIM, R0 */
    const uint32_t limits[] = {c->msplim, c->psplim};
    const struct regs regs = c->regs;
    uint32_t ipsr = c->ipsr, control = c->control;
    bool priv = c->priv, psp = c->on_psp;
    c->ipsr = c->control = 0;
    c->priv = true;
    c->on_psp = false;
    for (size_t n = 0; n < sizeof msr / sizeof *msr; n++) {
        c->regs = (struct regs){.r[0] = limits[n]};
        transfer_forget(c);
        engine_alone(c, msr[n], 4);
    }
    c->regs = regs;
    c->ipsr = ipsr;
    c->control = control;
    c->priv = priv;
    c->on_psp = psp;
    transfer_forget(c);
}

/* The engine's M33 takes more addresses for returns, and in Thread mode too, than there are. */
static void exception_exit(struct cpu *c)
{
    uint32_t value = c->pc;
    const struct block *b = c->last->block;
    c->pc = value & ~1u;
    if (c->ipsr && value >> 24 == 0xFFu && (!b || b->exchanges))
        exception_return(c, value);
    else
        c->t_clear = !(value & 1u); /* a branch like any other: nothing can be fetched there */
}

bool engine_refused_insn(const struct cpu *c)
{
    return c->intno == INTNO_DATA_ABORT || c->intno == INTNO_STKOF;
}

void engine_raised(struct cpu *c)
{
    static const struct {
        uint32_t intno, cfsr;
    } faults[] = {
        {INTNO_NOCP, CFSR_NOCP},
        {INTNO_INVSTATE, CFSR_INVSTATE},
        {INTNO_STKOF, CFSR_STKOF},
        {INTNO_DATA_ABORT, CFSR_UNALIGNED},
    };
    uint32_t cfsr = CFSR_UNDEFINSTR; /* whatever else the engine cannot execute */
    if (c->intno == INTNO_EXC_RETURN) {
        exception_exit(c);
        return;
    }
    if (c->intno == INTNO_BKPT) {
        execute_breakpoint(c);
        return;
    }
    for (size_t n = 0; n < sizeof faults / sizeof *faults; n++)
        if (faults[n].intno == c->intno)
            cfsr = faults[n].cfsr;
    fault_instruction(c, cfsr);
}

enum exit_kind engine_run(struct cpu *c)
{
    struct block *b = c->last->block;
    if (b && c->pc == c->last->continues)
        watch_block(c, b); /* it may have begun here, not in the engine */
    start(c, c->pc, UNTIL_ADDR);
    bool thumb = transfer_from_engine(c), refused = c->refused.valid;
    enum exit_kind why = c->exit;
    c->exit = EXIT_NONE;
    c->refused.valid = false;
    bool data = refused && c->refused.type != UC_MEM_FETCH && why == EXIT_NONE;
    if (why == EXIT_INTERRUPT && c->intno == INTNO_EXC_RETURN)
        c->pc |= thumb; /* bit 0 of EXC_RETURN went to EPSR.T, as with any branch */
    else if (!data)     /* an instruction that touched data was Thumb code */
        c->t_clear |= !thumb;
    if (why != EXIT_NONE)
        return why;
    MOAT_ASSERT(refused, "the engine stopped for no known reason, before 0x%08x", c->pc);
    c->pc = engine_reg(c, UC_ARM_REG_PC);
    return data ? EXIT_REFUSED_ACCESS : EXIT_REFUSED_FETCH;
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
    e = uc_mem_map_ptr(c->uc, ALONE_PAGE, sizeof c->alone_code, UC_PROT_ALL, c->alone_code);
    MOAT_ASSERT(e == UC_ERR_OK, "map: %s", uc_strerror(e));
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
