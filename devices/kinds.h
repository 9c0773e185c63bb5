/*
 * The operations of every kind of device, for the table in kinds.c alone.
 */
#ifndef MOAT_KINDS_H
#define MOAT_KINDS_H

#include "devices/device.h"

extern const struct device_ops cmsdk_dualtimer_ops;
extern const struct device_ops cmsdk_gpio_ops;
extern const struct device_ops cmsdk_timer_ops;
extern const struct device_ops cmsdk_uart_ops;
extern const struct device_ops lm3s_flash_ops;
extern const struct device_ops lm3s_sysctl_ops;
extern const struct device_ops lm3s_timer_ops;
extern const struct device_ops mag3110_ops;
extern const struct device_ops mma8653_ops;
extern const struct device_ops mps2_fpgaio_ops;
extern const struct device_ops mps2_scc_ops;
extern const struct device_ops nrf51_adc_ops;
extern const struct device_ops nrf51_clock_ops;
extern const struct device_ops nrf51_ficr_ops;
extern const struct device_ops nrf51_gpio_ops;
extern const struct device_ops nrf51_gpiote_ops;
extern const struct device_ops nrf51_nvmc_ops;
extern const struct device_ops nrf51_ppi_ops;
extern const struct device_ops nrf51_rng_ops;
extern const struct device_ops nrf51_rtc_ops;
extern const struct device_ops nrf51_temp_ops;
extern const struct device_ops nrf51_timer_ops;
extern const struct device_ops nrf51_twi_ops;
extern const struct device_ops nrf51_uart_ops;
extern const struct device_ops nrf51_wdt_ops;
extern const struct device_ops pl011_ops;
extern const struct device_ops pl061_ops;
extern const struct device_ops scripted_i2c_ops;
extern const struct device_ops scripted_spi_ops;
extern const struct device_ops sp805_ops;
extern const struct device_ops stm32_adc_ops;
extern const struct device_ops stm32_exti_ops;
extern const struct device_ops stm32_gpio_ops;
extern const struct device_ops stm32_iwdg_ops;
extern const struct device_ops stm32_spi_ops;
extern const struct device_ops stm32_syscfg_ops;
extern const struct device_ops stm32_timer_ops;
extern const struct device_ops stm32_usart_ops;
extern const struct device_ops stm32_wwdg_ops;
extern const struct device_ops stm32f1_adc_ops;
extern const struct device_ops stm32f1_afio_ops;
extern const struct device_ops stm32f1_flash_ops;
extern const struct device_ops stm32f1_gpio_ops;
extern const struct device_ops stm32f1_pwr_ops;
extern const struct device_ops stm32f1_rcc_ops;
extern const struct device_ops stm32f4_flash_ops;
extern const struct device_ops stm32f4_pwr_ops;
extern const struct device_ops stm32f4_rcc_ops;
extern const struct device_ops stm32g0_exti_ops;
extern const struct device_ops stm32g0_flash_ops;
extern const struct device_ops stm32g0_pwr_ops;
extern const struct device_ops stm32g0_rcc_ops;
extern const struct device_ops stm32g0_usart_ops;
extern const struct device_ops unmodelled_1k_ops;
extern const struct device_ops unmodelled_4k_ops;

#endif
