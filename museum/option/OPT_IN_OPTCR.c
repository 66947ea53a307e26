/* OPT_IN_OPTCR - Zephyr flash_stm32h7x.c, write_optb (read in the source; no report found).
 *
 * Mask and value of the read-out protection go to OPTCR, where those bits are reserved, instead of
 * OPTSR_PRG. The change runs, ends without an error, and the level is what it was. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"
#include "target/soc/stm32h7/regs.h"

static void request(uint32_t mask, uint32_t value)
{
    reg_field(FLASH_OPTCR, mask, value & mask);
}

static enum err verify(uint32_t want)
{
    (void)want;
    return (mmio_read32(FLASH_OPTSR_CUR) & FLASH_OPTSR_CHANGEERR) == 0 ? ERR_OK : ERR_IO;
}

const struct stm32h7_option_steps museum_OPT_IN_OPTCR = {
    .unlock = h7_option_unlock,
    .lock = h7_option_lock,
    .request = request,
    .start = h7_option_start,
    .verify = verify,
};
