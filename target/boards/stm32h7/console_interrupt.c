/* console_interrupt.c - reception by interrupt, for an application. Includes the vectors of all interrupts. */
#include "board_pins.h"
#include "core/soc/soc.h"
#include "target/boards/board.h"
#include "target/boards/stm32h7/console.h"
#include "target/soc/stm32h7/interrupts.h"
#include "target/soc/stm32h7/nvic.h"

void console_start_reception(void)
{
    nvic_enable(CONSOLE_IRQ);
}

static void console_handler(void)
{
    usart_interrupt(&board_console);
}

size_t board_console_read(void *dst, size_t cap)
{
    return usart_read(&board_console, dst, cap);
}

/* Interrupts are masked during the test, or a byte that arrives between test and sleep would wait for the next tick. A
 * masked interrupt still wakes the core. */
void board_idle(void)
{
    interrupts_mask();
    if (!usart_pending(&board_console))
        core_sleep();
    interrupts_unmask();
}

/* The linker keeps it because image.ld names it. */
extern const interrupt_handler vectors_rest[SOC_INTERRUPTS_MAX];
SECTION(".vectors_rest")
const interrupt_handler vectors_rest[] = {
    [0 ... CONSOLE_IRQ - 1] = unexpected_interrupt,
    [CONSOLE_IRQ] = console_handler,
    [CONSOLE_IRQ + 1 ... SOC_INTERRUPTS_MAX - 1] = unexpected_interrupt,
};
