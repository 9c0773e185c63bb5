/*
 * Programs that come after boot. A file (kernel/abi/program.h) is checked as a whole before any of
 * it is used: sizes, bounds of every relocation, the SHA-256 digest. It gets a domain of its own
 * with two partitions, code that it may execute and not write, data that it may write and not
 * execute, and it always runs in user mode. It defines no objects, handlers, drivers or calls: what
 * it needs it asks of the pool, within its quota, or was granted.
 */
#include "kernel/abi/program.h"
#include "kernel/abi/sha256.h"
#include "kernel/core/core.h"

#if KEEP_WITH_LOADER

static uint8_t text_memory[KEEP_LOAD_TEXT] KEEP_APP_BSS(keep_load_text)
    __attribute__((aligned(KEEP_STACK_ALIGN(KEEP_LOAD_TEXT))));
static uint8_t data_memory[KEEP_LOAD_DATA] KEEP_APP_BSS(keep_load_data)
    __attribute__((aligned(KEEP_STACK_ALIGN(KEEP_LOAD_DATA))));
KEEP_USER_STACK(keep_load_stack, KEEP_LOAD_STACK);
static struct keep_thread loaded;
static struct keep_domain domain;
static const struct keep_partition text = {(uint32_t)text_memory, KEEP_LOAD_TEXT,
                                           KEEP_READ_EXECUTE};
static const struct keep_partition data = {(uint32_t)data_memory, KEEP_LOAD_DATA, KEEP_READ_WRITE};

/* An image that trusts some programs says so: their digests, @keep_trusted_count of them. */
__attribute__((weak)) const uint8_t keep_trusted[1][KEEP_DIGEST_BYTES];
__attribute__((weak)) const uint32_t keep_trusted_count;

static bool sizes_fit(const struct keep_program_header *h, uint32_t bytes)
{
    uint32_t rest = bytes - sizeof *h;
    if (h->text_bytes > KEEP_LOAD_TEXT || h->data_bytes > KEEP_LOAD_DATA ||
        h->bss_bytes > KEEP_LOAD_DATA - h->data_bytes || h->relocs > rest / 4)
        return false;
    if ((h->text_bytes | h->data_bytes | h->bss_bytes) & 3u)
        return false;
    return h->text_bytes + h->data_bytes + 4 * h->relocs == rest && h->entry < h->text_bytes &&
           !(h->entry & 1u);
}

static bool reloc_fits(const struct keep_program_header *h, uint32_t reloc)
{
    uint32_t offset = reloc & KEEP_RELOC_OFFSET;
    uint32_t size = reloc & KEEP_RELOC_IN_DATA ? h->data_bytes : h->text_bytes;
    return !(offset & 3u) && size >= 4 && offset <= size - 4;
}

static bool same_digest(const uint8_t *a, const uint8_t *b)
{
    return __builtin_memcmp(a, b, KEEP_DIGEST_BYTES) == 0;
}

static bool trusted(const uint8_t *digest)
{
    for (uint32_t i = 0; i < keep_trusted_count; i++)
        if (same_digest(keep_trusted[i], digest))
            return true;
    return false;
}

int32_t keep_program_check(const void *file, uint32_t bytes)
{
    const struct keep_program_header *h = file;
    if (((uint32_t)file & 3u) || bytes < sizeof *h || h->magic != KEEP_PROGRAM_MAGIC ||
        h->version != KEEP_PROGRAM_VERSION || !sizes_fit(h, bytes))
        return -KEEP_EINVAL;
    const uint32_t *relocs =
        (const uint32_t *)((const uint8_t *)(h + 1) + h->text_bytes + h->data_bytes);
    for (uint32_t i = 0; i < h->relocs; i++)
        if (!reloc_fits(h, relocs[i]))
            return -KEEP_EINVAL;
    uint8_t digest[KEEP_DIGEST_BYTES];
    const uint8_t *body = (const uint8_t *)&h->text_bytes;
    keep_sha256(body, bytes - (uint32_t)(body - (const uint8_t *)file), digest);
    if (!same_digest(digest, h->digest))
        return -KEEP_EIO;
    return trusted(digest) ? 1 : 0;
}

/* Threads that the program before has made run in the same memory. */
static void end_threads(void)
{
    for (uint32_t i = 0; i < KEEP_THREADS_MAX; i++)
        if (keep_threads[i] && keep_threads[i]->domain == &domain &&
            keep_threads[i]->state != KEEP_DEAD)
            thread_end(keep_threads[i], KEEP_END_ABORT, 0);
}

static void copy(const struct keep_program_header *h)
{
    const uint8_t *from = (const uint8_t *)(h + 1);
    mpu_load(keep_current); /* not the regions of the program before, which were read-only */
    __builtin_memcpy(text_memory, from, h->text_bytes);
    __builtin_memset(text_memory + h->text_bytes, 0, KEEP_LOAD_TEXT - h->text_bytes);
    __builtin_memcpy(data_memory, from + h->text_bytes, h->data_bytes);
    __builtin_memset(data_memory + h->data_bytes, 0, KEEP_LOAD_DATA - h->data_bytes);
    const uint32_t *relocs = (const uint32_t *)(from + h->text_bytes + h->data_bytes);
    for (uint32_t i = 0; i < h->relocs; i++) {
        uint8_t *base = relocs[i] & KEEP_RELOC_IN_DATA ? data_memory : text_memory;
        uint32_t to = (uint32_t)(relocs[i] & KEEP_RELOC_TO_DATA ? data_memory : text_memory);
        *(uint32_t *)(base + (relocs[i] & KEEP_RELOC_OFFSET)) += to;
    }
    __asm__ volatile("dsb\n\tisb" ::: "memory"); /* what was written is now code */
}

static struct keep_thread *load(const struct keep_program_header *h, uint32_t bytes,
                                uint32_t priority, void *argument)
{
    const struct keep_partition *const parts[] = {&text, &data};
    if (loaded.state != KEEP_DEAD || keep_program_check(h, bytes) < 0)
        return NULL;
    end_threads();
    copy(h);
    const struct keep_thread_spec spec = {(void (*)(void *))((uint32_t)text_memory + h->entry),
                                          argument, priority, KEEP_USER, KEEP_FOREVER};
    if (keep_domain_init(&domain, parts, 2) < 0 ||
        keep_thread_make(&loaded, &keep_load_stack, &spec) < 0)
        return NULL;
    keep_domain_join(&domain, &loaded);
    return &loaded;
}

/* Nobody runs between the check and the copy: the file may lie in memory of a program. */
struct keep_thread *keep_program_load(const void *file, uint32_t bytes, uint32_t priority,
                                      struct keep_program *program, void *argument)
{
    keep_sched_lock();
    struct keep_thread *t = load(file, bytes, priority, argument);
    if (t)
        t->program = program;
    keep_sched_unlock();
    return t;
}

#endif
