/* Single slot: the image in slot0 runs if it is genuine. There is no upload slot and there are no requests; serial
 * recovery or a debug probe replaces the image. */
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

/* MCUboot's limit: the trailer has no status records, but its fields stay free. */
static uint32_t max_image_size(const struct slot_pair *p)
{
    return trailer_layout(p, SLOT_PRIMARY).status;
}

static const char *check(const struct slot_pair *p)
{
    return max_image_size(p) ? NULL : no_room;
}

static enum err boot(const struct update_env *env, struct update_outcome *out)
{
    judge_to_run(env, SLOT_PRIMARY, max_image_size(env->pair), out);
    return ERR_OK;
}

const struct update_strategy update_single = {
    .name = "a single slot",
    .mode = UPDATE_MODE_SINGLE,
    .areas = 1,
    .check = check,
    .max_image_size = max_image_size,
    .upload_offset = upload_at_start,
    .requests = &newest_requests,
};

const struct update_engine update_single_engine = {.boot = boot};
