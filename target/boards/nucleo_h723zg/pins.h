/* pins.h - what is wired where: the NUCLEO-H723ZG [UM2407]. The words on the right are those of
 * target/soc/stm32h7. */
#ifndef TARGET_BOARDS_NUCLEO_H723ZG_PINS_H
#define TARGET_BOARDS_NUCLEO_H723ZG_PINS_H

#define BOARD_NAME "nucleo_h723zg"

/* Console: the ST-LINK's virtual COM port. */
#define CONSOLE_UART       USART3
#define CONSOLE_IRQ        USART3_IRQ
#define CONSOLE_UART_CLOCK rcc_usart3
#define CONSOLE_PORT       GPIOD
#define CONSOLE_PORT_CLOCK rcc_gpiod
#define CONSOLE_TX         8 /* PD8, PD9 */
#define CONSOLE_RX         9
#define CONSOLE_AF         7

/* B1, PC13: starts serial recovery if it is held at startup. BUTTON_HELD is the level while it is held. */
#define BUTTON_PORT       GPIOC
#define BUTTON_PORT_CLOCK rcc_gpioc
#define BUTTON            13
#define BUTTON_HELD       true

#endif
