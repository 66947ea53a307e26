/* flash_steps.c - the steps of the flash driver: register accesses in the order that the reference manual requires. */
#include "target/soc/stm32h7/flash/flash_steps.h"
#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/base/mmio.h"
#include "target/soc/stm32h7/cache.h"
#include "target/soc/stm32h7/flash/flash_regs.h"

#define LOG_MODULE "flash_stm32h7"

#define BUSY (FLASH_SR_BSY | FLASH_SR_WBNE | FLASH_SR_QW)

/* The flags of a failed program or erase. Not included: RDPERR and RDSERR, which speculative reads of system flash can
 * raise at any time; the ECC flags, which belong to reads; and STRBERR, which the manual tolerates: the read-back
 * decides. */
#define FAILED (FLASH_SR_WRPERR | FLASH_SR_PGSERR | FLASH_SR_INCERR | FLASH_SR_OPERR)

/* The keys are written only if the bank is locked: an unlocked bank takes them for a wrong sequence, answers with a bus
 * error, and stays locked until the next reset. */
enum err h7_step_unlock(const struct stm32h7_place *p)
{
    if ((mmio_read32(p->regs + FLASH_CR) & FLASH_CR_LOCK) == 0)
        return ERR_OK;
    mmio_write32(p->regs + FLASH_KEYR, FLASH_KEY1);
    mmio_write32(p->regs + FLASH_KEYR, FLASH_KEY2);
    return (mmio_read32(p->regs + FLASH_CR) & FLASH_CR_LOCK) == 0 ? ERR_OK : ERR_ACCESS;
}

/* A write that sets LOCK changes no other bit, so a separate write clears PG and SER before. */
void h7_step_lock(const struct stm32h7_flash *d)
{
    for (unsigned bank = 1; bank <= h7_part_of(d)->banks; bank++) {
        uintptr_t regs = flash_regs_of(bank);
        uint32_t cr = mmio_read32(regs + FLASH_CR);
        if ((cr & FLASH_CR_LOCK) != 0 || bank == d->erasing.bank)
            continue;
        mmio_write32(regs + FLASH_CR, FLASH_CR_PSIZE_X64);
        mmio_write32(regs + FLASH_CR, FLASH_CR_PSIZE_X64 | FLASH_CR_LOCK);
    }
}

/* The flags of an erase that runs are its own: cleared by a read of the other bank, its error would be lost. */
void h7_step_clear_flags(const struct stm32h7_flash *d)
{
    for (unsigned bank = 1; bank <= h7_part_of(d)->banks; bank++)
        if (bank != d->erasing.bank)
            mmio_write32(flash_regs_of(bank) + FLASH_CCR, FLASH_CCR_ALL);
}

/* QW is clear when the queue is empty. BSY is clear between the steps of one operation, so it alone would end the wait
 * too early. */
enum err h7_step_wait(const struct stm32h7_place *p, uint32_t polls)
{
    do {
        if ((mmio_read32(p->regs + FLASH_SR) & BUSY) == 0)
            return ERR_OK;
    } while (polls-- > 0);
    return ERR_TIMEOUT;
}

/* All banks are checked: an error in the other bank means that the data went there. */
enum err h7_step_status(const struct stm32h7_flash *d, const struct stm32h7_place *p)
{
    (void)p;
    enum err e = ERR_OK;
    for (unsigned bank = 1; bank <= h7_part_of(d)->banks; bank++) {
        uint32_t sr = mmio_read32(flash_regs_of(bank) + FLASH_SR);
        if ((sr & FAILED) == 0 || bank == d->erasing.bank)
            continue;
        LOG_ERR("Status Bank%u: 0x%08x", bank, (unsigned)sr);
        e = ERR_IO;
    }
    return e;
}

/* A word that a power cut tore may be unreadable; an ordinary load of it would cause a bus fault. */
bool h7_step_blank(const struct stm32h7_flash *d, uintptr_t bus)
{
    uint32_t word[FLASH_WORD / 4];
    return stm32h7_flash_copy(d, word, bus, sizeof word) == ERR_OK &&
           bytes_all(word, 0xff, sizeof word);
}

/* CR is Device memory and the flash array Normal memory: without the barriers data could reach the bank before PG is
 * set, and would be dropped with PGSERR. */
void h7_step_program_on(const struct stm32h7_place *p)
{
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64 | FLASH_CR_PG);
    mmio_dsb();
    mmio_isb();
}

/* The barriers at the end: the flags are valid, and PG may be cleared, only after the whole word has left the core's
 * store buffer. */
void h7_step_store(uintptr_t bus, const uint32_t *word)
{
    for (unsigned i = 0; i < FLASH_WORD / 4; i++)
        mmio_write32(bus + 4 * i, word[i]);
    mmio_dsb();
    mmio_isb();
}

void h7_step_cr_idle(const struct stm32h7_place *p)
{
    mmio_write32(p->regs + FLASH_CR, FLASH_CR_PSIZE_X64);
    mmio_dsb();
}

/* The sector number has three bits. If it does not read back as written, another sector would be erased without any
 * error. */
enum err h7_step_erase_on(const struct stm32h7_place *p)
{
    uint32_t cr = FLASH_CR_PSIZE_X64 | FLASH_CR_SER | p->sector << FLASH_CR_SNB_SHIFT;
    mmio_write32(p->regs + FLASH_CR, cr);
    if (mmio_read32(p->regs + FLASH_CR) != cr)
        return ERR_INVAL;
    mmio_write32(p->regs + FLASH_CR, cr | FLASH_CR_START);
    mmio_dsb();
    return ERR_OK;
}

const struct stm32h7_flash_steps stm32h7_flash_steps = {
    .geometry = h7_step_geometry,
    .locate = h7_step_locate,
    .unlock = h7_step_unlock,
    .lock = h7_step_lock,
    .clear_flags = h7_step_clear_flags,
    .wait = h7_step_wait,
    .status = h7_step_status,
    .blank = h7_step_blank,
    .program_on = h7_step_program_on,
    .store = h7_step_store,
    .program_off = h7_step_cr_idle,
    .erase_on = h7_step_erase_on,
    .erase_off = h7_step_cr_idle,
    .invalidate = cache_forget,
};
