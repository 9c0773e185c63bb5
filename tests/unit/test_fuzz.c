/*
 * Random code under random MPU settings: whatever a guest does, the host neither stops nor hangs,
 * and the same program gives the same events at the same cycles when it is run in slices, by the
 * engine wherever it may, and without it.
 */
#include <stdio.h>

#include "tests/unit/rig.h"
#include "tests/unit/test.h"

#define PROGRAMS      1500u
#define PROGRAMS_LONG 100000u
#define CODE_WORDS    128u
#define CYCLES        3000u

/* Mostly loads, stores, system instructions and branches nearby; the rest anything. */
static uint16_t random_halfword(uint64_t *rnd)
{
    static const uint16_t seeds[] = {
        0x6808, 0x6008, 0xE851, 0xE841, 0xE9D1, 0xF851, 0xF841, 0xC90F, 0xB40F, 0xBC0F, 0xB672,
        0xB662, 0xB671, 0xB661, 0xF380, 0x8814, 0xF3EF, 0xDF00, 0xBF30, 0xBF18, 0xD1FE, 0xE002,
        0x4708, 0x4770, 0x2101, 0x3104, 0x0409, 0xBF00, 0xF000, 0xE8D1, 0xF811, 0xBEAB};
    uint32_t r = test_random(rnd);
    if (r % 4 == 0)
        return (uint16_t)(r >> 8);
    uint16_t hw = seeds[r / 4 % (sizeof seeds / sizeof *seeds)];
    return r % 16 < 8 ? hw : (uint16_t)(hw ^ (test_random(rnd) & 0x00F7u));
}

static void random_program(struct rig *r, uint64_t *rnd)
{
    static const uint32_t bases[] = {RIG_RAM,         RIG_RAM + 0x400, RIG_CODE, RIG_CODE + 0x100,
                                     RIG_RAM + 0x3FC, 0xE000ED94,      0,        0x60000000};
    static const uint8_t zero[RIG_RAM_BYTES];
    uint16_t code[CODE_WORDS];
    cpu_poke(r->cpu, 0, zero, sizeof zero);
    cpu_poke(r->cpu, RIG_RAM, zero, sizeof zero);
    for (uint32_t i = 0; i < CODE_WORDS; i++)
        code[i] = random_halfword(rnd);
    code[0] = 0xF3BF; /* CLREX: a reset leaves the monitor as it was (docs/model.md) */
    code[1] = 0x8F2F;
    cpu_poke(r->cpu, RIG_CODE, code, sizeof code);
    cpu_poke(r->cpu, RIG_HANDLER, code, 64);
    rig_set_word(r, 0, RIG_STACK);
    rig_set_word(r, 4, RIG_CODE | 1u);
    for (uint32_t n = 2; n < 48; n++)
        rig_set_word(r, 4 * n, (test_random(rnd) % 16 ? RIG_HANDLER : RIG_CODE) | 1u);
    cpu_reset(r->cpu);
    for (uint32_t n = 0; n < 4; n++) {
        uint32_t where = test_random(rnd) % 2 ? RIG_RAM : RIG_CODE;
        rig_mpu(r, n, where + (test_random(rnd) & 0x7E0u),
                RIG_RASR(5 + test_random(rnd) % 8, test_random(rnd) % 8, test_random(rnd) & 1u));
    }
    rig_system(r, RIG_SHCSR, (test_random(rnd) & 7u) << 16);
    rig_mpu(r, 7, 0x800, RIG_RASR(10, 3, 0)); /* the rig's own code */
    rig_system(r, RIG_MPU_CTRL, test_random(rnd) % 4 ? 5 : test_random(rnd) % 2 ? 7 : 0);
    if (test_random(rnd) % 3 == 0)
        rig_control(r, test_random(rnd) & 3u);
    for (uint32_t n = 0; n < 13; n++)
        cpu_set_reg(r->cpu, n,
                    test_random(rnd) % 4 ? bases[test_random(rnd) % 8] + (test_random(rnd) & 0x3Fu)
                                         : test_random(rnd));
    cpu_set_reg(r->cpu, 15, RIG_CODE);
}

/* Run in slices of @slice cycles, over every BKPT 0xAB; returns the cycles it took. */
static uint64_t run(struct rig *r, uint64_t slice)
{
    uint64_t start = *cpu_now(r->cpu), end = start + CYCLES, stops = 0, at = start;
    r->events = r->fault_count = 0;
    while (*cpu_now(r->cpu) < end && stops < 200) {
        at = at + slice < end ? at + slice : end;
        struct cpu_stop s = cpu_run(r->cpu, at);
        if (s.kind == CPU_STOP_SEMIHOST)
            cpu_skip(r->cpu);
        if (s.kind == CPU_STOP_LOCKUP || s.kind == CPU_STOP_RESET)
            break;
        stops += s.kind != CPU_STOP_LIMIT;
        if (*cpu_now(r->cpu) > at)
            at = *cpu_now(r->cpu);
    }
    return *cpu_now(r->cpu) - start;
}

/* Both runs have the same history, each from its own start. */
static void compare(const struct rig *whole, uint64_t start_a, const struct rig *sliced,
                    uint64_t start_b, uint32_t program)
{
    for (uint32_t n = 0; n < whole->events && n < sliced->events; n++) {
        const struct cpu_event *a = &whole->log[n], *b = &sliced->log[n];
        ck_assert_msg(a->kind == b->kind && a->exception == b->exception && a->pc == b->pc &&
                          a->cycle - start_a == b->cycle - start_b,
                      "program %u, event %u: kind %d exception %u pc 0x%08x +%u, in slices kind %d "
                      "exception %u pc 0x%08x +%u",
                      program, n, a->kind, a->exception, a->pc, (unsigned)(a->cycle - start_a),
                      b->kind, b->exception, b->pc, (unsigned)(b->cycle - start_b));
    }
    ck_assert_uint_eq(whole->events, sliced->events);
}

START_TEST(no_guest_stops_or_hangs_the_host)
{
    struct rig *rigs[] = {rig_new_usual(CPU_CORTEX_M4), rig_new_by_engine(CPU_CORTEX_M4),
                          rig_new_by_us(CPU_CORTEX_M4)};
    static const uint64_t slices[] = {CYCLES, CYCLES, 97};
    uint32_t programs = test_long() ? PROGRAMS_LONG : PROGRAMS;
    for (uint32_t i = 0; i < programs; i++) {
        uint64_t start[3], took[3];
        fprintf(stderr, "\rprogram %u", i); /* the last one is the culprit */
        for (uint32_t k = 0; k < 3; k++) {
            uint64_t rnd = 0x9E3779B97F4A7C15ull * (i + 1);
            random_program(rigs[k], &rnd);
            start[k] = *cpu_now(rigs[k]->cpu);
            took[k] = run(rigs[k], slices[k]);
            compare(rigs[0], start[0], rigs[k], start[k], i);
            ck_assert_msg(took[0] == took[k], "program %u: %u cycles, %s %u", i, (unsigned)took[0],
                          k == 1 ? "by the engine" : "without it and in slices", (unsigned)took[k]);
        }
    }
    fprintf(stderr, "\n");
    for (uint32_t k = 0; k < 3; k++)
        rig_free(rigs[k]);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("fuzz");
    TCase *tc = tcase_create("core");
    tcase_set_timeout(tc, test_long() ? 3600 : 300);
    ADD(tc, no_guest_stops_or_hangs_the_host);
    suite_add_tcase(s, tc);
    return s;
}
