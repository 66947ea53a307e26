/* cache.h - maintenance of the core's caches, for the flash driver and the bootloader. */
#ifndef TARGET_SOC_STM32H7_CACHE_H
#define TARGET_SOC_STM32H7_CACHE_H

#include <stdint.h>

/* Invalidate the D-cache lines that overlap [addr, addr + len) without writing them back; nothing if the D-cache is
 * off. Only for memory of which the cache has no newer data (flash). */
void cache_forget(uintptr_t addr, uint32_t len);

/* Invalidate the I-cache and switch it on; switch it off and invalidate it. */
void cache_instructions_on(void);
void cache_instructions_off(void);

/* The same for the D-cache of size bytes; lines that memory does not have yet are written to it. Off twice does
 * nothing. */
void cache_data_on(uint32_t size);
void cache_data_off(uint32_t size);

#endif
