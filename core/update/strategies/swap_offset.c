/* Swap using offset: the new image is uploaded one sector up in the secondary, so that each
 * sector of the old image can move into the sector below the one that is about to be read.
 *
 *   upgrade, i = 0..last:   primary[i] -> secondary[i],     then secondary[i+1] -> primary[i]
 *   revert,  i = last..0:   primary[i] -> secondary[i+1],   then secondary[i]   -> primary[i]
 *
 * Each arrow is one step: erase the destination, copy, write the step's record. A step's source is
 * erased only by a later step, so any step may be done again. Bytes and order: core/update/SPEC.md. */
#include "core/base/bytes.h"
#include "core/update/swap/progress.h"
#include "core/update/swap/trailer.h"

static uint32_t sector_of(const struct slot_pair *p)
{
    return p->slot[SLOT_PRIMARY].flash->sector;
}

static uint32_t max_image_size(const struct slot_pair *p)
{
    uint32_t pri = slot_room(p, SLOT_PRIMARY, 0), sec = slot_room(p, SLOT_SECONDARY, sector_of(p));
    return pri < sec ? pri : sec;
}

static const char *check(const struct slot_pair *p)
{
    const struct flash_area *pri = &p->slot[SLOT_PRIMARY], *sec = &p->slot[SLOT_SECONDARY];
    uint32_t n = area_sectors(pri);
    if (pri->flash->sector != sec->flash->sector)
        return "the slots' sectors differ in size";
    if (area_sectors(sec) != n && area_sectors(sec) != n + 1)
        return "slot1 must be as large as slot0, or one sector larger";
    if (max_image_size(p) == 0)
        return no_room;
    return NULL;
}

static uint32_t upload_offset(const struct slot_pair *p)
{
    return sector_of(p);
}

static uint32_t source_offset(const struct slot_pair *p, enum swap_type type)
{
    return type == SWAP_TYPE_REVERT ? 0 : sector_of(p);
}

/* ---- sizes ------------------------------------------------------------------------------------- */

/* Total size of the image whose header is at off, its unprotected TLV area being tlv bytes as
 * measured when the swap began; 0 if there is no image. */
static uint32_t total_size(const struct slot_pair *p, enum slot s, uint32_t off, uint32_t tlv)
{
    uint8_t bytes[IMAGE_HEADER_SIZE];
    struct image_header h;
    if (tlv == 0 || area_read(&p->slot[s], off, bytes, sizeof(bytes)) != ERR_OK ||
        !image_header_decode(&h, bytes))
        return 0;
    uint64_t total = (uint64_t)h.hdr_size + h.img_size + h.protected_size + tlv;
    return total <= max_image_size(p) ? (uint32_t)total : 0;
}

static uint32_t last_sector(const struct slot_pair *p, const struct swap *sw)
{
    return (sw->swap_size - 1) / sector_of(p);
}

/* Sizes of the two images, by the slot in which they were when the swap began; 0 if unknown. The headers move during
 * the swap: the number of records says where they are. */
static void sizes_now(const struct slot_pair *p, const struct swap *sw, uint32_t size[2])
{
    uint32_t sector = sector_of(p), n = sw->records;
    uint32_t pri_tlv = sw->tlv_sizes & 0xffff, sec_tlv = sw->tlv_sizes >> 16;
    if (sw->type == SWAP_TYPE_REVERT) {
        uint32_t all = 2 * (last_sector(p, sw) + 1);
        size[SLOT_PRIMARY] = n + 1 >= all ? total_size(p, SLOT_SECONDARY, sector, pri_tlv)
                                          : total_size(p, SLOT_PRIMARY, 0, pri_tlv);
        size[SLOT_SECONDARY] = n >= all ? total_size(p, SLOT_PRIMARY, 0, sec_tlv)
                                        : total_size(p, SLOT_SECONDARY, 0, sec_tlv);
        return;
    }
    size[SLOT_PRIMARY] = n >= 1 ? total_size(p, SLOT_SECONDARY, 0, pri_tlv)
                                : total_size(p, SLOT_PRIMARY, 0, pri_tlv);
    size[SLOT_SECONDARY] = n >= 2 ? total_size(p, SLOT_PRIMARY, 0, sec_tlv)
                                  : total_size(p, SLOT_SECONDARY, sector, sec_tlv);
}

/* Bytes of the image at off, and in *tlv of its unprotected TLV area; both 0 if there is no complete image. */
static uint32_t measure_one(const struct slot_pair *p, enum slot s, uint32_t off, uint32_t *tlv)
{
    struct slot_view view;
    struct image_source src = slot_source_at(p, s, off, &view);
    uint32_t limit = max_image_size(p), size;
    struct image_header h;
    *tlv = 0;
    if (image_read_header(&src, limit, &h) != IMAGE_FAULT_NONE ||
        image_size(&src, limit, &size) != IMAGE_FAULT_NONE)
        return 0;
    *tlv = size - h.hdr_size - h.img_size - h.protected_size;
    return size;
}

static enum err measure(const struct slot_pair *p, struct swap *sw)
{
    uint32_t pri_tlv, sec_tlv;
    uint32_t pri = measure_one(p, SLOT_PRIMARY, 0, &pri_tlv);
    uint32_t sec = measure_one(p, SLOT_SECONDARY, source_offset(p, sw->type), &sec_tlv);
    sw->swap_size = pri > sec ? pri : sec;
    sw->tlv_sizes = pri_tlv | sec_tlv << 16;
    return sec ? ERR_OK : ERR_NOSPC;
}

static bool plausible(const struct slot_pair *p, const struct swap *sw)
{
    uint32_t size[2];
    if (sw->records > 2 * (last_sector(p, sw) + 1))
        return false;
    sizes_now(p, sw, size);
    return sw->swap_size == (size[0] > size[1] ? size[0] : size[1]);
}

/* For reading an image in the middle of a swap; see where_fn. The swap itself uses do_step. */
struct at swap_offset_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                            uint32_t off)
{
    uint32_t sector = sector_of(p), i = off / sector;
    bool revert = sw->type == SWAP_TYPE_REVERT;
    uint32_t out =
        2 * (revert ? last_sector(p, sw) - i : i); /* the step that copies it to the secondary */
    if (whose == SLOT_PRIMARY && sw->records > out)
        return (struct at){SLOT_SECONDARY, revert ? off + sector : off};
    if (whose == SLOT_PRIMARY || sw->records > out + 1)
        return (struct at){SLOT_PRIMARY, off};
    return (struct at){SLOT_SECONDARY, revert ? off : off + sector};
}

/* ---- steps --------------------------------------------------------------------------------------- */

static uint8_t record(const struct slot_pair *p, const struct swap *sw, uint32_t i)
{
    (void)p, (void)sw;
    return (uint8_t)(1 + i % 2);
}

/* A revert starts with a copy of its state in the secondary, with copy_done set: so it cannot be taken for a request
 * while the primary's trailer is replaced. */
static enum err prepare(const struct update_env *env, const struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    if (sw->type != SWAP_TYPE_REVERT)
        return ERR_OK;
    enum err e = trailer_erase(p, SLOT_SECONDARY, env->feed);
    if (!e)
        e = trailer_put_flag(p, SLOT_SECONDARY, trailer_layout(p, SLOT_SECONDARY).copy_done);
    return e ? e : progress_write(env, SLOT_SECONDARY, sw);
}

static bool is_prepared(const struct slot_pair *p, const struct findings *f)
{
    (void)p;
    return f->sec.magic == TRAILER_MAGIC_GOOD && f->sec.image_ok == TRAILER_FLAG_UNSET &&
           f->sec.copy_done == TRAILER_FLAG_SET;
}

/* Do the next step of the swap. size is what sizes_now returned at the start of this boot. */
static enum err do_step(const struct update_env *env, const struct swap *sw, const uint32_t size[2])
{
    uint32_t sector = sector_of(env->pair), last = last_sector(env->pair, sw), k = sw->records;
    bool revert = sw->type == SWAP_TYPE_REVERT, out = k % 2 == 0;
    uint32_t i = revert ? last - k / 2 : k / 2;
    struct at pri = {SLOT_PRIMARY, i * sector}, sec = {SLOT_SECONDARY, i * sector};
    if (revert == out)
        sec.off += sector;
    /* As MCUboot does, one sector more than needed is copied, so that the bytes on flash are the same. */
    uint32_t used = size[out ? SLOT_PRIMARY : SLOT_SECONDARY];
    bool keep = used == 0 || i <= (used + sector - 1) / sector;
    enum err e = erase_range(env, out ? sec : pri, sector);
    if (!e && keep)
        e = copy_range(env, out ? sec : pri, out ? pri : sec, sector);
    return e ? e : record_step(env->pair, sw, k);
}

/* Erase the first sector and the trailer of the secondary. Then the image that failed its test lies as an upload does:
 * one sector up, with no header below it. */
static enum err tidy_after_revert(const struct update_env *env)
{
    enum err e = erase_range(env, (struct at){SLOT_SECONDARY, 0}, sector_of(env->pair));
    return e ? e : trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
}

static enum err run(const struct update_env *env, struct swap *sw)
{
    uint32_t size[2];
    uint32_t end = 2 * (last_sector(env->pair, sw) + 1);
    sizes_now(env->pair, sw, size);
    for (; sw->records < end; sw->records++) {
        enum err e = do_step(env, sw, size);
        if (e)
            return e;
    }
    return sw->type == SWAP_TYPE_REVERT ? tidy_after_revert(env) : ERR_OK;
}

static const struct swap_steps steps = {
    .source_offset = source_offset,
    .measure = measure,
    .plausible = plausible,
    .record = record,
    .prepare = prepare,
    .is_prepared = is_prepared,
    .run = run,
};

const struct update_strategy update_swap_offset = {
    .name = "offset",
    .mode = UPDATE_MODE_SWAP_OFFSET,
    .areas = 2,
    .states = 2,
    .has_tlv_sizes = true,
    .reverts = true,
    .check = check,
    .max_image_size = max_image_size,
    .upload_offset = upload_offset,
    .requests = &swap_requests,
};

const struct update_engine update_swap_offset_engine = {
    .inspect = swap_inspect, .act = swap_act, .swap = &steps};
