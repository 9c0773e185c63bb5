/*
 * NVMC of the nRF51: erasing and writing its flash.
 *
 * Source: nRF51 Series Reference Manual 3.0, 6 "Non-Volatile Memory Controller (NVMC)"; times:
 * nRF51822 Product Specification 3.1, 8.16.
 * Deviation: the core is not halted while it works; READY tells.
 */
#include <string.h>

#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    REG_READY = 0x400,
    REG_CONFIG = 0x504,
    REG_ERASEPAGE = 0x508,
    REG_ERASEALL = 0x50C,
    REG_ERASEPCR0 = 0x510,
    REG_ERASEUICR = 0x514
};
enum {
    CONFIG_READ_ONLY,
    CONFIG_WRITE,
    CONFIG_ERASE
};
#define PAGE         1024u
#define UICR         0x10001000u
#define ERASE_CYCLES 356800u /* 22.3 ms */
#define WRITE_CYCLES 741u    /* 46.3 us */
enum {
    CONFIG_FLASH_BYTES
};

struct nvmc {
    struct device dev;
    uint32_t config;
    uint64_t busy_until;
};

static const struct field nvmc_config[] = {
    {"flash_bytes", FIELD_SIZE, true, PAGE, 1u << 20, 0, "size of the code flash at address 0"},
    {0},
};

static bool busy(const struct nvmc *v)
{
    return device_now(&v->dev) < v->busy_until;
}

static void work(struct nvmc *v, uint32_t cycles)
{
    v->busy_until = device_now(&v->dev) + cycles;
}

static void erase(struct nvmc *v, uint32_t addr, uint32_t bytes)
{
    uint8_t erased[PAGE];
    memset(erased, 0xFF, sizeof erased);
    for (uint32_t at = 0; at < bytes; at += PAGE)
        device_store(&v->dev, addr + at, erased, PAGE);
    work(v, ERASE_CYCLES);
}

static enum bus_status nvmc_program(struct device *d, uint32_t addr, uint32_t bytes, uint32_t val)
{
    struct nvmc *v = (struct nvmc *)d;
    uint32_t old;
    if (v->config != CONFIG_WRITE)
        return BUS_OK;
    if (bytes != 4)
        return BUS_ERROR;
    if (device_fetch(d, addr, &old, 4)) {
        val &= old; /* programming clears bits */
        device_store(d, addr, &val, 4);
    }
    work(v, WRITE_CYCLES);
    return BUS_OK;
}

static enum bus_status nvmc_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    struct nvmc *v = (struct nvmc *)d;
    uint32_t at = off & ~3u;
    if (at == REG_READY)
        *val = !busy(v);
    else if (at == REG_CONFIG)
        *val = v->config;
    else if (at < REG_ERASEPAGE || at > REG_ERASEUICR)
        device_unmodelled(d, at, false);
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status nvmc_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    struct nvmc *v = (struct nvmc *)d;
    uint32_t flash = d->config[CONFIG_FLASH_BYTES];
    bool erases = v->config == CONFIG_ERASE;
    (void)bytes;
    switch (off) {
    case REG_CONFIG:
        v->config = val & 3u;
        break;
    case REG_ERASEPAGE:
    case REG_ERASEPCR0:
        if (erases && val < flash)
            erase(v, val & ~(PAGE - 1), PAGE);
        break;
    case REG_ERASEALL:
        if (erases && (val & 1u))
            erase(v, 0, flash);
        if (!erases || !(val & 1u))
            break;
        __attribute__((fallthrough)); /* UICR as well */
    case REG_ERASEUICR:
        if (erases && (val & 1u))
            erase(v, UICR, PAGE);
        break;
    default:
        device_unmodelled(d, off & ~3u, true);
    }
    return BUS_OK;
}

static void nvmc_reset(struct device *d)
{
    struct nvmc *v = (struct nvmc *)d;
    v->config = CONFIG_READ_ONLY;
    v->busy_until = 0;
}

static const struct state_field state[] = {
    STATE_FIELD(struct nvmc, config),
    STATE_FIELD(struct nvmc, busy_until),
    {0},
};

const struct device_ops nrf51_nvmc_ops = {
    .kind = "nrf51-nvmc",
    .summary = "NVMC of the nRF51: erases and writes its flash",
    .map_bytes = 0x1000,
    .config = nvmc_config,
    .state = state,
    .instance_bytes = sizeof(struct nvmc),
    .reset = nvmc_reset,
    .read = nvmc_read,
    .write = nvmc_write,
    .program = nvmc_program,
};
