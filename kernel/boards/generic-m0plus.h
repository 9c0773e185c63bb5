/*
 * The generic Cortex-M0+ board: memories and devices as on an MPS2. The assembler and the linker
 * script read this too.
 */
#ifndef KEEP_BOARDS_GENERIC_M0PLUS_H
#define KEEP_BOARDS_GENERIC_M0PLUS_H

#include "kernel/boards/mps2.h"

#endif
