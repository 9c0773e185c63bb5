/*
 * The operations of every kind of device, for the table in kinds.c alone.
 */
#ifndef MOAT_KINDS_H
#define MOAT_KINDS_H

#include "devices/device.h"

extern const struct device_ops cmsdk_timer_ops;
extern const struct device_ops cmsdk_uart_ops;
extern const struct device_ops mps2_fpgaio_ops;

#endif
