/* nvic.h - the core's interrupt controller, masks, and the way into another program. */
#ifndef TARGET_SOC_STM32H7_NVIC_H
#define TARGET_SOC_STM32H7_NVIC_H

#include <stdint.h>

#include "core/base/compiler.h"

void nvic_enable(unsigned irq);
void nvic_disable(unsigned irq);
/* Every interrupt off and not pending, SysTick and PendSV not pending either. */
void nvic_quiet(void);

void interrupts_mask(void);
void interrupts_unmask(void);

/* Sleep until an interrupt is pending, even a masked one. */
void core_sleep(void);

NORETURN void core_reset(void);

/* Set VTOR, masks and stack as after reset and go to entry. The caller's stack is gone. */
NORETURN void core_enter(uint32_t table, uint32_t stack, uint32_t entry);

#endif
