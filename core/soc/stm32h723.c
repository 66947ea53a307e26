/* stm32h723.c - the STM32H723xG [RM0468; DS13313; stm32h723xx.h of CMSIS]: one bank, so no flash can be read while an
 * operation runs. Neither HASH nor CRYP. */
#include "core/soc/soc.h"

const struct soc soc_stm32h723 = {
    .name = "stm32h723",
    .idcode = 0x10016483, /* revision Z */
    .size_word = 0x1ff1e880,
    .unique_id = 0x1ff1e800,
    .interrupts = 163,
    .cache = 0x8000,
    .flash = {.base = 0x08000000,
              .size = 0x100000,
              .banks = 1,
              .bank_size = 0x100000,
              .sector = 0x20000,
              .word = 32,
              .tcm_options = true},
    .system_flash = {0x1ff00000, 0x20000},
    .ram =
        {
            [SOC_ITCM] = {0x00000000, 0x10000},
            [SOC_DTCM] = {0x20000000, 0x20000},
            /* 128 KB, and the 192 KB that TCM_AXI_SHARED gives to it or to the ITCM: all of them, as from the
             * factory */
            [SOC_AXI_SRAM] = {0x24000000, 0x50000},
            [SOC_SRAM1] = {0x30000000, 0x4000},
            [SOC_SRAM2] = {0x30004000, 0x4000},
            [SOC_SRAM4] = {0x38000000, 0x4000},
            [SOC_BACKUP_SRAM] = {0x38800000, 0x1000},
        },
    .clocks =
        {
            .cpu = {550, 400, 300, 170},
            .cpu_with_ecc = 520,
            /* RM0468, table 16 */
            .flash = {{70, 140, 210, 275, 275},
                      {67, 133, 200, 200, 200},
                      {50, 100, 150, 150, 150},
                      {35, 70, 85, 85, 85}},
            .vos = {0, 3, 2, 1},
            .vco_wide = {192, 836},
            .vco_medium = {150, 420},
        },
};
