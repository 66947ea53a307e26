/* ERASE_OTHER_BANK - mbed-os #10691, mended in #10697.
 *
 * Left over from porting: behind a sector erase in bank 1 the code erases all of bank 2. No error flag. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define CR_BER         (1u << 3)
#define BANK_ERASE_MAX 30000000u /* polls */

static void erase_off(const struct stm32h7_place *p)
{
    struct stm32h7_place other = {.regs = FLASH_REGS_BANK2, .bank = 2};
    h7_step_cr_idle(p);
    if (p->bank != 1 || h7_step_unlock(&other) != ERR_OK)
        return;
    mmio_write32(other.regs + FLASH_CR, FLASH_CR_PSIZE_X64 | CR_BER | FLASH_CR_START);
    mmio_dsb();
    if (h7_step_wait(&other, BANK_ERASE_MAX) == ERR_OK)
        h7_step_cr_idle(&other);
}

const struct stm32h7_flash_steps museum_ERASE_OTHER_BANK = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = erase_off,
    .invalidate = cache_forget,
};
