/*
 * The cores: what each is, by its Technical Reference Manual.
 *
 * Source: DDI 0432 (M0), DDI 0484 (M0+), DDI 0337 (M3), Arm 100166 (M4), DDI 0489 (M7),
 * Arm 100230 (M33).
 */
#include <string.h>

#include "cpu/cpu.h"

/* ORDER cpu_model */
static const struct cpu_traits all_traits[] = {
    {
        .name = "cortex-m0",
        .arch = CPU_ARMV6M,
        .cpuid = 0x410CC200u,
        .irqs_max = 32,
        .prio_min = 2,
        .prio_max = 2,
        .mpu_regions = {0, 0, 0},
        .mpu = MPU_PMSAV6,
    },
    {
        .name = "cortex-m0+",
        .arch = CPU_ARMV6M,
        .cpuid = 0x410CC601u,
        .irqs_max = 32,
        .prio_min = 2,
        .prio_max = 2,
        .mpu_regions = {8, 0, 0},
        .mpu = MPU_PMSAV6,
        .has_vtor = true,
        .has_user = true,
    },
    {
        .name = "cortex-m3",
        .arch = CPU_ARMV7M,
        .cpuid = 0x412FC231u,
        .irqs_max = 240,
        .prio_min = 3,
        .prio_max = 8,
        .mpu_regions = {8, 0, 0},
        .mpu = MPU_PMSAV7,
        .has_vtor = true,
        .has_user = true,
    },
    {
        .name = "cortex-m4",
        .arch = CPU_ARMV7M,
        .cpuid = 0x410FC241u,
        .irqs_max = 240,
        .prio_min = 3,
        .prio_max = 8,
        .mpu_regions = {8, 0, 0},
        .mpu = MPU_PMSAV7,
        .fpu_max = CPU_FPU_SINGLE,
        .has_vtor = true,
        .has_user = true,
        .has_dsp = true,
    },
    {
        .name = "cortex-m7",
        .arch = CPU_ARMV7M,
        .cpuid = 0x411FC272u,
        .irqs_max = 240,
        .prio_min = 3,
        .prio_max = 8,
        .mpu_regions = {8, 16, 0},
        .mpu = MPU_PMSAV7,
        .fpu_max = CPU_FPU_DOUBLE,
        .fpu_default = CPU_FPU_DOUBLE,
        .has_vtor = true,
        .has_user = true,
        .has_dsp = true,
    },
    {
        .name = "cortex-m33",
        .arch = CPU_ARMV8M,
        .cpuid = 0x410FD213u,
        .irqs_max = 240,
        .prio_min = 3,
        .prio_max = 8,
        .mpu_regions = {8, 16, 0},
        .mpu = MPU_PMSAV8,
        .fpu_max = CPU_FPU_SINGLE,
        .fpu_default = CPU_FPU_SINGLE,
        .has_vtor = true,
        .has_user = true,
        .has_dsp = true,
    },
};
_Static_assert(sizeof all_traits / sizeof *all_traits == CPU_MODEL_COUNT, "ORDER cpu_model");

/* ORDER cpu_fpu */
static const char *const fpu_names[] = {"none", "single", "double"};
_Static_assert(sizeof fpu_names / sizeof *fpu_names == CPU_FPU_COUNT, "ORDER cpu_fpu");

const struct cpu_traits *cpu_traits(enum cpu_model model)
{
    return &all_traits[model];
}

enum cpu_model cpu_model_named(const char *name)
{
    for (int m = 0; m < CPU_MODEL_COUNT; m++)
        if (strcmp(all_traits[m].name, name) == 0)
            return (enum cpu_model)m;
    return CPU_MODEL_COUNT;
}

const char *cpu_fpu_name(enum cpu_fpu fpu)
{
    return fpu_names[fpu];
}

enum cpu_fpu cpu_fpu_named(const char *name)
{
    for (int f = 0; f < CPU_FPU_COUNT; f++)
        if (strcmp(fpu_names[f], name) == 0)
            return (enum cpu_fpu)f;
    return CPU_FPU_COUNT;
}
