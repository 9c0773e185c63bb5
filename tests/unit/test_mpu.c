#include <stdio.h>
#include <string.h>

#include "mpu/mpu.h"
#include "tests/unit/naive_mpu.h"
#include "tests/unit/test.h"

#define CASES      1000000u
#define CASES_LONG 20000000u

static const struct mpu_ctx user = {.priv = false}, priv = {.priv = true};

static void region(struct mpu *m, uint32_t n, uint32_t base, uint32_t rasr)
{
    mpu_write(m, MPU_RNR, n);
    mpu_write(m, MPU_RBAR, base);
    mpu_write(m, MPU_RASR, rasr);
}

static uint32_t rasr(uint32_t log2, uint32_t ap, uint32_t flags)
{
    return flags | ap << MPU_RASR_AP_POS | (log2 - 1) << MPU_RASR_SIZE_POS | MPU_RASR_ENABLE;
}

static bool allows(const struct mpu *m, uint32_t addr, enum mpu_access a, struct mpu_ctx ctx)
{
    return mpu_check(m, addr, a, ctx, NULL) == MPU_ALLOW;
}

START_TEST(b3_5_9_region_bytes_follow_the_size_field)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV7, 8);
    for (uint32_t log2 = 5; log2 <= 32; log2++) {
        region(&m, 0, 0, rasr(log2, 3, 0));
        ck_assert_uint_eq(mpu_region_bytes(&m, 0), 1ull << log2);
    }
    region(&m, 0, 0, 3u << 1 | 1u);
    ck_assert_uint_eq(mpu_region_bytes(&m, 0), 0);
}
END_TEST

START_TEST(b3_5_9_every_size_covers_exactly_its_bytes)
{
    for (uint32_t log2 = 5; log2 < 32; log2++) {
        struct mpu m;
        uint32_t bytes = 1u << log2, base = log2 < 31 ? 2 * bytes : 0;
        mpu_reset(&m, MPU_PMSAV7, 8);
        region(&m, 3, base, rasr(log2, 3, 0));
        mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
        ck_assert(allows(&m, base, MPU_READ, user));
        ck_assert(allows(&m, base + bytes - 1, MPU_READ, user));
        ck_assert(!allows(&m, base + bytes, MPU_READ, user));
        if (base)
            ck_assert(!allows(&m, base - 1, MPU_READ, user));
    }
}
END_TEST

START_TEST(b3_5_5_a_disabled_subregion_is_a_hole)
{
    for (uint32_t log2 = 8; log2 <= 31; log2++)
        for (uint32_t s = 0; s < 8; s++) {
            struct mpu m;
            struct mpu_why why;
            uint32_t eighth = 1u << (log2 - 3);
            mpu_reset(&m, MPU_PMSAV7, 8);
            region(&m, 1, 0, rasr(log2, 3, 1u << (s + MPU_RASR_SRD_POS)));
            mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
            for (uint32_t at = 0; at < 8; at++)
                ck_assert_int_eq(allows(&m, at * eighth, MPU_WRITE, user), at != s);
            mpu_check(&m, s * eighth, MPU_WRITE, user, &why);
            ck_assert_int_eq(why.rule, MPU_RULE_NO_REGION);
            ck_assert_uint_eq(why.holes, 2);
        }
}
END_TEST

START_TEST(b3_5_5_below_256_bytes_subregions_are_ignored)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV7, 8);
    region(&m, 0, 0x20000000, rasr(7, 3, 0xFF00));
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    ck_assert(allows(&m, 0x20000000, MPU_READ, user));
}
END_TEST

START_TEST(b3_5_3_the_highest_region_wins)
{
    struct mpu m;
    struct mpu_why why;
    mpu_reset(&m, MPU_PMSAV7, 8);
    region(&m, 2, 0x20000000, rasr(12, 3, 0));
    region(&m, 6, 0x20000400, rasr(10, 6, 0));
    region(&m, 4, 0x20000400, rasr(10, 0, 0));
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    ck_assert(allows(&m, 0x20000000, MPU_WRITE, user));
    ck_assert_int_eq(mpu_check(&m, 0x20000500, MPU_WRITE, user, &why), MPU_MEMFAULT);
    ck_assert_int_eq(why.region, 6);
    ck_assert_int_eq(why.rule, MPU_RULE_REGION_AP);
    ck_assert_uint_eq(why.covering, 1u << 2 | 1u << 4 | 1u << 6);
    ck_assert(allows(&m, 0x20000500, MPU_READ, user));
}
END_TEST

/* Table B3-15: read and write, privileged and not, for each AP. */
static const struct {
    bool pr, pw, ur, uw;
} ap_rights[8] = {
    {0, 0, 0, 0}, {1, 1, 0, 0}, {1, 1, 1, 0}, {1, 1, 1, 1},
    {0, 0, 0, 0}, {1, 0, 0, 0}, {1, 0, 1, 0}, {1, 0, 1, 0},
};

START_TEST(b3_5_9_access_permissions)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV7, 8);
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    region(&m, 0, 0, rasr(32, (uint32_t)_i, 0));
    ck_assert_int_eq(allows(&m, 0, MPU_READ, priv), ap_rights[_i].pr);
    ck_assert_int_eq(allows(&m, 0, MPU_WRITE, priv), ap_rights[_i].pw);
    ck_assert_int_eq(allows(&m, 0, MPU_READ, user), ap_rights[_i].ur);
    ck_assert_int_eq(allows(&m, 0, MPU_WRITE, user), ap_rights[_i].uw);
    ck_assert_int_eq(allows(&m, 0, MPU_EXEC, user), ap_rights[_i].ur);
    region(&m, 0, 0, rasr(32, (uint32_t)_i, MPU_RASR_XN));
    ck_assert(!allows(&m, 0, MPU_EXEC, priv));
}
END_TEST

START_TEST(b3_1_the_default_map_is_xn_for_peripherals_devices_and_system)
{
    static const bool executable[8] = {1, 1, 0, 1, 1, 0, 0, 0};
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV7, 8);
    for (uint32_t block = 0; block < 8; block++)
        ck_assert_int_eq(allows(&m, block << 29, MPU_EXEC, priv), executable[block]);
    region(&m, 0, 0, rasr(32, 3, 0));
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    ck_assert(allows(&m, 0x40000000, MPU_EXEC, user));
    ck_assert(!allows(&m, 0xF0000000, MPU_EXEC, priv));
}
END_TEST

START_TEST(b3_5_6_privdefena_and_hfnmiena)
{
    struct mpu m;
    struct mpu_ctx negative = {.priv = true, .negative = true};
    mpu_reset(&m, MPU_PMSAV7, 8);
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    ck_assert(!allows(&m, 0x20000000, MPU_READ, priv));
    ck_assert(allows(&m, 0x20000000, MPU_READ, negative));
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE | MPU_CTRL_HFNMIENA);
    ck_assert(!allows(&m, 0x20000000, MPU_READ, negative));
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE | MPU_CTRL_PRIVDEFENA);
    ck_assert(allows(&m, 0x20000000, MPU_READ, priv));
    ck_assert(!allows(&m, 0x20000000, MPU_READ, user));
}
END_TEST

START_TEST(b3_5_1_the_ppb_is_outside_the_mpu)
{
    struct mpu m;
    struct mpu_why why;
    mpu_reset(&m, MPU_PMSAV7, 8);
    region(&m, 0, 0, rasr(32, 0, 0));
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    ck_assert_int_eq(mpu_check(&m, 0xE000ED94, MPU_WRITE, priv, &why), MPU_ALLOW);
    ck_assert_int_eq(why.rule, MPU_RULE_PPB);
    ck_assert(!allows(&m, 0xE0100000, MPU_READ, priv));
}
END_TEST

START_TEST(b3_5_4_registers_keep_their_fields_and_aliases)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV7, 8);
    ck_assert_uint_eq(mpu_read(&m, MPU_TYPE), 8u << 8);
    mpu_write(&m, MPU_CTRL, 0xFFFFFFFF);
    ck_assert_uint_eq(mpu_read(&m, MPU_CTRL), 7);
    mpu_write(&m, MPU_RBAR, 0x20000000 | MPU_RBAR_VALID | 5);
    ck_assert_uint_eq(mpu_read(&m, MPU_RNR), 5);
    mpu_write(&m, MPU_RASR + 8, 0xFFFFFFFF);
    ck_assert_uint_eq(mpu_read(&m, MPU_RASR), 0x173FFF3F);
    ck_assert_uint_eq(mpu_read(&m, MPU_RBAR + 0x18), 0x20000005);
    mpu_write(&m, MPU_RNR, 8);
    ck_assert_uint_eq(mpu_read(&m, MPU_RNR), 5);
    ck_assert(!mpu_write(&m, MPU_RASR, 0x173FFF3F));
    ck_assert(mpu_write(&m, MPU_RASR, 1));
    mpu_reset(&m, MPU_PMSAV7, 0);
    ck_assert_uint_eq(mpu_read(&m, MPU_TYPE), 0);
    mpu_write(&m, MPU_CTRL, 1);
    ck_assert(allows(&m, 0, MPU_READ, user));
}
END_TEST

/* ---- PMSAv8. ---- */

static void region8(struct mpu *m, uint32_t n, uint32_t base, uint32_t last, uint32_t flags)
{
    mpu_write(m, MPU_RNR, n);
    mpu_write(m, MPU_RBAR, base | flags);
    mpu_write(m, MPU_RLAR, (last & ~31u) | 1u);
}

START_TEST(ddi0553_b9_the_limit_covers_its_low_five_bits)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV8, 8);
    region8(&m, 0, 0x20000020, 0x20000040, 1u << MPU_RBAR_AP_POS);
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    ck_assert(!allows(&m, 0x2000001F, MPU_READ, user));
    ck_assert(allows(&m, 0x20000020, MPU_READ, user));
    ck_assert(allows(&m, 0x2000005F, MPU_WRITE, user));
    ck_assert(!allows(&m, 0x20000060, MPU_READ, user));
    ck_assert_uint_eq(mpu_region_bytes(&m, 0), 0x40);
}
END_TEST

START_TEST(ddi0553_b9_overlapping_regions_refuse_everything)
{
    struct mpu m;
    struct mpu_why why;
    mpu_reset(&m, MPU_PMSAV8, 8);
    region8(&m, 0, 0x20000000, 0x200003FF, 1u << MPU_RBAR_AP_POS);
    region8(&m, 5, 0x20000200, 0x200005FF, 1u << MPU_RBAR_AP_POS);
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE | MPU_CTRL_PRIVDEFENA);
    ck_assert(allows(&m, 0x200001FF, MPU_READ, user));
    ck_assert_int_eq(mpu_check(&m, 0x20000200, MPU_READ, priv, &why), MPU_MEMFAULT);
    ck_assert_int_eq(why.rule, MPU_RULE_OVERLAP);
    ck_assert_uint_eq(why.covering, 1u << 5 | 1u);
    ck_assert(allows(&m, 0x20000400, MPU_READ, user));
}
END_TEST

START_TEST(ddi0553_d1_2_access_permissions_and_xn)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV8, 8);
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    region8(&m, 0, 0, 0x1FFFFFFF, (uint32_t)_i << MPU_RBAR_AP_POS);
    ck_assert(allows(&m, 0, MPU_READ, priv));
    ck_assert_int_eq(allows(&m, 0, MPU_WRITE, priv), _i < 2);
    ck_assert_int_eq(allows(&m, 0, MPU_READ, user), _i & 1);
    ck_assert_int_eq(allows(&m, 0, MPU_WRITE, user), _i == 1);
    ck_assert(allows(&m, 0, MPU_EXEC, priv));
    region8(&m, 0, 0, 0x1FFFFFFF, (uint32_t)_i << MPU_RBAR_AP_POS | MPU_RBAR_XN);
    ck_assert(!allows(&m, 0, MPU_EXEC, priv));
}
END_TEST

START_TEST(ddi0553_d1_2_aliases_name_the_four_regions_of_rnr)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV8, 16);
    mpu_write(&m, MPU_RNR, 6);
    mpu_write(&m, MPU_RBAR + 8, 0x20001000);  /* RBAR_A1: region 5 */
    mpu_write(&m, MPU_RLAR + 24, 0x20003FE1); /* RLAR_A3: region 7 */
    mpu_write(&m, MPU_RNR, 5);
    ck_assert_uint_eq(mpu_read(&m, MPU_RBAR), 0x20001000);
    mpu_write(&m, MPU_RNR, 7);
    ck_assert_uint_eq(mpu_read(&m, MPU_RLAR), 0x20003FE1);
    mpu_write(&m, MPU_MAIR0, 0x44FF00EE);
    ck_assert_uint_eq(mpu_read(&m, MPU_MAIR0), 0x44FF00EE);
}
END_TEST

START_TEST(ddi0419_b3_5_the_smallest_region_of_pmsav6_is_256_bytes)
{
    struct mpu m;
    mpu_reset(&m, MPU_PMSAV6, 8);
    mpu_write(&m, MPU_CTRL, MPU_CTRL_ENABLE);
    region(&m, 0, 0x20000020, rasr(7, 3, 0));
    ck_assert(!allows(&m, 0x20000020, MPU_READ, user));
    region(&m, 0, 0x20000120, rasr(8, 3, 0));
    ck_assert(allows(&m, 0x20000100, MPU_READ, user));
    ck_assert(!allows(&m, 0x20000200, MPU_READ, user));
    ck_assert_uint_eq(mpu_read(&m, MPU_RASR + 8), 0); /* no aliases */
}
END_TEST

/* ---- Against the naive evaluator. ---- */

static void random_registers(struct mpu *m, struct naive_mpu *n, uint64_t *rnd)
{
    mpu_reset(m, MPU_PMSAV7, 8);
    *n = (struct naive_mpu){.type = 8u << 8};
    n->ctrl = test_random(rnd) % 8 ? test_random(rnd) & 7u : 0;
    n->ctrl |= test_random(rnd) % 4 != 0;
    mpu_write(m, MPU_CTRL, n->ctrl);
    for (uint32_t r = 0; r < 8; r++) {
        /* Mostly near one another, so that regions overlap and share pages. */
        uint32_t window = test_random(rnd) % 8 ? 0x20000000u : test_random(rnd);
        n->rbar[r] = (window + (test_random(rnd) & 0x1FFFu)) & ~0x1Fu;
        uint32_t size = test_random(rnd) % 8 ? 3 + test_random(rnd) % 11 : test_random(rnd) % 32;
        n->rasr[r] = (test_random(rnd) & 0x17070000u) | size << 1 | (test_random(rnd) % 4 != 0);
        n->rasr[r] |= test_random(rnd) % 2 ? (test_random(rnd) & 0xFFu) << 8 : 0;
        mpu_write(m, MPU_RNR, r);
        mpu_write(m, MPU_RBAR, n->rbar[r]);
        mpu_write(m, MPU_RASR, n->rasr[r]);
    }
}

static void random_registers_v6(struct mpu *m, struct naive_mpu *n, uint64_t *rnd)
{
    random_registers(m, n, rnd);
    uint32_t ctrl = n->ctrl;
    mpu_reset(m, MPU_PMSAV6, 8);
    mpu_write(m, MPU_CTRL, ctrl);
    for (uint32_t r = 0; r < 8; r++) {
        n->rasr[r] = (n->rasr[r] & ~0x3Eu) | (5u + test_random(rnd) % 10) << 1;
        mpu_write(m, MPU_RNR, r);
        mpu_write(m, MPU_RBAR, n->rbar[r]);
        mpu_write(m, MPU_RASR, n->rasr[r]);
        n->rbar[r] = mpu_read(m, MPU_RBAR) & ~0xFFu;
    }
}

static void random_registers_v8(struct mpu *m, struct naive_mpu *n, uint64_t *rnd)
{
    mpu_reset(m, MPU_PMSAV8, 8);
    *n = (struct naive_mpu){.type = 8u << 8};
    n->ctrl = (test_random(rnd) & 6u) | (test_random(rnd) % 8 != 0);
    mpu_write(m, MPU_CTRL, n->ctrl);
    for (uint32_t r = 0; r < 8; r++) {
        uint32_t base = 0x20000000u + (test_random(rnd) & 0x3FE0u);
        n->rbar[r] = base | (test_random(rnd) & 0x1Fu);
        n->rasr[r] = ((base + test_random(rnd) % 0x900u) & ~0x1Fu) | (test_random(rnd) % 4 != 0);
        n->rasr[r] |= test_random(rnd) & 0xEu;
        mpu_write(m, MPU_RNR, r);
        mpu_write(m, MPU_RBAR, n->rbar[r]);
        mpu_write(m, MPU_RLAR, n->rasr[r]);
    }
}

static const struct {
    const char *name;
    void (*registers)(struct mpu *m, struct naive_mpu *n, uint64_t *rnd);
    bool (*allows)(const struct naive_mpu *m, uint32_t address, char kind, bool ispriv,
                   bool negative);
} architectures[] = {
    {"PMSAv6", random_registers_v6, naive_mpu6_allows},
    {"PMSAv7", random_registers, naive_mpu_allows},
    {"PMSAv8", random_registers_v8, naive_mpu8_allows},
};

static uint32_t random_address(uint64_t *rnd)
{
    if (test_random(rnd) % 8)
        return 0x20000000u + (test_random(rnd) & 0x3FFFu) - 0x400u;
    return test_random(rnd);
}

START_TEST(b3_5_10_both_evaluators_agree_on_random_accesses)
{
    static const char kinds[] = "rwx";
    uint64_t rnd = 88172645463325252ull;
    struct mpu m = {0};
    struct naive_mpu n = {0};
    uint32_t refused = 0, cases = test_long() ? CASES_LONG : CASES;
    for (uint32_t i = 0; i < cases; i++) {
        if (i % 16 == 0)
            architectures[_i].registers(&m, &n, &rnd);
        uint32_t addr = random_address(&rnd), kind = test_random(&rnd) % 3;
        struct mpu_ctx ctx = {.priv = test_random(&rnd) & 1u,
                              .negative = test_random(&rnd) % 8 == 0};
        bool naive = architectures[_i].allows(&n, addr, kinds[kind], ctx.priv, ctx.negative);
        bool ours = allows(&m, addr, (enum mpu_access)kind, ctx);
        ck_assert_msg(naive == ours, "%s, case %u: 0x%08x %c priv %d: naive %d, mpu/ %d",
                      architectures[_i].name, i, addr, kinds[kind], ctx.priv, naive, ours);
        refused += !ours;
    }
    ck_assert_uint_gt(refused, cases / 4); /* the cases are worth something */
    ck_assert_uint_lt(refused, cases / 4 * 3);
}
END_TEST

START_TEST(page_verdicts_are_those_of_all_their_bytes)
{
    uint64_t rnd = 424242;
    uint32_t seen[3] = {0};
    for (uint32_t i = 0; i < 4000; i++) {
        struct mpu m;
        struct naive_mpu n;
        architectures[_i].registers(&m, &n, &rnd);
        uint32_t page = random_address(&rnd) & ~(MPU_PAGE_BYTES - 1);
        enum mpu_access kind = (enum mpu_access)(test_random(&rnd) % 3);
        struct mpu_ctx ctx = {.priv = test_random(&rnd) & 1u};
        uint32_t granules = mpu_page(&m, page, kind, ctx);
        for (uint32_t at = 0; at < MPU_PAGE_BYTES; at++)
            ck_assert_int_eq(architectures[_i].allows(&n, page + at, "rwx"[kind], ctx.priv, false),
                             granules >> at / MPU_GRANULE & 1u);
        seen[granules == UINT32_MAX ? 0 : granules == 0 ? 1 : 2]++;
    }
    for (int v = 0; v < 3; v++)
        ck_assert_uint_gt(seen[v], 50);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("mpu");
    TCase *tc = tcase_create("PMSAv6, v7, v8");
    tcase_set_timeout(tc, 600);
    ADD(tc, b3_5_9_region_bytes_follow_the_size_field);
    ADD(tc, b3_5_9_every_size_covers_exactly_its_bytes);
    ADD(tc, b3_5_5_a_disabled_subregion_is_a_hole);
    ADD(tc, b3_5_5_below_256_bytes_subregions_are_ignored);
    ADD(tc, b3_5_3_the_highest_region_wins);
    tcase_add_loop_test(tc, b3_5_9_access_permissions, 0, 8);
    ADD(tc, b3_1_the_default_map_is_xn_for_peripherals_devices_and_system);
    ADD(tc, b3_5_6_privdefena_and_hfnmiena);
    ADD(tc, b3_5_1_the_ppb_is_outside_the_mpu);
    ADD(tc, b3_5_4_registers_keep_their_fields_and_aliases);
    ADD(tc, ddi0553_b9_the_limit_covers_its_low_five_bits);
    ADD(tc, ddi0553_b9_overlapping_regions_refuse_everything);
    tcase_add_loop_test(tc, ddi0553_d1_2_access_permissions_and_xn, 0, 4);
    ADD(tc, ddi0553_d1_2_aliases_name_the_four_regions_of_rnr);
    ADD(tc, ddi0419_b3_5_the_smallest_region_of_pmsav6_is_256_bytes);
    tcase_add_loop_test(tc, b3_5_10_both_evaluators_agree_on_random_accesses, 0, 3);
    tcase_add_loop_test(tc, page_verdicts_are_those_of_all_their_bytes, 0, 3);
    suite_add_tcase(s, tc);
    return s;
}
