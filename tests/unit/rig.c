#include "tests/unit/rig.h"

#include <stdlib.h>
#include <string.h>

#define BKPT_AB 0xBEABu
#define LIMIT   1000000u
#define SCRATCH 0x800u /* where the rig's own code stands */

static void on_event(void *ctx, const struct cpu_event *e)
{
    struct rig *r = ctx;
    if (r->events == RIG_LOG_MAX)
        return;
    r->log[r->events] = *e;
    if (e->fault) {
        r->faults[r->fault_count] = *e->fault;
        r->log[r->events].fault = &r->faults[r->fault_count++];
    }
    r->events++;
}

static bool by_us; /* rig_new() */

static struct rig *new_rig(enum cpu_model model, uint32_t own_most)
{
    static const uint64_t never = DEVICE_NEVER;
    struct moat_error err;
    const struct cpu_traits *t = cpu_traits(model);
    struct cpu_config config = {.model = model,
                                .irqs = 32,
                                .prio_bits = t->prio_min,
                                .mpu_regions = t->mpu_regions[0],
                                .fpu = t->fpu_max,
                                .clock_hz = 25000000};
    struct rig *r = calloc(1, sizeof *r);
    struct cpu_host host = {.ctx = r, .event = on_event, .sync_at = &never};
    r->flash = aligned_alloc(4096, RIG_RAM_BYTES);
    r->ram = aligned_alloc(4096, RIG_RAM_BYTES);
    memset(r->flash, 0, RIG_RAM_BYTES);
    memset(r->ram, 0, RIG_RAM_BYTES);
    r->cpu = cpu_new(&config, &host, &err);
    ck_assert_msg(r->cpu != NULL, "%s", err.text);
    cpu_map_ram(r->cpu, 0, RIG_RAM_BYTES, r->flash);
    cpu_map_ram(r->cpu, RIG_RAM, RIG_RAM_BYTES, r->ram);
    rig_set_word(r, 0, RIG_STACK);
    for (uint32_t n = 1; n < 48; n++)
        rig_set_word(r, 4 * n, RIG_HANDLER | 1u);
    uint16_t stop = BKPT_AB;
    cpu_poke(r->cpu, RIG_HANDLER, &stop, 2);
    cpu_disturb(r->cpu, &(struct cpu_disturbance){.own_most = own_most});
    cpu_reset(r->cpu);
    rig_system(r, RIG_SHCSR, 7u << 16);
    return r;
}

struct rig *rig_new_usual(enum cpu_model model)
{
    return new_rig(model, 0);
}

struct rig *rig_new_by_engine(enum cpu_model model)
{
    return new_rig(model, CPU_OWN_LEAST);
}

struct rig *rig_new_by_us(enum cpu_model model)
{
    return new_rig(model, CPU_OWN_ALL);
}

struct rig *rig_new(enum cpu_model model)
{
    return by_us ? rig_new_by_us(model) : rig_new_by_engine(model);
}

static void choose_engine(void)
{
    by_us = false;
}

static void choose_us(void)
{
    by_us = true;
}

void rig_cases(Suite *s, void (*add)(TCase *tc))
{
    static const struct {
        const char *name;
        void (*setup)(void);
    } ways[] = {{"by the engine", choose_engine}, {"by us", choose_us}};
    for (size_t n = 0; n < sizeof ways / sizeof *ways; n++) {
        TCase *tc = tcase_create(ways[n].name);
        tcase_set_timeout(tc, 60);
        tcase_add_checked_fixture(tc, ways[n].setup, NULL);
        add(tc);
        suite_add_tcase(s, tc);
    }
}

void rig_free(struct rig *r)
{
    cpu_free(r->cpu);
    free(r->flash);
    free(r->ram);
    free(r);
}

static void put_code(struct rig *r, uint32_t at, const uint16_t *halfwords, uint32_t n)
{
    uint16_t stop = BKPT_AB;
    ck_assert(cpu_poke(r->cpu, at, halfwords, 2 * n));
    ck_assert(cpu_poke(r->cpu, at + 2 * n, &stop, 2));
    cpu_set_reg(r->cpu, 15, at);
}

/* Run the rig's own code, which uses R0 and R1, and give the registers back as they were. */
static void run_scratch(struct rig *r, const uint16_t *halfwords, uint32_t n, uint32_t *r0,
                        uint32_t r1)
{
    uint32_t pc = cpu_reg(r->cpu, 15), old0 = cpu_reg(r->cpu, 0), old1 = cpu_reg(r->cpu, 1);
    put_code(r, SCRATCH, halfwords, n);
    cpu_set_reg(r->cpu, 0, *r0);
    cpu_set_reg(r->cpu, 1, r1);
    rig_run(r);
    ck_assert_int_eq(r->stop.kind, CPU_STOP_SEMIHOST);
    ck_assert_uint_eq(r->stop.pc, SCRATCH + 2 * n);
    *r0 = cpu_reg(r->cpu, 0);
    cpu_set_reg(r->cpu, 0, old0);
    cpu_set_reg(r->cpu, 1, old1);
    cpu_set_reg(r->cpu, 15, pc);
}

void rig_system(struct rig *r, uint32_t addr, uint32_t val)
{
    run_scratch(r, (uint16_t[]){0x6008}, 1, &val, addr); /* str r0, [r1] */
}

uint32_t rig_read_system(struct rig *r, uint32_t addr)
{
    uint32_t val = 0;
    run_scratch(r, (uint16_t[]){0x6808}, 1, &val, addr); /* ldr r0, [r1] */
    return val;
}

void rig_mpu(struct rig *r, uint32_t region, uint32_t base, uint32_t rasr)
{
    rig_system(r, 0xE000ED98u, region);
    rig_system(r, 0xE000ED9Cu, base);
    rig_system(r, 0xE000EDA0u, rasr);
}

void rig_code(struct rig *r, const uint16_t *halfwords, uint32_t n)
{
    put_code(r, RIG_CODE, halfwords, n);
}

void rig_control(struct rig *r, uint32_t control)
{
    run_scratch(r, (uint16_t[]){0xF380, 0x8814, 0xF3BF, 0x8F6F}, 4, &control, 0);
}

void rig_run(struct rig *r)
{
    r->events = r->fault_count = 0;
    r->stop = cpu_run(r->cpu, *cpu_now(r->cpu) + LIMIT);
}

uint32_t rig_exception(const struct rig *r)
{
    ck_assert_msg(r->stop.kind == CPU_STOP_SEMIHOST, "stop %d at 0x%08x", r->stop.kind, r->stop.pc);
    if (r->stop.pc != RIG_HANDLER)
        return 0;
    for (uint32_t i = r->events; i-- > 0;)
        if (r->log[i].kind == CPU_EVENT_ENTER)
            return r->log[i].exception;
    return 0;
}

uint32_t rig_word(struct rig *r, uint32_t addr)
{
    uint32_t val = 0;
    ck_assert(cpu_peek(r->cpu, addr, &val, 4));
    return val;
}

void rig_set_word(struct rig *r, uint32_t addr, uint32_t val)
{
    ck_assert(cpu_poke(r->cpu, addr, &val, 4));
}
