/*
 * Names of the registers of a board's devices: the device and the offset, and what a CMSIS-SVD file
 * calls it where one is given (--svd).
 */
#ifndef MOAT_REGISTERS_H
#define MOAT_REGISTERS_H

#include <stdint.h>

#include "loaders/board.h"
#include "sim/base/buf.h"
#include "sim/base/error.h"
#include "sim/cli/svd.h"

struct registers {
    const struct board *board; /* borrowed */
    struct svd *svd;           /* NULL: none was given */
};

/** Read @path, which may be NULL. Returns as svd_open(). */
MOAT_CHECKED int registers_open(struct registers *r, const struct board *board, const char *path,
                                struct moat_error *err);
void registers_close(struct registers *r);

/** Address of the register at @offset of @device; @offset alone when the board has no such device.
 */
uint32_t registers_address(const struct registers *r, const char *device, uint32_t offset);

/** Its name in the SVD file, or NULL. @ctx: a struct registers; for struct trace_symbols. */
const char *registers_name(const void *ctx, const char *device, uint32_t offset);

/** Append "register UART.TXD of device 'uart0'"; false when no device is at @addr. @ctx: a struct
 * registers; for struct explain_state. */
bool registers_tell(const void *ctx, uint32_t addr, struct buf *out);

#endif
