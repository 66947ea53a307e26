/* flash_beside.c - in a file of its own, so that a program that does not call it does without the code. */
#include "target/boards/board.h"
#include "target/soc/stm32h7/flash/flash.h"

void board_flash_erase_beside(void)
{
    stm32h7_flash_erase_beside(board_flash());
}
