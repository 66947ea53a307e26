/* console_polled.c - reception without a handler, for a program that looks often enough when it wants bytes and not at all
 * otherwise: the bootloader. It leaves 664 bytes of vectors out. */
#include "board_pins.h"
#include "target/boards/board.h"
#include "target/boards/stm32h7/console.h"
#include "target/soc/stm32h7/interrupts.h"
#include "target/soc/stm32h7/nvic.h"

void console_start_reception(void)
{
}

size_t board_console_read(void *dst, size_t cap)
{
    usart_interrupt(&board_console);
    return usart_read(&board_console, dst, cap);
}

/* A byte wakes the core, and nothing more: the interrupt is enabled only while it is masked, for it has no vector.
 * One that came before is pending still, so there is no sleep to miss it in. */
void board_idle(void)
{
    interrupts_mask();
    nvic_enable(CONSOLE_IRQ);
    core_sleep();
    nvic_disable(CONSOLE_IRQ);
    interrupts_unmask();
}
