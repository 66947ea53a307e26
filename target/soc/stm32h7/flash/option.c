/* option.c - change option bytes, in the order of [RM0433, "Changing user option bytes"]. */
#include "target/soc/stm32h7/flash/option.h"

#include "core/base/log.h"
#include "core/base/mmio.h"
#include "target/soc/stm32h7/flash/flash_regs.h"
#include "target/soc/stm32h7/regs.h"

#define LOG_MODULE "flash_stm32h7"

#define CHANGE_MAX_US 1000000u /* 0.3 s on real boards; the datasheet gives no figure */

#define NOT_OPTIONS (FLASH_OPTSR_BUSY | FLASH_OPTSR_CHANGEERR)

/* The register is visible at two addresses, but the keys are written once: a second pair is a wrong sequence. */
enum err h7_option_unlock(void)
{
    if ((mmio_read32(FLASH_OPTCR) & FLASH_OPTCR_LOCK) == 0)
        return ERR_OK;
    mmio_write32(FLASH_OPTKEYR, FLASH_OPTION_KEY1);
    mmio_write32(FLASH_OPTKEYR, FLASH_OPTION_KEY2);
    return (mmio_read32(FLASH_OPTCR) & FLASH_OPTCR_LOCK) == 0 ? ERR_OK : ERR_ACCESS;
}

void h7_option_lock(void)
{
    if ((mmio_read32(FLASH_OPTCR) & FLASH_OPTCR_LOCK) == 0)
        mmio_write32(FLASH_OPTCR, FLASH_OPTCR_LOCK);
}

/* OPTSR_CUR, next to it, is read-only: a write there is lost without an error. */
void h7_option_request(uint32_t mask, uint32_t value)
{
    reg_field(FLASH_OPTSR_PRG, mask, value & mask);
}

/* A failure left from an earlier change blocks this one until it is cleared. */
void h7_option_start(void)
{
    mmio_write32(FLASH_OPTCCR, FLASH_OPTSR_CHANGEERR);
    mmio_write32(FLASH_OPTCR, FLASH_OPTCR_START);
    mmio_dsb();
}

enum err h7_option_verify(uint32_t want)
{
    uint32_t have = mmio_read32(FLASH_OPTSR_CUR);
    if ((have & ~FLASH_OPTSR_BUSY) == want)
        return ERR_OK;
    LOG_ERR("Option bytes 0x%08x, not 0x%08x", (unsigned)have, (unsigned)want);
    mmio_write32(FLASH_OPTCCR, FLASH_OPTSR_CHANGEERR);
    return ERR_IO;
}

const struct stm32h7_option_steps stm32h7_option_steps = {
    .unlock = h7_option_unlock,
    .lock = h7_option_lock,
    .request = h7_option_request,
    .start = h7_option_start,
    .verify = h7_option_verify,
};

uint32_t stm32h7_option_read(void)
{
    return mmio_read32(FLASH_OPTSR_CUR) & ~NOT_OPTIONS;
}

enum err stm32h7_option_change(const struct stm32h7_option_config *c, uint32_t mask, uint32_t value)
{
    mask &= ~NOT_OPTIONS;
    uint32_t have = stm32h7_option_read(), want = (have & ~mask) | (value & mask);
    if ((want & OPTION_RDP) == OPTION_RDP_2 && want != have)
        return ERR_INVAL;
    if (want == have)
        return ERR_OK;
    enum err e = c->steps->unlock();
    if (e != ERR_OK)
        return e;
    c->steps->request(mask, value);
    c->steps->start();
    e = reg_wait(FLASH_OPTSR_CUR, FLASH_OPTSR_BUSY, 0, CHANGE_MAX_US * c->polls_per_us);
    if (e == ERR_OK)
        e = c->steps->verify(want);
    c->steps->lock();
    return e;
}
