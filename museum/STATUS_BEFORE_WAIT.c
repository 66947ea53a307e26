/* STATUS_BEFORE_WAIT - Zephyr flash_stm32h7x.c, #91761.
 *
 * The flags are read before the wait. An error that comes at the end of the operation is not among them: this
 * call succeeds, or the next one is blamed. */
#include "core/base/log.h"
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define LOG_MODULE "flash_stm32h7"

#define FAILED (FLASH_SR_WRPERR | FLASH_SR_PGSERR | FLASH_SR_INCERR | FLASH_SR_OPERR)

static uint32_t early;

static enum err wait(const struct stm32h7_place *p, uint32_t polls)
{
    early = mmio_read32(p->regs + FLASH_SR);
    return h7_step_wait(p, polls);
}

static enum err status(const struct stm32h7_flash *d, const struct stm32h7_place *p)
{
    (void)d;
    if ((early & FAILED) == 0)
        return ERR_OK;
    LOG_ERR("Status Bank%u: 0x%08x", p->bank, (unsigned)early);
    return ERR_IO;
}

const struct stm32h7_flash_steps museum_STATUS_BEFORE_WAIT = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = wait,
    .status = status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
