/*
 * Arm MPS2 with AN386: where things are. The assembler and the linker script read this too.
 *
 * Source: DAI 0386 (Application Note AN386), memory map and interrupts.
 */
#ifndef KEEP_BOARDS_MPS2_AN386_H
#define KEEP_BOARDS_MPS2_AN386_H

#include "kernel/boards/mps2.h"

#endif
