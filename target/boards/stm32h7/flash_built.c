/* flash_built.c - the flash driver's steps in this build. STM32H7_FLASH_STEPS is the name of a table: the driver's own,
 * or with BUG=name the one in museum/name.c. */
#include "target/soc/stm32h7/flash/flash.h"

extern const struct stm32h7_flash_steps STM32H7_FLASH_STEPS;

const struct stm32h7_flash_steps *const stm32h7_flash_steps_built = &STM32H7_FLASH_STEPS;
