/* SWAP_FLIPS_BLOCK - two ST Community reports on the STM32H743; micropython's branch for swapped banks.
 *
 * Ported from parts on which the bank bit means silicon (H5, U5, G0): with SWAP_BANK set the other register
 * block is taken. On the H7 register blocks follow the address windows. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p)
{
    h7_step_locate(d, off, p);
    if ((mmio_read32(FLASH_OPTCR) & FLASH_OPTCR_SWAP_BANK) == 0)
        return;
    p->bank = 3 - p->bank;
    p->regs = p->bank == 1 ? FLASH_REGS : FLASH_REGS_BANK2;
}

const struct stm32h7_flash_steps museum_SWAP_FLIPS_BLOCK = {
    .geometry = h7_step_geometry,
    .locate = locate,
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
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
