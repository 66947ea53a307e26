/* clock.h - the clock of core and buses: HSI at 64 MHz, as after reset, or more of it through PLL1. */
#ifndef TARGET_SOC_STM32H7_CLOCK_H
#define TARGET_SOC_STM32H7_CLOCK_H

#include <stdint.h>

#include "core/soc/soc.h"

/* Run at the most that the part allows at VOS1 (400 MHz; AXI and AHB half of it, APB a quarter), from HSI, without a
 * crystal, supplied by the LDO. The USARTs stay on HSI. Call it from the state after reset, while flash is idle. Returns
 * the core's clock in Hz: RCC_HSI_HZ if supply, voltage or PLL do not get ready; then everything is as after reset. */
uint32_t clock_run_fast(const struct soc_clocks *part);

/* Clocks, voltage and flash latency as a reset leaves them, in the order that the manual asks for; in any state, while
 * flash is idle. The choice of the supply stays: it can be made once after power-on. */
void clock_reset(void);

#endif
