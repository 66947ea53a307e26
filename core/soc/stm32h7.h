/* stm32h7.h - the addresses of the STM32H7's register blocks, by their CMSIS names [RM0433, RM0468 "Memory map and
 * register boundary addresses"]. A block has the same address in all parts that have it, except DFSDM1. Which parts
 * have it is in soc_units. */
#ifndef CORE_SOC_STM32H7_H
#define CORE_SOC_STM32H7_H

#define TIM2_BASE         0x40000000u
#define TIM3_BASE         0x40000400u
#define TIM4_BASE         0x40000800u
#define TIM5_BASE         0x40000c00u
#define TIM6_BASE         0x40001000u
#define TIM7_BASE         0x40001400u
#define TIM12_BASE        0x40001800u
#define TIM13_BASE        0x40001c00u
#define TIM14_BASE        0x40002000u
#define LPTIM1_BASE       0x40002400u
#define SPI2_BASE         0x40003800u
#define SPI3_BASE         0x40003c00u
#define SPDIFRX_BASE      0x40004000u
#define USART2_BASE       0x40004400u
#define USART3_BASE       0x40004800u
#define UART4_BASE        0x40004c00u
#define UART5_BASE        0x40005000u
#define I2C1_BASE         0x40005400u
#define I2C2_BASE         0x40005800u
#define I2C3_BASE         0x40005c00u
#define CEC_BASE          0x40006c00u
#define DAC1_BASE         0x40007400u
#define UART7_BASE        0x40007800u
#define UART8_BASE        0x40007c00u
#define CRS_BASE          0x40008400u
#define SWPMI1_BASE       0x40008800u
#define OPAMP_BASE        0x40009000u
#define MDIOS_BASE        0x40009400u
#define FDCAN1_BASE       0x4000a000u
#define FDCAN2_BASE       0x4000a400u
#define FDCAN_CCU_BASE    0x4000a800u
#define SRAMCAN_BASE      0x4000ac00u
#define TIM1_BASE         0x40010000u
#define TIM8_BASE         0x40010400u
#define USART1_BASE       0x40011000u
#define USART6_BASE       0x40011400u
#define SPI1_BASE         0x40013000u
#define SPI4_BASE         0x40013400u
#define TIM15_BASE        0x40014000u
#define TIM16_BASE        0x40014400u
#define TIM17_BASE        0x40014800u
#define SPI5_BASE         0x40015000u
#define SAI1_BASE         0x40015800u
#define SAI2_BASE         0x40015c00u
#define SAI3_BASE         0x40016000u
#define DFSDM1_BASE       0x40017000u
#define HRTIM_BASE        0x40017400u
#define DMA1_BASE         0x40020000u
#define DMA2_BASE         0x40020400u
#define DMAMUX1_BASE      0x40020800u
#define ADC1_BASE         0x40022000u
#define ADC2_BASE         0x40022100u
#define ETH_BASE          0x40028000u
#define USB1_OTG_HS_BASE  0x40040000u
#define USB2_OTG_FS_BASE  0x40080000u
#define DCMI_BASE         0x48020000u
#define CRYP_BASE         0x48021000u
#define HASH_BASE         0x48021400u
#define RNG_BASE          0x48021800u
#define SDMMC2_BASE       0x48022400u
#define DLYB_SDMMC2_BASE  0x48022800u
#define RAMECC2_BASE      0x48023000u
#define LTDC_BASE         0x50001000u
#define WWDG1_BASE        0x50003000u
#define GPV_BASE          0x51000000u
#define MDMA_BASE         0x52000000u
#define DMA2D_BASE        0x52001000u
#define FLASH_R_BASE      0x52002000u
#define JPEG_BASE         0x52003000u
#define FMC_BASE          0x52004000u
#define QUADSPI_BASE      0x52005000u
#define DLYB_QUADSPI_BASE 0x52006000u
#define SDMMC1_BASE       0x52007000u
#define DLYB_SDMMC1_BASE  0x52008000u
#define RAMECC1_BASE      0x52009000u
#define EXTI_BASE         0x58000000u
#define SYSCFG_BASE       0x58000400u
#define LPUART1_BASE      0x58000c00u
#define SPI6_BASE         0x58001400u
#define I2C4_BASE         0x58001c00u
#define LPTIM2_BASE       0x58002400u
#define LPTIM3_BASE       0x58002800u
#define LPTIM4_BASE       0x58002c00u
#define LPTIM5_BASE       0x58003000u
#define COMP1_BASE        0x58003800u
#define VREFBUF_BASE      0x58003c00u
#define RTC_BASE          0x58004000u
#define IWDG1_BASE        0x58004800u
#define SAI4_BASE         0x58005400u
#define GPIOA_BASE        0x58020000u
#define GPIOB_BASE        0x58020400u
#define GPIOC_BASE        0x58020800u
#define GPIOD_BASE        0x58020c00u
#define GPIOE_BASE        0x58021000u
#define GPIOF_BASE        0x58021400u
#define GPIOG_BASE        0x58021800u
#define GPIOH_BASE        0x58021c00u
#define GPIOI_BASE        0x58022000u
#define GPIOJ_BASE        0x58022400u
#define GPIOK_BASE        0x58022800u
#define RCC_BASE          0x58024400u
#define PWR_BASE          0x58024800u
#define CRC_BASE          0x58024c00u
#define BDMA_BASE         0x58025400u
#define DMAMUX2_BASE      0x58025800u
#define ADC3_BASE         0x58026000u
#define HSEM_BASE         0x58026400u
#define RAMECC3_BASE      0x58027000u
#define DBGMCU_BASE       0x5c001000u

/* Only on the STM32H723 and its relatives. */
#define I2C5_BASE          0x40006400u
#define FDCAN3_BASE        0x4000d400u
#define TIM23_BASE         0x4000e000u
#define TIM24_BASE         0x4000e400u
#define UART9_BASE         0x40011800u
#define USART10_BASE       0x40011c00u
#define DFSDM1_H72_BASE    0x40017800u
#define PSSI_BASE          0x48020400u
#define FMAC_BASE          0x48024000u
#define CORDIC_BASE        0x48024400u
#define OCTOSPI1_BASE      0x52005000u
#define DLYB_OCTOSPI1_BASE 0x52006000u
#define OCTOSPI2_BASE      0x5200a000u
#define DLYB_OCTOSPI2_BASE 0x5200b000u
#define OCTOSPIM_BASE      0x5200b400u
#define DTS_BASE           0x58006800u

/* The second core's watchdogs, on the dual-core parts (STM32H745, 747, 755, 757). */
#define WWDG2_BASE 0x40002c00u
#define IWDG2_BASE 0x58004c00u

/* Distance of bank 2's register block from that of bank 1. */
#define FLASH_R_BANK 0x100u

/* The peripheral region of the memory map. */
#define PERIPH_BASE 0x40000000u
#define PERIPH_SIZE 0x20000000u

/* Size of the memory map's region for flash; accesses above the flash of a part fault. */
#define FLASH_REGION_SIZE 0x08000000u

/* The memory map's megabyte for system flash. */
#define SYSTEM_FLASH_REGION 0x1ff00000u

#endif
