/* Swap using scratch: the slots are divided into regions of as many sectors as the scratch area holds, and swapped
 * region by region, the highest first, through the scratch area:
 *
 *   secondary -> scratch,   then primary -> secondary,   then scratch -> primary
 *
 * Each arrow is one step: erase the destination, copy, write the step's record. A step's source is erased only by a
 * later step, so any step may be done again. If the slots have sectors of different size, regions are made of the
 * larger ones. Bytes and order: core/update/SPEC.md. */
#include "core/update/swap/progress.h"
#include "core/update/swap/trailer.h"

#define STEPS_PER_REGION 3u

/* The smallest piece that is whole sectors in both slots. */
static uint32_t unit_of(const struct slot_pair *p)
{
    uint32_t pri = p->slot[SLOT_PRIMARY].flash->sector, sec = p->slot[SLOT_SECONDARY].flash->sector;
    return pri > sec ? pri : sec;
}

/* Sectors need not be powers of two. */
static uint32_t in_units(const struct slot_pair *p, uint32_t bytes)
{
    return bytes / unit_of(p) * unit_of(p);
}

static uint32_t max_image_size(const struct slot_pair *p)
{
    uint32_t pri = slot_room(p, SLOT_PRIMARY, 0), sec = slot_room(p, SLOT_SECONDARY, 0);
    return in_units(p, pri < sec ? pri : sec);
}

static const char *check(const struct slot_pair *p)
{
    const struct flash *pri = p->slot[SLOT_PRIMARY].flash, *sec = p->slot[SLOT_SECONDARY].flash;
    const struct flash_area *scratch = &p->slot[SLOT_SCRATCH];
    if (!scratch->flash)
        return "there is no scratch area";
    if (scratch->flash->word != pri->word || scratch->flash->erased != pri->erased)
        return "the scratch area's flash word differs";
    if (unit_of(p) % pri->sector || unit_of(p) % sec->sector)
        return "the sectors of one slot do not divide those of the other";
    if (scratch->size < unit_of(p))
        return "the scratch area is smaller than a sector";
    if (trailer_layout(p, SLOT_SCRATCH).status >= scratch->size)
        return "the trailer does not fit into the scratch area";
    if (max_image_size(p) == 0)
        return no_room;
    return NULL;
}

static uint32_t source_offset(const struct slot_pair *p, enum swap_type type)
{
    (void)p, (void)type;
    return 0;
}

/* ---- regions ------------------------------------------------------------------------------------- */

struct region {
    uint32_t off, size;
};

/* All regions but the lowest are of this size. */
static uint32_t full_region(const struct slot_pair *p)
{
    return in_units(p, p->slot[SLOT_SCRATCH].size);
}

static uint32_t swapped_bytes(const struct slot_pair *p, const struct swap *sw)
{
    return in_units(p, sw->swap_size + unit_of(p) - 1);
}

static uint32_t regions(const struct slot_pair *p, const struct swap *sw)
{
    return (swapped_bytes(p, sw) + full_region(p) - 1) / full_region(p);
}

/* Region number k, counted from the highest. */
static struct region region(const struct slot_pair *p, const struct swap *sw, uint32_t k)
{
    uint32_t end = swapped_bytes(p, sw) - k * full_region(p);
    uint32_t size = end < full_region(p) ? end : full_region(p);
    return (struct region){end - size, size};
}

/* ---- where the images are ---------------------------------------------------------------------- */

struct at swap_scratch_where(const struct slot_pair *p, const struct swap *sw, enum slot whose,
                             uint32_t off)
{
    struct at here = {whose, off};
    if (off >= swapped_bytes(p, sw))
        return here;
    uint32_t k = (swapped_bytes(p, sw) - off - 1) / full_region(p);
    uint32_t first = k * STEPS_PER_REGION;
    uint32_t done = sw->records > first ? sw->records - first : 0; /* steps of this region */
    if (whose == SLOT_PRIMARY && done >= 2)
        here.slot = SLOT_SECONDARY;
    if (whose == SLOT_SECONDARY && done >= 3)
        here.slot = SLOT_PRIMARY;
    else if (whose == SLOT_SECONDARY && done >= 1)
        here = (struct at){SLOT_SCRATCH, off - region(p, sw, k).off};
    return here;
}

static enum err measure(const struct slot_pair *p, struct swap *sw)
{
    sw->swap_size = split_image_size(p, sw, swap_scratch_where, unit_of(p));
    return sw->swap_size ? ERR_OK : ERR_NOSPC;
}

static bool plausible(const struct slot_pair *p, const struct swap *sw)
{
    return sw->records <= STEPS_PER_REGION * regions(p, sw) &&
           sw->swap_size == split_image_size(p, sw, swap_scratch_where, unit_of(p));
}

/* ---- steps --------------------------------------------------------------------------------------- */

static uint8_t record(const struct slot_pair *p, const struct swap *sw, uint32_t i)
{
    (void)p, (void)sw;
    return (uint8_t)(1 + i % STEPS_PER_REGION);
}

static enum err erase_scratch(const struct update_env *env)
{
    return erase_range(env, (struct at){SLOT_SCRATCH, 0}, env->pair->slot[SLOT_SCRATCH].size);
}

/* While the primary's trailer is replaced, the scratch area's trailer has the state of the swap. */
static enum err prepare(const struct update_env *env, const struct swap *sw)
{
    enum err e = erase_scratch(env);
    return e ? e : progress_write(env, SLOT_SCRATCH, sw);
}

/* A request stays in the secondary until the second step, so only a revert is marked in the scratch area. Image bytes
 * may reach the trailer there, so it counts only if the rest of the area is blank, and only until the primary's trailer
 * names the revert. */
static bool is_prepared(const struct slot_pair *p, const struct findings *f)
{
    const struct flash_area *a = &p->slot[SLOT_SCRATCH];
    struct trailer_layout l = trailer_layout(p, SLOT_SCRATCH);
    struct trailer_state t;
    bool blank;
    if (f->sec.magic == TRAILER_MAGIC_GOOD || (f->claims && f->pri.swap_type == SWAP_TYPE_REVERT) ||
        trailer_read(p, SLOT_SCRATCH, &t) != ERR_OK || t.magic != TRAILER_MAGIC_GOOD ||
        t.swap_type != SWAP_TYPE_REVERT || t.image != p->image)
        return false;
    return area_is_blank(a, 0, l.status, &blank) == ERR_OK && blank;
}

static enum err do_step(const struct update_env *env, const struct swap *sw)
{
    const struct slot_pair *p = env->pair;
    struct region r = region(p, sw, sw->records / STEPS_PER_REGION);
    struct at pri = {SLOT_PRIMARY, r.off}, sec = {SLOT_SECONDARY, r.off}, tmp = {SLOT_SCRATCH, 0};
    enum err e = ERR_OK;
    switch (sw->records % STEPS_PER_REGION) {
    case 0:
        e = erase_scratch(env);
        if (!e)
            e = copy_range(env, tmp, sec, r.size);
        return e ? e : record_step(p, sw, sw->records);
    case 1:
        if (sw->records == 1)
            e = trailer_erase(p, SLOT_SECONDARY, env->feed);
        return e ? e : copy_step(env, sw, sec, pri, r.size);
    default:
        return copy_step(env, sw, pri, tmp, r.size);
    }
}

static enum err run(const struct update_env *env, struct swap *sw)
{
    uint32_t steps = STEPS_PER_REGION * regions(env->pair, sw);
    for (; sw->records < steps; sw->records++) {
        enum err e = do_step(env, sw);
        if (e)
            return e;
    }
    return ERR_OK;
}

static const struct swap_steps steps = {
    .source_offset = source_offset,
    .measure = measure,
    .plausible = plausible,
    .record = record,
    .prepare = prepare,
    .is_prepared = is_prepared,
    .forget = erase_scratch,
    .run = run,
    .request_until = 1,
};

const struct update_strategy update_swap_scratch = {
    .name = "scratch",
    .mode = UPDATE_MODE_SWAP_SCRATCH,
    .areas = 3,
    .states = 3,
    .reverts = true,
    .check = check,
    .max_image_size = max_image_size,
    .upload_offset = upload_at_start,
    .requests = &swap_requests,
};

const struct update_engine update_swap_scratch_engine = {
    .inspect = swap_inspect, .act = swap_act, .swap = &steps};
