/*
 * Two histories side by side, from the first event that differs.
 */
#ifndef MOAT_DIFF_H
#define MOAT_DIFF_H

#include "sim/record/recording.h"

/** Print what differs; @json: one object. Returns -MOAT_EINPUT when one cannot be read on. */
MOAT_CHECKED int diff_print(struct recording *recorded, struct recording *changed, bool json,
                            struct moat_error *err);

#endif
