/*
 * What the way to a block costs: flash wait states, and branches that were not foreseen.
 *
 * Flash has lines of 128 bits and a buffer of one. An accelerator keeps some lines more, and
 * fetches the next one while a line is executed. Prediction (M7): a 2-bit counter for each
 * conditional branch, the last target for each indirect one; others are always foreseen.
 *
 * Source: RM0090 3.5 (an accelerator of this kind); for M7, docs/timing.md.
 * Deviation: data reads wait for literals alone, and not with an accelerator.
 */
#include "cpu/core.h"

#include <string.h>

#define CYCLES_OF_A_LINE 4u /* at least, to execute its 16 bytes */

void fetch_reset(struct cpu *c)
{
    memset(&c->fetch, 0, sizeof c->fetch);
    memset(c->fetch.counts, 1, sizeof c->fetch.counts);
    c->fetch.line = ADDR_NONE;
}

static bool accelerated(const struct cpu *c, const struct cpu_flash *f, uint32_t line)
{
    return f->lines && c->fetch.lines[line / FLASH_LINE_BYTES % f->lines] == (line | 1u);
}

/* One line comes into the buffer. */
static uint32_t fetch_line(struct cpu *c, const struct cpu_flash *f, uint32_t line)
{
    uint32_t cost = f->wait_states;
    if (line == c->fetch.line || accelerated(c, f, line))
        cost = 0;
    else if (f->lines && line == c->fetch.line + FLASH_LINE_BYTES)
        cost = cost > CYCLES_OF_A_LINE ? cost - CYCLES_OF_A_LINE : 0;
    if (f->lines)
        c->fetch.lines[line / FLASH_LINE_BYTES % f->lines] = line | 1u;
    c->fetch.line = line;
    return cost;
}

static uint32_t wait_states(struct cpu *c, const struct block *b)
{
    const struct cpu_flash *f = bus_ram(c, block_start(b))->flash;
    uint32_t line = block_start(b) & ~(FLASH_LINE_BYTES - 1), cost = 0;
    for (; line < b->end; line += FLASH_LINE_BYTES)
        cost += fetch_line(c, f, line);
    return cost + (f->lines ? 0 : b->literals * f->wait_states);
}

static uint32_t misprediction(struct cpu *c, uint32_t target, bool taken)
{
    uint32_t hash = c->fetch.after >> 1;
    bool foreseen = true;
    if (c->fetch.ends == END_CONDITIONAL) {
        uint8_t *count = &c->fetch.counts[hash % PREDICTOR_COUNTS];
        foreseen = (*count >= 2) == taken;
        *count = (uint8_t)(taken ? *count + (*count < 3) : *count - (*count > 0));
    } else if (c->fetch.ends == END_INDIRECT) {
        uint32_t *last = &c->fetch.targets[hash % PREDICTOR_TARGETS];
        foreseen = *last == target;
        *last = target;
    }
    return foreseen ? 0 : c->timing->mispredict;
}

uint32_t fetch_cycles(struct cpu *c, const struct block *b, bool branched)
{
    uint32_t cost = 0;
    if (c->timing->mispredict)
        cost += misprediction(c, block_start(b), branched);
    if (b->waits)
        cost += wait_states(c, b);
    c->fetch.ends = b->ends;
    c->fetch.after = b->end;
    return cost;
}
