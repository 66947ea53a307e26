#include "target/soc/stm32h7/iwdg.h"

#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/regs.h"

#define IWDG_KR  (IWDG1_BASE + 0x00)
#define IWDG_PR  (IWDG1_BASE + 0x04)
#define IWDG_RLR (IWDG1_BASE + 0x08)
#define IWDG_SR  (IWDG1_BASE + 0x0C)

#define KEY_FEED  0xAAAAu
#define KEY_OPEN  0x5555u
#define KEY_START 0xCCCCu

/* LSI, 32 kHz, with the largest prescaler: steps of 8 ms, up to 32768 ms. */
#define PR_256       6u
#define STEP_MS      8u
#define RELOAD_MAX   0xFFFu
#define UPDATE_POLLS 200000u /* PR and RLR cross to the 32 kHz side within 5 of its cycles */

void iwdg_start(uint32_t timeout_ms)
{
    uint32_t reload = timeout_ms == 0 ? 0 : (timeout_ms - 1) / STEP_MS;
    mmio_write32(IWDG_KR, KEY_START);
    mmio_write32(IWDG_KR, KEY_OPEN);
    mmio_write32(IWDG_PR, PR_256);
    mmio_write32(IWDG_RLR, reload < RELOAD_MAX ? reload : RELOAD_MAX);
    /* If the oscillator does not respond, the old period stays in force; the watchdog runs all the same. */
    if (reg_wait(IWDG_SR, 7, 0, UPDATE_POLLS) != ERR_OK)
        return;
    iwdg_feed();
}

void iwdg_feed(void)
{
    mmio_write32(IWDG_KR, KEY_FEED);
}
