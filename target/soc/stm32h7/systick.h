/* systick.h - uptime by the core's SysTick: a tick each millisecond, with a resolution of one microsecond. */
#ifndef TARGET_SOC_STM32H7_SYSTICK_H
#define TARGET_SOC_STM32H7_SYSTICK_H

#include <stdbool.h>
#include <stdint.h>

/* clock_hz is the core clock, a multiple of 1 MHz. Uptime starts at 0. */
void systick_start(uint32_t clock_hz);
void systick_stop(void);

/* Has a millisecond ended since the last call? With interrupts masked, too. */
bool systick_is_over(void);

/* Call from the SysTick interrupt. */
void systick_interrupt(void);

/* Microseconds since systick_start. While interrupts are masked or flash stalls the core, only one tick is counted;
 * further ticks are lost. */
uint64_t systick_uptime_us(void);

#endif
