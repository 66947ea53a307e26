/* flash_any.c - on the host: the steps and the part that a configuration names, as tests and the museum want them. */
#include "target/soc/stm32h7/flash/flash_steps.h"

const struct stm32h7_flash_steps *h7_steps_of(const struct stm32h7_flash_config *config)
{
    return config->steps;
}

const struct soc *h7_soc_of(const struct stm32h7_flash_config *config)
{
    return config->soc;
}
