/* Swap-using-offset: the new image is delivered one sector up in the secondary, so that each
 * sector of the old image can move into the sector below the one that is about to be read.
 *
 *   upgrade, i = 0..last:   primary[i] -> secondary[i],     then secondary[i+1] -> primary[i]
 *   revert,  i = last..0:   primary[i] -> secondary[i+1],   then secondary[i]   -> primary[i]
 *
 * Each arrow is one step: erase the destination, copy, write the step's record. A step's source is
 * erased only by a later step, so any step may be done again. Bytes and order: update/SPEC.md. */
#include "base/bytes.h"
#include "update/strategy.h"
#include "update/trailer.h"

static uint32_t sector_of(const struct slot_pair *p)
{
    return p->slot[SLOT_PRIMARY].flash->sector;
}

static const char *check(const struct slot_pair *p)
{
    const struct flash_area *pri = &p->slot[SLOT_PRIMARY], *sec = &p->slot[SLOT_SECONDARY];
    uint32_t n = area_sectors(pri);
    if (pri->flash->sector != sec->flash->sector)
        return "swap-using-offset needs sectors of one size in both slots";
    if (area_sectors(sec) != n && area_sectors(sec) != n + 1)
        return "swap-using-offset needs a secondary as large as the primary, or one sector larger";
    if (update_max_image_size(p) == 0)
        return "swap-using-offset needs sectors for the trailer, a spare and an image";
    return NULL;
}

/* Bytes of a slot in front of its first trailer sector, less spare sectors. */
static uint32_t room(const struct slot_pair *p, enum slot s, uint32_t spare)
{
    uint32_t first = trailer_layout(p, s).first_sector;
    return first > spare ? first - spare : 0;
}

static uint32_t max_image_size(const struct slot_pair *p)
{
    uint32_t pri = room(p, SLOT_PRIMARY, 0), sec = room(p, SLOT_SECONDARY, sector_of(p));
    return pri < sec ? pri : sec;
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
    return total <= update_max_image_size(p) ? (uint32_t)total : 0;
}

static uint32_t last_sector(const struct slot_pair *p, const struct swap *sw)
{
    return (sw->swap_size - 1) / sector_of(p);
}

/* Sizes of the image that was in the primary when the swap began, and of the other. Their headers
 * move: after which record they are where follows from the steps above. */
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

/* Size of the image at off and of its unprotected TLV area; both 0 if there is no whole image. */
static uint32_t measure_one(const struct slot_pair *p, enum slot s, uint32_t off, uint32_t *tlv)
{
    struct slot_view view;
    struct image_source src = slot_source_at(p, s, off, &view);
    uint32_t limit = update_max_image_size(p), size;
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

/* ---- steps --------------------------------------------------------------------------------------- */

/* A place in the pair. */
struct at {
    enum slot slot;
    uint32_t off;
};

/* Copy len bytes. Words that cannot be read stay erased in the copy: whether the image needs them is
 * for the verdict to say, and waste behind an image may not stop a swap. */
static enum err copy_words(const struct update_env *env, struct at dst, struct at src, uint32_t len)
{
    const struct flash_area *from = &env->pair->slot[src.slot], *to = &env->pair->slot[dst.slot];
    uint32_t word = from->flash->word;
    for (uint32_t i = 0; i < len; i += word) {
        enum err e = area_read(from, src.off + i, env->buf, word);
        if (e == ERR_UNREADABLE)
            continue;
        if (!e)
            e = area_program(to, dst.off + i, env->buf, word);
        if (e)
            return e;
    }
    return ERR_OK;
}

static enum err copy_chunk(const struct update_env *env, struct at dst, struct at src, uint32_t len)
{
    const struct slot_pair *p = env->pair;
    enum err e = area_read(&p->slot[src.slot], src.off, env->buf, len);
    if (e == ERR_UNREADABLE)
        return copy_words(env, dst, src, len);
    return e ? e : area_program(&p->slot[dst.slot], dst.off, env->buf, len);
}

/* Erase the sector dst, and copy the sector src there if there is anything in it to keep. */
static enum err move_sector(const struct update_env *env, struct at dst, struct at src, bool keep)
{
    uint32_t sector = sector_of(env->pair);
    enum err e = area_erase(&env->pair->slot[dst.slot], dst.off, sector);
    if (env->feed)
        env->feed();
    for (uint32_t done = 0; !e && keep && done < sector;) {
        uint32_t n = sector - done < env->buf_len ? sector - done : env->buf_len;
        e = copy_chunk(env, dst, src, n);
        dst.off += n;
        src.off += n;
        done += n;
        if (env->feed)
            env->feed();
    }
    return e;
}

static enum err write_record(const struct slot_pair *p, uint32_t index)
{
    const struct flash_area *a = &p->slot[SLOT_PRIMARY];
    uint8_t value = (uint8_t)(1 + index % 2);
    return trailer_put(a, trailer_layout(p, SLOT_PRIMARY).status + index * a->flash->word, &value,
                       1);
}

/* Step number k of the swap. size as sizes_now gave it when the session began. */
static enum err do_step(const struct update_env *env, const struct swap *sw, uint32_t k,
                        const uint32_t size[2])
{
    uint32_t sector = sector_of(env->pair), last = last_sector(env->pair, sw);
    bool revert = sw->type == SWAP_TYPE_REVERT;
    uint32_t i = revert ? last - k / 2 : k / 2;
    uint32_t up = sector;
    struct at pri = {SLOT_PRIMARY, i * sector};
    struct at out = {SLOT_SECONDARY, i * sector + (revert ? up : 0)};
    struct at in = {SLOT_SECONDARY, i * sector + (revert ? 0 : up)};
    /* One sector more than needed is copied: "i > used", as in MCUboot, whose bytes these are. */
    enum slot side = k % 2 == 0 ? SLOT_PRIMARY : SLOT_SECONDARY;
    bool keep = size[side] == 0 || i <= (size[side] + sector - 1) / sector;
    enum err e = k % 2 == 0 ? move_sector(env, out, pri, keep) : move_sector(env, pri, in, keep);
    return e ? e : write_record(env->pair, k);
}

/* After a revert the image that failed its test is where an upload would be: one sector up, with
 * no header in front. */
static enum err tidy_after_revert(const struct update_env *env)
{
    const struct flash_area *sec = &env->pair->slot[SLOT_SECONDARY];
    enum err e = area_erase(sec, 0, sector_of(env->pair));
    if (env->feed)
        env->feed();
    return e ? e : trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
}

static enum err run(const struct update_env *env, struct swap *sw)
{
    uint32_t size[2];
    uint32_t steps = 2 * (last_sector(env->pair, sw) + 1);
    sizes_now(env->pair, sw, size);
    for (; sw->records < steps; sw->records++) {
        enum err e = do_step(env, sw, sw->records, size);
        if (e)
            return e;
    }
    return sw->type == SWAP_TYPE_REVERT ? tidy_after_revert(env) : ERR_OK;
}

const struct update_strategy update_strategy = {
    .name = "offset",
    .mode = UPDATE_MODE_SWAP_OFFSET,
    .check = check,
    .max_image_size = max_image_size,
    .upload_offset = upload_offset,
    .source_offset = source_offset,
    .measure = measure,
    .plausible = plausible,
    .run = run,
};
