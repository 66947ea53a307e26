/* mpu.h - the regions that this firmware sets in the memory protection unit. */
#ifndef TARGET_SOC_STM32H7_MPU_H
#define TARGET_SOC_STM32H7_MPU_H

#include <stdint.h>

#include "core/soc/soc.h"

/* Keep the core from speculative reads of system flash, which raise RDPERR and RDSERR; a flash driver could take these
 * for its own errors. Ordinary reads still work. size must be a power of two, base a multiple of it. */
void mpu_guard_system_flash(const struct soc_region *system_flash);

/* Allow execution only from the program's own part of flash: if a glitch sends the core into a slot, it takes a fault.
 * Only that part is cached: no cache can hold a word that a program or an erase changes, or one that does not decode. Both
 * sizes must be powers of two, both bases multiples of them. */
void mpu_run_only(uint32_t flash, uint32_t flash_size, uint32_t program, uint32_t program_size);

/* Forbid execution from this RAM. size must be a power of two, ram a multiple of it. */
void mpu_no_fetches(uint32_t ram, uint32_t size);

void mpu_off(void);

#endif
