/*
 * Arm MPS2 with AN500: where things are. The assembler and the linker script read this too.
 *
 * Source: DAI 0500 (Application Note AN500), memory map and interrupts.
 */
#ifndef KEEP_BOARDS_MPS2_AN500_H
#define KEEP_BOARDS_MPS2_AN500_H

#include "kernel/boards/mps2.h"

#endif
