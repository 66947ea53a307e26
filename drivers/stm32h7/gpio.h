/* gpio.h - pins in an alternate function, and one that is read. */
#ifndef DRIVERS_STM32H7_GPIO_H
#define DRIVERS_STM32H7_GPIO_H

#include <stdbool.h>
#include <stdint.h>

#define GPIOC 0x58020800u
#define GPIOD 0x58020C00u

/* Give the pin (0..15) of a port to alternate function af (0..15). The port's clock must run. */
void gpio_alternate(uintptr_t port, unsigned pin, unsigned af);

/* Make the pin an input, and read it. */
bool gpio_read(uintptr_t port, unsigned pin);

#endif
