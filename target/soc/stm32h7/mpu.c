#include "target/soc/stm32h7/mpu.h"

#include "core/base/mmio.h"

#define MPU_CTRL 0xE000ED94u
#define MPU_RNR  0xE000ED98u
#define MPU_RBAR 0xE000ED9Cu
#define MPU_RASR 0xE000EDA0u

#define CTRL_ENABLE     (1u << 0)
#define CTRL_HFNMIENA   (1u << 1) /* also with FAULTMASK set (mmio_copy_tolerant) */
#define CTRL_PRIVDEFENA (1u << 2) /* outside of all regions the default map applies */

#define RASR_XN      (1u << 28) /* execute never */
#define RASR_AP_FULL (3u << 24)
#define RASR_WT      (1u << 17)            /* TEX, C, B = 0, 1, 0: as flash in the default map */
#define RASR_NC      (1u << 19)            /* 1, 0, 0: Normal memory without a cache */
#define RASR_WBWA    (1u << 19 | 3u << 16) /* 1, 1, 1: as RAM in it */
#define RASR_ENABLE  1u

/* Where regions overlap, the one with the higher number counts. */
enum region { SYSTEM_FLASH, ALL_FLASH, PROGRAM, LOAD_RAM, REGIONS };

static void set_region(enum region n, uint32_t base, uint32_t size, uint32_t attributes)
{
    uint32_t log = 0;
    while (log < 31 && 1u << log < size)
        log++;
    mmio_write32(MPU_RNR, n);
    mmio_write32(MPU_RBAR, base);
    mmio_write32(MPU_RASR, attributes | RASR_AP_FULL | (log - 1) << 1 | RASR_ENABLE);
}

static void enable(void)
{
    mmio_write32(MPU_CTRL, CTRL_ENABLE | CTRL_HFNMIENA | CTRL_PRIVDEFENA);
    mmio_dsb();
    mmio_isb();
}

/* Strongly-ordered (TEX, C, B = 0), execute never, full access. */
void mpu_guard_system_flash(const struct soc_region *system_flash)
{
    set_region(SYSTEM_FLASH, system_flash->base, system_flash->size, RASR_XN);
    enable();
}

void mpu_run_only(uint32_t flash, uint32_t flash_size, uint32_t program, uint32_t program_size)
{
    set_region(PROGRAM, program, program_size, RASR_WT); /* first, because this code runs from it */
    set_region(ALL_FLASH, flash, flash_size, RASR_NC | RASR_XN);
    enable();
}

void mpu_no_fetches(uint32_t ram, uint32_t size)
{
    set_region(LOAD_RAM, ram, size, RASR_WBWA | RASR_XN);
    enable();
}

void mpu_off(void)
{
    mmio_dsb();
    mmio_write32(MPU_CTRL, 0);
    for (unsigned n = 0; n < REGIONS; n++) {
        mmio_write32(MPU_RNR, n);
        mmio_write32(MPU_RASR, 0);
        mmio_write32(MPU_RBAR, 0);
    }
    mmio_write32(MPU_RNR, 0);
    mmio_dsb();
    mmio_isb();
}
