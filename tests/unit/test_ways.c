/*
 * Whoever executes an instruction, it does the same and takes the same time: as in any run, by the
 * engine wherever it may, without it, and with a breakpoint elsewhere, which looks at each one.
 */
#include <string.h>

#include "cpu/debug.h"
#include "tests/unit/rig.h"
#include "tests/unit/test.h"

#define CPUID     0xE000ED00u
#define ICSR      0xE000ED04u
#define CPACR     0xE000ED88u
#define NOBODY    0x60000000u /* no memory and no device */
#define ELSEWHERE 0x300u

enum way {
    USUAL,
    ENGINE,
    US,
    PROBED,
    WAYS
};

struct program {
    const char *name;
    enum cpu_model model;
    uint32_t r[5];                 /* R0 to R4 at its start */
    uint32_t cpacr;                /* written before it */
    uint32_t exception;            /* whose handler is @handler */
    uint16_t handler[8], code[16]; /* up to the first 0 */
};

/* cmp r0, r0 before each IT: EQ holds. */
static const struct program programs[] = {
    {"a system register in an IT block, arithmetic behind it",
     CPU_CORTEX_M4,
     {0, CPUID},
     0,
     0,
     {0},
     {0x4280, 0xBF04, 0x680A, 0x3301, 0x3301, 0x3301, 0x3301, 0x3301}},
    {"PendSV in an IT block is taken behind its store",
     CPU_CORTEX_M4,
     {0, ICSR, 1u << 28},
     0,
     14,
     {0x461D, 0x4770},
     {0x4280, 0xBF08, 0x600A, 0x3301, 0x3301, 0x3301, 0x3301}},
    {"and with the IT block to go on with afterwards",
     CPU_CORTEX_M4,
     {0, ICSR, 1u << 28},
     0,
     14,
     {0x461D, 0x4770},
     {0x4280, 0xBF04, 0x600A, 0x3301, 0x3301, 0x3301, 0x3301}},
    {"arithmetic that is left out, and flags that it keeps",
     CPU_CORTEX_M4,
     {1, 2, 3, 4},
     0,
     0,
     {0},
     {0x4280, 0xBF1E, 0x1840, 0x4291, 0x1C5B, 0x3401, 0xD0FF, 0x3401}},
    {"nobody at an address", CPU_CORTEX_M4, {0, NOBODY}, 0, 0, {0}, {0x3301, 0x680A, 0x3301}},
    {"nor to be written", CPU_CORTEX_M4, {0, NOBODY}, 0, 0, {0}, {0x3301, 0x600A, 0x3301}},
    {"FP behind DSP without access to the FPU",
     CPU_CORTEX_M4,
     {0x12345678},
     0,
     0,
     {0},
     {0xFA80, 0xF002, 0xEE00, 0x0A10}},
    {"the lazy save behind DSP",
     CPU_CORTEX_M4,
     {0x12345678},
     0xFu << 20,
     11,
     {0xFA81, 0xF101, 0xEE00, 0x1A10, 0x4770},
     {0xEE00, 0x0A10, 0xDF00, 0xEE10, 0x5A10}},
    {"STREX behind a store",
     CPU_CORTEX_M4,
     {0, RIG_RAM, 0, 5, 7},
     0,
     0,
     {0},
     {0xE851, 0x2F00, 0x600B, 0xE841, 0x3400}},
    {"STREX elsewhere",
     CPU_CORTEX_M4,
     {0, RIG_RAM, 0, 5, 7},
     0,
     0,
     {0},
     {0xE851, 0x2F00, 0x3104, 0xE841, 0x3400}},
    {"LDA unaligned", CPU_CORTEX_M33, {0, RIG_RAM + 1}, 0, 0, {0}, {0xE8D1, 0x2FAF}},
    {"STL unaligned", CPU_CORTEX_M33, {0, RIG_RAM + 2}, 0, 0, {0}, {0xE8C1, 0x2FAF}},
    {"undefined where a multiply would be",
     CPU_CORTEX_M3,
     {1, 2, 3, 4},
     0,
     0,
     {0},
     {0x3301, 0xFB91, 0x0004, 0x3301}},
};

struct outcome {
    uint64_t cycles, insns;
    uint32_t r[13], events, entered_at, cfsr, s0, exception;
    struct mpu_why why;
};

static uint32_t length(const uint16_t *code, uint32_t most)
{
    uint32_t n = 0;
    while (n < most && code[n])
        n++;
    return n;
}

static struct rig *rig_of(enum way way, enum cpu_model model)
{
    static const uint32_t elsewhere = ELSEWHERE;
    struct rig *r = way == ENGINE ? rig_new_by_engine(model)
                    : way == US   ? rig_new_by_us(model)
                                  : rig_new_usual(model);
    if (way == PROBED)
        cpu_set_breaks(r->cpu, &elsewhere, 1);
    return r;
}

static struct outcome run(const struct program *p, enum way way)
{
    struct outcome o = {0};
    struct rig *r = rig_of(way, p->model);
    if (p->cpacr)
        rig_system(r, CPACR, p->cpacr);
    if (p->exception) {
        uint32_t at = 0x400 + 32 * p->exception;
        ck_assert(cpu_poke(r->cpu, at, p->handler, sizeof p->handler));
        rig_set_word(r, 4 * p->exception, at | 1u);
    }
    rig_code(r, p->code, length(p->code, 16));
    for (uint32_t n = 0; n < 5; n++)
        cpu_set_reg(r->cpu, n, p->r[n]);
    uint64_t cycles = *cpu_now(r->cpu), insns = cpu_insns(r->cpu);
    rig_run(r);
    o.cycles = *cpu_now(r->cpu) - cycles;
    o.insns = cpu_insns(r->cpu) - insns;
    for (uint32_t n = 0; n < 13; n++)
        o.r[n] = cpu_reg(r->cpu, n);
    o.events = r->events;
    o.entered_at = r->events ? r->log[0].pc : 0;
    o.exception = rig_exception(r);
    if (r->fault_count) {
        o.cfsr = r->faults[0].cfsr;
        o.why = r->faults[0].why;
    }
    if (p->model == CPU_CORTEX_M4)
        o.s0 = cpu_fp_reg(r->cpu, 0);
    rig_free(r);
    return o;
}

START_TEST(all_ways_are_the_same)
{
    static const char *const names[] = {"as usual", "by the engine", "without it", "probed"};
    const struct program *p = &programs[_i];
    struct outcome first = run(p, USUAL);
    for (enum way w = ENGINE; w < WAYS; w++) {
        struct outcome o = run(p, w);
        ck_assert_msg(o.cycles == first.cycles && o.insns == first.insns,
                      "%s, %s: %u cycles, %u instructions, as usual %u and %u", p->name, names[w],
                      (unsigned)o.cycles, (unsigned)o.insns, (unsigned)first.cycles,
                      (unsigned)first.insns);
        ck_assert_msg(o.events == first.events && o.entered_at == first.entered_at &&
                          o.exception == first.exception && o.cfsr == first.cfsr,
                      "%s, %s: %u events, first at 0x%08x, CFSR 0x%08x", p->name, names[w],
                      o.events, o.entered_at, o.cfsr);
        ck_assert_msg(memcmp(o.r, first.r, sizeof o.r) == 0 && o.s0 == first.s0,
                      "%s, %s: registers", p->name, names[w]);
        ck_assert_msg(o.why.rule == first.why.rule && o.why.region == first.why.region,
                      "%s, %s: why", p->name, names[w]);
    }
}
END_TEST

static struct outcome of(const char *name)
{
    size_t i = 0;
    while (strcmp(programs[i].name, name) != 0)
        i++;
    return run(&programs[i], USUAL);
}

/* And it is what the architecture says. */
START_TEST(and_as_the_manuals_say)
{
    struct outcome o = of("FP behind DSP without access to the FPU");
    ck_assert(o.cfsr == CFSR_NOCP && o.s0 != 0x12345678); /* DDI 0403E B1.4.7 */
    o = of("the lazy save behind DSP");
    ck_assert_uint_eq(o.r[5], 0x12345678); /* DDI 0403E B1.5.7 */
    o = of("STREX behind a store");
    ck_assert_uint_eq(o.r[4], 0); /* DDI 0403E A3.4.1: one's own stores leave the monitor open */
    o = of("LDA unaligned");
    ck_assert_uint_eq(o.cfsr, CFSR_UNALIGNED); /* DDI 0553 B6.6: always aligned */
    o = of("STL unaligned");
    ck_assert_uint_eq(o.cfsr, CFSR_UNALIGNED);
    o = of("PendSV in an IT block is taken behind its store");
    ck_assert_uint_eq(o.r[5], 0); /* R3 as the handler saw it: B1.5.6 */
    o = of("nobody at an address");
    ck_assert(o.cfsr == (CFSR_PRECISERR | CFSR_BFARVALID) && o.why.region == -1);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("ways");
    TCase *tc = tcase_create("programs");
    tcase_add_loop_test(tc, all_ways_are_the_same, 0, sizeof programs / sizeof *programs);
    ADD(tc, and_as_the_manuals_say);
    suite_add_tcase(s, tc);
    return s;
}
