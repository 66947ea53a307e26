/* mpu.h - what this firmware asks of the memory protection unit. */
#ifndef TARGET_SOC_STM32H7_MPU_H
#define TARGET_SOC_STM32H7_MPU_H

#include <stdint.h>

#include "core/soc/soc.h"

/* Keep the core from speculating into system flash: that raises RDPERR and RDSERR, which a flash driver could
 * take for its own errors. Ordinary reads there still work. Base a multiple of size, size a power of two. */
void mpu_guard_system_flash(const struct soc_region *system_flash);

/* No instruction comes from flash but from the program's own part of it: a core that a glitch sends into a
 * slot takes a fault instead. Base a multiple of size, size a power of two, both. */
void mpu_run_only(uint32_t flash, uint32_t flash_size, uint32_t program, uint32_t program_size);

/* No instruction comes from this RAM. Base a multiple of size, size a power of two. */
void mpu_no_fetches(uint32_t ram, uint32_t size);

void mpu_off(void);

#endif
