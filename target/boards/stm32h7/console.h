/* console.h - the console, for board.c and the vector tables. board_console_... and board_idle are in console.c, too. */
#ifndef TARGET_BOARDS_STM32H7_CONSOLE_H
#define TARGET_BOARDS_STM32H7_CONSOLE_H

#include "core/base/compiler.h"
#include "core/base/err.h"

/* Clocks, pins, USART and its interrupt, which is taken once interrupts are unmasked. Errors as usart_init. */
MUST_CHECK enum err console_start(void);

/* Send everything that was written, and wait until the last bit has left the pin; works with interrupts masked and in
 * a fault handler. */
void console_drain(void);

/* USART and pins as a reset leaves them. What was not drained is lost. */
void console_stop(void);

/* For the vector table. */
void console_handler(void);

#endif
