#include "target/soc/stm32h7/cache.h"

#include "core/base/bytes.h"
#include "core/base/mmio.h"

#define SCB_CCR     0xE000ED14u
#define SCB_CCR_DC  (1u << 16)
#define SCB_CCR_IC  (1u << 17)
#define SCB_ICIALLU 0xE000EF50u
#define SCB_DCIMVAC 0xE000EF5Cu /* invalidate one line by address; no clean */
#define CACHE_LINE  32u

/* The test of DC is needed: on real boards, maintenance of a disabled cache has caused a fault. */
void cache_forget(uintptr_t addr, uint32_t len)
{
    if ((mmio_read32(SCB_CCR) & SCB_CCR_DC) == 0)
        return;
    mmio_dsb();
    for (uintptr_t line = round_down32((uint32_t)addr, CACHE_LINE); line < addr + len;
         line += CACHE_LINE)
        mmio_write32(SCB_DCIMVAC, (uint32_t)line);
    mmio_dsb();
    mmio_isb();
}

static void invalidate_instructions(void)
{
    mmio_dsb();
    mmio_isb();
    mmio_write32(SCB_ICIALLU, 0);
    mmio_dsb();
    mmio_isb();
}

void cache_instructions_on(void)
{
    invalidate_instructions();
    mmio_write32(SCB_CCR, mmio_read32(SCB_CCR) | SCB_CCR_IC);
    mmio_dsb();
    mmio_isb();
}

void cache_instructions_off(void)
{
    mmio_dsb();
    mmio_isb();
    mmio_write32(SCB_CCR, mmio_read32(SCB_CCR) & ~SCB_CCR_IC);
    invalidate_instructions();
}
