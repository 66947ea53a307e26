/* Direct-XIP: images run from the slot that they were uploaded to. The newest genuine image runs. With revert, images
 * that are requested or confirmed come first, and a requested image has one boot in which to be confirmed. */
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

static uint32_t smaller_limit(const struct slot_pair *p,
                              uint32_t (*of)(const struct slot_pair *p, enum slot s))
{
    uint32_t pri = of(p, SLOT_PRIMARY), sec = of(p, SLOT_SECONDARY);
    return pri < sec ? pri : sec;
}

static uint32_t room(const struct slot_pair *p, enum slot s)
{
    return slot_room(p, s, 0);
}

/* MCUboot's limit. Without revert no trailer is written, so an image may share its sector. */
static uint32_t up_to_swap_info(const struct slot_pair *p, enum slot s)
{
    return trailer_layout(p, s).swap_info;
}

uint32_t either_slot_max_size(const struct slot_pair *p)
{
    return smaller_limit(p, strategy_of(p)->reverts ? room : up_to_swap_info);
}

/* With revert the trailer's sector also needs room for the note of a trial (which_slot.c). */
const char *either_slot_check(const struct slot_pair *p)
{
    for (unsigned s = 0; s < update_slot_count(p) && strategy_of(p)->reverts; s++) {
        const struct trailer_layout l = trailer_layout(p, (enum slot)s);
        if (l.status - l.first_sector < TRAILER_FIELD_MAX)
            return no_room;
    }
    return either_slot_max_size(p) ? NULL : no_room;
}

static enum image_verdict judge_in_slot(const struct update_env *env, enum slot s,
                                        struct image_report *report)
{
    return judge(env, s, 0, update_max_image_size(env->pair), report);
}

const struct update_strategy update_direct_xip = {
    .name = "direct-xip",
    .mode = UPDATE_MODE_DIRECT_XIP,
    .areas = 2,
    .runs_either = true,
    .check = either_slot_check,
    .max_image_size = either_slot_max_size,
    .upload_offset = upload_at_start,
    .requests = &newest_requests,
};

const struct update_strategy update_direct_xip_revert = {
    .name = "direct-xip with revert",
    .mode = UPDATE_MODE_DIRECT_XIP_REVERT,
    .areas = 2,
    .reverts = true,
    .runs_either = true,
    .check = either_slot_check,
    .max_image_size = either_slot_max_size,
    .upload_offset = upload_at_start,
    .requests = &trial_requests,
};

const struct update_engine update_direct_xip_engine = {.boot = choose_boot, .judge = judge_in_slot};
const struct update_engine update_direct_xip_revert_engine = {.boot = choose_boot,
                                                              .judge = judge_in_slot};
