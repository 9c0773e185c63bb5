/*
 * Arm MPS2 with AN385: where things are. The assembler and the linker script read this too.
 *
 * Source: DAI 0385 (Application Note AN385), memory map and interrupts.
 */
#ifndef KEEP_BOARDS_MPS2_AN385_H
#define KEEP_BOARDS_MPS2_AN385_H

#include "kernel/boards/mps2.h"

#endif
