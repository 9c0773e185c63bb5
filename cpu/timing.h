/*
 * What an instruction costs in cycles, zero wait states.
 */
#ifndef MOAT_TIMING_H
#define MOAT_TIMING_H

#include <stdint.h>

#include "cpu/decode.h"

/* Source: Arm Cortex-M4 TRM (Arm 100166), 3.9 and B1.5.6's latency as the TRM gives it. */
#define TIMING_REFILL     2u  /* pipeline refill of a taken branch */
#define TIMING_ENTRY      12u /* exception entry, stacking included */
#define TIMING_EXIT       10u /* exception return, unstacking included */
#define TIMING_TAIL_CHAIN 6u  /* from one handler to the next */

/**
 * Cost in cycles of @i after @prev (NULL at a block's start), a branch taken as not taken:
 * TIMING_REFILL is added where control really goes elsewhere.
 *
 * Source: Arm Cortex-M3 TRM (DDI 0337I) table 18-1 and 18.3 "Load/store timings"; Cortex-M4 TRM
 * (Arm 100166) table 3-1.
 * Deviation: division takes its middle value, 6; address dependence and alignment of targets
 * are not modelled.
 */
uint32_t timing_cost(const struct insn *i, const struct insn *prev);

#endif
