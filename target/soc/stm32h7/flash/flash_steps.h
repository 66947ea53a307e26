/* flash_steps.h - the steps of stm32h7_flash_steps by name, for the tables of the museum. flash.h says what each must
 * do. */
#ifndef TARGET_SOC_STM32H7_FLASH_FLASH_STEPS_H
#define TARGET_SOC_STM32H7_FLASH_FLASH_STEPS_H

#include "target/soc/stm32h7/cache.h"
#include "target/soc/stm32h7/flash/flash.h"

void h7_step_geometry(struct stm32h7_flash *d);
void h7_step_locate(const struct stm32h7_flash *d, uint32_t off, struct stm32h7_place *p);
enum err h7_step_unlock(const struct stm32h7_place *p);
void h7_step_lock(const struct stm32h7_flash *d);
void h7_step_clear_flags(const struct stm32h7_flash *d);
enum err h7_step_wait(const struct stm32h7_place *p, uint32_t polls);
enum err h7_step_status(const struct stm32h7_flash *d, const struct stm32h7_place *p);
bool h7_step_blank(const struct stm32h7_flash *d, uintptr_t bus);
void h7_step_program_on(const struct stm32h7_place *p);
void h7_step_store(uintptr_t bus, const uint32_t *word);
enum err h7_step_erase_on(const struct stm32h7_place *p);
void h7_step_cr_idle(const struct stm32h7_place *p); /* after a program and after an erase */

/* Shared by flash.c and flash_beside.c. Wait until the bank is idle, clear the flags, unlock. */
MUST_CHECK enum err h7_begin(const struct stm32h7_flash *d, const struct stm32h7_place *p);
/* As stm32h7_flash_copy. *corrected: ECC corrected a word. */
MUST_CHECK enum err h7_copy(const struct stm32h7_flash *d, void *dst, uintptr_t bus, uint32_t len,
                            bool *corrected);
#define H7_ERASE_MAX_US 4200000u /* one sector: 2 s at x64, 4 s at x8 */

/* The steps and the part of a configuration: flash_one.c or flash_any.c. */
const struct stm32h7_flash_steps *h7_steps_of(const struct stm32h7_flash_config *config);
const struct soc *h7_soc_of(const struct stm32h7_flash_config *config);

/* Does the program run from this bank (its vector table and constants included)? */
bool h7_runs_from(const struct stm32h7_flash *d, unsigned bank);

static inline struct stm32h7_flash *h7_driver_of(struct flash *f)
{
    return CONTAINER_OF(f, struct stm32h7_flash, flash);
}

static inline const struct soc_flash *h7_part_of(const struct stm32h7_flash *d)
{
    return &h7_soc_of(d->config)->flash;
}

/* True if [start, start + size) and the bank's window share a byte. */
static inline bool h7_in_bank(const struct stm32h7_flash *d, unsigned bank, uint32_t start,
                              uint32_t size)
{
    const struct soc_flash *part = h7_part_of(d);
    uint32_t window = part->base + (bank - 1) * part->bank_size;
    return start < window + part->bank_size && start + size > window;
}

/* The bank of a bus address, 1 or 2; the register block of a bank. */
unsigned flash_bank_of(const struct stm32h7_flash *d, uintptr_t bus);
uintptr_t flash_regs_of(unsigned bank);

#endif
