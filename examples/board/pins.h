/* pins.h - your own board: console on USART1 at PA9 and PA10, a button that pulls PE3 low. */
#ifndef PINS_H
#define PINS_H

#define BOARD_NAME "my_board"

#define CONSOLE_UART       USART1
#define CONSOLE_IRQ        USART1_IRQ
#define CONSOLE_UART_CLOCK rcc_usart1
#define CONSOLE_PORT       GPIOA
#define CONSOLE_PORT_CLOCK rcc_gpioa
#define CONSOLE_TX         9
#define CONSOLE_RX         10
#define CONSOLE_AF         7

/* Starts serial recovery if it is held at startup. BUTTON_HELD is the level while it is held. */
#define BUTTON_PORT       GPIOE
#define BUTTON_PORT_CLOCK rcc_gpioe
#define BUTTON            3
#define BUTTON_HELD       false

#endif
