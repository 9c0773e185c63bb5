#define KEEP_SUPERVISOR_ONLY
#include "kernel/apps/latency/loops.h"

const struct work supervisor_work = LOOPS;
