/* flash_one.c - on a device: the steps and the part of the build, so that the compiler can call them directly. */
#include "target/soc/stm32h7/flash/flash_steps.h"

/* From the linker script: the region of this program; the address of program_size is the size. */
extern uint8_t program_start[], program_size[];

const struct stm32h7_flash_steps *h7_steps_of(const struct stm32h7_flash_config *config)
{
    (void)config;
    return stm32h7_flash_steps_built;
}

const struct soc *h7_soc_of(const struct stm32h7_flash_config *config)
{
    (void)config;
    return soc_built;
}

bool h7_runs_from(const struct stm32h7_flash *d, unsigned bank)
{
    return h7_in_bank(d, bank, (uint32_t)program_start, (uint32_t)program_size);
}
