/*
 * FICR of the nRF51: what was set in the factory.
 *
 * Source: nRF51 Series Reference Manual 3.0, 7 "Factory Information Configuration Registers".
 */
#include "devices/kinds.h"
#include "devices/regs.h"

enum {
    CONFIG_FLASH_BYTES,
    CONFIG_RAM_BYTES,
    CONFIG_ID,
};
#define PAGE      1024u
#define RAM_BLOCK 0x2000u

/* 0: from the board, see ficr_read(). The identity is the board's, the same in each run. */
static const struct reg regs[] = {
    [0x010 / 4] = {"CODEPAGESIZE", .reset = PAGE},
    [0x014 / 4] = {"CODESIZE", 0},
    [0x028 / 4] = {"CLENR0", .reset = UINT32_MAX},
    [0x02C / 4] = {"PPFC", .reset = UINT32_MAX},
    [0x034 / 4] = {"NUMRAMBLOCK", 0},
    [0x038 / 4] = {"SIZERAMBLOCKS", .reset = RAM_BLOCK},
    [0x03C / 4] = {"SIZERAMBLOCK[1]", .reset = RAM_BLOCK},
    [0x05C / 4] = {"CONFIGID", .reset = 0xFFFF0000},
    [0x060 / 4] = {"DEVICEID[0]", 0},
    [0x064 / 4] = {"DEVICEID[1]", .reset = 0x4D6F6174},
    [0x080 / 4] = {"ER[0]", .reset = UINT32_MAX},
    [0x084 / 4] = {"ER[1]", .reset = UINT32_MAX},
    [0x088 / 4] = {"ER[2]", .reset = UINT32_MAX},
    [0x08C / 4] = {"ER[3]", .reset = UINT32_MAX},
    [0x090 / 4] = {"IR[0]", .reset = UINT32_MAX},
    [0x094 / 4] = {"IR[1]", .reset = UINT32_MAX},
    [0x098 / 4] = {"IR[2]", .reset = UINT32_MAX},
    [0x09C / 4] = {"IR[3]", .reset = UINT32_MAX},
    [0x0A0 / 4] = {"DEVICEADDRTYPE", .reset = 1},
    [0x0A4 / 4] = {"DEVICEADDR[0]", .reset = 0x4D6F6174},
    [0x0A8 / 4] = {"DEVICEADDR[1]", .reset = 0xC0DE},
    [0x0AC / 4] = {"OVERRIDEEN", .reset = UINT32_MAX},
};

static enum bus_status ficr_read(struct device *d, uint32_t off, uint32_t bytes, uint32_t *val)
{
    uint32_t at = off & ~3u;
    if (!regs_known(regs, REG_WORDS(regs), d, off, false))
        return BUS_OK;
    *val = regs[at / 4].reset;
    if (at == 0x014)
        *val = d->config[CONFIG_FLASH_BYTES] / PAGE;
    else if (at == 0x034)
        *val = d->config[CONFIG_RAM_BYTES] / RAM_BLOCK;
    else if (at == 0x060)
        *val = d->config[CONFIG_ID];
    *val = regs_part(*val, off, bytes);
    return BUS_OK;
}

static enum bus_status ficr_write(struct device *d, uint32_t off, uint32_t bytes, uint32_t val)
{
    (void)bytes;
    (void)val;
    (void)regs_known(regs, REG_WORDS(regs), d, off, true);
    return BUS_OK;
}

static void ficr_reset(struct device *d)
{
    (void)d;
}

static const struct field ficr_config[] = {
    {"flash_bytes", FIELD_SIZE, true, PAGE, 1u << 20, 0, "size of the code flash"},
    {"ram_bytes", FIELD_SIZE, true, RAM_BLOCK, 1u << 20, 0, "size of the RAM"},
    {"device_id", FIELD_INT, false, 0, UINT32_MAX, 1, "lower half of DEVICEID"},
    {0},
};

static const struct state_field state[] = {{0}};

const struct device_ops nrf51_ficr_ops = {
    .kind = "nrf51-ficr",
    .summary = "FICR of the nRF51: sizes and identity",
    .map_bytes = 0x1000,
    .config = ficr_config,
    .state = state,
    .instance_bytes = sizeof(struct device),
    .reset = ficr_reset,
    .read = ficr_read,
    .write = ficr_write,
};
