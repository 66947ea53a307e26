/* Several images that are updated together. Each has its own slots and trailers, and each is swapped as if it were
 * alone. This file decides the order, and which images must wait because the resulting set would not meet its
 * dependencies (core/update/multi_image/DESIGN.md). */
#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/update/encrypted/encrypted.h"
#include "core/update/rollback/rollback.h"
#include "core/update/strategy.h"

#define LOG_MODULE "mcuboot"

/* What this boot knows about one image. */
struct plan {
    struct findings found;       /* of the image alone */
    struct findings_image group; /* what depends on the other images */
    uint32_t source;             /* where the image to swap in starts in the secondary, bytes */
};

struct group {
    const struct slot_pair *pairs;
    unsigned count;
    struct plan plan[UPDATE_IMAGES_MAX];
};

enum err update_open_images(struct slot_pair *pairs, unsigned count, struct flash *f,
                            const struct partition_table *table)
{
    char node[] = "slot0"; /* and so on: two for each image */
    enum err e = slot_pair_open(&pairs[0], f, table);
    for (unsigned i = 1; i < count && !e; i++) {
        pairs[i].image = (uint8_t)i;
        pairs[i].slot[SLOT_SCRATCH] = pairs[0].slot[SLOT_SCRATCH];
        for (unsigned s = SLOT_PRIMARY; s <= SLOT_SECONDARY && !e; s++) {
            node[4] = (char)('0' + 2 * i + s);
            e = area_open(&pairs[i].slot[s], f, table, node);
        }
        if (e)
            LOG_ERR("No usable partition %s: %d", node, e);
        if (pairs[i].max_sectors == 0)
            pairs[i].max_sectors = area_sectors(&pairs[i].slot[SLOT_PRIMARY]);
    }
    return e;
}

/* ---- what would run together --------------------------------------------------------------------- */

/* Read the header of the image that would run as number i if the images of mask (one bit each) were swapped. */
static bool would_run(const struct group *g, unsigned i, unsigned mask, struct slot_view *view,
                      struct image_source *s, struct image_header *h)
{
    uint8_t bytes[IMAGE_HEADER_SIZE];
    bool moves = mask >> i & 1;
    *s = slot_source_at(&g->pairs[i], moves ? SLOT_SECONDARY : SLOT_PRIMARY,
                        moves ? g->plan[i].source : 0, view);
    return image_source_read(s, 0, bytes, sizeof bytes) == ERR_OK && image_header_decode(h, bytes);
}

static void log_unmet(unsigned who, const struct image_dependency *d, const struct image_header *h)
{
    LOG_WRN("Image %u needs image %u at version %u.%u.%u or later, and would meet %u.%u.%u", who,
            (unsigned)d->image, (unsigned)d->version.major, (unsigned)d->version.minor,
            (unsigned)d->version.revision, (unsigned)h->version.major, (unsigned)h->version.minor,
            (unsigned)h->version.revision);
}

static bool is_met(const struct group *g, unsigned who, const struct image_dependency *d,
                   unsigned mask)
{
    struct slot_view view;
    struct image_source s;
    struct image_header h = {0};
    if (d->image >= g->count) {
        LOG_ERR("Image %u needs image %u, which this device has not", who, (unsigned)d->image);
        return false;
    }
    if (would_run(g, d->image, mask, &view, &s, &h) &&
        image_version_compare(&h.version, &d->version) >= 0)
        return true;
    log_unmet(who, d, &h);
    return false;
}

static bool dependencies_are_met(const struct group *g, unsigned i, unsigned mask)
{
    struct slot_view view;
    struct image_source s;
    struct image_header h;
    struct image_tlvs t;
    struct image_dependency d;
    bool more;
    if (!would_run(g, i, mask, &view, &s, &h))
        return true; /* no image, no dependencies; the verdict keeps this slot from running */
    if (image_tlvs_begin(&t, &s, &h, s.size) != IMAGE_FAULT_NONE)
        return false;
    for (;;) {
        if (image_dependency_next(&t, &d, &more) != IMAGE_FAULT_NONE)
            return false;
        if (!more)
            return true;
        if (!is_met(g, i, &d, mask))
            return false;
    }
}

static bool is_allowed(const struct group *g, unsigned mask)
{
    for (unsigned i = 0; i < g->count; i++)
        if (!dependencies_are_met(g, i, mask))
            return false;
    return true;
}

/* ---- deciding ------------------------------------------------------------------------------------ */

static bool is_request(enum swap_type t)
{
    return t == SWAP_TYPE_TEST || t == SWAP_TYPE_PERM;
}

/* Images are swapped in order. So if a later image is swapped in at this boot, a power cut interrupted the update, and
 * an earlier image that looks unconfirmed has not run yet: it must not be reverted. */
static bool later_image_comes_in(const struct group *g, unsigned i)
{
    for (unsigned later = i + 1; later < g->count; later++) {
        const struct findings_image *f = &g->plan[later].group;
        if (is_request(f->type) && (f->can_move || f->done))
            return true;
    }
    return false;
}

/* The images to swap, one bit each. Dependencies are read only when the table asks for them. */
static unsigned choose(const struct group *g)
{
    struct findings_group f = {0};
    for (unsigned i = 0; i < g->count; i++)
        if (decide_image(&g->plan[i].group) == IMAGE_CHOOSE) {
            if (is_request(g->plan[i].group.type))
                f.requests |= (uint8_t)(1u << i);
            else
                f.reverts |= (uint8_t)(1u << i);
        }
    for (;;) {
        unsigned set = decide_multi_image(&f);
        if (set < GROUP_ASK)
            return group_images(&f, set);
        set -= GROUP_ASK;
        f.fits[set] = is_allowed(g, group_images(&f, set)) ? ANSWER_YES : ANSWER_NO;
    }
}

static enum err inspect_image(const struct update_env *env, struct plan *p)
{
    enum err e = inspect(env, &p->found);
    p->group.type = p->found.asked;
    p->source = source_of(env, &p->found);
    return e;
}

/* Finish an interrupted swap of an image, or find out what is requested and whether it can be done. */
static enum err finish_or_inspect(const struct update_env *env, bool only_image, struct plan *p,
                                  struct update_outcome *out)
{
    enum action action;
    *p = (struct plan){.group.type = SWAP_TYPE_NONE, .found.only_image = only_image};
    if (engine_of(env->pair)->boot)
        return ERR_OK; /* direct-XIP, RAM-load, single slot: nothing is swapped */
    if (slot_pair_check(env->pair, NULL) != ERR_OK)
        return ERR_OK; /* boot_one logs why */
    enum err e = inspect_image(env, p);
    if (!e && p->found.unfinished) {
        e = boot_one(env, &p->found, out);
        p->group.done = out->performed != SWAP_TYPE_NONE;
        p->found = (struct findings){.only_image = only_image};
        if (!e && !p->group.done) /* the swap had ended, and only its trailer was rewritten */
            e = inspect_image(env, p);
        else
            p->group.type = out->performed;
    }
    if (e || only_image || p->group.done || p->group.type == SWAP_TYPE_NONE)
        return e; /* it depends on no other image */
    LOG_INF("Image index: %u, asked for: %s", (unsigned)env->pair->image,
            swap_type_text(p->group.type));
    e = decide_all(env, &p->found, &action);
    out->secondary = p->found.report;
    enc_forget(env); /* the keys are those of this image; its swap fetches them again */
    p->group.can_move = !e && action == DO_START;
    return e;
}

/* ---- acting -------------------------------------------------------------------------------------- */

static enum err act(const struct update_env *env, struct group *g, unsigned i,
                    struct update_outcome *out)
{
    struct plan *p = &g->plan[i];
    enum action_image action = decide_image(&p->group);
    if (action == IMAGE_RESTS)
        return ERR_OK;
    if (action == IMAGE_WAITS)
        p->found.hold = HOLD_NOW;
    if (action == IMAGE_STAYS)
        p->found.hold = HOLD_FOR_GOOD;
    /* A genuine encrypted image is judged again, because that fetches its key, which was wiped. */
    if (action == IMAGE_GOES && p->group.can_move && env->encryption) {
        p->found.source = FOUND_UNKNOWN;
        p->found.may_replace = ANSWER_UNKNOWN;
    }
    /* Read the trailers again: another image may have used the scratch area since. The verdict still holds, as neither
     * slot of this image has been written. */
    if (g->count > 1)
        p->found.inspected = false;
    return boot_one(env, &p->found, out);
}

/* Genuine, and no revert is due. */
static bool is_confirmed_to_stay(const struct slot_pair *p, const struct update_outcome *out)
{
    struct slot_pair running = *p;
    bool confirmed;
    running.active = out->slot;
    return out->verdict == IMAGE_GENUINE && update_is_confirmed(&running, &confirmed) == ERR_OK &&
           confirmed;
}

static void remember(const struct update_env *env, const struct group *g,
                     const struct update_outcome *out)
{
    struct update_env own = *env;
    bool all = true;
    for (unsigned i = 0; i < g->count; i++) {
        own.pair = &g->pairs[i];
        if (is_confirmed_to_stay(own.pair, &out[i]))
            rollback_remember_counter(&own, out[i].slot, &out[i].primary);
        else
            all = false;
    }
    if (all)
        rollback_retire_keys(env, g->pairs, g->count, out);
}

static enum err run(const struct update_env *env, struct group *g, struct update_outcome *out)
{
    struct update_env own = *env;
    enum err e = ERR_OK;
    for (unsigned i = 0; i < g->count && !e; i++) {
        own.pair = &g->pairs[i];
        e = finish_or_inspect(&own, g->count == 1, &g->plan[i], &out[i]);
    }
    for (unsigned i = 0; i < g->count; i++)
        g->plan[i].group.later_comes_in = later_image_comes_in(g, i);
    const unsigned chosen = e ? 0 : choose(g);
    for (unsigned i = 0; i < g->count && !e; i++) {
        own.pair = &g->pairs[i];
        g->plan[i].group.chosen = chosen >> i & 1 ? ANSWER_YES : ANSWER_NO;
        e = act(&own, g, i, &out[i]);
    }
    return e;
}

/* Flash failed on the way. The primaries are judged as they are now, and may run only if they meet their
 * dependencies. */
static void after_failure(const struct update_env *env, struct group *g, struct update_outcome *out)
{
    struct update_env own = *env;
    for (unsigned i = 0; i < g->count; i++) {
        own.pair = &g->pairs[i];
        if (strategy_of(own.pair)->runs_either)
            continue; /* choose_boot has judged the image to run */
        judge_to_run(&own, SLOT_PRIMARY, update_max_image_size(own.pair), &out[i]);
    }
    if (g->count > 1 && !is_allowed(g, 0))
        out[0].verdict = IMAGE_REFUSED;
}

enum err update_boot_images(const struct update_env *env, const struct slot_pair *pairs,
                            unsigned count, struct update_outcome *out)
{
    struct group g = {.pairs = pairs, .count = count};
    for (unsigned i = 0; i < count; i++)
        out[i] = (struct update_outcome){.verdict = IMAGE_REFUSED};
    enum err e = run(env, &g, out);
    if (e)
        after_failure(env, &g, out);
    else
        remember(env, &g, out);
    return e;
}
