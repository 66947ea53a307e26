/* stack.c - how much of its stack a program has used: what is painted and not painted over, it has not. */
#include "core/base/mmio.h"
#include "target/boards/board.h"

#define PAINT 0xaaaaaaaau /* Zephyr's */

/* The frames of the caller and of this function stay; no interrupt may come meanwhile that needs more. */
#define KEEP 128u

/* From the linker script, both multiples of 8. */
extern uint8_t stack_bottom[], stack_top[];

void board_stack_paint(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    for (uintptr_t at = (uintptr_t)stack_bottom; at + 4 <= here - KEEP; at += 4)
        mmio_write32(at, PAINT);
}

uint32_t board_stack_size(void)
{
    return (uint32_t)((uintptr_t)stack_top - (uintptr_t)stack_bottom);
}

uint32_t board_stack_used(void)
{
    uintptr_t at = (uintptr_t)stack_bottom;
    while (at < (uintptr_t)stack_top && mmio_read32(at) == PAINT)
        at += 4;
    return (uint32_t)((uintptr_t)stack_top - at);
}
