/* vectors_console.c - the vectors up to the console's, for the bootloader, which enables no other interrupt. */
#include "board_pins.h"
#include "core/base/compiler.h"
#include "target/boards/stm32h7/console.h"
#include "target/soc/stm32h7/interrupts.h"
#include "target/soc/stm32h7/usart.h"

/* The linker keeps it because bootloader.ld names it. */
extern const interrupt_handler vectors_rest[CONSOLE_IRQ + 1];
USED SECTION(".vectors_rest") const interrupt_handler vectors_rest[] = {
    [0 ... CONSOLE_IRQ - 1] = unexpected_interrupt,
    [CONSOLE_IRQ] = console_handler,
};
