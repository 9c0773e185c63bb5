/*
 * The MPU of ARMv8-M, with eight regions that may not overlap:
 *
 *     0     the kernel's part of the image: privileged read-only, executed
 *     1     the part that programs see: read-only and executed by all
 *     2     the kernel's RAM: privileged read-write, never executed
 *     3     user thread: its stack. Privileged thread: all of application memory, read-write, never
 *           executed (its own stack has PSPLIM)
 *     4-7   the domain's partitions (user threads); 7 the constants, when they are not executable
 *
 * Privileged code has the background map (PRIVDEFENA) for devices. A handler that interrupts a user
 * thread has it for application memory too, which it could then execute: to forbid that would take
 * a region for each gap between the thread's. A partition that is read-only for user code is so for
 * privileged code too: this MPU cannot tell them apart (RBAR.AP).
 *
 * Source: DDI 0553 B11 and D1.2 (MPU_RBAR, MPU_RLAR, MPU_MAIR0).
 */
#include "kernel/arch/arch.h"

#if __ARM_ARCH >= 8

#define RBAR_XN         1u
#define RBAR_AP(ap)     ((uint32_t)(ap) << 1)
#define AP_PRIV_RW      0u
#define AP_ALL_RW       1u
#define AP_PRIV_RO      2u
#define AP_ALL_RO       3u
#define RLAR_ENABLE     1u
#define GRANULE         32u
#define MAIR_NORMAL     0xAAu /* attribute 0: normal memory, write-through */
#define CTRL_ENABLE     1u
#define CTRL_PRIVDEFENA 4u
#define REGION_DOMAIN   4u

extern const char __image_start[], __image_end[], __user_start[], __kernel_ram_start[],
    __kernel_ram_end[], __user_stacks_start[];
#if KEEP_RODATA_NX
extern const char __rodata_start[], __rodata_end[];
#endif

static struct keep_domain nobody; /* of privileged threads: no partitions */

static const struct {
    uint8_t ap;
    bool xn;
} rights[] = {
    [KEEP_READ_WRITE] = {AP_ALL_RW, true},
    [KEEP_READ_ONLY] = {AP_ALL_RO, true},
    [KEEP_READ_EXECUTE] = {AP_ALL_RO, false},
};

static uint32_t rbar(uint32_t start, uint32_t ap, bool xn)
{
    return start | RBAR_AP(ap) | (xn ? RBAR_XN : 0);
}

/* @end: the byte after the last. RLAR holds bits 31:5 of the last. */
static uint32_t rlar(uint32_t end)
{
    return ((end - 1) & ~(GRANULE - 1)) | RLAR_ENABLE;
}

static void set(uint32_t region, uint32_t rbar_value, uint32_t rlar_value)
{
    KEEP_REG(MPU_RNR) = region;
    KEEP_REG(MPU_RBAR) = rbar_value;
    KEEP_REG(MPU_RLAR) = rlar_value;
}

void mpu_boot(void)
{
#if KEEP_RODATA_NX
    const char *executed_end = __rodata_start;
    set(7, rbar((uint32_t)__rodata_start, AP_ALL_RO, true), rlar((uint32_t)__rodata_end));
#else
    const char *executed_end = __image_end;
#endif
    mpu_compute_domain(&nobody);
    KEEP_REG(MPU_MAIR0) = MAIR_NORMAL;
    set(0, rbar((uint32_t)__image_start, AP_PRIV_RO, false), rlar((uint32_t)__user_start));
    set(1, rbar((uint32_t)__user_start, AP_ALL_RO, false), rlar((uint32_t)executed_end));
    set(2, rbar((uint32_t)__kernel_ram_start, AP_PRIV_RW, true), rlar((uint32_t)__kernel_ram_end));
    KEEP_REG(MPU_CTRL) = CTRL_ENABLE | CTRL_PRIVDEFENA;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    extern const char __main_stack_bottom[];
    __asm__ volatile("msr msplim, %0" ::"r"(__main_stack_bottom));
}

void mpu_compute_slot(struct keep_thread *t)
{
    bool user = t->options & KEEP_USER;
    uint32_t start = user ? t->stack->start : (uint32_t)__user_stacks_start;
    uint32_t end = user ? start + t->stack->bytes : BOARD_RAM_BASE + BOARD_RAM_MAX;
    t->slot[0] = rbar(start, user ? AP_ALL_RW : AP_PRIV_RW, true);
    t->slot[1] = rlar(end);
}

const uint32_t *mpu_regions_of(const struct keep_thread *t)
{
    return t->options & KEEP_USER ? t->domain->regions : nobody.regions;
}

void mpu_compute_domain(struct keep_domain *d)
{
    for (uint32_t i = 0; i < 8; i++)
        d->regions[i] = 0;
#if KEEP_RODATA_NX
    d->regions[6] = rbar((uint32_t)__rodata_start, AP_ALL_RO, true);
    d->regions[7] = rlar((uint32_t)__rodata_end);
#endif
    for (uint32_t i = 0; i < KEEP_PARTITIONS_MAX; i++) {
        const struct keep_partition *p = d->partitions[i];
        if (!p)
            continue;
        d->regions[2 * i] = rbar(p->start, rights[p->access].ap, rights[p->access].xn);
        d->regions[2 * i + 1] = rlar(p->start + p->bytes);
    }
}

bool mpu_partition_fits(const struct keep_partition *p)
{
    return p->bytes && !(p->bytes % GRANULE) && !(p->start % GRANULE);
}

void mpu_load(const struct keep_thread *t)
{
    uint32_t key = keep_lock();
    KEEP_REG(MPU_CTRL) = 0; /* half a region overlaps whatever it likes */
    set(3, t->slot[0], t->slot[1]);
    for (uint32_t i = 0; t->regions && i < 4; i++)
        set(REGION_DOMAIN + i, t->regions[2 * i], t->regions[2 * i + 1]);
    KEEP_REG(MPU_CTRL) = CTRL_ENABLE | CTRL_PRIVDEFENA;
    keep_unlock(key);
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

#endif
