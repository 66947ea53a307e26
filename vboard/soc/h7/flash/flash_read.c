/* The read path of the flash: ECC, waiting, protection, the D-cache in front of it, windows. */
#include <string.h>

#include "vboard/soc/h7/flash/flash.h"
#include "vboard/soc/h7/flash/flash_inside.h"

/* ---- M14: lines that outlive their cells ---- */

static void take_line(struct h7_flash *f, uint32_t off)
{
    uint8_t word[H7_WORD];
    if (h7_cells_read(&f->cells, flash_physical(f, off), word) != H7_UNREADABLE)
        h7_dcache_take(&f->dcache, off, word);
}

static bool maybe_held(const struct h7_flash *f, uint32_t off)
{
    return f->dcache.on && (f->dcache.maybe >> (off / f->part->sector) & 1) != 0;
}

/* Which lines the core holds of a sector that it read by window is not known. Assume the worst that fits into its
 * cache: the first and the last 8 KB, where images keep headers and trailers. */
#define HELD_PART (2 * H7_DCACHE_SETS * H7_LINE)

static void take_sector(struct h7_flash *f, uint32_t start)
{
    for (uint32_t i = 0; i < HELD_PART; i += H7_LINE) {
        take_line(f, start + i);
        take_line(f, start + f->part->sector - HELD_PART + i);
    }
    f->dcache.maybe = (uint16_t)(f->dcache.maybe & ~(1u << (start / f->part->sector)));
}

void flash_before_erase(struct h7_flash *f, const struct h7_op *op)
{
    for (uint32_t s = op->off; s < op->off + op->len; s += f->part->sector)
        if (maybe_held(f, s))
            take_sector(f, s);
}

/* A line of a word that ECC corrects holds what a load would give now. */
static bool line_is_stale(struct h7_flash *f, uint32_t off, const uint8_t *line)
{
    uint32_t cell = flash_physical(f, off & ~(H7_LINE - 1));
    uint8_t word[H7_WORD];
    const uint8_t *now = h7_cells_data(&f->cells, cell);
    if (h7_cells_flagged(&f->cells, cell) && h7_cells_read(&f->cells, cell, word) == H7_CORRECTED)
        now = word;
    return memcmp(line, now, H7_LINE) != 0;
}

static bool stale_in_sector(struct h7_flash *f, uint32_t start)
{
    struct h7_dcache *d = &f->dcache;
    if (!d->on || d->resident == 0)
        return false;
    for (unsigned s = 0; s < H7_DCACHE_SETS; s++)
        for (unsigned w = 0; w < H7_DCACHE_WAYS; w++)
            if (d->tag[s][w] != 0 && d->tag[s][w] - 1 - start < f->part->sector &&
                line_is_stale(f, d->tag[s][w] - 1, d->line[s][w]))
                return true;
    return false;
}

/* Write-through: a line that is there gets the data, too. */
void flash_cache_store(struct h7_flash *f, uint32_t off, unsigned size, uint32_t value)
{
    if (!f->dcache.on)
        return;
    if (maybe_held(f, off) || (f->viewed >> (off / f->part->sector) & 1) != 0)
        take_line(f, off);
    h7_dcache_store(&f->dcache, off, size, value);
}

/* ---- the read path ---- */

/* M13: first error wins the address. */
void flash_ecc_event(struct h7_flash *f, uint32_t off, uint32_t flag)
{
    struct h7_flash_bank *bank = &f->bank[flash_bank_of(f, off)];
    if ((bank->sr & (H7_SR_SNECCERR | H7_SR_DBECCERR)) == 0)
        bank->ecc_fa = off % f->part->bank_size / H7_WORD;
    bank->sr |= flag;
}

/* The word that covers off, from the array. *kept_back: an area's data, which read 0 [RM0399 4.7.8, 4.7.9]; only a
 * fetch from a secure area is a bus error. */
static enum h7_answer read_word(struct h7_flash *f, uint64_t *now, uint32_t off, bool fetch,
                                uint8_t *word, bool *kept_back)
{
    *kept_back = false;
    flash_speculate(f);
    if (flash_posted_in(f, off & ~(H7_WORD - 1), H7_WORD))
        flash_drain(f, now, 0);
    flash_wait_bank(f, now, flash_bank_of(f, off)); /* M16 */
    if (f->off)
        return H7_NO_POWER;
    uint32_t refused = flash_read_protected(f, off & ~(H7_WORD - 1), H7_WORD, fetch);
    f->bank[flash_bank_of(f, off)].sr |= refused;
    if (refused != 0) {
        memset(word, 0, H7_WORD);
        *kept_back = true;
        return fetch ? H7_BUS_ERROR : H7_OK;
    }
    enum h7_decode d = h7_cells_read(&f->cells, flash_physical(f, off), word);
    if (d != H7_CLEAN)
        flash_ecc_event(f, off, d == H7_CORRECTED ? H7_SR_SNECCERR : H7_SR_DBECCERR);
    return d == H7_UNREADABLE ? H7_BUS_ERROR : H7_OK;
}

static uint32_t part_of(const uint8_t *word, uint32_t off, unsigned size)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < size; i++)
        value |= (uint32_t)word[off % H7_WORD + i] << (8 * i);
    return value;
}

static void lint_stale(struct h7_flash *f, uint32_t off, const uint8_t *line)
{
    bool settled = !flash_running(f, flash_bank_of(f, off)) && f->posted_count == 0 &&
                   f->bank[flash_bank_of(f, off)].buf_mask == 0;
    if (settled && line_is_stale(f, off, line))
        flash_lint(f, "M14", f->part->base + off, "PM0253 cache maintenance",
                   "a load hits a D-cache line that is not what the flash holds: no invalidation "
                   "after program or erase");
}

enum h7_answer h7_flash_load(struct h7_flash *f, uint64_t *now, uint32_t off, unsigned size,
                             uint32_t *value)
{
    uint8_t word[H7_WORD];
    *value = 0;
    h7_flash_advance(f, *now);
    if (f->off)
        return H7_NO_POWER;
    if (off >= f->part->size)
        return H7_BUS_ERROR;
    const uint8_t *line = f->dcache.on ? h7_dcache_find(&f->dcache, off) : NULL;
    if (line != NULL) {
        lint_stale(f, off, line);
        *value = part_of(line, off, size);
        return H7_OK;
    }
    bool kept_back;
    enum h7_answer a = read_word(f, now, off, false, word, &kept_back);
    if (a != H7_OK && a != H7_BUS_ERROR)
        return a;
    if (a == H7_OK && f->dcache.on && !kept_back)
        h7_dcache_take(&f->dcache, off, word);
    *value = a == H7_OK ? part_of(word, off, size) : 0;
    return a;
}

enum h7_answer h7_flash_fetch(struct h7_flash *f, uint64_t *now, uint32_t off, unsigned size,
                              uint32_t *value)
{
    uint8_t word[H7_WORD];
    *value = 0;
    h7_flash_advance(f, *now);
    if (f->off)
        return H7_NO_POWER;
    if (off >= f->part->size)
        return H7_BUS_ERROR;
    bool kept_back;
    enum h7_answer a = read_word(f, now, off, true, word, &kept_back);
    if (a == H7_OK)
        *value = part_of(word, off, size);
    return a;
}

uint8_t *h7_flash_view(struct h7_flash *f, uint32_t off, uint32_t *base, uint32_t *size)
{
    uint32_t start = off & ~(f->part->sector - 1);
    if (f->off || off >= f->part->size || flash_running(f, flash_bank_of(f, off)))
        return NULL;
    if (f->cells.flagged_in[flash_physical(f, start) / f->part->sector] != 0)
        return NULL;
    if (flash_posted_in(f, start, f->part->sector) || stale_in_sector(f, start) ||
        flash_read_protected(f, start, f->part->sector, false) != 0)
        return NULL;
    if (f->dcache.on)
        f->dcache.maybe = (uint16_t)(f->dcache.maybe | 1u << (start / f->part->sector));
    *base = off & ~(SOC_PAGE - 1);
    *size = SOC_PAGE;
    f->viewed = (uint16_t)(f->viewed | 1u << (start / f->part->sector));
    return f->cells.page[flash_physical(f, *base) / SOC_PAGE];
}
