/* CLEAR_VIA_SR - wolfBoot, stlink, embassy, stm32h7xx-hal: four shipped drivers.
 *
 * Flags are "cleared" by writing them to SR, as on F4 and L4. On the H7 SR is read-only: they stay, and every
 * later status check meets them again. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void clear_flags(const struct stm32h7_flash *d)
{
    for (unsigned bank = 1; bank <= h7_part_of(d)->banks; bank++)
        mmio_write32(flash_regs_of(bank) + FLASH_SR, FLASH_CCR_ALL);
}

const struct stm32h7_flash_steps museum_CLEAR_VIA_SR = {
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
