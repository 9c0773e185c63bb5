/*
 * Which interrupt has which handler: KEEP_IRQ defines keep_irq_NUMBER, the others are not there.
 *
 * Source: DDI 0403E B1.5.3 (vectors of external interrupts), B3.4.
 */
#include "kernel/arch/arch.h"

// clang-format off
#define TEN(M, tens)                                                                        \
    M(tens##0)                                                                              \
    M(tens##1) M(tens##2) M(tens##3) M(tens##4) M(tens##5) M(tens##6) M(tens##7) M(tens##8) \
        M(tens##9)
#define ALL(M) \
    TEN(M, )   \
    TEN(M, 1) TEN(M, 2) TEN(M, 3) TEN(M, 4) TEN(M, 5) TEN(M, 6) TEN(M, 7) TEN(M, 8) TEN(M, 9)
// clang-format on

#define DECLARE(n) extern const struct keep_irq_row keep_irq_##n __attribute__((weak));
ALL(DECLARE)

/* switch.S reads it. Interrupts beyond the board's are never taken. */
extern const struct keep_irq_row *const keep_irq_rows[];
#define POINTER(n) &keep_irq_##n,
const struct keep_irq_row *const keep_irq_rows[] = {ALL(POINTER)};
_Static_assert(BOARD_IRQS <= sizeof keep_irq_rows / sizeof *keep_irq_rows, "more interrupts");
