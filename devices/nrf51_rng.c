/*
 * RNG of the nRF51: numbers from a seed that the board gives, the same in each run.
 *
 * Source: nRF51 Series Reference Manual 3.0, 21 "Random Number Generator (RNG)"; times: nRF51822
 * Product Specification 3.1, 8.14. The numbers: xorshift64* (G. Marsaglia 2003; S. Vigna 2016).
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_START,
    TASK_STOP
};
enum {
    EVENT_VALRDY
};
enum {
    REG_CONFIG = 0x504,
    REG_VALUE = 0x508
};
enum {
    CONFIG_IRQ,
    CONFIG_SEED
};
#define CYCLES_RAW       2672u  /* 167 us */
#define CYCLES_CORRECTED 10832u /* 677 us */

struct rng {
    struct nrf51 p;
    uint32_t reg[0x50C / 4];
    uint32_t runs;
    uint64_t x; /* never 0 */
};

static const struct reg regs[] = {
    [0x504 / 4] = {"CONFIG", .mask = 1},
    [0x508 / 4] = {"VALUE", 0},
};

static const struct nrf51_short shorts[] = {{0, EVENT_VALRDY, TASK_STOP}};

static void reschedule(struct rng *r)
{
    uint32_t cycles = r->reg[REG_CONFIG / 4] & 1u ? CYCLES_CORRECTED : CYCLES_RAW;
    nrf51_schedule(&r->p, r->runs ? nrf51_now(&r->p) + cycles : DEVICE_NEVER);
}

static void rng_task(struct nrf51 *p, uint32_t task)
{
    struct rng *r = (struct rng *)p;
    r->runs = task == TASK_START;
    reschedule(r);
}

static void rng_event(struct device *d, uint64_t now)
{
    struct rng *r = (struct rng *)d;
    (void)now;
    r->x ^= r->x >> 12;
    r->x ^= r->x << 25;
    r->x ^= r->x >> 27;
    r->reg[REG_VALUE / 4] = (uint32_t)(r->x * 0x2545F4914F6CDD1Du >> 56);
    reschedule(r);
    nrf51_event(&r->p, EVENT_VALRDY);
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_START, TASK_STOP),
    .events = NRF51_BITS(EVENT_VALRDY, EVENT_VALRDY),
    .shorts = shorts,
    .short_count = REG_WORDS(shorts),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = rng_task,
};

/* A reset does not begin the numbers anew. */
static void rng_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct rng *)d)->reg);
}

static void rng_reset(struct device *d)
{
    struct rng *r = (struct rng *)d;
    nrf51_reset(&r->p);
    r->runs = 0;
    if (!r->x)
        r->x = ((uint64_t)d->config[CONFIG_SEED] << 32 | 0x9E3779B9u) ^ 0x5DEECE66Du;
}

static const struct field rng_config[] = {
    NRF51_IRQ,
    {"seed", FIELD_INT, false, 0, UINT32_MAX, 1, "what the numbers begin with"},
    {0},
};

static const struct state_field state[] = {
    NRF51_STATE(struct rng),
    STATE_FIELD(struct rng, runs),
    STATE_FIELD(struct rng, x),
    {0},
};

const struct device_ops nrf51_rng_ops = {
    .kind = "nrf51-rng",
    .summary = "RNG of the nRF51: numbers from a seed",
    .map_bytes = 0x1000,
    .config = rng_config,
    .state = state,
    .instance_bytes = sizeof(struct rng),
    .create = rng_create,
    .reset = rng_reset,
    .read = nrf51_read,
    .write = nrf51_write,
    .event = rng_event,
    .signal = nrf51_signal,
};
