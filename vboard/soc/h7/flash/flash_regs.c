/* The registers of the flash controller: RM0433 "FLASH registers". */
#include <stddef.h>

#include "vboard/soc/h7/flash/flash.h"
#include "vboard/soc/h7/flash/flash_inside.h"

#define KEY1        0x45670123u
#define KEY2        0xcdef89abu
#define OPTION_KEY1 0x08192a3bu
#define OPTION_KEY2 0x4c5d6e7fu

#define CR_WRITABLE \
    (0x877eu | 0x1fef0000u) /* PG..SNB (FW, START act and clear), CRC_EN, interrupt enables */
#define CR_RESET         0x31u
#define OPTCR_LOCK       1u
#define OPTCR_START      2u
#define OPTCR_MER        0x10u
#define OPT_BUSY         1u
#define SPECULATION_ODDS 64u        /* M17: one access in so many */
#define OPT_FAILED       (1u << 30) /* OPTCHANGEERR; CLR_OPTCHANGEERR in OPTCCR */

/* Writable bits of the option registers; 0x1C and 0x20 have RSS, security and the rest. */
#define OPTSR_WRITABLE 0xae3effdcu
#define OPTSR_SWAP     (1u << 31)
#define OPTSR2_SHARED  3u /* TCM_AXI_SHARED */
#define OPTSR2_BOOST   4u
#define AREA_WRITABLE  0x8fff0fffu

enum reg {
    R_ACR = 0x00,
    R_KEYR = 0x04,
    R_OPTKEYR = 0x08,
    R_CR = 0x0c,
    R_SR = 0x10,
    R_CCR = 0x14,
    R_OPTCR = 0x18,
    R_OPTSR_CUR = 0x1c,
    R_OPTSR_PRG = 0x20,
    R_OPTCCR = 0x24,
    R_PRAR_CUR = 0x28,
    R_PRAR_PRG = 0x2c,
    R_SCAR_CUR = 0x30,
    R_SCAR_PRG = 0x34,
    R_WPSN_CUR = 0x38,
    R_WPSN_PRG = 0x3c,
    R_BOOT_CUR = 0x40,
    R_BOOT_PRG = 0x44,
    R_CRCCR = 0x50,
    R_CRCSADD = 0x54,
    R_CRCEADD = 0x58,
    R_CRCDATA = 0x5c,
    R_ECC_FA = 0x60,
    R_OPTSR2_CUR = 0x70,
    R_OPTSR2_PRG = 0x74,
};

void flash_regs_reset(struct h7_flash *f)
{
    f->acr = 0x37;
    f->optcr = OPTCR_LOCK;
    f->option_keys = H7_LOCKED;
    for (unsigned b = 0; b < 2; b++) {
        struct h7_flash_bank *bank = &f->bank[b];
        bank->cr = CR_RESET;
        bank->sr = 0;
        bank->ecc_fa = 0;
        bank->keys = H7_LOCKED;
        bank->pg_settles = 0;
        flash_crc_reset(f, b);
    }
}

static uint32_t reg_addr(unsigned b, uint32_t reg)
{
    return FLASH_R_BASE + b * FLASH_R_BANK + reg;
}

/* M8: QW covers the whole operation, BSY has gaps between steps. Each is seen by at least one read. */
static uint32_t status(struct h7_flash_bank *bank, uint64_t now)
{
    uint32_t sr = bank->sr | (bank->buf_mask != 0 ? H7_SR_WBNE : 0);
    sr |= bank->crc.done != 0 ? (uint32_t)H7_SR_CRC_BUSY : 0;
    if (bank->op.kind == H7_OP_NONE)
        return sr;
    uint64_t quarter = (bank->op.end - bank->op.start) / 4, done = now - bank->op.start;
    bool gap = (bank->gaps == 0 && done >= quarter) || (bank->gaps == 1 && done >= 3 * quarter);
    if (!gap)
        return sr | H7_SR_QW | H7_SR_BSY;
    bank->gaps++;
    return sr | H7_SR_QW;
}

/* Option registers come in pairs: CUR, and PRG behind it. NULL: there is none at off. */
static uint32_t *option_word(struct h7_flash *f, uint32_t off, uint32_t *writable)
{
    unsigned b = off >> 8;
    bool prg = (off & 4) != 0; /* from 0x28 on; OPTSR stands four bytes off */
    struct h7_options *o = prg ? &f->prg : &f->cur;
    switch (off & 0xff) {
    case R_OPTSR_CUR:
    case R_OPTSR_PRG:
        *writable = f->part->banks > 1 ? OPTSR_WRITABLE : OPTSR_WRITABLE & ~OPTSR_SWAP;
        return (off & 0xff) == R_OPTSR_PRG ? &f->prg.optsr : &f->cur.optsr;
    case R_PRAR_CUR:
    case R_PRAR_PRG:
        *writable = AREA_WRITABLE;
        return &o->prar[b];
    case R_SCAR_CUR:
    case R_SCAR_PRG:
        *writable = AREA_WRITABLE;
        return &o->scar[b];
    case R_WPSN_CUR:
    case R_WPSN_PRG:
        *writable = 0xff;
        return &o->wpsn[b];
    case R_BOOT_CUR:
    case R_BOOT_PRG:
        *writable = 0xffffffff;
        return &o->boot;
    case R_OPTSR2_CUR:
    case R_OPTSR2_PRG:
        *writable = OPTSR2_SHARED | OPTSR2_BOOST;
        if (!f->part->tcm_options)
            return NULL;
        return (off & 0xff) == R_OPTSR2_PRG ? &f->optsr2_prg : &f->optsr2_cur;
    default:
        return NULL;
    }
}

static enum h7_answer option_read(struct h7_flash *f, uint32_t off, uint32_t *value)
{
    uint32_t writable;
    const uint32_t *word = option_word(f, off, &writable);
    if (word == NULL)
        return H7_UNMODELLED;
    *value = *word;
    if ((off & 0xff) == R_OPTSR_CUR && f->option_op.kind != H7_OP_NONE)
        *value |= OPT_BUSY;
    return H7_OK;
}

void flash_speculate(struct h7_flash *f)
{
    if (!f->speculation)
        return;
    uint64_t r = h7_random(&f->speculation_rng);
    if (r % SPECULATION_ODDS == 0)
        f->bank[(r >> 32) % f->part->banks].sr |= (r >> 33 & 1) != 0 ? H7_SR_RDPERR : H7_SR_RDSERR;
}

/* M21: reads give 0, writes are ignored. */
static bool of_second_bank(struct h7_flash *f, uint32_t off)
{
    if (f->part->banks > 1 || off < FLASH_R_BANK || off >= 2 * FLASH_R_BANK)
        return false;
    flash_lint(f, "M21", FLASH_R_BASE + off, "RM0433 FLASH registers",
               "a register of bank 2, and this part has one bank: reads 0, writes are ignored");
    return true;
}

enum h7_answer h7_flash_reg_read(struct h7_flash *f, uint64_t *now, uint32_t off, uint32_t *value)
{
    *value = 0;
    h7_flash_advance(f, *now);
    if (f->off)
        return H7_NO_POWER;
    if (of_second_bank(f, off))
        return H7_OK;
    if (off >= f->part->banks * FLASH_R_BANK)
        return H7_UNMODELLED;
    struct h7_flash_bank *bank = &f->bank[off >> 8];
    flash_speculate(f);
    f->bank[0].pg_settles = f->bank[1].pg_settles = 0; /* accesses to one device stay in order */
    switch (off & 0xff) {
    case R_ACR:
        *value = f->acr;
        return H7_OK;
    case R_KEYR:
    case R_OPTKEYR:
    case R_CCR:
    case R_OPTCCR:
        return H7_OK; /* write-only: read as 0 */
    case R_CR:
        *value = bank->cr;
        return H7_OK;
    case R_SR:
        *value = status(bank, *now);
        return H7_OK;
    case R_OPTCR:
        *value = f->optcr | (uint32_t)f->swap << 31;
        return H7_OK;
    case R_CRCCR:
    case R_CRCSADD:
    case R_CRCEADD:
    case R_CRCDATA:
        *value = flash_crc_read(f, off >> 8, off & 0xff);
        return H7_OK;
    case R_ECC_FA:
        *value = bank->ecc_fa;
        return H7_OK;
    default:
        return option_read(f, off, value);
    }
}

/* M10. */
static enum h7_answer key_write(enum h7_key_state *keys, uint32_t value, uint32_t key1,
                                uint32_t key2)
{
    if (*keys == H7_LOCKED && value == key1) {
        *keys = H7_ARMED;
        return H7_OK;
    }
    if (*keys == H7_ARMED && value == key2) {
        *keys = H7_UNLOCKED;
        return H7_OK;
    }
    *keys = H7_DEAD;
    return H7_BUS_ERROR;
}

static enum h7_answer bank_key(struct h7_flash *f, unsigned b, uint32_t value)
{
    struct h7_flash_bank *bank = &f->bank[b];
    enum h7_answer a = key_write(&bank->keys, value, KEY1, KEY2);
    if (a != H7_OK)
        flash_lint(f, "M10", reg_addr(b, R_KEYR), "RM0433 FLASH_KEYR1/2",
                   "wrong or repeated unlock key: the bank stays locked until the next reset");
    if (bank->keys == H7_UNLOCKED)
        bank->cr &= ~(uint32_t)H7_CR_LOCK;
    else
        bank->cr |= H7_CR_LOCK;
    return a;
}

static enum h7_answer option_key(struct h7_flash *f, uint32_t addr, uint32_t value)
{
    enum h7_answer a = key_write(&f->option_keys, value, OPTION_KEY1, OPTION_KEY2);
    if (a != H7_OK)
        flash_lint(f, "M10", addr, "RM0433 FLASH_OPTKEYR",
                   "wrong or repeated option key: the options stay locked until the next reset");
    f->optcr = f->option_keys == H7_UNLOCKED ? 0 : OPTCR_LOCK;
    return a;
}

/* M7. */
static void start(struct h7_flash *f, uint64_t *now, unsigned b)
{
    struct h7_flash_bank *bank = &f->bank[b];
    uint32_t base = b * f->part->bank_size;
    if (bank->op.kind != H7_OP_NONE)
        flash_lint(f, "M7", reg_addr(b, R_CR), "RM0433 4.3.10",
                   "START while an operation of this bank is queued or running (QW=1)");
    flash_wait_bank(f, now, b);
    if (f->off)
        return;
    if ((bank->cr & H7_CR_BER) != 0)
        flash_begin_erase(f, *now, b, H7_OP_BANK_ERASE, base, f->part->bank_size);
    else if ((bank->cr & H7_CR_SER) != 0)
        flash_begin_erase(f, *now, b, H7_OP_SECTOR_ERASE,
                          base + ((bank->cr & H7_CR_SNB) >> 8) * f->part->sector, f->part->sector);
    else
        flash_lint(f, "M7", reg_addr(b, R_CR), "RM0433 4.3.10",
                   "START with neither SER nor BER: nothing is erased");
}

/* FW: fill the word in the making with ones and queue it. */
static void force_write(struct h7_flash *f, uint64_t *now, unsigned b)
{
    struct h7_flash_bank *bank = &f->bank[b];
    if (bank->buf_mask == 0)
        return;
    flash_wait_bank(f, now, b);
    if (f->off)
        return;
    for (unsigned i = 0; i < H7_WORD; i++)
        if ((bank->buf_mask >> i & 1) == 0)
            bank->buf[i] = 0xff;
    flash_queue_program(f, *now, b);
}

static enum h7_answer write_cr(struct h7_flash *f, uint64_t *now, unsigned b, uint32_t value)
{
    struct h7_flash_bank *bank = &f->bank[b];
    uint32_t old = bank->cr;
    if ((old & H7_CR_LOCK) != 0) {
        if ((value & H7_CR_LOCK) == 0)
            flash_lint(f, "M10", reg_addr(b, R_CR), "RM0433 FLASH_CR1/2",
                       "CR written while LOCK=1: ignored");
        return H7_OK;
    }
    if ((value & H7_CR_LOCK) != 0) { /* M6: and no other bit changes */
        bank->cr |= H7_CR_LOCK;
        bank->keys = H7_LOCKED;
        return H7_OK;
    }
    if ((value & ~(CR_WRITABLE | H7_CR_START)) != 0)
        flash_lint(f, "M11", reg_addr(b, R_CR), "RM0433 FLASH_CR1/2",
                   "reserved bits written (a sector number above 7?): dropped");
    if (((value ^ old) & H7_CR_PSIZE) != 0 && bank->op.kind != H7_OP_NONE)
        flash_lint(f, "M7", reg_addr(b, R_CR), "RM0433 FLASH_CR1/2", "PSIZE changed while QW=1");
    bank->cr = value & CR_WRITABLE & ~(uint32_t)H7_CR_FW;
    if ((old & H7_CR_PG) == 0 && (value & H7_CR_PG) != 0)
        bank->pg_settles = *now + POSTED_LATE_NS;
    if ((old & H7_CR_PG) != 0 && (value & H7_CR_PG) == 0)
        bank->buf_mask = 0; /* M6 */
    if ((old & ~value & H7_CR_CRC_EN) != 0)
        flash_crc_reset(f, b);
    if ((value & H7_CR_FW) != 0)
        force_write(f, now, b);
    if ((value & H7_CR_START) != 0 && !f->off)
        start(f, now, b);
    return f->off ? H7_NO_POWER : H7_OK;
}

/* M9. */
static void write_ccr(struct h7_flash *f, unsigned b, uint32_t value)
{
    struct h7_flash_bank *bank = &f->bank[b];
    if ((value & ~(uint32_t)H7_SR_CLEARABLE) != 0)
        flash_lint(f, "M9", reg_addr(b, R_CCR), "RM0433 FLASH_CCR1/2", "reserved bits written");
    bank->sr &= ~(value & H7_SR_CLEARABLE);
    if ((value & (H7_SR_SNECCERR | H7_SR_DBECCERR)) != 0 &&
        (bank->sr & (H7_SR_SNECCERR | H7_SR_DBECCERR)) == 0)
        bank->ecc_fa = 0;
}

static enum h7_answer write_optcr(struct h7_flash *f, uint64_t *now, unsigned b, uint32_t value)
{
    if ((f->optcr & OPTCR_LOCK) != 0) {
        if ((value & OPTCR_LOCK) == 0)
            flash_lint(f, "M10", reg_addr(b, R_OPTCR), "RM0433 FLASH_OPTCR",
                       "OPTCR written while OPTLOCK=1: ignored");
        return H7_OK;
    }
    if ((value & OPTCR_LOCK) != 0) {
        f->optcr |= OPTCR_LOCK;
        f->option_keys = H7_LOCKED;
        return H7_OK;
    }
    if ((value & OPTCR_START) != 0) {
        flash_begin_options(f, now);
        return f->off ? H7_NO_POWER : H7_OK;
    }
    if ((value & ~(OPTCR_MER | 3u << 30)) != 0)
        flash_lint(f, "M20", reg_addr(b, R_OPTCR), "RM0433 FLASH_OPTCR",
                   "reserved bits of OPTCR written (option bits such as RDP belong in OPTSR_PRG)");
    if ((value & OPTCR_MER) == 0)
        return H7_OK;
    if (f->part->banks == 1) {
        flash_lint(f, "M21", reg_addr(b, R_OPTCR), "RM0433 FLASH_OPTCR",
                   "MER written, and this part has one bank (BER erases it): ignored");
        return H7_OK;
    }
    if (((f->bank[0].cr | f->bank[1].cr) & H7_CR_LOCK) != 0) {
        flash_lint(f, "M7", reg_addr(b, R_OPTCR), "RM0433 FLASH_OPTCR",
                   "mass erase needs CR1, CR2 and OPTCR unlocked: ignored");
        return H7_OK;
    }
    for (unsigned i = 0; i < f->part->banks && !f->off; i++) {
        flash_wait_bank(f, now, i);
        if (!f->off)
            flash_begin_erase(f, *now, i, H7_OP_BANK_ERASE, i * f->part->bank_size,
                              f->part->bank_size);
    }
    return f->off ? H7_NO_POWER : H7_OK;
}

/* Option bytes to be; OPTSTART makes them the current ones. */
static enum h7_answer write_option(struct h7_flash *f, uint32_t off, uint32_t value)
{
    uint32_t writable = 0;
    uint32_t *word = option_word(f, off, &writable);
    if (word == NULL)
        return H7_UNMODELLED;
    if ((f->optcr & OPTCR_LOCK) != 0) {
        flash_lint(f, "M10", FLASH_R_BASE + off, "RM0433 FLASH_OPTCR",
                   "option register written while OPTLOCK=1: ignored");
        return H7_OK;
    }
    if ((off & 0xff) == R_OPTSR_PRG && (value & ~writable & OPTSR_SWAP) != 0)
        flash_lint(f, "M21", FLASH_R_BASE + off, "RM0433 FLASH_OPTSR_PRG",
                   "SWAP_BANK_OPT written, and this part has one bank: dropped");
    if ((off & 0xff) == R_OPTSR2_PRG && (value & OPTSR2_SHARED) != 0)
        return H7_UNMODELLED; /* RAM that moves from the AXI SRAM to the ITCM */
    if ((value & ~writable) != 0 && (off & 0xff) != R_OPTSR_PRG)
        flash_lint(f, "M20", FLASH_R_BASE + off, "RM0433 FLASH_OPTSR_PRG",
                   "reserved bits of an option register written: dropped");
    *word = (*word & ~writable) | (value & writable);
    return H7_OK;
}

enum h7_answer h7_flash_reg_write(struct h7_flash *f, uint64_t *now, uint32_t off, uint32_t value)
{
    h7_flash_advance(f, *now);
    if (f->off)
        return H7_NO_POWER;
    if (of_second_bank(f, off))
        return H7_OK;
    if (off >= f->part->banks * FLASH_R_BANK)
        return H7_UNMODELLED;
    flash_wait_options(f, now); /* M20 */
    if (f->off)
        return H7_NO_POWER;
    flash_speculate(f);
    unsigned b = off >> 8;
    switch (off & 0xff) {
    case R_ACR:
        f->acr = value & 0x3f;
        return H7_OK;
    case R_KEYR:
        return bank_key(f, b, value);
    case R_OPTKEYR:
        return option_key(f, FLASH_R_BASE + off, value);
    case R_CR:
        return write_cr(f, now, b, value);
    case R_SR:
        flash_lint(f, "M9", FLASH_R_BASE + off, "RM0433 FLASH_SR1/2",
                   "SR is read-only: flags are cleared through CCR");
        return H7_OK;
    case R_CCR:
        write_ccr(f, b, value);
        return H7_OK;
    case R_OPTCR:
        return write_optcr(f, now, b, value);
    case R_OPTCCR:
        f->cur.optsr &= ~(value & OPT_FAILED);
        return H7_OK;
    case R_OPTSR2_CUR:
        if (!f->part->tcm_options)
            return H7_UNMODELLED;
        FALLTHROUGH;
    case R_OPTSR_CUR:
    case R_PRAR_CUR:
    case R_SCAR_CUR:
    case R_WPSN_CUR:
    case R_BOOT_CUR:
        flash_lint(f, "M10", FLASH_R_BASE + off, "RM0433 FLASH_OPTSR_CUR",
                   "the current option bytes are read-only: ignored");
        return H7_OK;
    case R_OPTSR_PRG:
    case R_PRAR_PRG:
    case R_SCAR_PRG:
    case R_WPSN_PRG:
    case R_BOOT_PRG:
    case R_OPTSR2_PRG:
        return write_option(f, off, value);
    case R_CRCCR:
    case R_CRCSADD:
    case R_CRCEADD:
        flash_crc_write(f, b, *now, off & 0xff, value);
        return H7_OK;
    default:
        return H7_UNMODELLED;
    }
}
