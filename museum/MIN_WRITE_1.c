/* MIN_WRITE_1 - mynewt #2985, mended in #3035.
 *
 * The device says that it can write single bytes. What is programmed is a whole flash word: with whatever
 * stood behind the caller's byte. */
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void geometry(struct stm32h7_flash *d)
{
    h7_step_geometry(d);
    d->flash.word = 1;
}

const struct stm32h7_flash_steps museum_MIN_WRITE_1 = {
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
