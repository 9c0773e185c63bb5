/*
 * Time: SysTick without ticks. It counts down to the next alarm, and the cycles that it has counted
 * are added up: time is in cycles since the start, in 64 bits.
 *
 * Source: DDI 0403E B3.3.
 */
#include "kernel/arch/arch.h"

#define LEAST   64u /* cycles: an alarm nearer than that would be missed */
#define RESTART 9u  /* cycles that pass unseen between reading the counter and starting it anew */

struct keep_clock_state keep_clock_state;
#define start  keep_clock_state.start
#define period keep_clock_state.period

/* To an interrupt in @cycles; from there on as long as it can, so that no wrap is ever missed. */
static void count_anew(uint64_t now, uint32_t cycles)
{
    period = cycles;
    KEEP_REG(SYST_RVR) = cycles - 1;
    KEEP_REG(SYST_CVR) = 0;
    KEEP_REG(SCB_ICSR) = SCB_ICSR_PENDSTCLR;
    start = now + RESTART;
    while (KEEP_REG(SYST_CSR) & SYST_CSR_ENABLE && !KEEP_REG(SYST_CVR))
        ;                               /* until it has begun */
    KEEP_REG(SYST_RVR) = SYST_MOST - 1; /* from the next wrap on */
}

uint64_t arch_now(void)
{
    uint32_t key = keep_lock();
    uint64_t now = start + arch_elapsed();
    keep_unlock(key);
    return now;
}

void arch_alarm(uint64_t when)
{
    uint32_t key = keep_lock();
    uint64_t now = start + arch_elapsed();
    uint64_t cycles = when > now ? when - now : 0;
    uint32_t most = cycles > SYST_MOST ? SYST_MOST : (uint32_t)cycles;
    count_anew(now, most < LEAST ? LEAST : most);
    keep_unlock(key);
}

void arch_clock_start(void)
{
    count_anew(0, SYST_MOST);
    KEEP_REG(SYST_CSR) = SYST_CSR_ENABLE | SYST_CSR_TICKINT | SYST_CSR_CLKSOURCE;
}

void keep_systick(void);

/* The counter has wrapped, and begun again by itself, for as long as it can. */
void keep_systick(void)
{
    uint32_t key = keep_lock();
    start += period;
    period = SYST_MOST;
    keep_unlock(key);
    keep_clock();
}
