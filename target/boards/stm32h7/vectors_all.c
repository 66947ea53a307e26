/* vectors_all.c - the vectors of all interrupts, for an application: it may enable any. */
#include "board_pins.h"
#include "core/base/compiler.h"
#include "core/soc/soc.h"
#include "target/boards/stm32h7/console.h"
#include "target/soc/stm32h7/interrupts.h"
#include "target/soc/stm32h7/usart.h"

/* The linker keeps it because image.ld names it. */
extern const interrupt_handler vectors_rest[SOC_INTERRUPTS_MAX];
SECTION(".vectors_rest")
const interrupt_handler vectors_rest[] = {
    [0 ... CONSOLE_IRQ - 1] = unexpected_interrupt,
    [CONSOLE_IRQ] = console_handler,
    [CONSOLE_IRQ + 1 ... SOC_INTERRUPTS_MAX - 1] = unexpected_interrupt,
};
