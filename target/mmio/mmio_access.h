/* The target's half of core/base/mmio.h: volatile accesses and barriers of an Armv7-M core. */
#ifndef TARGET_MMIO_MMIO_ACCESS_H
#define TARGET_MMIO_MMIO_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint32_t mmio_read32(uintptr_t addr)
{
    return *(volatile uint32_t *)addr;
}

static inline uint16_t mmio_read16(uintptr_t addr)
{
    return *(volatile uint16_t *)addr;
}

static inline uint8_t mmio_read8(uintptr_t addr)
{
    return *(volatile uint8_t *)addr;
}

static inline void mmio_write32(uintptr_t addr, uint32_t value)
{
    *(volatile uint32_t *)addr = value;
}

static inline void mmio_write8(uintptr_t addr, uint8_t value)
{
    *(volatile uint8_t *)addr = value;
}

static inline void mmio_dsb(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

static inline void mmio_isb(void)
{
    __asm__ volatile("isb sy" ::: "memory");
}

/* In target/mmio/mmio.c, not inline, so that no other code that could fault is compiled into it. */
bool mmio_copy_tolerant(void *dst, uintptr_t src, size_t len);

#endif
