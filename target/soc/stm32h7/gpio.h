/* gpio.h - pins in an alternate function, and one that is read. */
#ifndef TARGET_SOC_STM32H7_GPIO_H
#define TARGET_SOC_STM32H7_GPIO_H

#include <stdbool.h>
#include <stdint.h>

#include "core/soc/stm32h7.h"

#define GPIOA GPIOA_BASE
#define GPIOB GPIOB_BASE
#define GPIOC GPIOC_BASE
#define GPIOD GPIOD_BASE
#define GPIOE GPIOE_BASE
#define GPIOF GPIOF_BASE
#define GPIOG GPIOG_BASE
#define GPIOH GPIOH_BASE
#define GPIOI GPIOI_BASE
#define GPIOJ GPIOJ_BASE
#define GPIOK GPIOK_BASE

/* Give the pin (0..15) of a port to alternate function af (0..15). The port's clock must run. */
void gpio_alternate(uintptr_t port, unsigned pin, unsigned af);

/* Make the pin an input, and read it. */
bool gpio_read(uintptr_t port, unsigned pin);

#endif
