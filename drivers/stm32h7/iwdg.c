#include "drivers/stm32h7/iwdg.h"

#include "drivers/stm32h7/regs.h"

#define IWDG_KR  0x58004800u
#define IWDG_PR  0x58004804u
#define IWDG_RLR 0x58004808u
#define IWDG_SR  0x5800480Cu

#define KEY_FEED  0xAAAAu
#define KEY_OPEN  0x5555u
#define KEY_START 0xCCCCu

#define LSI_KHZ       32u
#define RELOAD_MAX    0xFFFu
#define PRESCALER_MAX 6u      /* divides by 4 << 6 = 256 */
#define UPDATE_POLLS  200000u /* PR and RLR cross to the 32 kHz side within 5 of its cycles */

void iwdg_start(uint32_t timeout_ms)
{
    uint32_t pr = 0, limit = (RELOAD_MAX + 1) * (4u << PRESCALER_MAX) / LSI_KHZ;
    uint32_t ticks = (timeout_ms < limit ? timeout_ms : limit) * LSI_KHZ;
    while (pr < PRESCALER_MAX && ticks > (RELOAD_MAX + 1) * (4u << pr))
        pr++;
    uint32_t reload = (ticks + (4u << pr) - 1) / (4u << pr);
    mmio_write32(IWDG_KR, KEY_START);
    mmio_write32(IWDG_KR, KEY_OPEN);
    mmio_write32(IWDG_PR, pr);
    mmio_write32(IWDG_RLR, reload > 0 ? reload - 1 : 0);
    /* If the oscillator does not answer, the longest period stays in force: late, but it bites. */
    if (reg_wait(IWDG_SR, 7, 0, UPDATE_POLLS) != ERR_OK)
        return;
    iwdg_feed();
}

void iwdg_feed(void)
{
    mmio_write32(IWDG_KR, KEY_FEED);
}
