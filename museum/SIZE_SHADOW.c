/* SIZE_SHADOW - stlink #1146 and #1342.
 *
 * A local variable hid the flash size that had been probed, so "dual bank" was false and the step that enters
 * programming touched bank 1 only: PG of bank 2 stays 0 and its stores are dropped. Flags are cleared but for
 * EOP, so the register reads as in the report: EOP of the erase before, beside PGSERR. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define EOP (1u << 16)

static void clear_flags(const struct stm32h7_flash *d)
{
    (void)d;
    mmio_write32(FLASH_REGS + FLASH_CCR, FLASH_CCR_ALL & ~EOP);
    mmio_write32(FLASH_REGS_BANK2 + FLASH_CCR, FLASH_CCR_ALL & ~EOP);
}

static void program_on(const struct stm32h7_place *p)
{
    struct stm32h7_place bank1 = *p;
    bank1.regs = FLASH_REGS;
    if (h7_step_unlock(&bank1) == ERR_OK)
        h7_step_program_on(&bank1);
}

static void program_off(const struct stm32h7_place *p)
{
    struct stm32h7_place bank1 = *p;
    bank1.regs = FLASH_REGS;
    h7_step_cr_idle(&bank1);
}

const struct stm32h7_flash_steps museum_SIZE_SHADOW = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = program_on,
    .store = h7_step_store,
    .program_off = program_off,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
