/* NO_DSB_AFTER - embassy #2539.
 *
 * No barrier behind the last store. The word is still in the core's store buffer when SR is read (nothing is
 * running, nothing is wrong) and when PG is cleared; then it arrives. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void store(uintptr_t bus, const uint32_t *word)
{
    for (unsigned i = 0; i < FLASH_WORD / 4; i++)
        mmio_write32(bus + 4 * i, word[i]);
}

static void program_off(const struct stm32h7_place *p)
{
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64);
}

const struct stm32h7_flash_steps museum_NO_DSB_AFTER = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = store,
    .program_off = program_off,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
