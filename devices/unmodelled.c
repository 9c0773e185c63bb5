/*
 * A place of the memory map that is known and not modelled: reads give 0, writes are ignored, and
 * each register is noted once.
 */
#include "devices/kinds.h"

static enum bus_status unmodelled_read(struct device *d, uint32_t off, uint32_t bytes,
                                       uint32_t *val)
{
    (void)bytes;
    (void)val;
    device_unmodelled(d, off, false);
    return BUS_OK;
}

static enum bus_status unmodelled_write(struct device *d, uint32_t off, uint32_t bytes,
                                        uint32_t val)
{
    (void)bytes;
    (void)val;
    device_unmodelled(d, off, true);
    return BUS_OK;
}

static void unmodelled_reset(struct device *d)
{
    (void)d;
}

static const struct field no_config[] = {{0}};
static const struct state_field no_state[] = {{0}};

#define UNMODELLED(name, bytes_text, bytes)                                                  \
    {                                                                                        \
        .kind = name, .summary = bytes_text " of registers that read 0", .map_bytes = bytes, \
        .config = no_config, .state = no_state, .instance_bytes = sizeof(struct device),     \
        .reset = unmodelled_reset, .read = unmodelled_read, .write = unmodelled_write,       \
    }

const struct device_ops unmodelled_1k_ops = UNMODELLED("unmodelled-1k", "1 KiB", 0x400);
const struct device_ops unmodelled_4k_ops = UNMODELLED("unmodelled-4k", "4 KiB", 0x1000);
