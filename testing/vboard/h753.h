/* h753.h - the numbers of the STM32H753, for tests: written down once more, so that a wrong table is seen. */
#ifndef TESTING_VBOARD_H753_H
#define TESTING_VBOARD_H753_H

#include "core/soc/soc.h"

#define H7_FLASH_BASE  0x08000000u
#define H7_FLASH_REGS  0x52002000u
#define H7_FLASH_SIZE  0x200000u
#define H7_BANK_SIZE   0x100000u
#define H7_SECTOR_SIZE 0x20000u

#endif
