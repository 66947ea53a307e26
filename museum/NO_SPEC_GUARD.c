/* NO_SPEC_GUARD - zephyr #60449 and #60765, hubris #1905 and #1908.
 *
 * RDPERR and RDSERR count as failures of a program or erase. The Cortex-M7 raises them by speculative fetches
 * from system flash, at any time; a second try works. */
#include "core/base/log.h"
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define LOG_MODULE "flash_stm32h7"

static enum err status(const struct stm32h7_flash *d, const struct stm32h7_place *p)
{
    uint32_t sr = 0;
    for (unsigned bank = 1; bank <= h7_part_of(d)->banks; bank++)
        sr |= mmio_read32(flash_regs_of(bank) + FLASH_SR);
    enum err e = h7_step_status(d, p);
    if ((sr & (FLASH_SR_RDPERR | FLASH_SR_RDSERR)) == 0)
        return e;
    LOG_ERR("Status: 0x%08x", (unsigned)sr);
    return ERR_IO;
}

const struct stm32h7_flash_steps museum_NO_SPEC_GUARD = {
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
