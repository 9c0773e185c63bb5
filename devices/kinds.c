#include <string.h>

#include "devices/kinds.h"

/*
 * Every kind of device, alphabetical. To add one: declare its operations in kinds.h, add its row
 * here, and follow the recipe at the top of device.h.
 */
static const struct device_ops *const kinds[] = {
    &cmsdk_timer_ops,   &cmsdk_uart_ops,    &mag3110_ops,
    &mma8653_ops,       &mps2_fpgaio_ops,   &nrf51_adc_ops,
    &nrf51_clock_ops,   &nrf51_ficr_ops,    &nrf51_gpio_ops,
    &nrf51_gpiote_ops,  &nrf51_nvmc_ops,    &nrf51_ppi_ops,
    &nrf51_rng_ops,     &nrf51_rtc_ops,     &nrf51_temp_ops,
    &nrf51_timer_ops,   &nrf51_twi_ops,     &nrf51_uart_ops,
    &unmodelled_1k_ops, &unmodelled_4k_ops, NULL,
};

const struct device_ops *const *device_kinds(void)
{
    return kinds;
}

const struct device_ops *device_kind(const char *name)
{
    for (size_t i = 0; kinds[i]; i++)
        if (strcmp(kinds[i]->kind, name) == 0)
            return kinds[i];
    return NULL;
}
