/* museum.h - historic flash driver bugs. Each exhibit is the driver's table of steps with the steps of the
 * historic driver in it, under the name that the bug catalogue gives it. They are linked only into a
 * build that asks for one (BUG=name) and into host programs. */
#ifndef MUSEUM_MUSEUM_H
#define MUSEUM_MUSEUM_H

#include "target/soc/stm32h7/flash/flash_steps.h"
#include "target/soc/stm32h7/flash/option.h"

/* The historic drivers knew one chip. */
#define FLASH_BANK_SIZE 0x00100000u
#define FLASH_SECTOR    0x00020000u

extern const struct stm32h7_flash_steps museum_BANK_SPLIT_2M;
extern const struct stm32h7_flash_steps museum_BANK_MASK_25;
extern const struct stm32h7_flash_steps museum_B2_ERASE_UNDERFLOW;
extern const struct stm32h7_flash_steps museum_NO_DSB_BEFORE;
extern const struct stm32h7_flash_steps museum_NO_DSB_AFTER;
extern const struct stm32h7_flash_steps museum_CLEAR_VIA_SR;
extern const struct stm32h7_flash_steps museum_NO_PG;
extern const struct stm32h7_flash_steps museum_NO_PRECLEAR;
extern const struct stm32h7_flash_steps museum_SIZE_SHADOW;
extern const struct stm32h7_flash_steps museum_ERASE_OTHER_BANK;
extern const struct stm32h7_flash_steps museum_IDX_NOT_RESTARTED;
extern const struct stm32h7_flash_steps museum_BANK2_COMPILED_OUT;
extern const struct stm32h7_flash_steps museum_TAIL_TRUNC;
extern const struct stm32h7_flash_steps museum_ERASE_UNALIGNED;
extern const struct stm32h7_flash_steps museum_MIN_WRITE_1;
extern const struct stm32h7_flash_steps museum_REWRITE_WORD;
extern const struct stm32h7_flash_steps museum_NO_SPEC_GUARD;
extern const struct stm32h7_flash_steps museum_RAW_BLANK_CHECK;
extern const struct stm32h7_flash_steps museum_NO_DCACHE_INV;
extern const struct stm32h7_flash_steps museum_INV_WHILE_OFF;
extern const struct stm32h7_flash_steps museum_SWAP_FLIPS_BLOCK;
extern const struct stm32h7_flash_steps museum_BSY_ONLY;
extern const struct stm32h7_flash_steps museum_STATUS_BEFORE_WAIT;
extern const struct stm32h7_flash_steps museum_LEAK_LOCK;
extern const struct stm32h7_flash_steps museum_STRB_MASKS_ALL;
extern const struct stm32h7_flash_steps museum_ALL_ERRORS_FATAL;

/* Of the option bytes' table; museum/option/. The board's programs do not write option bytes, so there is no
 * BUG= for these. */
extern const struct stm32h7_option_steps museum_OPT_DOUBLE_KEY;
extern const struct stm32h7_option_steps museum_OPT_WRITE_CUR;
extern const struct stm32h7_option_steps museum_OPT_IN_OPTCR;

#endif
