#include "target/soc/stm32h7/flash/flash_regs.h"
#include "target/soc/stm32h7/flash/flash_steps.h"

/* The size is a constant of the part, checked against the chip at start-up. It is never computed
 * from a devicetree node that may mean one bank or both. */
void h7_step_geometry(struct stm32h7_flash *d)
{
    const struct soc_flash *part = h7_part_of(d);
    d->flash.size = part->size;
    d->flash.sector = part->sector;
    d->flash.word = part->word;
}

/* The register block belongs to the address range, not to the physical bank: SWAP_BANK does not matter. */
unsigned flash_bank_of(const struct stm32h7_flash *d, uintptr_t bus)
{
    const struct soc_flash *part = h7_part_of(d);
    return 1 + (bus - part->base) / part->bank_size % part->banks;
}

uintptr_t flash_regs_of(unsigned bank)
{
    return bank == 1 ? FLASH_REGS : FLASH_REGS_BANK2;
}

void h7_step_locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p)
{
    const struct soc_flash *part = h7_part_of(d);
    p->bus = part->base + off;
    p->bank = flash_bank_of(d, p->bus);
    p->regs = flash_regs_of(p->bank);
    p->sector = off % part->bank_size / part->sector;
}
