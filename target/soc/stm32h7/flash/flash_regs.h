/* flash_regs.h - the registers of the STM32H7's flash controller [RM0433, "Embedded flash memory"]. Rules about their
 * use are in the code that follows them. */
#ifndef TARGET_SOC_STM32H7_FLASH_FLASH_REGS_H
#define TARGET_SOC_STM32H7_FLASH_FLASH_REGS_H

#include "core/soc/stm32h7.h"

#define FLASH_REGS       FLASH_R_BASE
#define FLASH_REGS_BANK2 (FLASH_R_BASE + FLASH_R_BANK)
#define FLASH_WORD       32u /* bytes of the write buffer; a part with another has another controller */

/* Offsets in a bank's block. */
#define FLASH_KEYR 0x04u
#define FLASH_CR   0x0Cu
#define FLASH_SR   0x10u
#define FLASH_CCR  0x14u

#define FLASH_KEY1 0x45670123u
#define FLASH_KEY2 0xCDEF89ABu

#define FLASH_CR_LOCK      (1u << 0)
#define FLASH_CR_PG        (1u << 1)
#define FLASH_CR_SER       (1u << 2)
#define FLASH_CR_PSIZE_X64 (3u << 4) /* needs 1.8 V or more; the board runs at 3.3 V */
#define FLASH_CR_START     (1u << 7)
#define FLASH_CR_SNB_SHIFT 8
#define FLASH_CR_SNB       (7u << FLASH_CR_SNB_SHIFT) /* three bits: sector 8 would become 0 */

#define FLASH_SR_BSY      (1u << 0)
#define FLASH_SR_WBNE     (1u << 1)
#define FLASH_SR_QW       (1u << 2)
#define FLASH_SR_WRPERR   (1u << 17)
#define FLASH_SR_PGSERR   (1u << 18)
#define FLASH_SR_STRBERR  (1u << 19)
#define FLASH_SR_INCERR   (1u << 21)
#define FLASH_SR_OPERR    (1u << 22)
#define FLASH_SR_RDPERR   (1u << 23)
#define FLASH_SR_RDSERR   (1u << 24)
#define FLASH_SR_SNECCERR (1u << 25)
#define FLASH_SR_DBECCERR (1u << 26)

/* Option bytes; the same registers are also visible 0x100 higher. */
#define FLASH_OPTKEYR   (FLASH_REGS + 0x08u)
#define FLASH_OPTCR     (FLASH_REGS + 0x18u)
#define FLASH_OPTSR_CUR (FLASH_REGS + 0x1Cu)
#define FLASH_OPTSR_PRG (FLASH_REGS + 0x20u)
#define FLASH_OPTCCR    (FLASH_REGS + 0x24u)

#define FLASH_OPTION_KEY1 0x08192A3Bu
#define FLASH_OPTION_KEY2 0x4C5D6E7Fu

#define FLASH_OPTCR_LOCK      (1u << 0)
#define FLASH_OPTCR_START     (1u << 1)
#define FLASH_OPTCR_SWAP_BANK (1u << 31) /* in force; read-only */
#define FLASH_OPTSR_BUSY      (1u << 0)
#define FLASH_OPTSR_CHANGEERR (1u << 30) /* cleared by the same bit of OPTCCR */

/* All flags that CCR can clear. SR is read-only. */
#define FLASH_CCR_ALL 0x1FEF0000u

#endif
