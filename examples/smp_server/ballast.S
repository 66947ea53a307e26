/* ballast.S - CONFIG_APP_BALLAST_KB of constant data that does not compress and does not repeat, so that the sample
 * is as large as a product. The numbers are those of a linear congruential generator. */
#include "autoconf.h"

    .section .rodata.ballast, "a", %progbits
    .balign 4
    .global ballast_size
ballast_size:
    .word 4 * CONFIG_APP_BALLAST_KB * 256
    .set x, 1
    .rept CONFIG_APP_BALLAST_KB * 256
    .set x, (x * 1664525 + 1013904223) & 0xffffffff
    .word x
    .endr
