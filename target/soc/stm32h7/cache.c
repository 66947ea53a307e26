#include "target/soc/stm32h7/cache.h"

#include "core/base/bytes.h"
#include "core/base/mmio.h"

#define SCB_CCR     0xE000ED14u
#define SCB_CCR_DC  (1u << 16)
#define SCB_CCR_IC  (1u << 17)
#define SCB_ICIALLU 0xE000EF50u
#define SCB_DCIMVAC 0xE000EF5Cu /* invalidate one line by address; no clean */
#define SCB_DCISW   0xE000EF60u /* invalidate one line by set and way */
#define SCB_DCCISW  0xE000EF74u /* write it back first */
#define CACHE_LINE  32u
#define DATA_WAYS   4u /* [Cortex-M7 TRM, L1 caches] */
#define WAY_SHIFT   30
#define SET_SHIFT   5

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

static void each_data_line(uintptr_t operation, uint32_t size)
{
    for (uint32_t set = 0; set < size / CACHE_LINE / DATA_WAYS; set++)
        for (uint32_t way = 0; way < DATA_WAYS; way++)
            mmio_write32(operation, way << WAY_SHIFT | set << SET_SHIFT);
    mmio_dsb();
    mmio_isb();
}

/* After power-on the lines hold anything. */
void cache_data_on(uint32_t size)
{
    mmio_dsb();
    each_data_line(SCB_DCISW, size);
    mmio_write32(SCB_CCR, mmio_read32(SCB_CCR) | SCB_CCR_DC);
    mmio_dsb();
    mmio_isb();
}

/* Off first, so that no new line comes in. The stack is in the DTCM, which has no cache. A cache that was never on has
 * lines of the power-on in it, which must not be written to memory. */
void cache_data_off(uint32_t size)
{
    if ((mmio_read32(SCB_CCR) & SCB_CCR_DC) == 0)
        return;
    mmio_dsb();
    mmio_write32(SCB_CCR, mmio_read32(SCB_CCR) & ~SCB_CCR_DC);
    mmio_dsb();
    each_data_line(SCB_DCCISW, size);
}
