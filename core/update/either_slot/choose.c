/* What the bootloader does where images run from either slot: the first candidate that is genuine runs, and its
 * trailer remembers the attempt. Rules: core/update/DESIGN.md, "Either slot". */
#include "core/base/log.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"

#define LOG_MODULE "mcuboot"

static const char *trial_text(enum trial t)
{
    static const char *const names[] = {"not asked for", "to be tried", "not confirmed",
                                        "confirmed"};
    return names[t];
}

static void log_candidate(const struct slot_pair *p, const struct candidate *c)
{
    const struct image_version *v = &c->header.version;
    LOG_INF("Slot %u: version %u.%u.%u%s%s", (unsigned)c->slot, (unsigned)v->major,
            (unsigned)v->minor, (unsigned)v->revision, strategy_of(p)->reverts ? ", " : "",
            strategy_of(p)->reverts ? trial_text(c->trial) : "");
}

/* The verdict, and whether the image was built for the place. A read that failed otherwise than by ECC says nothing
 * about the image: *e then, and no trailer may be written for it. */
static enum image_verdict try_one(const struct update_env *env, const struct candidate *c,
                                  struct update_outcome *out, enum err *e)
{
    struct image_report *r = &out->primary;
    out->slot = c->slot;
    enum image_verdict v = engine_of(env->pair)->judge(env, c->slot, r);
    if (v == IMAGE_GENUINE && env->runs_here && !env->runs_here(env, out)) {
        r->fault = IMAGE_FAULT_VECTORS;
        v = IMAGE_REFUSED;
    }
    if (v == IMAGE_GENUINE)
        return v;
    LOG_ERR("Image in slot %u refused: %s", (unsigned)c->slot, image_fault_text(r->fault));
    if (r->fault == IMAGE_FAULT_READ && r->err != ERR_UNREADABLE && !*e)
        *e = r->err;
    return v;
}

/* Index of the first that may run, or count. */
static unsigned choose(const struct update_env *env, const struct candidate *c, unsigned count,
                       struct update_outcome *out, enum err *e)
{
    for (unsigned i = 0; i < count; i++) {
        log_candidate(env->pair, &c[i]);
        out->verdict = try_one(env, &c[i], out, e);
        if (out->verdict == IMAGE_GENUINE)
            return i;
        out->secondary = out->primary;
    }
    return count;
}

/* The trailer of the image that is about to run: it has its one boot now, or it stays for good because nothing else
 * could run. */
static enum err note_chosen(const struct update_env *env, const struct candidate *c,
                            const struct candidate *other, struct update_outcome *out)
{
    if (c->trial == TRIAL_CONFIRMED)
        return ERR_OK;
    if (c->trial == TRIAL_PENDING && other) {
        out->performed = SWAP_TYPE_TEST;
        return trial_attempt(env->pair, c, other, env->feed);
    }
    if (c->trial != TRIAL_NONE)
        LOG_WRN("No way back: the image in slot %u is kept", (unsigned)c->slot);
    return trial_write(env->pair, c->slot, TRIAL_CONFIRMED, env->feed);
}

/* An image that failed goes, its first sector before its trailer: what a cut leaves of that could ask for
 * it again. */
static enum err drop(const struct update_env *env, const struct candidate *c)
{
    const struct slot_pair *p = env->pair;
    LOG_WRN("Image in slot %u was not confirmed: erased", (unsigned)c->slot);
    enum err e = erase_range(env, (struct at){c->slot, 0}, p->slot[c->slot].flash->sector);
    return e ? e : trailer_erase(p, c->slot, env->feed);
}

/* The other one: what has failed goes once the chosen one stands for good, and so does a request that is not met, one for
 * good included: an image that is refused is confirmed only because somebody asked so. */
static enum err note_other(const struct update_env *env, const struct candidate *c, bool refused,
                           struct update_outcome *out)
{
    if (c->trial == TRIAL_TRIED) {
        out->requested = out->performed = SWAP_TYPE_REVERT;
        return drop(env, c);
    }
    if (c->trial != TRIAL_PENDING && !(refused && c->trial == TRIAL_CONFIRMED))
        return ERR_OK;
    LOG_WRN("The request for slot %u is cleared%s", (unsigned)c->slot,
            refused ? "" : ": its image is not newer than the one that stays");
    return trailer_erase(env->pair, c->slot, env->feed);
}

/* The note of an attempt goes once nothing in the other slot can be meant by it. */
static bool attempt_is_over(const struct candidate *other, bool refused)
{
    return other == NULL || refused || other->trial == TRIAL_TRIED;
}

static enum err act(const struct update_env *env, struct update_outcome *out)
{
    struct candidate c[2];
    unsigned count;
    enum err e = candidates_list(env->pair, c, &count);
    for (unsigned i = 0; i < count; i++)
        if (c[i].trial == TRIAL_PENDING)
            out->requested = SWAP_TYPE_TEST;
    unsigned chosen = choose(env, c, count, out, &e);
    if (e || chosen == count || !strategy_of(env->pair)->reverts)
        return e;
    const struct candidate *mine = &c[chosen], *other = count == 2 ? &c[1 - chosen] : NULL;
    e = note_chosen(env, mine, other, out);
    if (!e && other && mine->trial != TRIAL_PENDING)
        e = note_other(env, other, chosen == 1, out);
    if (!e && mine->trial == TRIAL_CONFIRMED && mine->holds_note &&
        attempt_is_over(other, chosen == 1))
        e = trial_write(env->pair, mine->slot, TRIAL_CONFIRMED, env->feed);
    return e;
}

enum err choose_boot(const struct update_env *env, struct update_outcome *out)
{
    out->limit = update_max_image_size(env->pair);
    out->primary.fault = IMAGE_FAULT_NO_IMAGE;
    return act(env, out);
}
