#include "sim/gdb/registers.h"

#include <string.h>

#include "sim/trace/names.h"

/* Who has a register. */
enum {
    ALL,
    V7M,
    V8M,
    FPU
};

enum {
    M_PROFILE,
    M_SYSTEM,
    VFP,
    FEATURES
};
static const char *const features[FEATURES] = {"org.gnu.gdb.arm.m-profile",
                                               "org.gnu.gdb.arm.m-system", "org.gnu.gdb.arm.vfp"};

struct reg {
    const char *name, *type;
    uint8_t feature, who;
    uint8_t what; /* enum trace_poke_kind */
    uint8_t bytes;
    uint16_t number;
};

#define CORE(name, type, n)                                   \
    {                                                         \
        name, type, M_PROFILE, ALL, TRACE_POKE_REGISTER, 4, n \
    }
#define SYSTEM(name, type, who, n)                          \
    {                                                       \
        name, type, M_SYSTEM, who, TRACE_POKE_SPECIAL, 4, n \
    }
#define DOUBLE(name, n)                                          \
    {                                                            \
        name, "ieee_double", VFP, FPU, TRACE_POKE_FP, 8, 2 * (n) \
    }

// clang-format off
static const struct reg regs[] = {
    CORE("r0", "int", 0), CORE("r1", "int", 1), CORE("r2", "int", 2), CORE("r3", "int", 3),
    CORE("r4", "int", 4), CORE("r5", "int", 5), CORE("r6", "int", 6), CORE("r7", "int", 7),
    CORE("r8", "int", 8), CORE("r9", "int", 9), CORE("r10", "int", 10), CORE("r11", "int", 11),
    CORE("r12", "int", 12), CORE("sp", "data_ptr", 13), CORE("lr", "int", 14),
    CORE("pc", "code_ptr", 15),
    {"xpsr", "int", M_PROFILE, ALL, TRACE_POKE_SPECIAL, 4, CPU_XPSR},
    SYSTEM("msp", "data_ptr", ALL, CPU_MSP), SYSTEM("psp", "data_ptr", ALL, CPU_PSP),
    SYSTEM("primask", "int", ALL, CPU_PRIMASK), SYSTEM("control", "int", ALL, CPU_CONTROL),
    SYSTEM("basepri", "int", V7M, CPU_BASEPRI), SYSTEM("faultmask", "int", V7M, CPU_FAULTMASK),
    SYSTEM("msplim", "data_ptr", V8M, CPU_MSPLIM), SYSTEM("psplim", "data_ptr", V8M, CPU_PSPLIM),
    DOUBLE("d0", 0), DOUBLE("d1", 1), DOUBLE("d2", 2), DOUBLE("d3", 3), DOUBLE("d4", 4),
    DOUBLE("d5", 5), DOUBLE("d6", 6), DOUBLE("d7", 7), DOUBLE("d8", 8), DOUBLE("d9", 9),
    DOUBLE("d10", 10), DOUBLE("d11", 11), DOUBLE("d12", 12), DOUBLE("d13", 13),
    DOUBLE("d14", 14), DOUBLE("d15", 15),
    {"fpscr", "int", VFP, FPU, TRACE_POKE_SPECIAL, 4, CPU_FPSCR},
};
// clang-format on
#define REGS (sizeof regs / sizeof *regs)

static bool has(const struct cpu *c, const struct reg *r)
{
    const struct cpu_config *config = cpu_config(c);
    enum cpu_arch arch = cpu_traits(config->model)->arch;
    return r->who == ALL || (r->who == V7M && arch != CPU_ARMV6M) ||
           (r->who == V8M && arch == CPU_ARMV8M) || (r->who == FPU && config->fpu != CPU_FPU_NONE);
}

static const struct reg *find(const struct cpu *c, uint32_t n)
{
    for (size_t i = 0; i < REGS; i++)
        if (has(c, &regs[i]) && n-- == 0)
            return &regs[i];
    return NULL;
}

uint32_t registers_count(const struct cpu *c)
{
    uint32_t n = 0;
    for (size_t i = 0; i < REGS; i++)
        n += has(c, &regs[i]);
    return n;
}

uint32_t registers_bytes(const struct cpu *c, uint32_t n)
{
    const struct reg *r = find(c, n);
    return r ? r->bytes : 0;
}

static uint64_t value_of(const struct cpu *c, const struct reg *r)
{
    if (r->what == TRACE_POKE_FP)
        return (uint64_t)cpu_fp_reg(c, r->number + 1u) << 32 | cpu_fp_reg(c, r->number);
    return r->what == TRACE_POKE_REGISTER ? cpu_reg(c, r->number)
                                          : cpu_special(c, (enum cpu_special)r->number);
}

bool registers_get(const struct cpu *c, const struct thread *t, uint32_t n, uint8_t out[8])
{
    const struct reg *r = find(c, n);
    uint64_t value;
    uint32_t saved = 0;
    bool psp = r && r->what == TRACE_POKE_SPECIAL && r->number == CPU_PSP;
    if (!r)
        return false;
    if (t->current || (r->feature == M_SYSTEM && !psp)) { /* there is but one of those */
        value = value_of(c, r);
    } else {
        if (r->feature == VFP)
            return false;
        if (!threads_register(c, t,
                              psp                             ? 13
                              : r->what == TRACE_POKE_SPECIAL ? 16
                                                              : r->number,
                              &saved))
            return false;
        value = saved;
    }
    memcpy(out, &value, 8);
    return true;
}

bool registers_set(struct debuggee *d, uint32_t n, const uint8_t *value)
{
    const struct reg *r = find(debuggee_cpu(d), n);
    if (!r)
        return false;
    for (uint32_t at = 0; at < r->bytes; at += 4) {
        struct trace_poke p = {
            .what = r->what, .addr = r->number + at / 4, .bytes = {.bytes = value + at, .len = 4}};
        if (!debuggee_poke(d, &p))
            return false;
    }
    return true;
}

void registers_describe(const struct cpu *c, struct buf *out)
{
    uint32_t number = 0;
    buf_addf(out, "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
                  "<target version=\"1.0\"><architecture>arm</architecture>");
    for (uint8_t f = 0; f < FEATURES; f++) {
        if (f == VFP && cpu_config(c)->fpu == CPU_FPU_NONE)
            continue;
        buf_addf(out, "<feature name=\"%s\">", features[f]);
        for (size_t i = 0; i < REGS; i++)
            if (regs[i].feature == f && has(c, &regs[i]))
                buf_addf(out, "<reg name=\"%s\" bitsize=\"%u\" type=\"%s\" regnum=\"%u\"%s/>",
                         regs[i].name, regs[i].bytes * 8u, regs[i].type, number++,
                         f == M_SYSTEM ? " group=\"system\"" : "");
        buf_addf(out, "</feature>");
    }
    buf_addf(out, "</target>");
}
