/*
 * Arm MPS2 with AN505, a Cortex-M33 in Secure state: where things are. The assembler and the
 * linker script read this too.
 *
 * Source: DAI 0505 (Application Note AN505), memory map and interrupts.
 */
#ifndef KEEP_BOARDS_MPS2_AN505_H
#define KEEP_BOARDS_MPS2_AN505_H

#define BOARD_IMAGE_BASE 0x10000000
#define BOARD_IMAGE_MAX  0x00400000
#define BOARD_RAM_BASE   0x38000000
#define BOARD_RAM_MAX    0x00400000
#define BOARD_CLOCK_HZ   20000000
#define BOARD_IRQS       92

#define BOARD_UART0        0x50200000
#define BOARD_UART0_IRQ_RX 32
#define BOARD_UART0_IRQ_TX 33
#define BOARD_UART1        0x50201000
#define BOARD_UART1_IRQ_RX 34
#define BOARD_UART1_IRQ_TX 35
#define BOARD_TIMER0       0x50000000
#define BOARD_TIMER0_IRQ   3
#define BOARD_TIMER1       0x50001000
#define BOARD_TIMER1_IRQ   4
#define BOARD_FPGAIO       0x50302000

#endif
