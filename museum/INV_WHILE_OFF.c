/* INV_WHILE_OFF - zephyr #44715, nuttx 4c71075e.
 *
 * The D-cache is invalidated without a look at whether it is on. With the cache off that has faulted on real
 * boards. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define SCB_DCIMVAC 0xE000EF5Cu

static void invalidate(uintptr_t bus, uint32_t len)
{
    mmio_dsb();
    for (uint32_t i = 0; i < len; i += 32)
        mmio_write32(SCB_DCIMVAC, (uint32_t)bus + i);
    mmio_dsb();
    mmio_isb();
}

const struct stm32h7_flash_steps museum_INV_WHILE_OFF = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = invalidate,
};
