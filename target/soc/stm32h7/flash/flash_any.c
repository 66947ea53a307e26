/* flash_any.c - on a host: the steps and the part that the configuration names, for tests and the museum. */
#include "target/soc/stm32h7/flash/flash_steps.h"

const struct stm32h7_flash_steps *h7_steps_of(const struct stm32h7_flash_config *config)
{
    return config->steps;
}

const struct soc *h7_soc_of(const struct stm32h7_flash_config *config)
{
    return config->soc;
}

bool h7_runs_from(const struct stm32h7_flash *d, unsigned bank)
{
    return h7_in_bank(d, bank, d->config->program_start, d->config->program_size);
}
