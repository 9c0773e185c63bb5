/*
 * The engine with nothing around it: no time, no MPU, no devices, no hook that is called while the
 * guest computes. What Moat's speed on code that only computes cannot pass.
 */
#include "bench/engine.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unicorn/unicorn.h>

#define UNTIL      0xFFFFFFFEu /* never reached: the guest ends with a BKPT */
#define SPAN_BYTES (1u << 22)

static const uint32_t spans[] = {0, 0x20000000, 0x40000000}; /* flash, RAM, UARTs that are ready */
static uint8_t memory[sizeof spans / sizeof *spans][SPAN_BYTES];

/* The segments that lie in the first span. */
static int load(const char *path)
{
    static uint8_t file[SPAN_BYTES];
    Elf32_Ehdr head;
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(file, 1, sizeof file, f) : 0;
    if (f)
        fclose(f);
    if (n < sizeof head)
        return -1;
    memcpy(&head, file, sizeof head);
    for (uint32_t i = 0; i < head.e_phnum; i++) {
        Elf32_Phdr p;
        memcpy(&p, file + head.e_phoff + i * sizeof p, sizeof p);
        if (p.p_type == PT_LOAD && p.p_paddr + p.p_filesz <= SPAN_BYTES)
            memcpy(memory[0] + p.p_paddr, file + p.p_offset, p.p_filesz);
    }
    return 0;
}

static void on_interrupt(uc_engine *uc, uint32_t intno, void *user)
{
    (void)intno;
    (void)user;
    uc_emu_stop(uc);
}

static bool on_fill(uc_engine *uc, uint64_t addr, uc_mem_type type, uc_tlb_entry *out, void *user)
{
    (void)uc;
    (void)type;
    (void)user;
    *out = (uc_tlb_entry){.paddr = addr, .perms = UC_PROT_ALL};
    return true;
}

int engine_run_bare(const char *elf)
{
    uc_engine *uc;
    uc_hook hook;
    uint32_t vectors[2];
    if (load(elf) < 0 || uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &uc) != UC_ERR_OK)
        return 1;
    uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M4);
    uc_ctl_tlb_mode(uc, UC_TLB_VIRTUAL);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        uc_mem_map_ptr(uc, spans[i], SPAN_BYTES, UC_PROT_ALL, memory[i]);
    uc_hook_add(uc, &hook, UC_HOOK_INTR, (void *)on_interrupt, NULL, 1, 0);
    uc_hook_add(uc, &hook, UC_HOOK_TLB_FILL, (void *)on_fill, NULL, 1, 0);
    memcpy(vectors, memory[0], sizeof vectors);
    uc_reg_write(uc, UC_ARM_REG_SP, &vectors[0]);
    uc_err e = uc_emu_start(uc, vectors[1], UNTIL, 0, 0);
    uc_close(uc);
    return e == UC_ERR_OK ? 0 : 1;
}
