/*
 * The tables of keeptool objects, empty: for the first of the two links, which it reads.
 */
#include "kernel/core/core.h"

const uint8_t keep_map[] = {0};
const struct keep_object_row keep_object_rows[] = {{0, 0}};
const uint32_t keep_object_count = 0;

extern const struct keep_abi keep_abi;
const struct keep_abi keep_abi = {0};
