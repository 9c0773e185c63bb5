#include <string.h>

#include "devices/kinds.h"

/*
 * Every kind of device, alphabetical. To add one: declare its operations in kinds.h, add its row
 * here, and follow the recipe at the top of device.h.
 */
static const struct device_ops *const kinds[] = {
    &cmsdk_timer_ops,
    &cmsdk_uart_ops,
    &mps2_fpgaio_ops,
    NULL,
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
