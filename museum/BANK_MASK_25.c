/* BANK_MASK_25 - wolfBoot #109, mended in #112.
 *
 * The test for bank 2 looks at bit 24 of the address, one zero too many in the mask, which no address of
 * the flash has: everything goes to bank 1. A write to bank 2 leaves PGSERR in SR2; an erase hits the
 * sector of the same number in bank 1 without an error. */
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define BANK_MASK 0x01000000u /* 0x00100000 was meant */

static void locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p)
{
    p->bus = h7_part_of(d)->base + off;
    p->bank = (off & BANK_MASK) == 0 ? 1 : 2;
    p->regs = p->bank == 1 ? FLASH_REGS : FLASH_REGS_BANK2;
    p->sector = off % FLASH_BANK_SIZE / FLASH_SECTOR;
}

const struct stm32h7_flash_steps museum_BANK_MASK_25 = {
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
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
