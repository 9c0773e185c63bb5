/*
 * What the MPS2 boards with AN385, AN386 and AN500 have in common, and the generic ones after them:
 * where things are. The assembler and the linker script read this too.
 *
 * Source: DAI 0385, DAI 0386, DAI 0500 (application notes), memory map and interrupts.
 */
#ifndef KEEP_BOARDS_MPS2_H
#define KEEP_BOARDS_MPS2_H

#define BOARD_IMAGE_BASE 0x00000000
#define BOARD_IMAGE_MAX  0x00400000
#define BOARD_RAM_BASE   0x20000000
#define BOARD_RAM_MAX    0x00400000
#define BOARD_CLOCK_HZ   25000000
#define BOARD_IRQS       32

#define BOARD_UART0        0x40004000
#define BOARD_UART0_IRQ_RX 0
#define BOARD_UART0_IRQ_TX 1
#define BOARD_UART1        0x40005000
#define BOARD_UART1_IRQ_RX 2
#define BOARD_UART1_IRQ_TX 3
#define BOARD_TIMER0       0x40000000
#define BOARD_TIMER0_IRQ   8
#define BOARD_TIMER1       0x40001000
#define BOARD_TIMER1_IRQ   9
#define BOARD_FPGAIO       0x40028000

#endif
