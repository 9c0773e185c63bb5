#define KEEP_USER_ONLY
#include "kernel/apps/latency/loops.h"

const struct work user_work = LOOPS;
