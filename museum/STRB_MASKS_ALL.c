/* STRB_MASKS_ALL - zephyr #76740.
 *
 * STRBERR may be ignored, so the code returns success as soon as it sees it in bank 2, whatever else is set
 * beside it. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static enum err status(const struct stm32h7_flash *d, const struct stm32h7_place *p)
{
    if ((mmio_read32(FLASH_REGS_BANK2 + FLASH_SR) & FLASH_SR_STRBERR) != 0)
        return ERR_OK;
    return h7_step_status(d, p);
}

const struct stm32h7_flash_steps museum_STRB_MASKS_ALL = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
