/* nvic.h - interrupts, sleep, reset, and the start of another program. */
#ifndef TARGET_SOC_STM32H7_NVIC_H
#define TARGET_SOC_STM32H7_NVIC_H

#include <stdint.h>

#include "core/base/compiler.h"

void nvic_enable(unsigned irq);
void nvic_disable(unsigned irq);
/* Disable all interrupts and clear their pending state, also that of SysTick and PendSV. */
void nvic_quiet(void);

void interrupts_mask(void);
void interrupts_unmask(void);

/* Sleep until an interrupt is pending, even a masked one. */
void core_sleep(void);

NORETURN void core_reset(void);

/* Set VTOR, interrupt masks and stack pointer as after reset, and jump to entry. */
NORETURN void core_enter(uint32_t table, uint32_t stack, uint32_t entry);

#endif
