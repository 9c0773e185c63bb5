/*
 * Memory domains and partitions.
 */
#include "kernel/apps/suite/suite.h"

static volatile uint32_t spare KEEP_APP_BSS(spare_part), other KEEP_APP_DATA(other_part) = 11;
static volatile uint32_t zero KEEP_APP_BSS(other_part);
static volatile uint8_t odd_bytes[300] KEEP_APP_BSS(spare_part);
static struct keep_domain domain;

static void read_word(void *addr)
{
    told = *(volatile uint32_t *)addr;
}

static void write_word(void *addr)
{
    *(volatile uint32_t *)addr = 3;
}

TEST(test_mem_domain_setup)
{
    const struct keep_partition *const list[] = {&test_part, &other_part};
    CHECK(keep_domain_init(&domain, list, 2) == 0);
    CHECK(domain.partitions[0] == &test_part && domain.partitions[1] == &other_part);
}

static void in_domain(void (*entry)(void *), void *arg, struct keep_domain *d)
{
    suite_prepare(&subject, &subject_stack, entry, arg);
    keep_domain_join(d, &subject);
    suite_finish(&subject);
}

TEST(test_mem_domain_valid_access)
{
    in_domain(write_word, (void *)&other, &domain);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    CHECK(other == 3);
    other = 11;
}

TEST(test_mem_domain_invalid_access)
{
    in_domain(write_word, (void *)&spare, &domain);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_READ_WRITE, 0);
    CHECK(subject.fault.addr == (uint32_t)&spare);
}

TEST(test_mem_domain_no_writes_to_ro)
{
    struct keep_partition read_only = spare_part;
    read_only.access = KEEP_READ_ONLY;
    CHECK(keep_domain_add(&domain, &read_only) == 0);
    in_domain(read_word, (void *)&spare, &domain);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    in_domain(write_word, (void *)&spare, &domain);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_READ_WRITE, 0);
    CHECK(keep_domain_remove(&domain, &read_only) == 0);
}

/* A partition goes: its neighbour stays; it comes back: so does the access. */
TEST(test_mem_domain_remove_add_partition)
{
    CHECK(keep_domain_remove(&domain, &other_part) == 0);
    in_domain(write_word, (void *)&told, &domain);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    in_domain(read_word, (void *)&other, &domain);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_FAULT, KEEP_FAULT_READ_WRITE, 0);
    CHECK(keep_domain_add(&domain, &other_part) == 0);
    in_domain(read_word, (void *)&other, &domain);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    CHECK(told == 11);
}

/* The functions are the kernel's: user code cannot even execute them. */
static void call_domain_add(void *arg)
{
    (void)arg;
    keep_domain_add(&test_domain, &spare_part);
}

TEST(test_mem_domain_api_supervisor_only)
{
    REFUSED(call_domain_add, NULL, EXECUTE);
    CHECK(keep_domain_remove(&test_domain, &spare_part) == -KEEP_EINVAL);
}

TEST(test_mem_domain_boot_threads)
{
    struct keep_thread *me = (struct keep_thread *)keep_thread_self();
    CHECK(me->domain == &keep_default_domain);
}

static void wait_and_write(void *addr)
{
    told = 1;
    while (told == 1)
        ;
    write_word(addr);
}

/* Into another domain while it runs (and is interrupted, in its own slice). */
TEST(test_mem_domain_migration)
{
    suite_prepare(&subject, &subject_stack, wait_and_write, (void *)&other);
    suite_start(&subject);
    keep_sleep(KEEP_MS(1));
    CHECK(told == 1);
    keep_domain_join(&domain, &subject);
    told = 2;
    suite_finish(&subject);
    suite_ended(__FILE_NAME__, __LINE__, KEEP_END_EXIT, KEEP_FAULT_NONE, 0);
    CHECK(other == 3);
    other = 11;
}

TEST(test_mem_part_overlap)
{
    struct keep_partition half = test_part, again = test_part;
    half.start = test_part.start + test_part.bytes / 2;
    half.bytes = test_part.bytes / 2;
    CHECK(keep_domain_add(&domain, &half) == -KEEP_EINVAL);
    CHECK(keep_domain_add(&domain, &again) == -KEEP_EINVAL);
}

TEST(test_mem_domain_init_fail)
{
    struct keep_partition empty = {spare_part.start, 0, KEEP_READ_WRITE};
    struct keep_partition wraps = {0xFFFFFFE0u, 64, KEEP_READ_WRITE};
    struct keep_partition kernels = {BOARD_RAM_BASE, 256, KEEP_READ_WRITE};
    struct keep_partition crooked = {spare_part.start + 4, spare_part.bytes, KEEP_READ_WRITE};
    struct keep_partition wrong = {spare_part.start, spare_part.bytes, 9};
    const struct keep_partition *const bad[] = {&empty, &wraps, &kernels, &crooked, &wrong};
    static struct keep_domain fresh;
    for (uint32_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(keep_domain_init(&fresh, &bad[i], 1) == -KEEP_EINVAL);
        CHECK(!fresh.partitions[0]);
    }
}

TEST(test_mem_domain_no_space)
{
    static struct keep_domain fresh;
    struct keep_partition parts[KEEP_PARTITIONS_MAX + 1];
    const uint32_t bytes = spare_part.bytes / 8 < 256 ? 256 : spare_part.bytes / 8;
    keep_domain_init(&fresh, NULL, 0);
    for (uint32_t i = 0; i <= KEEP_PARTITIONS_MAX; i++) {
        parts[i] = (struct keep_partition){(spare_part.start & ~255u) + 0x10000 + i * bytes, bytes,
                                           KEEP_READ_WRITE};
        parts[i].start &= ~(bytes - 1);
        CHECK(keep_domain_add(&fresh, &parts[i]) == (i < KEEP_PARTITIONS_MAX ? 0 : -KEEP_ENOSPC));
    }
}

TEST(test_mem_domain_remove_part_fail)
{
    CHECK(keep_domain_remove(&domain, NULL) == -KEEP_EINVAL);
    CHECK(keep_domain_remove(&domain, &spare_part) == -KEEP_EINVAL);
}

TEST(test_mem_part_assign_bss_vars_zero)
{
    CHECK(zero == 0 && odd_bytes[0] == 0 && odd_bytes[299] == 0);
}

TEST(test_mem_part_auto_determ_size)
{
    CHECK(spare_part.bytes >= sizeof odd_bytes + sizeof spare);
    CHECK((uint32_t)&spare - spare_part.start < spare_part.bytes);
    CHECK((uint32_t)odd_bytes - spare_part.start <= spare_part.bytes - sizeof odd_bytes);
}

TEST(test_inherit_thread_partitions)
{
    static struct keep_domain child;
    keep_domain_init(&child, NULL, 0);
    suite_prepare(&subject, &subject_stack, read_word, (void *)&told);
    CHECK(keep_domain_inherit(&child, &subject) == 0 && child.partitions[0] == &test_part);
    CHECK(keep_domain_inherit(&child, &subject) == -KEEP_EINVAL); /* they are there */
    CHECK(child.partitions[0] == &test_part && !child.partitions[1]);
    suite_finish(&subject);
}

const struct test domain_tests[] = {ROW(test_mem_domain_setup),
                                    ROW(test_mem_domain_valid_access),
                                    ROW(test_mem_domain_invalid_access),
                                    ROW(test_mem_domain_no_writes_to_ro),
                                    ROW(test_mem_domain_remove_add_partition),
                                    ROW(test_mem_domain_api_supervisor_only),
                                    ROW(test_mem_domain_boot_threads),
                                    ROW(test_mem_domain_migration),
                                    ROW(test_mem_part_overlap),
                                    ROW(test_mem_domain_init_fail),
                                    ROW(test_mem_domain_no_space),
                                    ROW(test_mem_domain_remove_part_fail),
                                    ROW(test_mem_part_assign_bss_vars_zero),
                                    ROW(test_mem_part_auto_determ_size),
                                    ROW(test_inherit_thread_partitions),
                                    {0}};
