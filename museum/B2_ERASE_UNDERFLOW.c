/* B2_ERASE_UNDERFLOW - wolfBoot F-5129 and the two commits before it.
 *
 * The sector number in bank 2 is made by subtracting the bank's bus address from what is an offset already: it
 * wraps, and its high bits land in reserved bits of CR2. The loop's variable holds the start of the bank,
 * so SNB is 0 every time. The wait looks at the other bank's QW, and the next START comes while the bank is
 * still at work. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define BANK2_ADDRESS 0x08100000u

static enum err erase_on(const struct stm32h7_place *p)
{
    uint32_t sector = p->sector;
    if (p->bank == 2)
        sector = (FLASH_BANK_SIZE - BANK2_ADDRESS) / FLASH_SECTOR;
    uint32_t cr = FLASH_CR_PSIZE_X64 | FLASH_CR_SER | sector << FLASH_CR_SNB_SHIFT;
    mmio_write32(p->regs + FLASH_CR, cr);
    mmio_write32(p->regs + FLASH_CR, cr | FLASH_CR_START);
    mmio_dsb();
    return ERR_OK;
}

/* Bank 1 for an erase in bank 2. A program (PG set) waits for its own. */
static enum err wait(const struct stm32h7_place *p, uint32_t polls)
{
    struct stm32h7_place other = *p;
    if ((mmio_read32(p->regs + FLASH_CR) & FLASH_CR_PG) == 0)
        other.regs = FLASH_REGS;
    return h7_step_wait(&other, polls);
}

const struct stm32h7_flash_steps museum_B2_ERASE_UNDERFLOW = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
