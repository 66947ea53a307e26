/* The CRC unit of the flash controller. RM0433 4.3.12; what it computes: AN5507, chapter 4. Its result for 128 bytes of
 * zeros, 0x11e66c62, is what somebody has read from an STM32H753. */
#include "core/base/bytes.h"
#include "vboard/soc/h7/flash/flash_inside.h"

#define POLYNOMIAL 0x04c11db7u
#define AFTER_WORD 0x55555555u /* goes over the sum after each 32 bits */
#define SUM_PULSES 8u          /* of the clock for a flash word, and one for each burst */

enum {
    CRC_SECT = 7u << 0,
    ALL_BANK_Y = 1u << 7, /* where revision Y has ALL_BANK */
    CRC_BY_SECT = 1u << 8,
    ADD_SECT = 1u << 9,
    CLEAN_SECT = 1u << 10,
    START_CRC = 1u << 16,
    CLEAN_CRC = 1u << 17,
    CRC_BURST = 3u << 20,
    ALL_BANK = 1u << 22,
};
#define CRCCR_RESET 0x001c0000u
#define CRCCR_HELD  ((uint32_t)(CRC_SECT | CRC_BY_SECT | CRC_BURST | ALL_BANK))
#define ADDRESS     0x000ffffcu

void flash_crc_reset(struct h7_flash *f, unsigned b)
{
    f->bank[b].crc = (struct h7_flash_crc){.cr = CRCCR_RESET};
    f->crc_data = 0;
}

static uint32_t burst_bytes(const struct h7_flash_crc *c)
{
    return (4u << 2 * (c->cr >> 20 & 3)) * H7_WORD;
}

/* What START works on, as ranges of a bank: sectors of the list, or from address to address in whole bursts. */
static bool next_range(const struct h7_flash *f, const struct h7_flash_crc *c, unsigned i,
                       uint32_t *from, uint32_t *to)
{
    uint32_t burst = burst_bytes(c);
    bool bank = (c->cr & ALL_BANK) != 0;
    if (bank || (c->cr & CRC_BY_SECT) != 0) {
        *from = i * f->part->sector;
        *to = bank || (c->sectors >> i & 1) != 0 ? *from + f->part->sector : *from;
        return i < f->part->bank_size / f->part->sector;
    }
    *from = c->start & ~(burst - 1);
    *to = (c->end | (burst - 1)) + 1;
    if (c->end < c->start)
        *to = *from;
    return i == 0;
}

static uint32_t sum(uint32_t crc, const uint8_t *word)
{
    for (unsigned i = 0; i < H7_WORD; i += 4) {
        crc ^= get_le32(word + i);
        for (unsigned k = 0; k < 32; k++)
            crc = (crc & 0x80000000u) != 0 ? crc << 1 ^ POLYNOMIAL : crc << 1;
        crc ^= AFTER_WORD;
    }
    return crc;
}

/* A word of bank b. An unreadable one sets a flag; there is no master that could get a fault. */
static void sum_word(struct h7_flash *f, unsigned b, uint32_t off)
{
    uint8_t word[H7_WORD];
    off += b * f->part->bank_size;
    if (flash_read_protected(f, off, H7_WORD, false) != 0)
        f->bank[b].sr |= H7_SR_CRCRDERR;
    enum h7_decode d = h7_cells_read(&f->cells, flash_physical(f, off), word);
    if (d != H7_CLEAN)
        flash_ecc_event(f, off, d == H7_CORRECTED ? H7_SR_SNECCERR : H7_SR_DBECCERR);
    f->crc_data = sum(f->crc_data, word);
}

void flash_crc_finish(struct h7_flash *f, unsigned b)
{
    struct h7_flash_crc *c = &f->bank[b].crc;
    uint32_t from, to;
    c->done = 0;
    for (unsigned i = 0; next_range(f, c, i, &from, &to); i++)
        for (; from < to && from < f->part->bank_size; from += H7_WORD)
            sum_word(f, b, from);
    f->bank[b].sr |= H7_SR_CRCEND;
}

static void start(struct h7_flash *f, unsigned b, uint64_t now)
{
    struct h7_flash_crc *c = &f->bank[b].crc;
    uint64_t pulses = 1;
    uint32_t from, to, burst = burst_bytes(c);
    for (unsigned i = 0; next_range(f, c, i, &from, &to); i++)
        pulses += (to - from) / H7_WORD * SUM_PULSES + (to - from) / burst;
    uint64_t begin = flash_running(f, b) ? f->bank[b].op.end : now;
    c->done =
        begin + pulses * 1000 / 64; /* at the clock after reset; with a faster one it takes less */
}

static void write_control(struct h7_flash *f, unsigned b, uint64_t now, uint32_t value)
{
    struct h7_flash_crc *c = &f->bank[b].crc;
    c->cr = (c->cr & ~CRCCR_HELD) | (value & CRCCR_HELD);
    if ((value & CLEAN_SECT) != 0)
        c->sectors = 0;
    if ((value & ADD_SECT) != 0)
        c->sectors |= (uint8_t)(1u << (value & CRC_SECT));
    if ((value & CLEAN_CRC) != 0)
        f->crc_data = 0;
    if ((value & ALL_BANK_Y) != 0)
        flash_lint(
            f, "CRC1", FLASH_R_BASE + b * FLASH_R_BANK + 0x50, "RM0433 FLASH_CRCCR1/2",
            "bit 7 is ALL_BANK on revision Y only; here it is bit 22, and bit 7 does nothing");
    if ((value & START_CRC) == 0)
        return;
    if (f->bank[1 - b].crc.done != 0)
        flash_lint(f, "CRC1", FLASH_R_BASE + b * FLASH_R_BANK + 0x50, "AN5507",
                   "START_CRC while the other bank's CRC runs: both go into one sum");
    start(f, b, now);
}

void flash_crc_write(struct h7_flash *f, unsigned b, uint64_t now, uint32_t reg, uint32_t value)
{
    struct h7_flash_bank *bank = &f->bank[b];
    if ((bank->cr & H7_CR_LOCK) != 0 || (bank->cr & H7_CR_CRC_EN) == 0 || bank->crc.done != 0) {
        flash_lint(f, "CRC1", FLASH_R_BASE + b * FLASH_R_BANK + reg, "RM0433 FLASH_CRCCR1/2",
                   "the CRC unit is set up while LOCK=1, CRC_EN=0 or CRC_BUSY=1: ignored");
        return;
    }
    if (reg == 0x54)
        bank->crc.start = value & ADDRESS;
    else if (reg == 0x58)
        bank->crc.end = value & ADDRESS;
    else
        write_control(f, b, now, value);
}

uint32_t flash_crc_read(const struct h7_flash *f, unsigned b, uint32_t reg)
{
    const struct h7_flash_crc *c = &f->bank[b].crc;
    switch (reg) {
    case 0x50:
        return c->cr;
    case 0x54:
        return c->start;
    case 0x58:
        return c->end;
    default:
        return f->crc_data;
    }
}
