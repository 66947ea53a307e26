/* ERASE_UNALIGNED - Zephyr flash_stm32h7x.c.
 *
 * The range check of an erase asks for the alignment of a write: 128 KB from offset 0x20 wipe all of sector 0
 * and nothing of sector 1. */
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void geometry(struct stm32h7_flash *d)
{
    h7_step_geometry(d);
    d->flash.sector = FLASH_WORD;
}

const struct stm32h7_flash_steps museum_ERASE_UNALIGNED = {
    .geometry = geometry,
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
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
