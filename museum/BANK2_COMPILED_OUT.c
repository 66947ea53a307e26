/* BANK2_COMPILED_OUT - micropython a0dae1dd.
 *
 * The path for bank 2 stands behind a preprocessor test for an option bit (DBANK) that other parts of the
 * line have and the H7 lacks: every address is bank 1's, with its number in the whole part. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p)
{
    p->bus = h7_part_of(d)->base + off;
    p->bank = 1;
    p->regs = FLASH_REGS;
    p->sector = off / FLASH_SECTOR;
}

static enum err erase_on(const struct stm32h7_place *p)
{
    uint32_t cr = FLASH_CR_PSIZE_X64 | FLASH_CR_SER | p->sector << FLASH_CR_SNB_SHIFT;
    mmio_write32(p->regs + FLASH_CR, cr);
    mmio_write32(p->regs + FLASH_CR, cr | FLASH_CR_START);
    mmio_dsb();
    return ERR_OK;
}

const struct stm32h7_flash_steps museum_BANK2_COMPILED_OUT = {
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
    .erase_on = erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
