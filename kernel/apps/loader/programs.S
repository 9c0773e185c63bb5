/* The programs that lie in the image's memory. PROGRAMS is their folder. */
    .section .rodata.programs, "a"
    .macro program name
    .balign 4
    .global program_\name, program_\name\()_end
program_\name:
    .incbin "\name\().kpg"
program_\name\()_end:
    .endm
    program guest
    program evil
