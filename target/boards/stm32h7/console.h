/* console.h - reception on the console: a program links console_interrupt.c or console_polled.c. Both define
 * console_start_reception, board_console_read and board_idle. Transmission is in board.c. */
#ifndef TARGET_BOARDS_NUCLEO_H753ZI_CONSOLE_H
#define TARGET_BOARDS_NUCLEO_H753ZI_CONSOLE_H

#include "target/soc/stm32h7/usart.h"

extern struct usart board_console;

/* Called when the USART is enabled; interrupts are still masked. */
void console_start_reception(void);

#endif
