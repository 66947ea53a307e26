/* flash_beside.c - in a file of its own, so that a program that does not call it does without the code. */
#include "target/boards/board.h"
#include "target/soc/stm32h7/flash/flash.h"

void board_flash_erase_beside(void)
{
    stm32h7_flash_erase_beside(board_flash());
}

bool board_erase_stalls(const struct flash_area *area)
{
    return stm32h7_flash_runs_from(board_flash(), area->offset, area->size);
}
