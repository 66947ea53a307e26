#include "vboard/soc/h7/flash/cells.h"

#include <string.h>

/* Row r: the data bits that check bit r covers. Data bit i's column (its bit in each of the ten rows) has
 * odd weight: all 120 columns of weight 3, then 136 of weight 5, chosen so that the rows are of
 * like weight. Distinct odd columns make any one wrong bit found and any two noticed (Hsiao). */
static const uint64_t rows[10][4] = {
    {0x0000000fffffffff, 0xdf00000000000000, 0x96ef12cb72dde5bb, 0x04225844b12cb708},
    {0xfffffff0000000ff, 0xef00000000000000, 0x2b772555b56eeadd, 0x0844a88952555b11},
    {0x000007f000007f01, 0xf7000000001fffff, 0x4dbb49a6d9b7736e, 0x10893112649a6d22},
    {0x0001f810001f8102, 0x7b00000fffe0003f, 0x71dd8e38ee3bbc77, 0x2111c22388e38e44},
    {0x003e082003e08204, 0xbd003ff003e007c1, 0x8e1ef03f0fc3df87, 0x421e043c0f03f087},
    {0x03c210403c210408, 0x3e0fc0f03c207842, 0x0fe0ffc00ffc1ff8, 0x83e007c00ffc00f8},
    {0x1c442081c4420810, 0xc071c711c4438884, 0xf000fffff0001fff, 0xfc0007fff00000ff},
    {0x6488410648841020, 0x00b65926488c9108, 0xf000ffffffffe000, 0xfffff800000000ff},
    {0xa910820a91082040, 0x00daaa4a91152210, 0x0fff000000000000, 0xffffffffffffff00},
    {0xd221040d22104080, 0x00ed348d221a4420, 0xf000000000000000, 0xffffffffffffffff},
};

#define ECC_ONES   0x3ffu
#define WORD_CELLS 266u /* 256 of data, 10 of ECC */

static unsigned parity64(uint64_t v)
{
    return (unsigned)__builtin_parityll(v);
}

static uint16_t linear_code(const uint8_t *data)
{
    uint64_t d[4];
    memcpy(d, data, sizeof d);
    uint16_t code = 0;
    for (unsigned r = 0; r < 10; r++) {
        uint64_t x =
            (d[0] & rows[r][0]) ^ (d[1] & rows[r][1]) ^ (d[2] & rows[r][2]) ^ (d[3] & rows[r][3]);
        code = (uint16_t)(code | parity64(x) << r);
    }
    return code;
}

/* What must be added so that 256 ones have ten ones: row weights decide. */
static uint16_t code_offset(void)
{
    uint16_t ones = 0;
    for (unsigned r = 0; r < 10; r++) {
        uint64_t x = rows[r][0] ^ rows[r][1] ^ rows[r][2] ^ rows[r][3];
        ones = (uint16_t)(ones | parity64(x) << r);
    }
    return (uint16_t)(ones ^ ECC_ONES);
}

uint16_t h7_ecc(const uint8_t *data)
{
    return (uint16_t)(linear_code(data) ^ code_offset());
}

uint64_t h7_random(uint64_t *rng)
{
    uint64_t z = (*rng += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void set_flagged(struct h7_cells *c, uint32_t w, bool on)
{
    uint8_t bit = (uint8_t)(1u << (w % 8));
    bool was = (c->flagged[w / 8] & bit) != 0;
    if (was == on)
        return;
    c->flagged[w / 8] ^= bit;
    uint16_t *count = &c->flagged_in[w * H7_WORD / c->part->sector];
    *count = (uint16_t)(on ? *count + 1 : *count - 1);
}

/* ---- pages ---- */

static uint8_t *own(struct h7_cells *c, uint32_t page)
{
    return c->flat ? c->page[page] : page_own(&c->page[page]);
}

/* The data cells of a word, to change them. */
static uint8_t *change(struct h7_cells *c, uint32_t off)
{
    return own(c, off / SOC_PAGE) + off % SOC_PAGE;
}

uint16_t h7_cells_ecc(const struct h7_cells *c, uint32_t w)
{
    uint16_t ecc;
    memcpy(&ecc, c->page[H7_DATA_PAGES + 2 * w / SOC_PAGE] + 2 * w % SOC_PAGE, 2);
    return ecc;
}

static void put_ecc(struct h7_cells *c, uint32_t w, unsigned ecc)
{
    uint16_t value = (uint16_t)ecc;
    if (h7_cells_ecc(c, w) != value)
        memcpy(own(c, H7_DATA_PAGES + 2 * w / SOC_PAGE) + 2 * w % SOC_PAGE, &value, 2);
}

void h7_cells_in(struct h7_cells *c, const struct soc_flash *part, uint8_t *array)
{
    c->part = part;
    c->flat = true;
    for (uint32_t i = 0; i < H7_PAGES; i++)
        c->page[i] = array + i * SOC_PAGE;
}

void h7_cells_move_to(struct h7_cells *c, uint8_t *data, uint8_t *ecc)
{
    h7_cells_free(c);
    c->flat = true;
    for (uint32_t i = 0; i < H7_PAGES; i++)
        c->page[i] = i < H7_DATA_PAGES ? data + i * SOC_PAGE : ecc + (i - H7_DATA_PAGES) * SOC_PAGE;
    h7_cells_rescan(c);
}

/* Of the part's flash; the rest of the table is for larger parts. */
static bool is_used(const struct h7_cells *c, uint32_t page)
{
    return page < H7_DATA_PAGES ? page * SOC_PAGE < c->part->size
                                : (page - H7_DATA_PAGES) * SOC_PAGE < 2 * (c->part->size / H7_WORD);
}

/* Where either side's memory is an array, which cannot be shared. */
static void copy_bytes(struct h7_cells *dst, const struct h7_cells *src)
{
    for (uint32_t i = 0; i < H7_PAGES; i++)
        if (is_used(src, i))
            memcpy(own(dst, i), src->page[i], SOC_PAGE);
    memcpy(dst->flagged, src->flagged, sizeof dst->flagged);
    memcpy(dst->flagged_in, src->flagged_in, sizeof dst->flagged_in);
}

void h7_cells_in_pages(struct h7_cells *c, const struct soc_flash *part)
{
    memset(c, 0, sizeof *c);
    c->part = part;
    for (uint32_t i = 0; i < H7_PAGES; i++)
        memset(page_own(&c->page[i]), 0, SOC_PAGE);
}

void h7_cells_copy(struct h7_cells *dst, const struct h7_cells *src)
{
    if (dst->flat || src->flat) {
        copy_bytes(dst, src);
        return;
    }
    pages_share(src->page, H7_PAGES);
    pages_drop(dst->page, H7_PAGES);
    *dst = *src;
}

void h7_cells_free(struct h7_cells *c)
{
    if (!c->flat)
        pages_drop(c->page, H7_PAGES);
}

/* Every change of a word's cells ends here. */
static void judge(struct h7_cells *c, uint32_t w)
{
    set_flagged(c, w, h7_ecc(h7_cells_data(c, w * H7_WORD)) != h7_cells_ecc(c, w));
}

void h7_cells_rescan(struct h7_cells *c)
{
    for (uint32_t w = 0; w < (c->part->size / H7_WORD); w++) {
        put_ecc(c, w, h7_cells_ecc(c, w) & ECC_ONES);
        judge(c, w);
    }
}

void h7_cells_erase_all(struct h7_cells *c)
{
    memset(c->flagged, 0, sizeof c->flagged);
    memset(c->flagged_in, 0, sizeof c->flagged_in);
    h7_cells_erase(c, 0, c->part->size);
}

void h7_cells_erase(struct h7_cells *c, uint32_t off, uint32_t len)
{
    for (uint32_t n, at = off; at < off + len; at += n) {
        n = SOC_PAGE - at % SOC_PAGE < off + len - at ? SOC_PAGE - at % SOC_PAGE : off + len - at;
        memset(change(c, at), 0xff, n);
    }
    for (uint32_t w = off / H7_WORD; w < (off + len) / H7_WORD; w++) {
        put_ecc(c, w, ECC_ONES);
        set_flagged(c, w, false);
    }
}

bool h7_cells_virgin(const struct h7_cells *c, uint32_t off)
{
    const uint8_t *d = h7_cells_data(c, off);
    for (unsigned i = 0; i < H7_WORD; i++)
        if (d[i] != 0xff)
            return false;
    return h7_cells_ecc(c, off / H7_WORD) == ECC_ONES;
}

void h7_cells_program(struct h7_cells *c, uint32_t off, const uint8_t *word)
{
    uint32_t w = off / H7_WORD;
    uint8_t *data = change(c, off);
    for (unsigned i = 0; i < H7_WORD; i++)
        data[i] &= word[i];
    put_ecc(c, w, h7_cells_ecc(c, w) & h7_ecc(word));
    judge(c, w);
}

/* The 266 cells of a word as one row of bits. */
static bool get_cell(const uint8_t *data, uint16_t ecc, unsigned i)
{
    return i < 256 ? (data[i / 8] >> (i % 8) & 1) != 0 : (ecc >> (i - 256) & 1) != 0;
}

static void clear_cell(struct h7_cells *c, uint32_t w, unsigned i)
{
    if (i < 256)
        change(c, w * H7_WORD)[i / 8] &= (uint8_t) ~(1u << (i % 8));
    else
        put_ecc(c, w, h7_cells_ecc(c, w) & ~(1u << (i - 256)));
}

enum tear {
    TEAR_NONE,
    TEAR_ONE,
    TEAR_SOME,
    TEAR_HALF,
    TEAR_MOST,
    TEAR_ALL_BUT_ONE,
    TEAR_DATA_ONLY
};

static bool transition_happens(enum tear tear, unsigned nth, unsigned chosen, unsigned cell,
                               uint64_t random)
{
    switch (tear) {
    case TEAR_NONE:
        return false;
    case TEAR_ONE:
        return nth == chosen;
    case TEAR_SOME:
        return random % 4 == 0;
    case TEAR_HALF:
        return random % 2 == 0;
    case TEAR_MOST:
        return random % 4 != 0;
    case TEAR_ALL_BUT_ONE:
        return nth != chosen;
    case TEAR_DATA_ONLY:
        return cell < 256;
    }
    return false;
}

void h7_cells_tear_program(struct h7_cells *c, uint32_t off, const uint8_t *word, uint64_t *rng)
{
    uint32_t w = off / H7_WORD;
    uint16_t ecc = h7_ecc(word);
    uint16_t moving[WORD_CELLS]; /* cells that go from 1 to 0 */
    unsigned n = 0;
    for (unsigned i = 0; i < WORD_CELLS; i++)
        if (get_cell(h7_cells_data(c, off), h7_cells_ecc(c, w), i) && !get_cell(word, ecc, i))
            moving[n++] = (uint16_t)i;
    if (n == 0)
        return;
    enum tear tear = (enum tear)(h7_random(rng) % (TEAR_DATA_ONLY + 1));
    unsigned chosen = (unsigned)(h7_random(rng) % n);
    for (unsigned k = 0; k < n; k++)
        if (transition_happens(tear, k, chosen, moving[k], h7_random(rng)))
            clear_cell(c, w, moving[k]);
    judge(c, w);
}

void h7_cells_tear_erase(struct h7_cells *c, uint32_t off, uint32_t len, uint64_t *rng)
{
    for (uint32_t w = off / H7_WORD; w < (off + len) / H7_WORD; w++) {
        uint64_t how = h7_random(rng) % 4;
        if (how == 0)
            continue; /* this word has not changed yet */
        uint8_t *data = change(c, w * H7_WORD);
        for (unsigned i = 0; i < 4; i++) {
            uint64_t d, mask = how == 1 ? ~(uint64_t)0 : h7_random(rng);
            if (how == 3)
                mask &= h7_random(rng);
            memcpy(&d, data + 8 * i, 8);
            d |= mask;
            memcpy(data + 8 * i, &d, 8);
        }
        put_ecc(c, w, h7_cells_ecc(c, w) | (how == 1 ? ECC_ONES : h7_random(rng) & ECC_ONES));
        judge(c, w);
    }
}

/* The cell whose column is syndrome, or WORD_CELLS if no single cell explains it. */
static unsigned find_cell(uint16_t syndrome)
{
    for (unsigned i = 0; i < 256; i++) {
        uint16_t column = 0;
        for (unsigned r = 0; r < 10; r++)
            column = (uint16_t)(column | (rows[r][i / 64] >> (i % 64) & 1) << r);
        if (column == syndrome)
            return i;
    }
    for (unsigned r = 0; r < 10; r++)
        if (syndrome == 1u << r)
            return 256 + r;
    return WORD_CELLS;
}

enum h7_decode h7_cells_read(const struct h7_cells *c, uint32_t off, uint8_t *word)
{
    uint32_t w = off / H7_WORD;
    memcpy(word, h7_cells_data(c, w * H7_WORD), H7_WORD);
    if (!h7_cells_flagged(c, off))
        return H7_CLEAN;
    unsigned cell = find_cell((uint16_t)(h7_ecc(word) ^ h7_cells_ecc(c, w)));
    if (cell == WORD_CELLS)
        return H7_UNREADABLE;
    if (cell < 256)
        word[cell / 8] ^= (uint8_t)(1u << (cell % 8));
    return H7_CORRECTED;
}

void h7_cells_poke(struct h7_cells *c, uint32_t off, const void *src, size_t len)
{
    if (off > c->part->size || len > c->part->size - off || len == 0)
        return;
    const uint8_t *from = src;
    for (uint32_t n, at = off; at < off + len; at += n, from += n) {
        n = SOC_PAGE - at % SOC_PAGE;
        n = n < off + len - at ? n : (uint32_t)(off + len - at);
        memcpy(change(c, at), from, n);
    }
    for (uint32_t w = off / H7_WORD; w <= (off + (uint32_t)len - 1) / H7_WORD; w++) {
        put_ecc(c, w, h7_ecc(h7_cells_data(c, w * H7_WORD)));
        set_flagged(c, w, false);
    }
}

void h7_cells_spoil(struct h7_cells *c, uint32_t off)
{
    uint32_t w = off / H7_WORD;
    put_ecc(c, w, h7_ecc(h7_cells_data(c, w * H7_WORD)) ^ 3u); /* two cells wrong */
    judge(c, w);
}

void h7_cells_flip(struct h7_cells *c, uint32_t off, unsigned cell)
{
    uint32_t w = off / H7_WORD;
    if (cell < 256)
        change(c, w * H7_WORD)[cell / 8] ^= (uint8_t)(1u << (cell % 8));
    else if (cell < WORD_CELLS)
        put_ecc(c, w, h7_cells_ecc(c, w) ^ 1u << (cell - 256));
    judge(c, w);
}

void h7_cells_set_ecc(struct h7_cells *c, uint32_t w, uint16_t ecc)
{
    put_ecc(c, w, ecc);
}
