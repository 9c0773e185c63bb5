/*
 * A TCP port of this machine alone, for GDB and for consoles.
 */
#ifndef MOAT_LISTEN_H
#define MOAT_LISTEN_H

#include "sim/base/error.h"

/**
 * Listen on the loopback address. @port: 0 for any that is free; then which it is. @option is what
 * the hint names. @flags: of socket(), besides SOCK_CLOEXEC.
 *
 * Returns the listening socket, or -MOAT_EDISPLAY.
 */
MOAT_CHECKED int listen_local(unsigned *port, int flags, const char *option,
                              struct moat_error *err);

#endif
