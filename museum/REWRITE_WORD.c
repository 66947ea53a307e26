/* REWRITE_WORD - wolfBoot #87 and #89, zephyr #45568, #45639 and #51048.
 *
 * The habit of NOR flash: a word may be programmed again to clear more bits. Here its ECC is stored with it
 * and only ANDs: the operation reports success, and the next read a double error. */
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static bool blank(const struct stm32h7_flash *d, uintptr_t bus)
{
    (void)d;
    (void)bus;
    return true;
}

const struct stm32h7_flash_steps museum_REWRITE_WORD = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
