/* Overwrite-only: the image in the secondary is copied over the one in the primary; there is no revert. There are no
 * status records: the request is cleared last, so an interrupted copy starts again. */
#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

static uint32_t max_image_size(const struct slot_pair *p)
{
    uint32_t pri = slot_room(p, SLOT_PRIMARY, 0), sec = slot_room(p, SLOT_SECONDARY, 0);
    return pri < sec ? pri : sec;
}

static const char *check(const struct slot_pair *p)
{
    return max_image_size(p) ? NULL : no_room;
}

/* Erase the sectors of the image and of the trailer, copy, and write the magic, as MCUboot does. */
static enum err copy_over(const struct update_env *env, uint32_t size)
{
    const struct slot_pair *p = env->pair;
    const struct flash *f = p->slot[SLOT_PRIMARY].flash;
    struct at pri = {SLOT_PRIMARY, 0}, sec = {SLOT_SECONDARY, 0};
    enum err e = erase_range(env, pri, size);
    if (!e)
        e = trailer_erase(p, SLOT_PRIMARY, env->feed);
    if (!e)
        e = copy_range(env, pri, sec, round_up32(size, f->word));
    return e ? e : trailer_put_magic(p, SLOT_PRIMARY);
}

/* The request is cleared only after the copy in the primary was judged genuine. */
static enum err install(const struct update_env *env, enum swap_type type,
                        struct update_outcome *out)
{
    const struct slot_pair *p = env->pair;
    LOG_INF("Copying the secondary slot to the primary slot: 0x%x bytes",
            (unsigned)out->secondary.size);
    enum err e = copy_over(env, out->secondary.size);
    if (e)
        return e;
    out->performed = type;
    if (judge(env, SLOT_PRIMARY, 0, max_image_size(p), &out->primary) != IMAGE_GENUINE) {
        LOG_ERR("The copy does not read back: the request stays");
        return ERR_IO;
    }
    e = erase_range(env, (struct at){SLOT_SECONDARY, 0}, p->slot[SLOT_SECONDARY].flash->sector);
    return e ? e : trailer_erase(p, SLOT_SECONDARY, env->feed);
}

static enum err overwrite_inspect(const struct update_env *env, struct findings *f)
{
    enum err e = trailer_read(env->pair, SLOT_SECONDARY, &f->sec);
    f->asked = SWAP_TYPE_NONE;
    if (e || f->sec.magic == TRAILER_MAGIC_UNSET)
        return e;
    return swap_next_type(env->pair, &f->asked);
}

static enum err overwrite_act(const struct update_env *env, const struct findings *f,
                              enum action action, struct update_outcome *out)
{
    switch (action) {
    case DO_START:
        return install(env, f->asked, out);
    case DO_REFUSE:
    case DO_ERASE:
        return refuse_source(env, f, action == DO_ERASE);
    case DO_CLEAR:
        LOG_ERR("The request in the secondary slot is garbled");
        return trailer_erase(env->pair, SLOT_SECONDARY, env->feed);
    default:
        return ERR_OK;
    }
}

const struct update_strategy update_overwrite = {
    .name = "overwrite",
    .mode = UPDATE_MODE_OVERWRITE,
    .areas = 2,
    .check = check,
    .max_image_size = max_image_size,
    .upload_offset = upload_at_start,
    .requests = &swap_requests,
};

const struct update_engine update_overwrite_engine = {
    .inspect = overwrite_inspect, .act = overwrite_act, .rescues = true};
