#include "sim/explain/explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/cpu.h"
#include "sim/trace/names.h"

void explain_feed(struct explain_state *s, const struct trace_event *e)
{
    switch (e->kind) {
    case TRACE_thread:
        snprintf(s->task, sizeof s->task, "%s", e->thread.name);
        break;
    case TRACE_mpu:
        s->mpu.ctrl = e->mpu.ctrl;
        s->mpu.arch = e->mpu.arch <= MPU_PMSAV8 ? (enum mpu_arch)e->mpu.arch : MPU_PMSAV7;
        s->mpu.regions = e->mpu.regions <= MPU_REGIONS_MAX ? e->mpu.regions : 0;
        break;
    case TRACE_mpu_region:
        if (e->mpu_region.region < MPU_REGIONS_MAX) {
            s->mpu.rbar[e->mpu_region.region] = e->mpu_region.rbar;
            s->mpu.rasr[e->mpu_region.region] = e->mpu_region.rasr;
        }
        break;
    default:
        break;
    }
}

const char *explain_symbol(const void *ctx, uint32_t addr, char *out, size_t cap)
{
    const struct image_symbol *s = ctx ? image_symbol_at(ctx, addr) : NULL;
    if (!s)
        return NULL;
    if (addr == s->addr)
        snprintf(out, cap, "%s", s->name);
    else
        snprintf(out, cap, "%s+%u", s->name, addr - s->addr);
    return out;
}

/* ---- Whose address is it? ---- */

static bool spans(uint32_t start, uint32_t bytes, uint32_t addr)
{
    return addr - start < bytes;
}

/* "the stack of thread 'mallory'", "partition 'shared'": what Keep's tables say. */
static bool add_keep_owner(const struct explain_state *s, uint32_t addr, struct buf *out)
{
    const struct keep *k = s->keep;
    for (uint32_t i = 0; k && i < k->thread_count; i++) {
        const struct keep_abi_thread *t = &k->threads[i];
        bool mine = strcmp(t->name, s->task) == 0;
        if (spans(t->stack, t->stack_bytes, addr))
            buf_addf(out, "the stack of thread '%s'", t->name);
        else if (spans(t->priv_stack, t->priv_stack_bytes, addr))
            buf_addf(out, "the privileged stack of thread '%s'", t->name);
        else if (mine && addr < t->stack && t->stack - addr <= 256)
            buf_addf(out, "%u bytes below the stack of thread '%s', which has overflowed",
                     t->stack - addr, t->name);
        else
            continue;
        return true;
    }
    for (uint32_t i = 0; k && i < k->partition_count; i++)
        if (spans(k->partitions[i].start, k->partitions[i].bytes, addr)) {
            buf_addf(out, "partition '%s'", k->partitions[i].name);
            return true;
        }
    return false;
}

static void add_owner(const struct explain_state *s, uint32_t addr, struct buf *out)
{
    char text[160];
    size_t before = out->len;
    const char *symbol = explain_symbol(s->image, addr, text, sizeof text);
    if (symbol)
        buf_addf(out, "%s", symbol);
    struct buf owner = {0};
    if (add_keep_owner(s, addr, &owner))
        buf_addf(out, "%s%s", out->len > before ? ", " : "", buf_text(&owner));
    buf_fini(&owner);
    if (out->len > before || (s->register_at && s->register_at(s->registers, addr, out)))
        return;
    if (addr >> 20 == 0xE00u)
        buf_addf(out, "a system register");
    else
        buf_addf(out, "no symbol of the firmware");
}

/* ---- The status registers in words. Source: DDI 0403E B3.2.15, B3.2.16. ---- */

static const struct {
    uint32_t bit;
    const char *name, *words;
} cfsr_words[] = {
    {CFSR_IACCVIOL, "IACCVIOL", "an instruction may not be fetched here"},
    {CFSR_DACCVIOL, "DACCVIOL", "a data access was refused"},
    {CFSR_MUNSTKERR, "MUNSTKERR", "unstacking on exception return was refused"},
    {CFSR_MSTKERR, "MSTKERR", "stacking on exception entry was refused"},
    {CFSR_MLSPERR, "MLSPERR", "lazy stacking was refused"},
    {CFSR_MMARVALID, "MMARVALID", "MMFAR holds the address"},
    {CFSR_IBUSERR, "IBUSERR", "no memory to fetch an instruction from"},
    {CFSR_PRECISERR, "PRECISERR", "no memory or device answers at the address"},
    {CFSR_IMPRECISERR, "IMPRECISERR", "a bus error was told late"},
    {CFSR_UNSTKERR, "UNSTKERR", "a bus error while unstacking"},
    {CFSR_STKERR, "STKERR", "a bus error while stacking"},
    {CFSR_BFARVALID, "BFARVALID", "BFAR holds the address"},
    {CFSR_UNDEFINSTR, "UNDEFINSTR", "not an instruction of this core"},
    {CFSR_INVSTATE, "INVSTATE", "a branch to Arm code"},
    {CFSR_INVPC, "INVPC", "an exception return that is not allowed"},
    {CFSR_NOCP, "NOCP", "a coprocessor that is not there"},
    {CFSR_UNALIGNED, "UNALIGNED", "an access that must be aligned is not"},
    {CFSR_DIVBYZERO, "DIVBYZERO", "a division by zero"},
};

static void add_status(const struct trace_fault *f, struct buf *out)
{
    buf_addf(out, "  status   ");
    const char *sep = "";
    for (size_t i = 0; i < sizeof cfsr_words / sizeof *cfsr_words; i++)
        if (f->cfsr & cfsr_words[i].bit) {
            buf_addf(out, "%s%s (%s)", sep, cfsr_words[i].name, cfsr_words[i].words);
            sep = ", ";
        }
    if (f->hfsr & HFSR_FORCED)
        buf_addf(out, "%sFORCED (its own handler could not take it)", sep), sep = ", ";
    if (f->hfsr & HFSR_VECTTBL)
        buf_addf(out, "%sVECTTBL (the vector could not be read)", sep), sep = ", ";
    if (f->hfsr & HFSR_DEBUGEVT)
        buf_addf(out, "%sDEBUGEVT (BKPT without a debugger)", sep);
    buf_addf(out, "\n");
}

/* ---- The MPU. ---- */

/* What region @n lets through, in words: rights as bits read 1, write 2. */
static const char *rights_words(const struct mpu *m, uint32_t n)
{
    static const char *const words[4][4] = {
        {"no access", "no access", "no access", "no access"},
        {"privileged read-only", "read-only", "read-only", "read-only"},
        {"no access", "no access", "no access", "no access"},
        {"privileged read-write", "privileged read-write, unprivileged read-only", "read-write",
         "read-write"},
    };
    return words[mpu_region_rights(m, n, true)][mpu_region_rights(m, n, false)];
}

void explain_region(const struct mpu *m, uint32_t n, const char *note, struct buf *out)
{
    uint32_t base = mpu_region_base(m, n);
    uint64_t bytes = mpu_region_bytes(m, n);
    buf_addf(out, "  region %u 0x%08x..0x%08x  %s%s%s\n", n, base, (uint32_t)(base + bytes - 1),
             rights_words(m, n), mpu_region_xn(m, n) ? ", execute-never" : "", note);
}

static void add_regions(const struct explain_state *s, const struct trace_fault *f, struct buf *out)
{
    bool overlap = f->rule == MPU_RULE_OVERLAP;
    for (uint32_t n = 0; n < s->mpu.regions; n++) {
        if (!(f->covering >> n & 1u))
            continue;
        bool wins = n == f->region;
        const char *note = overlap                ? "  (overlaps)"
                           : wins                 ? "  <- decides"
                           : (f->holes >> n & 1u) ? "  (its subregion here is off)"
                                                  : "  (a higher region decides)";
        explain_region(&s->mpu, n, note, out);
    }
}

static void add_rule(const struct explain_state *s, const struct trace_event *e, struct buf *out)
{
    const struct trace_fault *f = &e->fault;
    const char *who = f->access_priv ? "privileged" : "unprivileged";
    const char *what = f->access == CPU_ACCESS_FETCH ? "execute"
                       : f->access == CPU_ACCESS_STORE || f->access == CPU_ACCESS_STACKING ? "write"
                                                                                           : "read";
    if (!(f->cfsr & 0xFFu))
        return;
    add_regions(s, f, out);
    buf_addf(out, "  rule     ");
    switch ((enum mpu_rule)f->rule) {
    case MPU_RULE_NO_REGION:
        if (f->access_priv)
            buf_addf(out, "no enabled MPU region covers it, and PRIVDEFENA is 0");
        else
            buf_addf(out, "no enabled MPU region covers it; unprivileged code has nothing else");
        buf_addf(out, " (DDI 0403E B3.5.3)\n");
        break;
    case MPU_RULE_REGION_AP:
        buf_addf(out, "region %u is %s: %s code may not %s it (DDI 0403E B3.5.9, AP)\n", f->region,
                 rights_words(&s->mpu, f->region % MPU_REGIONS_MAX), who, what);
        break;
    case MPU_RULE_REGION_XN:
        buf_addf(out, "region %u is execute-never (DDI 0403E B3.5.9, XN)\n", f->region);
        break;
    case MPU_RULE_OVERLAP:
        buf_addf(out, "regions that overlap refuse everything (DDI 0553 B9, MPUCheck())\n");
        break;
    default:
        buf_addf(out, "%s (DDI 0403E B3.1, B3.5)\n", mpu_rule_text((enum mpu_rule)f->rule));
    }
}

/* ---- The whole. ---- */

static void add_what(const struct explain_state *s, const struct trace_event *e, struct buf *out)
{
    static const char *const verbs[CPU_ACCESS_COUNT] = {
        "did what it may not",    "was refused a read of",   "was refused a write to",
        "was refused to execute", "was refused to stack to", "was refused to unstack from",
        "has no vector at",
    };
    const struct trace_fault *f = &e->fault;
    char name[32];
    buf_addf(out, "e%" PRIu64 " t=%" PRIu64 "  %s: ", e->number, e->cycle,
             f->exception ? trace_exception_name(f->exception, name, sizeof name) : "lockup");
    if (s->task[0] && !(e->state & CPU_STATE_HANDLER))
        buf_addf(out, "thread '%s' ", s->task);
    else
        buf_addf(out, "%s code ", e->state & CPU_STATE_HANDLER ? "handler" : "thread");
    buf_addf(out, "(%s) %s", e->state & CPU_STATE_PRIV ? "privileged" : "user",
             f->access < CPU_ACCESS_COUNT ? verbs[f->access] : "?");
    if (f->access != CPU_ACCESS_NONE) {
        buf_addf(out, " 0x%08x", f->addr);
        if (f->access == CPU_ACCESS_LOAD || f->access == CPU_ACCESS_STORE)
            buf_addf(out, " (%u byte%s)", f->bytes, f->bytes == 1 ? "" : "s");
    }
    buf_addf(out, "\n");
}

static void add_where(const struct explain_state *s, const struct trace_event *e, struct buf *out)
{
    const struct trace_fault *f = &e->fault;
    char text[160];
    const char *file, *symbol = explain_symbol(s->image, f->pc, text, sizeof text);
    int line;
    buf_addf(out, "  at       %s (0x%08x)", symbol ? symbol : "no symbol", f->pc);
    if (s->image && image_line(s->image, f->pc, &file, &line))
        buf_addf(out, ", %s:%d", file, line);
    struct buf insn = {0};
    explain_disassemble(f->pc, f->insn, f->insn_bytes, &insn);
    buf_addf(out, "\n");
    if (insn.len && f->access != CPU_ACCESS_VECTOR)
        buf_addf(out, "  insn     %s\n", buf_text(&insn));
    buf_fini(&insn);
}

void explain_fault(const struct explain_state *s, const struct trace_event *e, struct buf *out)
{
    const struct trace_fault *f = &e->fault;
    add_what(s, e, out);
    add_where(s, e, out);
    if (f->access != CPU_ACCESS_NONE) {
        buf_addf(out, "  address  0x%08x is ", f->addr);
        add_owner(s, f->addr, out);
        buf_addf(out, "\n");
    }
    add_rule(s, e, out);
    add_status(f, out);
}
