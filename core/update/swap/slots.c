/* The two slots: whether they suit each other, the largest image, and where an image starts. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

const char no_room[] = "no sectors are left for an image";

static bool alignment_is_valid(uint32_t word, uint32_t align)
{
    bool known = align == 8 || align == 16 || align == 32;
    return known && word > 0 && (word & (word - 1)) == 0 && word <= align;
}

static const char *what_is_wrong(const struct slot_pair *p)
{
    const enum slot other = strategy_of(p)->areas > 1 ? SLOT_SECONDARY : SLOT_PRIMARY;
    const struct flash *pri = p->slot[SLOT_PRIMARY].flash, *sec = p->slot[other].flash;
    if (pri->word != sec->word || pri->erased != sec->erased)
        return "the slots' flash words differ";
    if (!alignment_is_valid(pri->word, p->max_align))
        return "BOOT_MAX_ALIGN does not fit the flash word";
    if (p->image > 7)
        return "the image number is above 7";
    if (strategy_of(p)->states && area_sectors(&p->slot[SLOT_PRIMARY]) > p->max_sectors)
        return "slot0 has more sectors than BOOT_MAX_IMG_SECTORS";
    /* Keep the sums below from wrapping around. */
    uint32_t trailer = p->max_sectors > 0x4000u ? UINT32_MAX : trailer_size(p);
    if (trailer > p->slot[SLOT_PRIMARY].size || trailer > p->slot[other].size)
        return "the trailer does not fit";
    return strategy_of(p)->check(p);
}

enum err slot_pair_check(const struct slot_pair *p, const char **why)
{
    const char *wrong = what_is_wrong(p);
    if (why)
        *why = wrong;
    return wrong ? ERR_INVAL : ERR_OK;
}

enum err slot_pair_open(struct slot_pair *p, struct flash *f, const struct partition_table *table)
{
    static const char *const nodes[] = {"slot0", "slot1", "scratch"};
    for (unsigned i = 0; i < strategy_of(p)->areas; i++) {
        enum err e = area_open(&p->slot[i], f, table, nodes[i]);
        if (e)
            return e;
    }
    if (p->max_sectors == 0)
        p->max_sectors = area_sectors(&p->slot[SLOT_PRIMARY]);
    return ERR_OK;
}

uint32_t update_max_image_size(const struct slot_pair *p)
{
    return strategy_of(p)->max_image_size(p);
}

uint32_t update_upload_offset(const struct slot_pair *p)
{
    return strategy_of(p)->upload_offset(p);
}

enum update_mode update_mode(const struct slot_pair *p)
{
    return strategy_of(p)->mode;
}

unsigned update_slot_count(const struct slot_pair *p)
{
    return strategy_of(p)->areas > 1 ? 2 : 1;
}

bool update_runs_either(const struct slot_pair *p)
{
    return strategy_of(p)->runs_either;
}

uint32_t slot_room(const struct slot_pair *p, enum slot s, uint32_t spare)
{
    uint32_t first = trailer_layout(p, s).first_sector;
    return first > spare ? first - spare : 0;
}

uint32_t upload_at_start(const struct slot_pair *p)
{
    (void)p;
    return 0;
}

static enum err read_area(const struct image_source *s, uint32_t off, void *dst, uint32_t len)
{
    return area_read(s->ctx, off, dst, len);
}

struct image_source slot_source_at(const struct slot_pair *p, enum slot s, uint32_t start,
                                   struct slot_view *view)
{
    *view = (struct slot_view){.area = p->slot[s]};
    view->area.offset += start;
    view->area.size -= start;
    return (struct image_source){.read = read_area, .ctx = &view->area, .size = view->area.size};
}

bool slot_has_header(const struct slot_pair *p, enum slot s, uint32_t start)
{
    uint8_t magic[4];
    return area_read(&p->slot[s], start, magic, sizeof(magic)) == ERR_OK &&
           get_le32(magic) == IMAGE_MAGIC;
}

static bool stored_hash_at(const struct slot_pair *p, enum slot s, uint32_t start,
                           struct image_hash *hash)
{
    struct slot_view view;
    struct image_source src = slot_source_at(p, s, start, &view);
    return image_stored_hash(&src, src.size, hash) == IMAGE_FAULT_NONE;
}

bool slot_holds(const struct slot_pair *p, enum slot s, uint32_t start,
                const struct image_hash *hash)
{
    struct image_hash have;
    return stored_hash_at(p, s, start, &have) && have.len == hash->len &&
           memcmp(have.bytes, hash->bytes, hash->len) == 0;
}

/* Swap using offset leaves the upload of a one-sector image where it was, so the slot may still have a copy of the
 * image that runs. */
static bool is_copy_of_primary(const struct slot_pair *p, uint32_t start)
{
    struct image_hash running;
    return stored_hash_at(p, SLOT_PRIMARY, 0, &running) &&
           slot_holds(p, SLOT_SECONDARY, start, &running);
}

struct image_source slot_source(const struct slot_pair *p, enum slot s, struct slot_view *view)
{
    uint32_t upload = update_upload_offset(p);
    enum swap_type type = SWAP_TYPE_NONE;
    struct image_source src;
    if (s == SLOT_PRIMARY || upload == 0) {
        src = slot_source_at(p, s, 0, view);
        view->in_place = true;
        return src;
    }
    /* If the trailers cannot be read, treat it as no request. */
    if (update_next_swap_type(p, &type) != ERR_OK)
        type = SWAP_TYPE_NONE;
    uint32_t place = type == SWAP_TYPE_REVERT ? 0 : upload, other = upload - place;
    bool idle = type == SWAP_TYPE_NONE;
    bool elsewhere = slot_has_header(p, s, other) &&
                     (!slot_has_header(p, s, place) || (idle && is_copy_of_primary(p, place)));
    src = slot_source_at(p, s, elsewhere ? other : place, view);
    view->in_place = !elsewhere;
    return src;
}

/* ---- a sector that the update does not need ------------------------------------------------------------ */

/* The end of the image that begins at start; start if none does. If its size cannot be told, the trailer is its end. */
static uint32_t image_end(const struct slot_pair *p, enum slot s, uint32_t start)
{
    struct slot_view view;
    struct image_source src = slot_source_at(p, s, start, &view);
    uint32_t size;
    if (!slot_has_header(p, s, start))
        return start;
    return image_size(&src, src.size, &size) == IMAGE_FAULT_NONE
               ? start + size
               : trailer_layout(p, s).first_sector;
}

bool update_spare_sector(const struct slot_pair *p, unsigned n, struct flash_area *sector)
{
    const enum slot s = update_slot_count(p) > 1 ? update_upload_slot(p) : SLOT_NONE;
    if (s == SLOT_NONE)
        return false;
    const uint32_t upload = update_upload_offset(p), size = p->slot[s].flash->sector;
    const uint32_t old_end = image_end(p, s, 0), new_end = image_end(p, s, upload);
    for (uint32_t at = trailer_layout(p, s).first_sector; at >= size; at -= size) {
        uint32_t from = at - size;
        bool used = from < old_end || (from < new_end && at > upload);
        if (used || n-- > 0)
            continue;
        *sector = (struct flash_area){p->slot[s].flash, p->slot[s].offset + from, size};
        return true;
    }
    return false;
}

enum err update_borrow_sector(const struct slot_pair *p, struct flash_area *sector)
{
    enum swap_type next;
    bool confirmed;
    enum err e = update_next_swap_type(p, &next);
    if (e == ERR_OK)
        e = update_is_confirmed(p, &confirmed);
    if (e != ERR_OK)
        return e;
    if (next != SWAP_TYPE_NONE || !confirmed)
        return ERR_BUSY;
    return update_spare_sector(p, 0, sector) ? ERR_OK : ERR_NOSPC;
}

bool update_keeps_spare(const struct slot_pair *p)
{
    const enum slot s = update_slot_count(p) > 1 ? SLOT_SECONDARY : SLOT_NONE;
    if (s == SLOT_NONE)
        return false;
    const uint32_t size = p->slot[s].flash->sector, upload = update_upload_offset(p);
    const uint32_t image = round_up32(update_max_image_size(p), size),
                   first = trailer_layout(p, s).first_sector;
    return image < first && (upload == 0 || upload >= size || upload + image < first);
}
