#include "target/soc/stm32h7/rcc.h"

#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/regs.h"

#define RCC_RSR  (RCC_BASE + 0xD0)
#define RSR_RMVF (1u << 16)

#define GATE(enable_, reset_, bit_)                           \
    {                                                         \
        .enable = (enable_), .reset = (reset_), .bit = (bit_) \
    }

/* AHB2ENR, AHB2RSTR; AHB4ENR, AHB4RSTR; APB1LENR, APB1LRSTR; APB2ENR, APB2RSTR. Gates that a program does not use are
 * not linked. */
const struct rcc_gate rcc_hash = GATE(0xDC, 0x84, 5);
const struct rcc_gate rcc_gpioa = GATE(0xE0, 0x88, 0), rcc_gpiob = GATE(0xE0, 0x88, 1),
                      rcc_gpioc = GATE(0xE0, 0x88, 2), rcc_gpiod = GATE(0xE0, 0x88, 3),
                      rcc_gpioe = GATE(0xE0, 0x88, 4), rcc_gpiof = GATE(0xE0, 0x88, 5),
                      rcc_gpiog = GATE(0xE0, 0x88, 6), rcc_gpioh = GATE(0xE0, 0x88, 7),
                      rcc_gpioi = GATE(0xE0, 0x88, 8), rcc_gpioj = GATE(0xE0, 0x88, 9),
                      rcc_gpiok = GATE(0xE0, 0x88, 10);
const struct rcc_gate rcc_usart1 = GATE(0xF0, 0x98, 4), rcc_usart2 = GATE(0xE8, 0x90, 17),
                      rcc_usart3 = GATE(0xE8, 0x90, 18), rcc_uart4 = GATE(0xE8, 0x90, 19),
                      rcc_uart5 = GATE(0xE8, 0x90, 20), rcc_usart6 = GATE(0xF0, 0x98, 5),
                      rcc_uart7 = GATE(0xE8, 0x90, 30), rcc_uart8 = GATE(0xE8, 0x90, 31);

/* The read waits for the clock, which runs two bus cycles after the write [RM0433, RCC clock enable delays]. */
void rcc_enable(const struct rcc_gate *g)
{
    reg_set(RCC_BASE + g->enable, 1u << g->bit);
    (void)mmio_read32(RCC_BASE + g->enable);
}

bool rcc_is_enabled(const struct rcc_gate *g)
{
    return (mmio_read32(RCC_BASE + g->enable) >> g->bit & 1) != 0;
}

void rcc_disable(const struct rcc_gate *g)
{
    reg_set(RCC_BASE + g->reset, 1u << g->bit);
    reg_clear(RCC_BASE + g->reset, 1u << g->bit);
    reg_clear(RCC_BASE + g->enable, 1u << g->bit);
}

uint32_t rcc_reset_flags(void)
{
    return mmio_read32(RCC_RSR);
}

void rcc_clear_reset_flags(void)
{
    reg_set(RCC_RSR, RSR_RMVF);
}
