/*
 * Slabs, heaps, the work queue: for privileged code.
 */
#include "kernel/abi/sha256.h"
#include "kernel/apps/suite/suite.h"

KEEP_SLAB(slab, 16, 3);
KEEP_HEAP(heap, 512);

static void work_done(struct keep_work *w);
static struct keep_work work = {.run = work_done}, later = {.run = work_done};
static volatile uint32_t done;

static void work_done(struct keep_work *w)
{
    (void)w;
    done++;
}

TEST(test_slab)
{
    void *blocks[3];
    for (uint32_t i = 0; i < 3; i++) {
        blocks[i] = keep_slab_alloc(&slab, KEEP_NO_WAIT);
        CHECK(blocks[i] && !((uint32_t)blocks[i] & 7u));
    }
    CHECK(!keep_slab_alloc(&slab, KEEP_NO_WAIT));
    CHECK(!keep_slab_alloc(&slab, KEEP_MS(1)));
    keep_slab_free(&slab, blocks[1]);
    CHECK(keep_slab_alloc(&slab, KEEP_NO_WAIT) == blocks[1]);
    for (uint32_t i = 0; i < 3; i++)
        keep_slab_free(&slab, blocks[i]);
    CHECK(slab.used == 0);
}

static void free_slab_twice(void *arg)
{
    (void)arg;
    void *block = keep_slab_alloc(&slab, KEEP_NO_WAIT);
    keep_slab_free(&slab, block);
    keep_slab_free(&slab, block);
}

/* LKDTM SLAB_FREE_DOUBLE, SLAB_FREE_CROSS. */
TEST(test_slab_free_double)
{
    KERNEL_REFUSED(free_slab_twice, NULL, PANIC);
}

static void free_across(void *arg)
{
    (void)arg;
    keep_slab_free(&slab, heap.start);
}

TEST(test_slab_free_cross)
{
    KERNEL_REFUSED(free_across, NULL, PANIC);
}

TEST(test_heap)
{
    void *a = keep_heap_alloc(&heap, 100), *b = keep_heap_alloc(&heap, 100);
    CHECK(a && b && keep_heap_check(&heap));
    CHECK(!keep_heap_alloc(&heap, 400) && !keep_heap_alloc(&heap, 0));
    CHECK(!keep_heap_alloc(&heap, 0xFFFFFFFF) && !keep_heap_alloc(&heap, 0xFFFFFFF8));
    keep_heap_free(&heap, a);
    keep_heap_free(&heap, b);
    CHECK(heap.used == 0 && keep_heap_check(&heap));
    a = keep_heap_alloc(&heap, 480); /* the two are one again */
    CHECK(a);
    keep_heap_free(&heap, a);
    keep_heap_free(&heap, NULL);
}

static void free_heap_twice(void *block)
{
    keep_heap_free(&heap, block);
    keep_heap_free(&heap, block);
}

static void overwrite(void *block)
{
    ((volatile uint32_t *)block)[4] = 0; /* the next block's header */
    keep_heap_alloc(&heap, 300);
}

/* LKDTM double free, and OVERWRITE_ALLOCATION. The heap is not used after the second. */
TEST(test_heap_free_double)
{
    KERNEL_REFUSED(free_heap_twice, keep_heap_alloc(&heap, 16), PANIC);
}

TEST(test_heap_overwritten)
{
    void *a = keep_heap_alloc(&heap, 16), *b = keep_heap_alloc(&heap, 16);
    CHECK(a && b);
    KERNEL_REFUSED(overwrite, a, PANIC);
    CHECK(!keep_heap_check(&heap));
}

TEST(test_work)
{
    done = 0;
    keep_work_submit(&work);
    CHECK(done == 1); /* more urgent than this thread */
    keep_work_delay(&later, 2000);
    keep_sleep(KEEP_MS(1));
    CHECK(done == 1);
    keep_sleep(KEEP_MS(2));
    CHECK(done == 2);
    keep_work_delay(&later, 1000);
    keep_work_cancel(&later);
    keep_sleep(KEEP_MS(2));
    CHECK(done == 2);
}

/* FIPS 180-4's examples: one block, two blocks; and no bytes at all. */
TEST(test_sha256)
{
    static const struct {
        const char *text;
        uint8_t first, last; /* bytes of the digest */
    } cases[] = {{"", 0xe3, 0x55},
                 {"abc", 0xba, 0xad},
                 {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 0x24, 0xc1}};
    static const uint8_t abc[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                    0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                    0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    uint8_t digest[32];
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t bytes = 0;
        while (cases[i].text[bytes])
            bytes++;
        keep_sha256((const uint8_t *)cases[i].text, bytes, digest);
        CHECK(digest[0] == cases[i].first && digest[31] == cases[i].last);
        for (uint32_t n = 0; i == 1 && n < 32; n++)
            CHECK(digest[n] == abc[n]);
    }
}

const struct test memory_tests[] = {
    ROW(test_sha256),           ROW(test_slab), ROW(test_slab_free_double),
    ROW(test_slab_free_cross),  ROW(test_heap), ROW(test_heap_free_double),
    ROW(test_heap_overwritten), ROW(test_work), {0}};
