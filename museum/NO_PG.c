/* NO_PG - the OpenOCD fork of ilg-archived #43 and gnu-mcu-eclipse #42.
 *
 * The block writer never sets PG. Revision Y is said to have let that pass, revision V does not. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void program_on(const struct stm32h7_place *p)
{
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64);
    mmio_dsb();
    mmio_isb();
}

const struct stm32h7_flash_steps museum_NO_PG = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
