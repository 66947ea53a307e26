/* cache.h - the core's caches, as far as a flash driver and a bootloader need them. */
#ifndef TARGET_SOC_STM32H7_CACHE_H
#define TARGET_SOC_STM32H7_CACHE_H

#include <stdint.h>

/* Drop the D-cache lines that overlap [addr, addr + len), without writing them back; nothing if the
 * D-cache is off. Only for memory of which the cache holds no newer data (flash). */
void cache_forget(uintptr_t addr, uint32_t len);

/* Switch the I-cache on, empty; off again, empty. */
void cache_instructions_on(void);
void cache_instructions_off(void);

#endif
