/*
 * The own executor against the engine: random loads, stores and other instructions, the same
 * registers, flags and memory. In one rig Unicorn executes; in the other it is kept out, and every
 * page holds a granule that the MPU refuses, so that each access is asked for by itself.
 */
#include <stdio.h>
#include <string.h>

#include "cpu/decode.h"
#include "tests/unit/rig.h"
#include "tests/unit/test.h"

#define CASES      20000u
#define CASES_LONG 1000000u
#define WINDOW     0x1000u
#define HOLE       0x3E0u /* refused in each page: its last 32 bytes */

/* What an encoding fixes and which bits are free. */
static const struct {
    uint16_t hw1, free1, hw2, free2;
} forms[] = {
    {0x5000, 0x0FFF, 0, 0},           /* register offset */
    {0x6000, 0x1FFF, 0, 0},           /* word and byte, immediate */
    {0x8000, 0x0FFF, 0, 0},           /* halfword, immediate */
    {0x9000, 0x0FFF, 0, 0},           /* from SP */
    {0xB400, 0x00FF, 0, 0},           /* PUSH */
    {0xBC00, 0x00FF, 0, 0},           /* POP */
    {0xC000, 0x0FFF, 0, 0},           /* LDM, STM */
    {0xF880, 0x017F, 0, 0xFFFF},      /* 12-bit offset */
    {0xF800, 0x017F, 0x0800, 0xF7FF}, /* 8-bit offset, indexed, unprivileged */
    {0xF800, 0x017F, 0, 0xF03F},      /* shifted register */
    {0xE840, 0x01BF, 0, 0xFFFF},      /* LDRD, STRD */
    {0xE880, 0x003F, 0, 0x1FFF},      /* LDMIA, STMIA */
    {0xE900, 0x003F, 0, 0x1FFF},      /* LDMDB, STMDB */
    {0xED00, 0x00DF, 0x0A00, 0xF11F}, /* VLDR, VSTR, offsets to 124 */
    {0xEC80, 0x007F, 0x0A00, 0xF10F}, /* VLDMIA, VSTMIA */
    {0xED20, 0x005F, 0x0A00, 0xF10F}, /* VLDMDB, VSTMDB */
    {0xE850, 0x000F, 0x0F00, 0xF03F}, /* LDREX */
    {0xE8D0, 0x000F, 0x0F4F, 0xF010}, /* LDREXB, LDREXH */
};

static bool low(uint32_t n)
{
    return n <= 12;
}

/* Leave out what the manual calls UNPREDICTABLE or undefined. */
static bool predictable(const struct insn *i, uint16_t hw1, uint16_t hw2)
{
    bool stack = i->rn == 13;
    switch (i->cls) {
    case INSN_LOAD:
    case INSN_STORE:
        if ((hw1 & 0xFE00) == 0xE800)
            return false; /* ARMv8-M's LDA, STL */
        if (i->bytes == 4 && (i->size > 4 || (i->sign && (i->cls == INSN_STORE || i->size == 4))))
            return false;
        if (i->bytes == 4 && !(hw1 & 0x80) && (hw2 & 0x0D00) == 0x0800)
            return false; /* neither indexed nor written back */
        if (!low(i->rt) || (!low(i->rn) && !(stack && !i->wback)))
            return false;
        return !(i->wback && i->rt == i->rn) && (!i->reg_offset || (low(i->rm) && i->rm != i->rn));
    case INSN_LOAD_DUAL:
    case INSN_STORE_DUAL:
        if (!(hw1 & 0x0120) || !low(i->rt) || !low(i->rt2) || !low(i->rn) || i->rt == i->rt2)
            return false;
        return !(i->wback && (i->rn == i->rt || i->rn == i->rt2));
    case INSN_LOAD_MULTIPLE:
    case INSN_STORE_MULTIPLE:
        if (i->list == 0 || (!low(i->rn) && !stack) || (i->list & 0xA000))
            return false;
        if (i->bytes == 4 && __builtin_popcount(i->list) < 2)
            return false;
        if (i->wback && i->list >> i->rn & 1u) /* a stored base must be the lowest */
            return i->bytes == 2 && i->cls == INSN_STORE_MULTIPLE &&
                   (i->list & ((1u << i->rn) - 1)) == 0;
        return true;
    case INSN_LOAD_EXCLUSIVE:
        if ((hw1 & 0xFFF0) == 0xE8D0 && hw2 & 0x80)
            return false; /* ARMv8-M's LDAEX */
        return low(i->rt) && low(i->rn);
    case INSN_FP_LOAD:
    case INSN_FP_STORE:
        if ((!low(i->rn) && !stack) || i->fp_words == 0 || i->fp_words > 16)
            return false;
        return i->fp_first + i->fp_words <= 32 && !(hw2 & 0x100 && hw1 & 0x40);
    default:
        return false;
    }
}

static bool random_insn(uint64_t *rnd, uint16_t hw[2], struct insn *i)
{
    uint32_t f = test_random(rnd) % (sizeof forms / sizeof *forms);
    hw[0] = (uint16_t)(forms[f].hw1 | (test_random(rnd) & forms[f].free1));
    hw[1] = (uint16_t)(forms[f].hw2 | (test_random(rnd) & forms[f].free2));
    *i = insn_decode(hw[0], hw[1], true);
    return predictable(i, hw[0], hw[1]);
}

static void set_registers(struct rig *r, const struct insn *i, const uint32_t regs[13],
                          uint32_t address)
{
    uint32_t offset = i->reg_offset ? 0x40u << i->shift : (uint32_t)i->offset;
    for (uint32_t n = 0; n < 13; n++)
        cpu_set_reg(r->cpu, n, regs[n]);
    if (i->reg_offset)
        cpu_set_reg(r->cpu, i->rm, 0x40);
    cpu_set_reg(r->cpu, i->rn, i->index ? address - offset : address);
    if (i->list || (i->wback && i->fp_words))
        cpu_set_reg(r->cpu, i->rn, address - (uint32_t)i->offset);
}

static void compare(const struct rig *a, const struct rig *b, uint32_t n, const uint16_t hw[2])
{
    for (uint32_t k = 0; k < 15; k++)
        ck_assert_msg(cpu_reg(a->cpu, k) == cpu_reg(b->cpu, k),
                      "case %u, %04x %04x: R%u is 0x%08x by the engine, 0x%08x by us", n, hw[0],
                      hw[1], k, cpu_reg(a->cpu, k), cpu_reg(b->cpu, k));
    for (uint32_t k = 0; k < 32; k++)
        ck_assert_msg(cpu_fp_reg(a->cpu, k) == cpu_fp_reg(b->cpu, k),
                      "case %u, %04x %04x: S%u is 0x%08x by the engine, 0x%08x by us", n, hw[0],
                      hw[1], k, cpu_fp_reg(a->cpu, k), cpu_fp_reg(b->cpu, k));
    ck_assert_msg(memcmp(a->ram, b->ram, WINDOW) == 0, "case %u, %04x %04x: memory differs", n,
                  hw[0], hw[1]);
}

START_TEST(a7_7_the_executor_and_the_engine_agree)
{
    struct rig *engine = rig_new_by_engine(CPU_CORTEX_M4), *own = rig_new_by_us(CPU_CORTEX_M4);
    uint64_t rnd = 1234567;
    uint32_t done = 0, classes[INSN_CLASS_COUNT] = {0}, want = test_long() ? CASES_LONG : CASES;
    for (uint32_t page = 0; page < WINDOW / 1024; page++)
        rig_mpu(own, page + 1, RIG_RAM + page * 1024 + HOLE, RIG_RASR(5, 0, 1));
    rig_mpu(own, 0, RIG_RAM, RIG_RASR(16, 3, 1)); /* unprivileged forms too */
    rig_system(own, RIG_MPU_CTRL, 5);
    rig_system(own, 0xE000ED88, 0xFu << 20);
    rig_system(engine, 0xE000ED88, 0xFu << 20);
    while (done < want) {
        uint16_t hw[2];
        struct insn i;
        uint32_t regs[13];
        if (!random_insn(&rnd, hw, &i))
            continue;
        bool aligned = i.aligned;
        uint32_t at = 0x40 + test_random(&rnd) % (HOLE - 0x90);
        uint32_t address = RIG_RAM + test_random(&rnd) % 3 * 1024 + (aligned ? at & ~3u : at);
        if (i.rn == 13)
            address &= ~3u;
        for (uint32_t n = 0; n < 13; n++)
            regs[n] = test_random(&rnd);
        struct rig *rigs[2] = {engine, own};
        for (uint32_t k = 0; k < 2; k++) {
            rig_code(rigs[k], hw, i.bytes / 2);
            set_registers(rigs[k], &i, regs, address);
            rig_run(rigs[k]);
            ck_assert_msg(rig_exception(rigs[k]) == 0, "%04x %04x at 0x%08x faults", hw[0], hw[1],
                          address);
        }
        compare(engine, own, done, hw);
        classes[i.cls]++;
        done++;
    }
    static const enum insn_class seen[] = {INSN_LOAD,           INSN_STORE,     INSN_LOAD_MULTIPLE,
                                           INSN_STORE_MULTIPLE, INSN_LOAD_DUAL, INSN_STORE_DUAL,
                                           INSN_LOAD_EXCLUSIVE, INSN_FP_LOAD,   INSN_FP_STORE};
    for (size_t n = 0; n < sizeof seen / sizeof *seen; n++)
        ck_assert_msg(classes[seen[n]] > want / 200, "class %d: %u cases", seen[n],
                      classes[seen[n]]);
    rig_free(engine);
    rig_free(own);
}
END_TEST

/* ---- All else that neither branches nor concerns the system: registers and flags. ---- */

static const struct {
    uint16_t hw1, free1, hw2, free2;
} other_forms[] = {
    {0x0000, 0x1FFF, 0, 0},           /* shifts, ADD and SUB of three */
    {0x2000, 0x1FFF, 0, 0},           /* 8-bit immediates */
    {0x4000, 0x03FF, 0, 0},           /* two low registers */
    {0x4400, 0x03FF, 0, 0},           /* high registers */
    {0xA000, 0x0FFF, 0, 0},           /* ADR, ADD from SP */
    {0xB200, 0x00FF, 0, 0},           /* extension */
    {0xBA00, 0x00FF, 0, 0},           /* REV */
    {0xEA00, 0x01FF, 0, 0x7FFF},      /* shifted register */
    {0xF000, 0x05FF, 0, 0x7FFF},      /* modified immediate */
    {0xF200, 0x05FF, 0, 0x7FFF},      /* plain immediate, bit fields */
    {0xFA00, 0x007F, 0xF000, 0x0F0F}, /* shift by register */
    {0xFA0F, 0x0070, 0xF080, 0x0F3F}, /* extension */
    {0xFA00, 0x00FF, 0xF000, 0x0FFF}, /* parallel sums, REV, CLZ and others */
    {0xFB00, 0x00FF, 0x0000, 0xFFFF}, /* multiplication, division */
};

#define FLAGS_REG 12u /* where the code puts the flags */

static bool random_other(uint64_t *rnd, uint16_t hw[2], struct insn *i)
{
    uint32_t f = test_random(rnd) % (sizeof other_forms / sizeof *other_forms);
    hw[0] = (uint16_t)(other_forms[f].hw1 | (test_random(rnd) & other_forms[f].free1));
    hw[1] = (uint16_t)(other_forms[f].hw2 | (test_random(rnd) & other_forms[f].free2));
    *i = insn_decode(hw[0], hw[1], true);
    return !insn_is_branch(i) && !(i->writes >> 13 & 1u); /* the stack is needed */
}

/* IT <cond> or nothing, the instruction, and, in a block that is never the engine's, MRS R12,
 * APSR. */
static void put_other(struct rig *r, const uint16_t hw[2], uint32_t bytes, uint16_t it)
{
    uint16_t code[6];
    uint32_t n = 0;
    if (it)
        code[n++] = it;
    code[n++] = hw[0];
    if (bytes == 4)
        code[n++] = hw[1];
    code[n++] = 0xE7FF; /* b to the next */
    code[n++] = 0xF3EF;
    code[n++] = 0x8000 | FLAGS_REG << 8;
    rig_code(r, code, n);
}

static void set_flags(struct rig *r, uint32_t flags)
{
    CODE(r, 0xF380, 0x8C00); /* msr apsr_nzcvqg, r0 */
    cpu_set_reg(r->cpu, 0, flags);
    rig_run(r);
}

static uint32_t random_operand(uint64_t *rnd)
{
    static const uint32_t corners[] = {0, 1, 31, 32, 33, 0x7FFFFFFF, 0x80000000, UINT32_MAX};
    uint32_t r = test_random(rnd);
    return r % 3 == 0   ? corners[test_random(rnd) % 8]
           : r % 3 == 1 ? test_random(rnd) & 0xFFu
                        : test_random(rnd);
}

START_TEST(a7_7_other_instructions_agree)
{
    struct rig *rigs[2] = {rig_new_by_engine(CPU_CORTEX_M4), rig_new_by_us(CPU_CORTEX_M4)};
    uint64_t rnd = 7654321;
    uint32_t want = test_long() ? CASES_LONG : CASES, faults = 0;
    for (uint32_t done = 0; done < want; done++) {
        uint16_t hw[2], it = 0;
        struct insn i;
        uint32_t regs[12], flags = test_random(&rnd) & 0xF80F0000u;
        while (!random_other(&rnd, hw, &i))
            ;
        if (test_random(&rnd) % 4 == 0)
            it = (uint16_t)(0xBF08 | test_random(&rnd) % 14 << 4);
        for (uint32_t n = 0; n < 12; n++)
            regs[n] = random_operand(&rnd);
        for (uint32_t k = 0; k < 2; k++) {
            set_flags(rigs[k], flags);
            put_other(rigs[k], hw, i.bytes, it);
            for (uint32_t n = 0; n < 12; n++)
                cpu_set_reg(rigs[k]->cpu, n, regs[n]);
            cpu_set_reg(rigs[k]->cpu, FLAGS_REG, 0);
            rig_run(rigs[k]);
        }
        compare(rigs[0], rigs[1], done, hw);
        ck_assert_uint_eq(rig_exception(rigs[0]), rig_exception(rigs[1]));
        if (rig_exception(rigs[0])) { /* of a handler nobody returns */
            faults++;
            cpu_reset(rigs[0]->cpu);
            cpu_reset(rigs[1]->cpu);
        }
    }
    ck_assert_uint_lt(faults, want / 2);
    rig_free(rigs[0]);
    rig_free(rigs[1]);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("loadstore");
    TCase *tc = tcase_create("executor");
    tcase_set_timeout(tc, 1200);
    ADD(tc, a7_7_the_executor_and_the_engine_agree);
    ADD(tc, a7_7_other_instructions_agree);
    suite_add_tcase(s, tc);
    return s;
}
