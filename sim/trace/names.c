#include "sim/trace/names.h"

#include <stdio.h>

const char *const trace_access_names[TRACE_ACCESS_COUNT] = {
    "none", "load", "store", "fetch", "stacking", "unstacking", "vector",
};

const char *const trace_rule_names[TRACE_RULE_COUNT] = {
    "off",       "bypass",     "ppb",       "background",  "no-region", "region-ap",
    "region-xn", "default-xn", "system-xn", "reserved-ap", "overlap",
};

const char *const trace_stop_names[TRACE_STOP_COUNT] = {
    "exit", "lockup", "limit", "watch", "idle", "interrupted", "pause", "step", "break", "access",
};

const char *const trace_poke_names[TRACE_POKE_COUNT] = {"memory", "register", "special",
                                                        "fp",     "region",   "mpu-held-off"};

const char *trace_exception_name(uint32_t exception, char *out, size_t cap)
{
    static const char *const system[16] = {
        "Thread", "Reset", "NMI", "HardFault", "MemManage",    "BusFault", "UsageFault", NULL,
        NULL,     NULL,    NULL,  "SVCall",    "DebugMonitor", NULL,       "PendSV",     "SysTick"};
    if (exception < 16 && system[exception])
        return system[exception];
    if (exception < 16)
        snprintf(out, cap, "exception%u", exception);
    else
        snprintf(out, cap, "IRQ%u", exception - 16);
    return out;
}

const char *trace_state_name(uint8_t state)
{
    if (state & TRACE_STATE_HANDLER)
        return "handler";
    return state & TRACE_STATE_PRIV ? "privileged thread" : "user thread";
}
