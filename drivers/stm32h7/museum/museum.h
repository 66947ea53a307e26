/* museum.h - historic flash driver bugs. Each exhibit is the driver's table of steps with the steps of the
 * historic driver in it, under the name that the bug catalogue gives it. They are linked only into a
 * build that asks for one (BUG=name) and into tests. */
#ifndef DRIVERS_STM32H7_MUSEUM_H
#define DRIVERS_STM32H7_MUSEUM_H

#include "drivers/stm32h7/flash_steps.h"

extern const struct stm32h7_flash_steps museum_BANK_SPLIT_2M;
extern const struct stm32h7_flash_steps museum_BANK_MASK_25;

#endif
