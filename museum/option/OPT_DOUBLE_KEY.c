/* OPT_DOUBLE_KEY - stlink 42b3a10.
 *
 * The option keys are sent "for each bank", to offset 0x008 and to 0x108. Both are the same register: the
 * second pair is a wrong sequence, and the options stay locked until the next reset. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static enum err unlock(void)
{
    for (unsigned bank = 0; bank < 2; bank++) {
        mmio_write32(FLASH_OPTKEYR + bank * 0x100, FLASH_OPTION_KEY1);
        mmio_write32(FLASH_OPTKEYR + bank * 0x100, FLASH_OPTION_KEY2);
    }
    return (mmio_read32(FLASH_OPTCR) & FLASH_OPTCR_LOCK) == 0 ? ERR_OK : ERR_ACCESS;
}

const struct stm32h7_option_steps museum_OPT_DOUBLE_KEY = {
    .unlock = unlock,
    .lock = h7_option_lock,
    .request = h7_option_request,
    .start = h7_option_start,
    .verify = h7_option_verify,
};
