#include <string.h>

#include "devices/kinds.h"

/*
 * Every kind of device, alphabetical. To add one: declare its operations in kinds.h, add its row
 * here, and follow the recipe at the top of device.h.
 */
static const struct device_ops *const kinds[] = {
    &cmsdk_dualtimer_ops, &cmsdk_gpio_ops,    &cmsdk_timer_ops,   &cmsdk_uart_ops,
    &lm3s_flash_ops,      &lm3s_sysctl_ops,   &lm3s_timer_ops,    &mag3110_ops,
    &mma8653_ops,         &mps2_fpgaio_ops,   &mps2_scc_ops,      &nrf51_adc_ops,
    &nrf51_clock_ops,     &nrf51_ficr_ops,    &nrf51_gpio_ops,    &nrf51_gpiote_ops,
    &nrf51_nvmc_ops,      &nrf51_ppi_ops,     &nrf51_rng_ops,     &nrf51_rtc_ops,
    &nrf51_temp_ops,      &nrf51_timer_ops,   &nrf51_twi_ops,     &nrf51_uart_ops,
    &nrf51_wdt_ops,       &pl011_ops,         &pl061_ops,         &scripted_i2c_ops,
    &scripted_spi_ops,    &sp805_ops,         &stm32_adc_ops,     &stm32_exti_ops,
    &stm32_gpio_ops,      &stm32_iwdg_ops,    &stm32_spi_ops,     &stm32_syscfg_ops,
    &stm32_timer_ops,     &stm32_usart_ops,   &stm32_wwdg_ops,    &stm32f1_adc_ops,
    &stm32f1_afio_ops,    &stm32f1_flash_ops, &stm32f1_gpio_ops,  &stm32f1_pwr_ops,
    &stm32f1_rcc_ops,     &stm32f4_flash_ops, &stm32f4_pwr_ops,   &stm32f4_rcc_ops,
    &stm32g0_exti_ops,    &stm32g0_flash_ops, &stm32g0_pwr_ops,   &stm32g0_rcc_ops,
    &stm32g0_usart_ops,   &unmodelled_1k_ops, &unmodelled_4k_ops, NULL,
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
