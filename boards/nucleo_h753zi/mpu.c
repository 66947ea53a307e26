#include "boards/nucleo_h753zi/mpu.h"

#include "base/mmio.h"

#define MPU_CTRL 0xE000ED94u
#define MPU_RNR  0xE000ED98u
#define MPU_RBAR 0xE000ED9Cu
#define MPU_RASR 0xE000EDA0u

#define CTRL_ENABLE     (1u << 0)
#define CTRL_PRIVDEFENA (1u << 2) /* everywhere else the default map */

#define SYSTEM_FLASH 0x1FF00000u
/* Strongly-ordered (TEX, C, B = 0), no fetches, all may read and write, 2^19 bytes, enabled. */
#define SYSTEM_FLASH_RASR (1u << 28 | 3u << 24 | 18u << 1 | 1u)

void mpu_guard_system_flash(void)
{
    mmio_write32(MPU_RNR, 0);
    mmio_write32(MPU_RBAR, SYSTEM_FLASH);
    mmio_write32(MPU_RASR, SYSTEM_FLASH_RASR);
    mmio_write32(MPU_CTRL, CTRL_ENABLE | CTRL_PRIVDEFENA);
    mmio_dsb();
    mmio_isb();
}

void mpu_off(void)
{
    mmio_dsb();
    mmio_write32(MPU_CTRL, 0);
    mmio_write32(MPU_RNR, 0);
    mmio_write32(MPU_RASR, 0);
    mmio_dsb();
    mmio_isb();
}
