/* flash_inside.h - what flash.c (data path, operations, time) and flash_regs.c (registers) share. */
#ifndef VBOARD_SOC_H7_FLASH_FLASH_INSIDE_H
#define VBOARD_SOC_H7_FLASH_FLASH_INSIDE_H

#include "vboard/soc/h7/flash/flash.h"

/* Without a DSB, a posted access becomes visible this late: far later than on silicon, so that a driver that
 * forgets a barrier fails every time. */
#define POSTED_LATE_NS 16000u

void flash_lint(struct h7_flash *f, const char *rule, uint32_t addr, const char *section,
                const char *text);

/* The offset of the cells that the program sees at off: SWAP_BANK exchanges the banks' cells, but not their register
 * blocks. */
uint32_t flash_physical(const struct h7_flash *f, uint32_t off);

/* Pointers that h7_flash_view gave into [off, off + len) must not be used any more. */
void flash_revoke(struct h7_flash *f, uint32_t off, uint32_t len);

/* The bus holds the master until bank b has ended what it does. */
void flash_wait_bank(struct h7_flash *f, uint64_t *now, unsigned b);

/* Begin an erase of [off, off + len) in bank b, which is idle. */
void flash_begin_erase(struct h7_flash *f, uint64_t now, unsigned b, enum h7_op_kind kind,
                       uint32_t off, uint32_t len);

/* Bank b's buffer holds a whole word: program it, or let it wait for the end of what runs. None waits yet. */
void flash_queue_program(struct h7_flash *f, uint64_t now, unsigned b);

/* If a cut is planned in the operation that begins, choose the moment. False if power is gone already. */
bool flash_plan_cut(struct h7_flash *f, unsigned b, uint64_t now, uint64_t ns);
void flash_power_cut(struct h7_flash *f);
bool flash_running(const struct h7_flash *f, unsigned b);
/* How long an operation takes that typically takes so long, in ns, with f's timing. */
uint64_t flash_takes(const struct h7_flash *f, enum h7_op_kind kind, uint64_t typical_ns);

static inline unsigned flash_bank_of(const struct h7_flash *f, uint32_t off)
{
    return off >= f->part->bank_size;
}
/* Deliver posted stores until at most keep are left; the master waits where a bank does. */
void flash_drain(struct h7_flash *f, uint64_t *now, unsigned keep);
bool flash_posted_in(const struct h7_flash *f, uint32_t off, uint32_t len);

/* flash_read.c: M14 */
void flash_before_erase(struct h7_flash *f, const struct h7_op *op);
void flash_cache_store(struct h7_flash *f, uint32_t off, unsigned size, uint32_t value);

/* An ECC error at off is flagged; the first one keeps its address (M13). */
void flash_ecc_event(struct h7_flash *f, uint32_t off, uint32_t flag);

/* flash_crc.c: registers at 0x50 to 0x5c of a bank; a sum at its end. */
void flash_crc_reset(struct h7_flash *f, unsigned b);
uint32_t flash_crc_read(const struct h7_flash *f, unsigned b, uint32_t reg);
void flash_crc_write(struct h7_flash *f, unsigned b, uint64_t now, uint32_t reg, uint32_t value);
void flash_crc_finish(struct h7_flash *f, unsigned b);

/* flash_options.c */
/* Does the option keep out programs and erases (WRPERR)? */
bool flash_write_protected(const struct h7_flash *f, unsigned b, uint32_t off, uint32_t len);
/* The flags that a load from [off, off + len) raises because of a PCROP or secure area; 0: none. */
uint32_t flash_read_protected(const struct h7_flash *f, uint32_t off, uint32_t len, bool fetch);
/* OPTSTART. */
void flash_begin_options(struct h7_flash *f, uint64_t *now);
void flash_finish_options(struct h7_flash *f);
void flash_cut_options(struct h7_flash *f); /* power goes while they are programmed */
/* The bus holds the master until the option bytes are programmed. */
void flash_wait_options(struct h7_flash *f, uint64_t *now);

/* flash_regs.c: M17, once per access. */
void flash_speculate(struct h7_flash *f);

/* Registers to their reset values. */
void flash_regs_reset(struct h7_flash *f);

#endif
