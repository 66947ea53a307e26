/* Direct-XIP: an image runs from its slot. */
#include "core/base/log.h"
#include "target/boot/place.h"

#define LOG_MODULE "mcuboot"

struct place place_of(const struct slot_pair *slots, const struct update_outcome *out)
{
    const struct flash_area *a = &slots->slot[out->slot];
    return (struct place){board_flash_base() + a->offset, a->size};
}

bool place_source(const struct slot_pair *slots, const struct update_outcome *out,
                  struct slot_view *view, struct image_source *src)
{
    *src = slot_source_at(slots, out->slot, 0, view);
    return true;
}

/* With --rom-fixed, imgtool writes the address that an image was linked for to its header. */
static bool runs_here(const struct update_env *env, const struct update_outcome *out)
{
    const struct image_header *h = &out->primary.header;
    uint32_t base = place_of(env->pair, out).base;
    if (!(h->flags & IMAGE_FLAG_ROM_FIXED) || h->load_addr == base)
        return vectors_in_place(env->pair, out);
    LOG_ERR("Image was made for 0x%08x, slot %u is at 0x%08x", (unsigned)h->load_addr,
            (unsigned)out->slot, (unsigned)base);
    return false;
}

bool (*const place_runs_here)(const struct update_env *env,
                              const struct update_outcome *out) = runs_here;

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
    LOG_INF("Jumping to slot %u", (unsigned)out->slot);
}

void place_jump(uint32_t vectors)
{
    board_jump(vectors);
}
