/* iwdg.h - the independent watchdog: runs from its own 32 kHz oscillator; once started it stops only
 * with a reset. */
#ifndef TARGET_SOC_STM32H7_IWDG_H
#define TARGET_SOC_STM32H7_IWDG_H

#include <stdint.h>

/* Start it: reset after timeout_ms without a feed; rounded up to a multiple of 8 ms, at most 32768 ms. */
void iwdg_start(uint32_t timeout_ms);
/* No effect if the watchdog does not run. */
void iwdg_feed(void);

#endif
