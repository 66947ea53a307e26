#include "drivers/stm32h7/rcc.h"

#include "drivers/stm32h7/regs.h"

#define RCC      0x58024400u
#define RCC_RSR  (RCC + 0xD0)
#define RSR_RMVF (1u << 16)

const struct rcc_gate rcc_gpioc = {.enable = 0xE0, .reset = 0x88, .bit = 2};
const struct rcc_gate rcc_gpiod = {.enable = 0xE0, .reset = 0x88, .bit = 3};
const struct rcc_gate rcc_usart3 = {.enable = 0xE8, .reset = 0x90, .bit = 18};

/* The read after the write: the clock runs two bus cycles later [RM0433, RCC clock enable delays]. */
void rcc_enable(const struct rcc_gate *g)
{
    reg_set(RCC + g->enable, 1u << g->bit);
    (void)mmio_read32(RCC + g->enable);
}

void rcc_disable(const struct rcc_gate *g)
{
    reg_set(RCC + g->reset, 1u << g->bit);
    reg_clear(RCC + g->reset, 1u << g->bit);
    reg_clear(RCC + g->enable, 1u << g->bit);
}

uint32_t rcc_reset_flags(void)
{
    return mmio_read32(RCC_RSR);
}

void rcc_clear_reset_flags(void)
{
    reg_set(RCC_RSR, RSR_RMVF);
}
