/*
 * Where an image of Keep lies. Run through the preprocessor, with the board's header and keeptool's
 * parts for application memory.
 *
 * Image: the kernel's own part (vectors, code, constants), then what programs see. RAM: the main
 * stack, with nothing below it; the kernel's data and privileged stacks; then application memory:
 * user stacks and partitions.
 *
 * Source: DDI 0403E B3.1 (the parts of the address map that code and RAM are in).
 */
#include "kernel/abi/config.h"

MEMORY
{
    IMAGE (rx)  : ORIGIN = BOARD_IMAGE_BASE, LENGTH = BOARD_IMAGE_MAX
    RAM   (rwx) : ORIGIN = BOARD_RAM_BASE, LENGTH = BOARD_RAM_MAX
}
ENTRY(keep_reset)
EXTERN(keep_abi) /* for a host: nothing in the image uses it */

SECTIONS
{
    .kernel :
    {
        __image_start = .;
        KEEP(*(.vectors))
        *kernel?arch?*.o(.text* .rodata*)
        *kernel?core?*.o(.text* .rodata*)
        *kernel?drivers?*.o(.text* .rodata*)
        . = ALIGN(4);
        __keep_threads_start = .; KEEP(*(.keep_threads*)) __keep_threads_end = .;
        __keep_grants_start = .;  KEEP(*(.keep_grants))   __keep_grants_end = .;
        *.objects.o(.rodata*)
        *.tables.o(.rodata*)
        *first_link.o(.rodata*)
        . = ALIGN(32);
    } > IMAGE
#if KEEP_HIDE_KERNEL && __ARM_ARCH < 8
    /* Subregions are eighths of the image's power of two: the kernel's part fills whole ones. */
    __eighth = (1 << LOG2CEIL((SIZEOF(.kernel) + SIZEOF(.user) + 64) * 8 / 7)) / 8;
    .user ((ADDR(.kernel) + SIZEOF(.kernel) + __eighth - 1) / __eighth * __eighth) :
#else
    .user :
#endif
    {
        __user_start = .;
        *(.text*)
#if KEEP_RODATA_NX
    } > IMAGE
    /* A region of its own: a power of two, aligned to it. */
    __rodata_size = 1 << LOG2CEIL(SIZEOF(.rodata));
    .rodata ((ADDR(.user) + SIZEOF(.user) + __rodata_size - 1) / __rodata_size * __rodata_size) :
    {
        __rodata_start = .;
#endif
        *(.rodata*)
        . = ALIGN(32);
#if KEEP_RODATA_NX
        __rodata_end = .;
#endif
    } > IMAGE
    .note.gnu.build-id : { *(.note.gnu.build-id) . = ALIGN(32); } > IMAGE
    __image_end = .;

    .main_stack (NOLOAD) :
    {
        __kernel_ram_start = .;
        __main_stack_bottom = .;
        . = . + KEEP_MAIN_STACK;
        __main_stack_top = .;
    } > RAM
    .data :
    {
        . = ALIGN(8);
        __data_start = .;
        *(.data*)
        . = ALIGN(4);
        __data_end = .;
    } > RAM AT > IMAGE
    __data_load = LOADADDR(.data);
    .bss (NOLOAD) :
    {
        . = ALIGN(8);
        __bss_start = .;
        *(.bss*) *(COMMON)
        . = ALIGN(4);
        __bss_end = .;
    } > RAM
    .kernel_stacks (NOLOAD) :
    {
        *(.noinit.kernel_stacks*)
        . = ALIGN(32);
        __kernel_ram_end = .;
    } > RAM
    .user_stacks (NOLOAD) :
    {
        __user_stacks_start = .;
        *(SORT_BY_ALIGNMENT(.noinit.user_stacks*))
        __user_stacks_end = .;
    } > RAM
    INCLUDE KEEP_APP_LD
    __ram_used_end = .;
    /DISCARD/ : { *(.ARM.exidx*) *(.ARM.extab*) *(.keep_domain*)  }
}
