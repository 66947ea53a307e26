/* gpio.h - pins in an alternate function, and one that is read. */
#ifndef TARGET_SOC_STM32H7_GPIO_H
#define TARGET_SOC_STM32H7_GPIO_H

#include <stdbool.h>
#include <stdint.h>

#define GPIOA 0x58020000u
#define GPIOB 0x58020400u
#define GPIOC 0x58020800u
#define GPIOD 0x58020C00u
#define GPIOE 0x58021000u
#define GPIOF 0x58021400u
#define GPIOG 0x58021800u
#define GPIOH 0x58021C00u
#define GPIOI 0x58022000u
#define GPIOJ 0x58022400u
#define GPIOK 0x58022800u

/* Give the pin (0..15) of a port to alternate function af (0..15). The port's clock must run. */
void gpio_alternate(uintptr_t port, unsigned pin, unsigned af);

/* Make the pin an input, and read it. */
bool gpio_read(uintptr_t port, unsigned pin);

#endif
