/*
 * The LEDs and buttons of the MPS2 boards, in the FPGA's system registers.
 *
 * Source: DAI 0385, FPGA system control and I/O: LED0 at 0x000, BUTTON at 0x008.
 */
#include "kernel/core/core.h"

#if KEEP_WITH_GPIO

#define FPGAIO_LED0   0x00u
#define FPGAIO_BUTTON 0x08u

struct keep_gpio keep_leds = {KEEP_READY_OBJECT, .base = BOARD_FPGAIO + FPGAIO_LED0, .outputs = 3};
struct keep_gpio keep_buttons = {KEEP_READY_OBJECT, .base = BOARD_FPGAIO + FPGAIO_BUTTON};

int32_t keep_impl_gpio_write(struct keep_gpio *gpio, uint32_t mask, uint32_t pins)
{
    uint32_t key = keep_lock();
    int32_t rc = mask & ~gpio->outputs ? -KEEP_EINVAL : 0;
    if (rc == 0)
        KEEP_REG(gpio->base) = (KEEP_REG(gpio->base) & ~mask) | (pins & mask);
    keep_unlock(key);
    return rc;
}

int32_t keep_impl_gpio_read(struct keep_gpio *gpio, uint32_t *pins)
{
    *pins = KEEP_REG(gpio->base);
    return 0;
}

#endif
