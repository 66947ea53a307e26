/* BSY_ONLY - ChromiumOS EC, stm32h7xx-hal.
 *
 * The wait looks at BSY alone, which drops between the steps of one operation: the end of the wait is not the
 * end of the operation. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static enum err wait(const struct stm32h7_place *p, uint32_t polls)
{
    do {
        if ((mmio_read32(p->regs + FLASH_SR) & FLASH_SR_BSY) == 0)
            return ERR_OK;
    } while (polls-- > 0);
    return ERR_TIMEOUT;
}

const struct stm32h7_flash_steps museum_BSY_ONLY = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
