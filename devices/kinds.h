/*
 * The operations of every kind of device, for the table in kinds.c alone.
 */
#ifndef MOAT_KINDS_H
#define MOAT_KINDS_H

#include "devices/device.h"

extern const struct device_ops cmsdk_timer_ops;
extern const struct device_ops cmsdk_uart_ops;
extern const struct device_ops mag3110_ops;
extern const struct device_ops mma8653_ops;
extern const struct device_ops mps2_fpgaio_ops;
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
extern const struct device_ops unmodelled_1k_ops;
extern const struct device_ops unmodelled_4k_ops;

#endif
