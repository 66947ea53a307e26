/* What tests and debuggers do to the flash past the controller, and faults that tests inject. */
#include <string.h>

#include "vboard/soc/h7/flash/flash.h"
#include "vboard/soc/h7/flash/flash_inside.h"

void h7_flash_cut_at(struct h7_flash *f, uint64_t n, enum vboard_cut how)
{
    f->cut_in = n;
    f->cut_how = how;
    f->cut_time = 0;
    f->cut_after_bank = 0;
}

void h7_flash_fail_at(struct h7_flash *f, uint64_t n, uint32_t sr_flags)
{
    f->fail_in = n;
    f->fail_flags = sr_flags;
}

void h7_flash_raise(struct h7_flash *f, unsigned bank, uint32_t sr_flags)
{
    f->bank[bank].sr |= sr_flags & H7_SR_CLEARABLE;
}

void h7_flash_protect(struct h7_flash *f, unsigned bank, uint32_t mask)
{
    f->cur.wpsn[bank] = f->prg.wpsn[bank] = ~mask & 0xff;
}

void h7_flash_set_swap_option(struct h7_flash *f, bool swap)
{
    f->cur.optsr = f->prg.optsr = (f->cur.optsr & 0x7fffffff) | (uint32_t)swap << 31;
}

void h7_flash_set_options(struct h7_flash *f, const struct h7_options *o)
{
    f->cur = *o;
    f->prg = *o;
}

void h7_flash_fail_options(struct h7_flash *f)
{
    f->option_fails = true;
}

enum h7_decode h7_flash_decode(const struct h7_flash *f, uint32_t off)
{
    uint8_t word[H7_WORD];
    return h7_cells_read(&f->cells, flash_physical(f, off), word);
}

bool h7_flash_peek(const struct h7_flash *f, uint32_t off, void *dst, size_t len)
{
    bool readable = true;
    uint8_t word[H7_WORD];
    uint8_t *to = dst;
    if (off > f->part->size || len > f->part->size - off)
        return false;
    while (len != 0) {
        size_t skip = off % H7_WORD, n = H7_WORD - skip < len ? H7_WORD - skip : len;
        if (h7_cells_read(&f->cells, flash_physical(f, off), word) == H7_UNREADABLE)
            readable = false;
        memcpy(to, word + skip, n);
        to += n;
        off += (uint32_t)n;
        len -= n;
    }
    return readable;
}

/* After a debugger's change the core must not use a window, an instruction or a cache line from before it. */
static void changed(struct h7_flash *f, uint32_t off, uint32_t len)
{
    flash_revoke(f, off, len);
    h7_dcache_forget(&f->dcache, off & ~(H7_LINE - 1), len + off % H7_LINE);
}

void h7_flash_poke(struct h7_flash *f, uint32_t off, const void *src, size_t len)
{
    const uint8_t *from = src;
    if (off > f->part->size || len > f->part->size - off || len == 0)
        return;
    changed(f, off, (uint32_t)len);
    for (size_t n; len != 0; off += (uint32_t)n, from += n, len -= n) {
        n = f->part->bank_size - off % f->part->bank_size < len
                ? f->part->bank_size - off % f->part->bank_size
                : len;
        h7_cells_poke(&f->cells, flash_physical(f, off), from, n);
    }
}

void h7_flash_spoil(struct h7_flash *f, uint32_t off)
{
    if (off >= f->part->size)
        return;
    changed(f, off, 1);
    h7_cells_spoil(&f->cells, flash_physical(f, off));
}

void h7_flash_flip(struct h7_flash *f, uint32_t off, unsigned cell)
{
    if (off >= f->part->size)
        return;
    changed(f, off, 1);
    h7_cells_flip(&f->cells, flash_physical(f, off), cell);
}

void h7_flash_move_to(struct h7_flash *f, uint8_t *data, uint8_t *ecc)
{
    changed(f, 0, f->part->size);
    h7_cells_move_to(&f->cells, data, ecc);
}

void h7_flash_fill(struct h7_flash *f, const uint8_t *data, const uint8_t *ecc)
{
    changed(f, 0, f->part->size);
    h7_cells_poke(&f->cells, 0, data, f->part->size);
    for (uint32_t w = 0; ecc != NULL && w < (f->part->size / H7_WORD); w++)
        h7_cells_set_ecc(&f->cells, w, (uint16_t)(ecc[2 * w] | ecc[2 * w + 1] << 8));
    h7_cells_rescan(&f->cells);
}
