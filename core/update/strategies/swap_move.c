/* Swap using move: the primary's image first moves up by one sector, the last sector first, which frees
 * the sector below each one; then the slots are swapped upwards. n sectors hold the larger image:
 *
 *   move, i = n..1:     primary[i-1] -> primary[i]
 *   swap, i = 0..n-1:   secondary[i] -> primary[i],  then primary[i+1] -> secondary[i]
 *
 * Each arrow is one step: erase the destination, copy, write the step's record. The records of the swap
 * begin at index max_sectors. A step's source is erased only by a later step, so any step may be
 * done again. Bytes and order: core/update/SPEC.md. */
#include "core/base/bytes.h"
#include "core/update/swap/progress.h"
#include "core/update/swap/trailer.h"

static uint32_t sector_of(const struct slot_pair *p)
{
    return p->slot[SLOT_PRIMARY].flash->sector;
}

static uint32_t max_image_size(const struct slot_pair *p)
{
    uint32_t pri = slot_room(p, SLOT_PRIMARY, sector_of(p)), sec = slot_room(p, SLOT_SECONDARY, 0);
    return pri < sec ? pri : sec;
}

static const char *check(const struct slot_pair *p)
{
    const struct flash_area *pri = &p->slot[SLOT_PRIMARY], *sec = &p->slot[SLOT_SECONDARY];
    uint32_t n = area_sectors(sec);
    if (pri->flash->sector != sec->flash->sector)
        return "the slots' sectors differ in size";
    if (area_sectors(pri) != n && area_sectors(pri) != n + 1)
        return "slot0 must be as large as slot1, or one sector larger";
    if (max_image_size(p) == 0)
        return no_room;
    return NULL;
}

static uint32_t source_offset(const struct slot_pair *p, enum swap_type type)
{
    (void)p, (void)type;
    return 0;
}

/* ---- where the images are ---------------------------------------------------------------------- */

static uint32_t sectors_used(const struct slot_pair *p, const struct swap *sw)
{
    return (sw->swap_size + sector_of(p) - 1) / sector_of(p);
}

/* Steps done of the second phase (swap). */
static uint32_t swapped(const struct slot_pair *p, const struct swap *sw)
{
    return sw->records > p->max_sectors ? sw->records - p->max_sectors : 0;
}

struct at swap_move_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                          uint32_t off)
{
    uint32_t n = sectors_used(p, sw), k = swapped(p, sw), j = off / sector_of(p);
    uint32_t moved = sw->records < n ? sw->records : n;
    if (whose == SLOT_SECONDARY)
        return (struct at){k > 2 * j ? SLOT_PRIMARY : SLOT_SECONDARY, off};
    if (k > 2 * j + 1)
        return (struct at){SLOT_SECONDARY, off};
    bool up = moved > 0 && j >= n - moved;
    return (struct at){SLOT_PRIMARY, up ? off + sector_of(p) : off};
}

static enum err measure(const struct slot_pair *p, struct swap *sw)
{
    sw->swap_size = split_image_size(p, sw, swap_move_where, sector_of(p));
    return sw->swap_size ? ERR_OK : ERR_NOSPC;
}

static bool plausible(const struct slot_pair *p, const struct swap *sw)
{
    uint32_t n = sectors_used(p, sw), k = swapped(p, sw);
    if (k > 2 * n || (k == 0 && sw->records > n))
        return false;
    return sw->swap_size == split_image_size(p, sw, swap_move_where, sector_of(p));
}

/* ---- steps --------------------------------------------------------------------------------------- */

static uint8_t record(const struct slot_pair *p, const struct swap *sw, uint32_t i)
{
    if (i < p->max_sectors)
        return i < sectors_used(p, sw);
    return (uint8_t)(1 + (i - p->max_sectors) % 2);
}

/* MCUboot's mark of a revert, which counts while the primary's trailer is replaced: the secondary's trailer reads as a
 * permanent request for the old image. Only its swap_size, which a request does not have, tells the two apart. */
static enum err prepare(const struct update_env *env, const struct swap *sw)
{
    struct swap back = {.type = SWAP_TYPE_NONE, .image_ok = true, .swap_size = sw->swap_size};
    if (sw->type != SWAP_TYPE_REVERT)
        return ERR_OK;
    enum err e = trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
    return e ? e : progress_write(env, SLOT_SECONDARY, &back);
}

static bool is_prepared(const struct slot_pair *p, const struct findings *f)
{
    uint8_t size[4];
    uint32_t off = trailer_layout(p, SLOT_SECONDARY).swap_size;
    if (f->sec.magic != TRAILER_MAGIC_GOOD || f->sec.image_ok != TRAILER_FLAG_SET ||
        f->sec.copy_done != TRAILER_FLAG_UNSET || f->sec.swap_type != SWAP_TYPE_NONE ||
        trailer_get(&p->slot[SLOT_SECONDARY], off, size, sizeof(size)) != ERR_OK)
        return false;
    return get_le32(size) > 0 && get_le32(size) <= max_image_size(p);
}

static enum err do_step(const struct update_env *env, const struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    uint32_t sector = sector_of(p);
    if (sw->records < p->max_sectors) {
        uint32_t i = sectors_used(p, sw) - sw->records;
        return copy_step(env, sw, (struct at){SLOT_PRIMARY, i * sector},
                         (struct at){SLOT_PRIMARY, (i - 1) * sector}, sector);
    }
    uint32_t k = swapped(p, sw), off = k / 2 * sector;
    struct at pri = {SLOT_PRIMARY, off}, sec = {SLOT_SECONDARY, off};
    if (k % 2 == 0)
        return copy_step(env, sw, pri, sec, sector);
    pri.off += sector;
    return copy_step(env, sw, sec, pri, sector);
}

static enum err run(const struct update_env *env, struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    uint32_t n = sectors_used(p, sw);
    for (;; sw->records++) {
        if (sw->records >= n && sw->records < p->max_sectors)
            sw->records = p->max_sectors;
        if (swapped(p, sw) >= 2 * n)
            return ERR_OK;
        enum err e = do_step(env, sw);
        if (e)
            return e;
    }
}

static const struct swap_steps steps = {
    .source_offset = source_offset,
    .measure = measure,
    .plausible = plausible,
    .record = record,
    .prepare = prepare,
    .is_prepared = is_prepared,
    .run = run,
    .revert_is_ok = true,
};

const struct update_strategy update_swap_move = {
    .name = "move",
    .mode = UPDATE_MODE_SWAP_MOVE,
    .areas = 2,
    .states = 3,
    .reverts = true,
    .check = check,
    .max_image_size = max_image_size,
    .upload_offset = upload_at_start,
    .requests = &swap_requests,
};

const struct update_engine update_swap_move_engine = {
    .inspect = swap_inspect, .act = swap_act, .swap = &steps};
