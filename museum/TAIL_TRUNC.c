/* TAIL_TRUNC - micropython d3fe0a06; RT-Thread #4405 is the same bug.
 *
 * The number of flash words is the length divided by 32, rounded down: the last bytes of a write that is not a
 * multiple are never programmed, and the call succeeds. The driver announces a write unit of 4 bytes, so callers do pass such lengths. */
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static enum err (*program_words)(struct flash *f, uint32_t off, const void *src, uint32_t len);

static enum err program(struct flash *f, uint32_t off, const void *src, uint32_t len)
{
    uint32_t words = len / FLASH_WORD;
    return program_words(f, off, src, words * FLASH_WORD);
}

static void geometry(struct stm32h7_flash *d)
{
    h7_step_geometry(d);
    d->flash.word = 4;
    program_words = d->flash.program;
    d->flash.program = program;
}

const struct stm32h7_flash_steps museum_TAIL_TRUNC = {
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
