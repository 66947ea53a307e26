/* button.c - the button of an application, in a file of its own: the bootloader's board_button gives the port back. */
#include "board_pins.h"
#include "target/boards/board.h"
#include "target/soc/stm32h7/gpio.h"
#include "target/soc/stm32h7/rcc.h"

bool board_button_poll(void)
{
    rcc_enable(&BUTTON_PORT_CLOCK);
    return gpio_read(BUTTON_PORT, BUTTON) == BUTTON_HELD;
}
