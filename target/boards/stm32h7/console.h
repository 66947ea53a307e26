/* console.h - the console's two halves. What a program sends is board.c's; how it receives is console_interrupt.c's or
 * console_polled.c's: a program links one of them. Both define board_console_read and board_idle. */
#ifndef TARGET_BOARDS_NUCLEO_H753ZI_CONSOLE_H
#define TARGET_BOARDS_NUCLEO_H753ZI_CONSOLE_H

#include "target/soc/stm32h7/usart.h"

extern struct usart board_console;

/* The USART is up; interrupts are masked still. */
void console_start_reception(void);

#endif
