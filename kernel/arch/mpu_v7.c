/*
 * The MPU of ARMv6-M and ARMv7-M, with eight regions; the higher number wins:
 *
 *     0     RAM: privileged read-write, never executed
 *     1     the whole image: privileged read-only, executed
 *     2     the part of it that programs see: read-only and executed by all
 *     3     user thread: its stack. Privileged thread: the guard below its stack
 *     4-7   the domain's partitions (user threads); 7 the constants, when they are not executable
 *
 * The kernel's own code and vectors are at the start of the image, in eighths that region 2 leaves
 * out: user code can neither read nor execute them, and address 0 is no memory to it. Privileged
 * code has the background map (PRIVDEFENA) for devices. The main stack lies at the lowest address
 * of RAM, with nothing below it: its overflow is a bus fault and needs no region.
 *
 * Source: DDI 0403E B3.5; DDI 0419E B3.5.
 */
#include "kernel/arch/arch.h"

#if __ARM_ARCH < 8

#define RBAR_VALID      0x10u
#define RASR_ENABLE     1u
#define RASR_XN         (1u << 28)
#define RASR_AP(ap)     ((uint32_t)(ap) << 24)
#define RASR_SRD(srd)   ((uint32_t)(srd) << 8)
#define RASR_MEMORY     (1u << 18 | 1u << 17) /* normal memory, shareable, write-through */
#define AP_NONE         0u
#define AP_PRIV_RW      1u
#define AP_PRIV_RW_RO   2u
#define AP_ALL_RW       3u
#define AP_PRIV_RO      5u
#define AP_ALL_RO       6u
#define CTRL_ENABLE     1u
#define CTRL_PRIVDEFENA 4u
#define REGION_SLOT     3u
#define REGION_DOMAIN   4u
#define LEAST           (__ARM_ARCH == 6 ? 256u : 32u)
#define RAM_BYTES       0x20000000u /* the SRAM part of the default map */
#if __ARM_ARCH == 6                 /* the first half of the least region there is */
#define GUARD_REGION 256u
#define GUARD_SRD    0xF0u
#else
#define GUARD_REGION KEEP_GUARD
#define GUARD_SRD    0u
#endif

/* The image in the linker script's words. */
extern const char __image_start[], __image_end[], __user_start[];
#if KEEP_RODATA_NX
extern const char __rodata_start[], __rodata_end[];
#endif

static const uint32_t no_regions[8] = {RBAR_VALID | 4, 0, RBAR_VALID | 5, 0,
                                       RBAR_VALID | 6, 0, RBAR_VALID | 7, 0};

static const struct {
    uint8_t ap;
    bool xn;
} rights[] = {
    [KEEP_READ_WRITE] = {AP_ALL_RW, true},
    [KEEP_READ_ONLY] = {AP_PRIV_RW_RO, true},
    [KEEP_READ_EXECUTE] = {AP_PRIV_RW_RO, false},
};

/* The logarithm of the least power of two that is at least @bytes. */
static uint32_t log2_up(uint32_t bytes)
{
    uint32_t n = 5;
    while (n < 31 && 1u << n < bytes)
        n++;
    return n;
}

/* RASR for a region of @bytes, a power of two. */
static uint32_t rasr(uint32_t bytes, uint32_t ap, bool xn)
{
    return (xn ? RASR_XN : 0) | RASR_AP(ap) | RASR_MEMORY | (log2_up(bytes) - 1) << 1 | RASR_ENABLE;
}

static void set(uint32_t region, uint32_t base, uint32_t value)
{
    KEEP_REG(MPU_RBAR) = base | RBAR_VALID | region;
    KEEP_REG(MPU_RASR) = value;
}

void mpu_boot(void)
{
    uint32_t start = (uint32_t)__image_start, end = (uint32_t)__image_end;
    uint32_t bytes = 1u << log2_up(end - start), eighth = bytes / 8;
    uint32_t hidden = ((uint32_t)__user_start - start) / eighth; /* whole eighths of the kernel */
    set(0, BOARD_RAM_BASE, rasr(RAM_BYTES, AP_PRIV_RW, true));
    set(1, start, rasr(bytes, AP_PRIV_RO, false));
    set(2, start, rasr(bytes, AP_ALL_RO, false) | RASR_SRD((1u << hidden) - 1));
    for (uint32_t i = 0; i < 4; i++)
        set(REGION_DOMAIN + i, 0, 0);
#if KEEP_RODATA_NX
    set(7, (uint32_t)__rodata_start,
        rasr((uint32_t)(__rodata_end - __rodata_start), AP_ALL_RO, true));
#endif
    KEEP_REG(MPU_CTRL) = CTRL_ENABLE | CTRL_PRIVDEFENA;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

void mpu_compute_slot(struct keep_thread *t)
{
    t->slot[0] = t->stack->start | RBAR_VALID | REGION_SLOT;
    t->slot[1] = t->options & KEEP_USER ? rasr(t->stack->bytes, AP_ALL_RW, true)
                                        : rasr(GUARD_REGION, AP_NONE, true) | RASR_SRD(GUARD_SRD);
}

const uint32_t *mpu_regions_of(const struct keep_thread *t)
{
    return t->domain
        ->regions; /* privileged threads do not load them: they overlap, and do no harm */
}

void mpu_compute_domain(struct keep_domain *d)
{
    for (uint32_t i = 0; i < 4; i++) {
        d->regions[2 * i] = no_regions[2 * i];
        d->regions[2 * i + 1] = 0;
    }
#if KEEP_RODATA_NX
    d->regions[6] = (uint32_t)__rodata_start | RBAR_VALID | 7u;
    d->regions[7] = rasr((uint32_t)(__rodata_end - __rodata_start), AP_ALL_RO, true);
#endif
    for (uint32_t i = 0; i < KEEP_PARTITIONS_MAX; i++) {
        const struct keep_partition *p = d->partitions[i];
        if (!p)
            continue;
        d->regions[2 * i] = p->start | RBAR_VALID | (REGION_DOMAIN + i);
        d->regions[2 * i + 1] = rasr(p->bytes, rights[p->access].ap, rights[p->access].xn);
    }
}

bool mpu_partition_fits(const struct keep_partition *p)
{
    return p->bytes >= LEAST && !(p->bytes & (p->bytes - 1)) && !(p->start & (p->bytes - 1));
}

void mpu_load(const struct keep_thread *t)
{
    uint32_t key = keep_lock(); /* RBAR says which region RASR is of */
    KEEP_REG(MPU_RBAR) = t->slot[0];
    KEEP_REG(MPU_RASR) = t->slot[1];
    for (uint32_t i = 0; t->regions && i < 8; i += 2) {
        KEEP_REG(MPU_RBAR) = t->regions[i];
        KEEP_REG(MPU_RASR) = t->regions[i + 1];
    }
    keep_unlock(key);
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

#endif
