/* LEAK_LOCK - nuttx 8659a31c and 1ca95224, zephyr #91761.
 *
 * The path of an error returns without what the good path does at its end: PG or SER stay set and the bank
 * stays open. */
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static bool failed;

static enum err status(const struct stm32h7_flash *d, const struct stm32h7_place *p)
{
    enum err e = h7_step_status(d, p);
    failed = e != ERR_OK;
    return e;
}

static void mode_off(const struct stm32h7_place *p)
{
    if (!failed)
        h7_step_cr_idle(p);
}

static void lock(const struct stm32h7_flash *d)
{
    if (!failed)
        h7_step_lock(d);
    failed = false;
}

const struct stm32h7_flash_steps museum_LEAK_LOCK = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = mode_off,
    .erase_on = h7_step_erase_on,
    .erase_off = mode_off,
    .invalidate = cache_forget,
};
