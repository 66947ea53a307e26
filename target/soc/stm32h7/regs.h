/* regs.h - helpers for register access. */
#ifndef TARGET_SOC_STM32H7_REGS_H
#define TARGET_SOC_STM32H7_REGS_H

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/base/mmio.h"

static inline void reg_set(uintptr_t addr, uint32_t bits)
{
    mmio_write32(addr, mmio_read32(addr) | bits);
}

static inline void reg_clear(uintptr_t addr, uint32_t bits)
{
    mmio_write32(addr, mmio_read32(addr) & ~bits);
}

/* Replace the bits of mask by value. */
static inline void reg_field(uintptr_t addr, uint32_t mask, uint32_t value)
{
    mmio_write32(addr, (mmio_read32(addr) & ~mask) | value);
}

/* Read until (register & mask) == value; ERR_TIMEOUT after polls + 1 reads. */
MUST_CHECK enum err reg_wait(uintptr_t addr, uint32_t mask, uint32_t value, uint32_t polls);

#endif
