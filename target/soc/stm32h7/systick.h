/* systick.h - uptime from the core's SysTick: a tick each millisecond, read to the microsecond. */
#ifndef TARGET_SOC_STM32H7_SYSTICK_H
#define TARGET_SOC_STM32H7_SYSTICK_H

#include <stdint.h>

/* clock_hz is the core clock, a multiple of 1 MHz. Uptime starts at 0. */
void systick_start(uint32_t clock_hz);
void systick_stop(void);

/* Call from the SysTick interrupt. */
void systick_interrupt(void);

/* Microseconds since systick_start. Ticks that pass while interrupts are masked, or while flash holds the core,
 * are lost from the second one on. */
uint64_t systick_uptime_us(void);

#endif
