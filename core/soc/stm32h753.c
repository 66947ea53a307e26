/* stm32h753.c - the STM32H753xI, and the parts that differ from it in nothing that stands here (STM32H743xI)
 * [RM0433; DS12117; stm32h753xx.h of CMSIS]. */
#include "core/soc/soc.h"

const struct soc soc_stm32h753 = {
    .name = "stm32h753",
    .idcode = 0x20036450, /* revision V */
    .size_word = 0x1ff1e880,
    .unique_id = 0x1ff1e800,
    .interrupts = 150,
    .cache = 0x4000,
    .hash = true,
    .flash = {.base = 0x08000000,
              .size = 0x200000,
              .banks = 2,
              .bank_size = 0x100000,
              .sector = 0x20000,
              .word = 32},
    .system_flash = {0x1ff00000, 0x80000},
    .ram =
        {
            [SOC_ITCM] = {0x00000000, 0x10000},
            [SOC_DTCM] = {0x20000000, 0x20000},
            [SOC_AXI_SRAM] = {0x24000000, 0x80000},
            [SOC_SRAM1] = {0x30000000, 0x20000},
            [SOC_SRAM2] = {0x30020000, 0x20000},
            [SOC_SRAM3] = {0x30040000, 0x8000},
            [SOC_SRAM4] = {0x38000000, 0x10000},
            [SOC_BACKUP_SRAM] = {0x38800000, 0x1000},
        },
    .clocks =
        {
            /* DS12117, general operating conditions */
            .cpu = {480, 400, 300, 200},
            /* RM0433 rev 7, table 17 */
            .flash = {{70, 140, 210, 225, 240},
                      {70, 140, 210, 225, 225},
                      {55, 110, 165, 225, 225},
                      {45, 90, 135, 180, 225}},
            .flash_slow_write = 185,
            .vos = {3, 3, 2, 1},
            .overdrive = true,
            /* RM0433 RCC_PLLCFGR; the wide range as from revision V on */
            .vco_wide = {192, 960},
            .vco_medium = {150, 420},
        },
};
