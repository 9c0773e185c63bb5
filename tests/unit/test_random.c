/*
 * Random code on every board: a guest, whatever it does to core, memory and devices, neither stops
 * nor hangs the host, and does the same when it is run again.
 */
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "tests/unit/session.h"
#include "tests/unit/test.h"

#include "sim/machine/machine.h"

#define SEEDS      150u
#define SEEDS_LONG 10000u
#define CODE_BYTES 4096u
#define CYCLES     5000u
#define LIVES      10u /* most end in a lockup soon: then from the reset again, registers anew */

/* Each core with boards that have it; seeds go round them. */
static const struct {
    const char *core;
    const char *board[6];
} cores[] = {
    {"M0", {"microbit", "generic-m0"}},
    {"M0+", {"nucleo-g071rb", "generic-m0plus"}},
    {"M3", {"mps2-an385", "lm3s6965evb", "netduino2", "stm32vldiscovery", "generic-m3"}},
    {"M4", {"mps2-an386", "netduinoplus2", "stm32f4-discovery", "generic-m4", "generic-m4f"}},
    {"M7", {"mps2-an500", "generic-m7"}},
    {"M33", {"mps2-an505", "mps2-an521", "generic-m33"}},
};

/* What came out, and how the run ended. */
struct outcome {
    uint64_t cycles, insns, events, output;
    uint32_t regs[16];
    enum machine_stop_kind stop;
};

struct host {
    struct outcome *outcome;
};

static void on_event(void *ctx, const struct cpu_event *e)
{
    struct outcome *o = ((struct host *)ctx)->outcome;
    o->events = o->events * 31 + e->kind + e->exception + e->cycle;
}

static void on_output(void *ctx, const char *name, const void *bytes, size_t n)
{
    struct outcome *o = ((struct host *)ctx)->outcome;
    (void)name;
    o->output = XXH64(bytes, n, o->output);
}

static void on_unmodelled(void *ctx, const char *name, uint32_t offset, bool write)
{
    (void)ctx, (void)name, (void)offset, (void)write;
}

/* Half of it loads and stores, with what random registers hold as bases; the rest anything. */
static uint16_t random_halfword(uint64_t *rnd)
{
    static const uint16_t memory[] = {0x5000, 0x6000, 0x6800, 0x7000, 0x7800, 0x8000,
                                      0x8800, 0xC000, 0xC800, 0xB400, 0xBC00, 0xBEAB};
    uint32_t r = test_random(rnd);
    if (r & 1u)
        return (uint16_t)(r >> 16);
    return (uint16_t)(memory[(r >> 1) % (sizeof memory / sizeof *memory)] | (r >> 16 & 0x07FFu));
}

static uint32_t random_address(const struct board *b, uint64_t *rnd)
{
    uint32_t r = test_random(rnd);
    const struct board_device *d = &b->device[test_random(rnd) % b->devices];
    const struct board_memory *m = &b->memory[test_random(rnd) % b->memories];
    switch (r % 5) {
    case 0:
    case 1:
        return d->base + (r >> 8 & 0xFFCu);
    case 2:
        return m->base + (r >> 8) % m->bytes;
    case 3:
        return 0xE000E000u + (r >> 8 & 0xFFCu);
    default:
        return test_random(rnd);
    }
}

/* Vectors into random code, at the place where the core looks for them. */
static struct image *random_image(const struct board *b, uint64_t *rnd)
{
    struct moat_error err;
    struct buf bytes = {0};
    const struct board_memory *ram = &b->memory[0];
    for (uint32_t i = 0; i < b->memories; i++)
        ram = b->memory[i].base >= 0x20000000u && ram->base < 0x20000000u ? &b->memory[i] : ram;
    for (uint32_t n = 0; n < 64; n++) {
        uint32_t at = b->vtor + 256 + test_random(rnd) % (CODE_BYTES - 256);
        uint32_t word = n == 0 ? ram->base + (ram->bytes < 4096 ? ram->bytes : 4096) : at | 1u;
        buf_add(&bytes, &word, 4);
    }
    for (uint32_t n = 256; n < CODE_BYTES; n += 2) {
        uint16_t hw = random_halfword(rnd);
        buf_add(&bytes, &hw, 2);
    }
    struct image *image = image_new();
    struct image_place place = {.path = "random", .raw = true, .addr = b->vtor};
    ck_assert_msg(image_add(image, &place, &bytes, &err) == 0, "%s", err.text);
    return image;
}

static struct outcome run(const struct board *b, uint64_t seed)
{
    struct outcome o = {0};
    struct host host = {&o};
    struct machine_host calls = {
        .ctx = &host, .cpu_event = on_event, .output = on_output, .unmodelled = on_unmodelled};
    struct moat_error err;
    struct machine *m;
    uint64_t rnd = 0x9E3779B97F4A7C15ull * (seed + 1);
    struct image *image = random_image(b, &rnd);
    ck_assert_msg(machine_new(b, image, &calls, &m, &err) == 0, "%s: %s", b->name, err.text);
    for (uint32_t life = 0; life < LIVES; life++) {
        machine_reset(m);
        for (uint32_t n = 0; n < 13; n++)
            cpu_set_reg(machine_cpu(m), n, random_address(b, &rnd));
        o.stop = machine_run(m, MACHINE_FOREVER, *cpu_now(machine_cpu(m)) + CYCLES).kind;
    }
    o.cycles = *cpu_now(machine_cpu(m));
    o.insns = cpu_insns(machine_cpu(m));
    for (uint32_t n = 0; n < 16; n++)
        o.regs[n] = cpu_reg(machine_cpu(m), n);
    machine_free(m);
    image_close(image);
    return o;
}

static uint32_t boards_of(size_t core)
{
    uint32_t n = 0;
    while (n < 6 && cores[core].board[n])
        n++;
    return n;
}

START_TEST(random_code_is_only_a_guest)
{
    uint32_t seeds = test_long() ? SEEDS_LONG : SEEDS, n = boards_of((size_t)_i);
    uint64_t insns = 0;
    struct board board[6];
    for (uint32_t i = 0; i < n; i++) {
        char file[128];
        snprintf(file, sizeof file, "configs/boards/%s.json", cores[_i].board[i]);
        test_board(file, &board[i]);
    }
    for (uint32_t seed = 0; seed < seeds; seed++) {
        const struct board *b = &board[seed % n];
        fprintf(stderr, "\r%s, seed %u ", b->name, seed); /* the last one is the culprit */
        struct outcome o = run(b, seed);
        insns += o.insns;
        if (seed % 8 == 0) {
            struct outcome again = run(b, seed);
            ck_assert_msg(memcmp(&o, &again, sizeof o) == 0,
                          "%s, seed %u: %llu cycles, again %llu; %llu instructions, again %llu",
                          b->name, seed, (unsigned long long)o.cycles,
                          (unsigned long long)again.cycles, (unsigned long long)o.insns,
                          (unsigned long long)again.insns);
        }
    }
    fprintf(stderr, "\n%s: %llu instructions\n", cores[_i].core, (unsigned long long)insns);
    ck_assert_uint_gt(insns, seeds);
}
END_TEST

Suite *suite(void)
{
    Suite *s = suite_create("random");
    TCase *tc = tcase_create("boards");
    tcase_set_timeout(tc, test_long() ? 3600 : 300);
    tcase_add_loop_test(tc, random_code_is_only_a_guest, 0, sizeof cores / sizeof *cores);
    suite_add_tcase(s, tc);
    return s;
}
