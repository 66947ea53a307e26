/* flash_inside.h - what flash.c (data path, operations, time) and flash_regs.c (registers) share. */
#ifndef VBOARD_SOC_FLASH_INSIDE_H
#define VBOARD_SOC_FLASH_INSIDE_H

#include "vboard/soc/flash.h"

/* Without a DSB, a posted access becomes visible this late: far later than on silicon, so that a driver that
 * forgets a barrier fails every time. */
#define POSTED_LATE_NS 16000u

void flash_lint(struct h7_flash *f, const char *rule, uint32_t addr, const char *section,
                const char *text);

/* Program's offset -> cells. Windows swap, register blocks stay with the windows (4.8). */
uint32_t flash_physical(const struct h7_flash *f, uint32_t off);

/* Pointers that h7_flash_view gave into [off, off + len) are void. */
void flash_revoke(struct h7_flash *f, uint32_t off, uint32_t len);

/* The bus holds the master until bank b has ended what it does. */
void flash_wait_bank(struct h7_flash *f, uint64_t *now, unsigned b);

/* Begin an erase of [off, off + len) in bank b, which is idle. */
void flash_begin_erase(struct h7_flash *f, uint64_t now, unsigned b, enum h7_op_kind kind,
                       uint32_t off, uint32_t len);

/* Bank b's buffer holds a whole word: program it. The bank is idle. */
void flash_begin_program(struct h7_flash *f, uint64_t now, unsigned b);

/* Registers to their reset values. */
void flash_regs_reset(struct h7_flash *f);

#endif
