/* BANK_SPLIT_2M - the bug of the field report (Zephyr, May to July 2025).
 *
 * The driver took the size from the devicetree for the size of one bank and doubled it; half of the
 * 4 MB is 2 MB, so every offset of the part lies "below the middle" and goes to bank 1.
 *   write to bank 2   PG is set in CR1, the data arrive at bank 2: PGSERR there, SR2 = 0x00040000
 *   erase in bank 2   sector 8 + n, of which SNB keeps three bits: sector n of bank 1, no error
 *   offsets >= 2 MB   pass the range check */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static void geometry(struct stm32h7_flash *d)
{
    h7_step_geometry(d);
    d->flash.size *= 2;
}

static void locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p)
{
    p->bus = h7_part_of(d)->base + off;
    p->sector = off / FLASH_SECTOR;
    p->bank = 1;
    p->regs = FLASH_REGS;
    if (off >= d->flash.size / 2) {
        p->sector -= FLASH_BANK_SIZE / FLASH_SECTOR;
        p->bank = 2;
        p->regs = FLASH_REGS_BANK2;
    }
}

/* Masked to three bits, and never read back. */
static enum err erase_on(const struct stm32h7_place *p)
{
    uint32_t snb = p->sector << FLASH_CR_SNB_SHIFT & FLASH_CR_SNB;
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64 | FLASH_CR_SER | snb);
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64 | FLASH_CR_SER | snb | FLASH_CR_START);
    mmio_dsb();
    return ERR_OK;
}

const struct stm32h7_flash_steps museum_BANK_SPLIT_2M = {
    .geometry = geometry,
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
