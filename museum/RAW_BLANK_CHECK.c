/* RAW_BLANK_CHECK - zephyr #33140 and #34374, PX4 #27642, ArduPilot #22090, #27347 and #30013.
 *
 * Whether a word or a sector is blank is asked with plain loads, before a program and before an erase. A word
 * that power failed on answers with a bus fault, at every boot: the board is bricked. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

static bool blank_range(uintptr_t bus, uint32_t len)
{
    for (uint32_t i = 0; i < len; i += 4)
        if (mmio_read32(bus + i) != 0xffffffff)
            return false;
    return true;
}

static bool blank(const struct stm32h7_flash *d, uintptr_t bus)
{
    (void)d;
    return blank_range(bus, FLASH_WORD);
}

/* An erase of what is blank already is saved; the caller sees no difference. */
static enum err erase_on(const struct stm32h7_place *p)
{
    return blank_range(p->bus, FLASH_SECTOR) ? ERR_OK : h7_step_erase_on(p);
}

const struct stm32h7_flash_steps museum_RAW_BLANK_CHECK = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
