/*
 * TEMP of the nRF51: the temperature of the chip, as a script or the panel gives it.
 *
 * Source: nRF51 Series Reference Manual 3.0, 20 "Temperature sensor (TEMP)"; time: nRF51822 Product
 * Specification 3.1, 8.12.
 */
#include "devices/kinds.h"
#include "devices/nrf51.h"

enum {
    TASK_START,
    TASK_STOP
};
enum {
    EVENT_DATARDY
};
enum {
    REG_TEMP = 0x508
};
#define CYCLES       576u /* 36 us */
#define ROOM_QUARTER 92   /* 23 degrees */

struct temp {
    struct nrf51 p;
    uint32_t reg[0x50C / 4];
    uint32_t given;   /* @quarters was given */
    int32_t quarters; /* of a degree Celsius */
};

static const struct reg regs[] = {
    [0x508 / 4] = {"TEMP", 0},
};

static void temp_task(struct nrf51 *p, uint32_t task)
{
    nrf51_schedule(p, task == TASK_START ? nrf51_now(p) + CYCLES : DEVICE_NEVER);
}

static void temp_event(struct device *d, uint64_t now)
{
    struct temp *t = (struct temp *)d;
    (void)now;
    t->reg[REG_TEMP / 4] = (uint32_t)(t->given ? t->quarters : ROOM_QUARTER);
    nrf51_event(&t->p, EVENT_DATARDY);
}

static const struct device_input temp_inputs[] = {
    {"quarters of a degree Celsius", -160, 420},
    {0},
};

static void temp_input(struct device *d, const uint8_t *bytes, size_t n)
{
    struct temp *t = (struct temp *)d;
    t->quarters = device_given(d, bytes, n, 0);
    t->given = 1;
}

static const struct nrf51_kind kind = {
    .tasks = NRF51_BITS(TASK_START, TASK_STOP),
    .events = NRF51_BITS(EVENT_DATARDY, EVENT_DATARDY),
    .regs = regs,
    .reg_words = REG_WORDS(regs),
    .task = temp_task,
};

static void temp_create(struct device *d)
{
    nrf51_create((struct nrf51 *)d, &kind, ((struct temp *)d)->reg);
}

static void temp_reset(struct device *d)
{
    struct temp *t = (struct temp *)d;
    nrf51_reset(&t->p);
}

static const struct state_field state[] = {
    NRF51_STATE(struct temp),
    STATE_FIELD(struct temp, given),
    STATE_FIELD(struct temp, quarters),
    {0},
};

const struct device_ops nrf51_temp_ops = {
    .kind = "nrf51-temp",
    .summary = "TEMP of the nRF51; the temperature comes from scripts",
    .map_bytes = 0x1000,
    .config = nrf51_irq_config,
    .state = state,
    .instance_bytes = sizeof(struct temp),
    .create = temp_create,
    .reset = temp_reset,
    .read = nrf51_read,
    .write = nrf51_write,
    .event = temp_event,
    .input = temp_input,
    .inputs = temp_inputs,
    .signal = nrf51_signal,
};
