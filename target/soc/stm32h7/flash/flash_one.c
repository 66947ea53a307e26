/* flash_one.c - on the device: the steps of the build and no others, so that they are called by name. */
#include "target/soc/stm32h7/flash/flash_steps.h"

const struct stm32h7_flash_steps *h7_steps_of(const struct stm32h7_flash_config *config)
{
    (void)config;
    return stm32h7_flash_steps_built;
}
