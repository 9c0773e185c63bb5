/*
 * The MPU: PMSAv7 with eight regions.
 *
 *     0     RAM: privileged read-write, never executed
 *     1     the image: read and executed by all
 *     2     the running thread's stack (user threads)
 *     3-6   its domain's partitions
 *     7     guard below the privileged stack: no access for anybody
 *
 * Privileged code has the background map for the rest (PRIVDEFENA). Values are computed when a
 * thread is set up, and only copied at a switch (switch.S).
 *
 * Source: DDI 0403E B3.5.
 */
#include "kernel/arch/arch.h"

#define RBAR_VALID       0x10u
#define RASR_ENABLE      1u
#define RASR_XN          (1u << 28)
#define RASR_AP(ap)      ((uint32_t)(ap) << 24)
#define RASR_MEMORY      (1u << 18 | 1u << 17) /* normal memory, shareable, write-through */
#define AP_NONE          0u
#define AP_PRIV_RW       1u
#define AP_ALL_RW        3u
#define AP_ALL_RO        6u
#define CTRL_ENABLE      1u
#define CTRL_PRIVDEFENA  4u
#define REGION_RAM       0u
#define REGION_IMAGE     1u
#define REGION_STACK     2u
#define REGION_PARTITION 3u
#define REGION_GUARD     7u
#define RAM_BASE         0x20000000u
#define RAM_BYTES        0x20000000u
#define IMAGE_BASE       0u
#define IMAGE_BYTES      0x00400000u

/* RASR for a region of @bytes, a power of two from 32 up. */
static uint32_t rasr(uint32_t bytes, uint32_t ap, uint32_t xn)
{
    uint32_t size = 31u - (uint32_t)__builtin_clz(bytes) - 1u;
    return xn | RASR_AP(ap) | RASR_MEMORY | size << 1 | RASR_ENABLE;
}

static uint32_t rbar(uint32_t base, uint32_t region)
{
    return base | RBAR_VALID | region;
}

void mpu_boot(void)
{
    KEEP_REG(MPU_RBAR) = rbar(RAM_BASE, REGION_RAM);
    KEEP_REG(MPU_RASR) = rasr(RAM_BYTES, AP_PRIV_RW, RASR_XN);
    KEEP_REG(MPU_RBAR) = rbar(IMAGE_BASE, REGION_IMAGE);
    KEEP_REG(MPU_RASR) = rasr(IMAGE_BYTES, AP_ALL_RO, 0);
    KEEP_REG(MPU_CTRL) = CTRL_ENABLE | CTRL_PRIVDEFENA;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
}

void mpu_compute(uint32_t regions[12], const struct keep_thread_def *def)
{
    for (uint32_t n = REGION_STACK; n <= REGION_GUARD; n++) {
        regions[2 * (n - REGION_STACK)] = rbar(0, n);
        regions[2 * (n - REGION_STACK) + 1] = 0;
    }
    if (def->user) {
        regions[0] = rbar(def->abi->stack, REGION_STACK);
        regions[1] = rasr(def->abi->stack_bytes, AP_ALL_RW, RASR_XN);
    }
    for (uint32_t i = 0; def->domain && i < KEEP_PARTITIONS_MAX; i++) {
        const struct keep_partition *p = def->domain->partitions[i];
        if (!p)
            continue;
        regions[2 * (1 + i)] = rbar(p->start, REGION_PARTITION + i);
        regions[2 * (1 + i) + 1] = rasr(p->bytes, AP_ALL_RW, RASR_XN);
    }
    regions[10] = rbar(def->abi->priv_stack, REGION_GUARD);
    regions[11] = rasr(KEEP_GUARD, AP_NONE, RASR_XN);
}
