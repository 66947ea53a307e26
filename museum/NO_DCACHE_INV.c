/* NO_DCACHE_INV - zephyr #99024 and #44715, nuttx #7258 and #7397.
 *
 * Lines of the D-cache survive a program and an erase: what is read back is what was there before, with clean
 * flags. */
#include "museum/museum.h"

static void invalidate(uintptr_t bus, uint32_t len)
{
    (void)bus;
    (void)len;
}

const struct stm32h7_flash_steps museum_NO_DCACHE_INV = {
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
    .erase_off = h7_step_cr_idle,
    .invalidate = invalidate,
};
