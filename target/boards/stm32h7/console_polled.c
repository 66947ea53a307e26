/* console_polled.c - reception by polling, for the bootloader, which reads the console only in serial recovery. It
 * saves 664 bytes of vectors. */
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

/* A received byte wakes the core. The interrupt has no vector, so it is enabled only while interrupts are masked. A
 * byte that arrived before keeps it pending, so the core does not sleep then. */
void board_idle(void)
{
    interrupts_mask();
    nvic_enable(CONSOLE_IRQ);
    core_sleep();
    nvic_disable(CONSOLE_IRQ);
    interrupts_unmask();
}
