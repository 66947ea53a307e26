/* rcc.h - reset and clock control: peripheral clocks, and the cause of the last reset. */
#ifndef TARGET_SOC_STM32H7_RCC_H
#define TARGET_SOC_STM32H7_RCC_H

#include <stdbool.h>
#include <stdint.h>

/* The clock after reset: HSI, all prescalers 1 [RM0433, RCC]. clock.h has a faster one. */
#define RCC_HSI_HZ 64000000u

/* One peripheral: its bit in an enable register and in the reset register of the same bus. */
struct rcc_gate {
    uint16_t enable, reset; /* register offsets */
    uint8_t bit;
};

extern const struct rcc_gate rcc_hash;
extern const struct rcc_gate rcc_gpioa, rcc_gpiob, rcc_gpioc, rcc_gpiod, rcc_gpioe, rcc_gpiof,
    rcc_gpiog, rcc_gpioh, rcc_gpioi, rcc_gpioj, rcc_gpiok;
extern const struct rcc_gate rcc_usart1, rcc_usart2, rcc_usart3, rcc_uart4, rcc_uart5, rcc_usart6,
    rcc_uart7, rcc_uart8;

void rcc_enable(const struct rcc_gate *g);
/* A gate to a peripheral that the chip does not have stays closed. */
bool rcc_is_enabled(const struct rcc_gate *g);
/* Reset the peripheral's registers, then stop its clock. */
void rcc_disable(const struct rcc_gate *g);

/* Reset flags (RCC_RSR). They add up until cleared. */
#define RCC_RESET_PIN      (1u << 22)
#define RCC_RESET_POWER    (1u << 23)
#define RCC_RESET_BROWNOUT (1u << 21)
#define RCC_RESET_SOFTWARE (1u << 24)
#define RCC_RESET_IWDG     (1u << 26)
#define RCC_RESET_WWDG     (1u << 28)
uint32_t rcc_reset_flags(void);
void rcc_clear_reset_flags(void);

#endif
