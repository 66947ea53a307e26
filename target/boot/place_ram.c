/* RAM-load: an image runs where it was copied to. The second verdict, too, is on the copy. */
#include "core/base/log.h"
#include "target/boot/place.h"

#define LOG_MODULE "mcuboot"

static struct load_ram ram;

const struct load_ram *place_ram(void)
{
    ram.memory = board_load_ram(&ram.size);
    ram.base = (uint32_t)(uintptr_t)ram.memory;
    return &ram;
}

struct place place_of(const struct slot_pair *slots, const struct update_outcome *out)
{
    (void)slots;
    return (struct place){out->primary.header.load_addr, out->primary.size};
}

bool place_source(const struct slot_pair *slots, const struct update_outcome *out,
                  struct slot_view *view, struct image_source *src)
{
    (void)slots, (void)view;
    return update_loaded_source(&ram, out, src);
}

static bool runs_here(const struct update_env *env, const struct update_outcome *out)
{
    return vectors_in_place(env->pair, out);
}

bool (*const place_runs_here)(const struct update_env *env,
                              const struct update_outcome *out) = runs_here;

uint32_t place_max_size(const struct slot_pair *slots)
{
    uint32_t slot = update_max_image_size(slots);
    return slot < ram.size ? slot : ram.size;
}

void place_announce(const struct update_outcome *out)
{
    LOG_INF("Jumping to 0x%08x in RAM, from slot %u", (unsigned)out->primary.header.load_addr,
            (unsigned)out->slot);
}

void place_jump(uint32_t vectors)
{
    board_jump_to_ram(vectors);
}
