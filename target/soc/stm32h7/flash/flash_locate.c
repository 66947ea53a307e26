#include "target/soc/stm32h7/flash/flash_regs.h"
#include "target/soc/stm32h7/flash/flash_steps.h"

/* The size is a constant of the part, checked against the chip at start-up. It is never computed
 * from a devicetree node that may mean one bank or both. */
void h7_step_geometry(struct stm32h7_flash *d)
{
    d->flash.size = 2 * FLASH_BANK_SIZE;
    d->flash.sector = FLASH_SECTOR;
    d->flash.word = FLASH_WORD;
}

/* Register blocks follow address windows, not silicon: bit 20 of the address decides, whatever
 * SWAP_BANK says. */
uintptr_t flash_regs_of(uintptr_t bus)
{
    return (bus & FLASH_BANK_SIZE) == 0 ? FLASH_REGS : FLASH_REGS_BANK2;
}

void h7_step_locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p)
{
    p->bus = d->config->base + off;
    p->regs = flash_regs_of(p->bus);
    p->bank = p->regs == FLASH_REGS ? 1 : 2;
    p->sector = off % FLASH_BANK_SIZE / FLASH_SECTOR;
}
