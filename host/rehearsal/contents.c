#include "host/rehearsal/contents.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/soc/soc.h"

static const char erased[] = "erased", bootloader[] = "bootloader", trailer[] = "trailer",
                  other[] = "other";
static const char *const image_names[CUTS_IMAGES] = {"old image", "new image"};

static unsigned slots_of(const struct rehearsal *r)
{
    return r->slots.pair.slot[SLOT_SCRATCH].size != 0 ? 3 : 2;
}

/* The slot that covers off, or NULL. */
static const struct flash_area *slot_at(const struct rehearsal *r, uint32_t off, enum slot *which)
{
    for (unsigned s = 0; s < slots_of(r); s++) {
        const struct flash_area *a = &r->slots.pair.slot[s];
        *which = (enum slot)s;
        if (off - a->offset < a->size)
            return a;
    }
    return NULL;
}

/* ---- the bootloader ---- */

static bool is_blank(const struct vboard *v, uint32_t off)
{
    uint8_t word[SOC_WORD_MAX];
    const uint32_t len = vboard_soc(v)->flash.word;
    return vboard_flash_peek(v, off, word, len) && bytes_all(word, 0xff, len);
}

void contents_note_bootloader(struct rehearsal *r)
{
    const struct soc_flash *f = &vboard_soc(r->board)->flash;
    enum slot s;
    for (uint32_t n = 0; n < f->size / f->word; n++)
        if (slot_at(r, n * f->word, &s) == NULL && !is_blank(r->board, n * f->word))
            r->boot_words[n / 8] |= (uint8_t)(1u << n % 8);
}

static bool is_bootloader(const struct rehearsal *r, uint32_t word)
{
    return (r->boot_words[word / 8] >> word % 8 & 1) != 0;
}

/* ---- images ---- */

/* Bytes of one sector that are an image's. */
struct part {
    uint32_t from, to; /* offsets in flash; equal: there is none */
    const char *what;
};

/* Is image i, if it begins at start, right in the sector at off? If so, and there is more of it than *best has, take
 * it. */
static void try_image(const struct rehearsal *r, const struct vboard *v, unsigned i, uint32_t start,
                      uint32_t off, struct part *best)
{
    static uint8_t have[SOC_FLASH_MAX / SOC_SECTORS_MAX];
    const struct image_file *f = &r->file[i];
    const uint32_t end = start + f->size, sector = vboard_soc(v)->flash.sector;
    const uint32_t from = off > start ? off : start, to = end < off + sector ? end : off + sector;
    if (from >= to || to - from <= best->to - best->from)
        return;
    if (vboard_flash_peek(v, from, have, to - from) &&
        memcmp(have, f->blob.data + (from - start), to - from) == 0)
        *best = (struct part){from, to, image_names[i]};
}

/* Swap using scratch has had any of an image's sectors there. */
static void try_any_sector(const struct rehearsal *r, const struct vboard *v, unsigned i,
                           uint32_t off, struct part *best)
{
    const uint32_t sector = vboard_soc(v)->flash.sector;
    for (uint32_t at = 0; at < r->file[i].size && at <= off; at += sector)
        try_image(r, v, i, off - at, off, best);
}

static struct part find_part(const struct rehearsal *r, const struct vboard *v, uint32_t off)
{
    struct part best = {off, off, NULL};
    enum slot s;
    const struct flash_area *a = slot_at(r, off, &s);
    if (a == NULL)
        return best;
    for (unsigned i = 0; i < CUTS_IMAGES; i++) {
        if (s == SLOT_SCRATCH) {
            try_any_sector(r, v, i, off, &best);
            continue;
        }
        try_image(r, v, i, a->offset, off, &best);
        try_image(r, v, i, a->offset + vboard_soc(v)->flash.sector, off, &best);
    }
    return best;
}

/* ---- words, and pieces of them ---- */

static bool in_trailer(const struct rehearsal *r, const uint32_t begin[3], uint32_t off)
{
    enum slot s;
    const struct flash_area *a = slot_at(r, off, &s);
    return a != NULL && off - a->offset >= begin[s];
}

/* The pieces before the last one are final. An erased piece between two of a kind becomes part of them. */
static void add(struct contents *c, uint32_t off, uint32_t size, const char *what, uint32_t sector)
{
    struct contents_piece *last = c->count > 0 ? &c->piece[c->count - 1] : NULL;
    if (c->count > 1 && last->what == erased && last->size < sector &&
        c->piece[c->count - 2].what == what) {
        c->piece[c->count - 2].size += last->size;
        last = &c->piece[--c->count - 1];
    }
    if (last != NULL && (last->what == what || c->count == CONTENTS_MAX))
        last->size += size;
    else
        c->piece[c->count++] = (struct contents_piece){off, size, what};
}

static void look_at_sector(const struct rehearsal *r, const struct vboard *v, struct contents *c,
                           uint32_t off, const uint32_t trailers[3])
{
    const struct soc_flash *f = &vboard_soc(v)->flash;
    const struct part part = find_part(r, v, off);
    for (uint32_t at = off; at < off + f->sector; at += f->word) {
        const char *what = other;
        if (at + f->word > part.from && at < part.to)
            what = part.what;
        else if (is_blank(v, at))
            what = erased;
        else if (in_trailer(r, trailers, at))
            what = trailer;
        else if (is_bootloader(r, at / f->word))
            what = bootloader;
        add(c, at, f->word, what, f->sector);
    }
}

void contents_look(const struct rehearsal *r, const struct vboard *v, struct contents *c)
{
    const struct soc_flash *f = &vboard_soc(v)->flash;
    uint32_t trailers[3];
    for (unsigned s = 0; s < slots_of(r); s++)
        trailers[s] = update_trailer_begin(&r->slots.pair, (enum slot)s);
    c->count = 0;
    for (uint32_t off = 0; off < f->size; off += f->sector)
        look_at_sector(r, v, c, off, trailers);
}
