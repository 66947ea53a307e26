/* ALL_ERRORS_FATAL - zephyr #114005, ArduPilot #30013.
 *
 * Every flag counts as a failure of the operation, also those that the manual lets pass (STRBERR) and those
 * that belong to reads: a corrected bit, speculation. */
#include "core/base/log.h"
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define LOG_MODULE "flash_stm32h7"

#define EOP (1u << 16)

static enum err status(const struct stm32h7_flash *d, const struct stm32h7_place *p)
{
    uint32_t sr = mmio_read32(p->regs + FLASH_SR);
    if ((sr & FLASH_CCR_ALL & ~EOP) == 0)
        return h7_step_status(d, p);
    LOG_ERR("Status Bank%u: 0x%08x", p->bank, (unsigned)sr);
    return ERR_IO;
}

const struct stm32h7_flash_steps museum_ALL_ERRORS_FATAL = {
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
