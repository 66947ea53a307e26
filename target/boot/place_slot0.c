/* Swap, overwrite and single slot: images run from slot0. */
#include "core/base/log.h"
#include "target/boot/place.h"

#define LOG_MODULE "mcuboot"

bool (*const place_runs_here)(const struct update_env *env,
                              const struct update_outcome *out) = NULL;

struct place place_of(const struct slot_pair *slots, const struct update_outcome *out)
{
    (void)out;
    const struct flash_area *a = &slots->slot[SLOT_PRIMARY];
    return (struct place){board_flash_base() + a->offset, a->size};
}

bool place_source(const struct slot_pair *slots, const struct update_outcome *out,
                  struct slot_view *view, struct image_source *src)
{
    *src = slot_source_at(slots, out->slot, 0, view);
    return true;
}

const struct load_ram *place_ram(void)
{
    return NULL;
}

uint32_t place_max_size(const struct slot_pair *slots)
{
    return update_max_image_size(slots);
}

void place_announce(const struct update_outcome *out)
{
    (void)out;
    LOG_INF("Jumping to the first image slot");
}

void place_jump(uint32_t vectors)
{
    board_jump(vectors);
}
