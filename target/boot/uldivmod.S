/* uldivmod.S - unsigned 64-bit division, as the compiler calls it [ARM RTABI 4.3.1]: one bit per turn in 56
 * bytes, where libgcc takes 750. The bootloader divides a few times per log line.
 *   in   r1:r0 numerator, r3:r2 denominator, below 2^63 and not 0
 *   out  r1:r0 quotient, r3:r2 remainder */
    .syntax unified
    .thumb

    .section .text.__aeabi_uldivmod, "ax", %progbits
    .global __aeabi_uldivmod
    .type __aeabi_uldivmod, %function
    .thumb_func
__aeabi_uldivmod:
    push    {r4-r7, lr}
    movs    r4, #0              @ r5:r4 the remainder so far
    movs    r5, #0
    mov     ip, #64
1:  adds    r0, r0, r0          @ numerator out at the top, quotient in at the bottom
    adcs    r1, r1, r1
    adcs    r4, r4, r4
    adcs    r5, r5, r5
    subs    r6, r4, r2
    sbcs    r7, r5, r3
    bcc     2f
    mov     r4, r6
    mov     r5, r7
    adds    r0, r0, #1
2:  subs    ip, ip, #1
    bne     1b
    mov     r2, r4
    mov     r3, r5
    pop     {r4-r7, pc}
    .size __aeabi_uldivmod, . - __aeabi_uldivmod
