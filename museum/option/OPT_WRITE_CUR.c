/* OPT_WRITE_CUR - stlink 5e958dd.
 *
 * The new options are written to OPTSR_CUR, which shows what is in force and is read-only. The change runs,
 * ends without an error, and nothing is different. */
#include "core/base/mmio.h"
#include "museum/museum.h"
#include "target/soc/stm32h7/flash/flash_regs.h"
#include "target/soc/stm32h7/regs.h"

static void request(uint32_t mask, uint32_t value)
{
    reg_field(FLASH_OPTSR_CUR, mask, value & mask);
}

static enum err verify(uint32_t want)
{
    (void)want;
    return (mmio_read32(FLASH_OPTSR_CUR) & FLASH_OPTSR_CHANGEERR) == 0 ? ERR_OK : ERR_IO;
}

const struct stm32h7_option_steps museum_OPT_WRITE_CUR = {
    .unlock = h7_option_unlock,
    .lock = h7_option_lock,
    .request = request,
    .start = h7_option_start,
    .verify = verify,
};
