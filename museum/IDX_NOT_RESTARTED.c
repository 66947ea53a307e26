/* IDX_NOT_RESTARTED - micropython 7ecff515.
 *
 * An erase of several sectors takes bank and number from the first one and counts on: behind sector 7 of
 * bank 1 come 8, 9, ..., of which SNB keeps three bits. Erases that stay in one bank are right. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static struct stm32h7_place last; /* of the erase that runs; bus 0: none */

/* The driver goes from sector to sector in an erase only; a program goes from word to word. */
static void locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p)
{
    h7_step_locate(d, off, p);
    if (last.bus != 0 && p->bus == last.bus + FLASH_SECTOR) {
        p->regs = last.regs;
        p->bank = last.bank;
        p->sector = last.sector + 1;
    }
    last = *p;
}

static enum err erase_on(const struct stm32h7_place *p)
{
    uint32_t snb = p->sector << FLASH_CR_SNB_SHIFT & FLASH_CR_SNB;
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64 | FLASH_CR_SER | snb);
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64 | FLASH_CR_SER | snb | FLASH_CR_START);
    mmio_dsb();
    return ERR_OK;
}

static void lock(const struct stm32h7_flash *d)
{
    last.bus = 0;
    h7_step_lock(d);
}

const struct stm32h7_flash_steps museum_IDX_NOT_RESTARTED = {
    .geometry = h7_step_geometry,
    .locate = locate,
    .unlock = h7_step_unlock,
    .lock = lock,
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
