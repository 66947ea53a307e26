/* NO_PRECLEAR - katapult #78 and #187, mbed-os #8263.
 *
 * Flags are cleared behind an operation, not before the first one: what another transaction left is taken
 * for this one's failure. The bank is still locked when a call begins, which tells the two apart here. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void clear_flags(const struct stm32h7_flash *d)
{
    uint32_t cr = FLASH_CR_LOCK;
    for (unsigned bank = 1; bank <= h7_part_of(d)->banks; bank++)
        cr &= mmio_read32(flash_regs_of(bank) + FLASH_CR);
    if ((cr & FLASH_CR_LOCK) == 0)
        h7_step_clear_flags(d);
}

const struct stm32h7_flash_steps museum_NO_PRECLEAR = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
