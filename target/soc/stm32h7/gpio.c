#include "target/soc/stm32h7/gpio.h"

#include "target/soc/stm32h7/regs.h"

#define MODER           0x00u
#define IDR             0x10u
#define AFRL            0x20u
#define MODER_ALTERNATE 2u

/* Set the function before the mode, or the pin would have the old function for a moment. */
void gpio_alternate(uintptr_t port, unsigned pin, unsigned af)
{
    uintptr_t afr = port + AFRL + pin / 8 * 4;
    reg_field(afr, 0xFu << pin % 8 * 4, af << pin % 8 * 4);
    reg_field(port + MODER, 3u << pin * 2, MODER_ALTERNATE << pin * 2);
}

/* Read twice: after the mode changes, the input register follows the pin one bus cycle later. */
bool gpio_read(uintptr_t port, unsigned pin)
{
    reg_field(port + MODER, 3u << pin * 2, 0);
    (void)mmio_read32(port + IDR);
    return (mmio_read32(port + IDR) >> pin & 1) != 0;
}
